#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace orrery {

/// Whether bytes begin as a gzip file (RFC 1952) does.
bool is_gzip(std::string_view bytes);

/// What gzipped bytes hold, one or several members; or why they do not read: cut off, broken, or more than `limit`
/// bytes.
Expected<std::string, std::string> gunzip(std::string_view bytes, std::size_t limit);

}  // namespace orrery
