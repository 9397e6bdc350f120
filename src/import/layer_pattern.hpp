#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace orrery {

/// The list that a pattern such as "([0]*3+[1]*58)" or "([1]*3+[0])*2" says, as Megatron-LM's --moe-layer-freq takes
/// it: lists of 0 and 1, joined by `+`, repeated by `*` a number. Nothing where it says none, or more than `longest`.
std::optional<std::vector<int>> layer_pattern(std::string_view text, std::size_t longest);

}  // namespace orrery
