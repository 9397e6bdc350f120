#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "validate/measured_row.hpp"

namespace orrery {

/// FNV-1a, 64 bits, with a final mix: the same text gives the same number everywhere.
std::uint64_t stable_hash(std::string_view text);

/// The block that a row belongs to: family, model, hidden size and chips. Rows of a block differ in batch, layout,
/// precision or release, so a row of a block tells much about the others: a block is never divided.
std::string block_of(const MeasuredRow& row);

/// Whether constants, intervals and baselines may be fitted on this row. About half of the blocks are, by a hash of
/// the block's name: no choice, and a new row never moves another from one part to the other.
bool is_fit_row(const MeasuredRow& row);

}  // namespace orrery
