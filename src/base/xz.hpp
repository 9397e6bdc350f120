#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace orrery {

/// Whether bytes begin as an xz file (.xz file format 1.2) does.
bool is_xz(std::string_view bytes);

/// What xz bytes hold, one or several streams; or why they do not read: cut off, broken, in need of more memory than
/// a quarter of a GiB, or more than `limit` bytes.
Expected<std::string, std::string> unxz(std::string_view bytes, std::size_t limit);

}  // namespace orrery
