#pragma once

#include <tl/expected.hpp>

namespace orrery {

/// A value, or the reason why there is none. For outcomes that are results ("it does not fit"), not for the user's
/// mistakes (`InputError`) nor for our bugs (`ORRERY_CHECK`).
template <class T, class E>
using Expected = tl::expected<T, E>;
template <class E>
using Unexpected = tl::unexpected<E>;

}  // namespace orrery
