#pragma once

#include <string>

namespace orrery {

/// Replaces what stands between `<!-- NAME: COMMAND -->` and the next `<!-- end -->` of a page of docs/, atomically.
/// Throws `InputError` where the page has no such place.
void write_table(const std::string& path, const std::string& name, const std::string& command,
                 const std::string& table);

}  // namespace orrery
