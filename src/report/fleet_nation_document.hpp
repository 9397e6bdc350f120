#pragma once

#include <string>
#include <vector>

#include "fleet/nation/nation_spec.hpp"
#include "fleet/nation/nation_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// Who lacks compute, what removes the shortage, and when: the answer first, then policies, classes of firms, readings
/// of the surveys, supplies. A nation that no values bring to its surveys is answered with the reason.
Document fleet_nation_document(const NationSpec& spec, const NationResult& result,
                               const std::vector<std::string>& assumptions);

}  // namespace orrery
