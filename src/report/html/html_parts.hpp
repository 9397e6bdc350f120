#pragma once

#include <string>

#include "report/document.hpp"

namespace orrery {

/// A breakdown as a table: each part with its value, its share and a bar that begins where that of the part before it
/// ends, so that the bars climb to the total. Parts of nothing are left out.
std::string html_parts(const Parts& breakdown);

}  // namespace orrery
