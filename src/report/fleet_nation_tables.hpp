#pragma once

#include "fleet/nation/nation_spec.hpp"
#include "fleet/nation/nation_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// Policies, what they lack, replays, classes of firms, readings of the surveys, supplies and quarters.
void add_nation_tables(const NationSpec& spec, const NationResult& result, Document& document);

}  // namespace orrery
