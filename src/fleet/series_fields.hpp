#pragma once

#include "fleet/dated_series.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// A point of a series of quantities of a dimension: { date, value }, values from 0 to what nobody ever saw (1e15 base
/// units). Money, money a time, times, powers and plain numbers are declared.
const Schema<DatedValue>& dated_schema(Dimension dimension);

}  // namespace orrery
