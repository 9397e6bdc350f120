#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace orrery {

/// What a chunk of a pipeline holds.
struct StagePattern {
  int embeddings = 0, layers = 0, mtp_layers = 0, losses = 0;

  friend bool operator==(const StagePattern&, const StagePattern&) = default;
};

/// The chunks, in model order, that a text such as "Et*3|(tt|)*29,m|L" says, as Megatron-LM's
/// --pipeline-model-parallel-layout takes it: E embedding, t layer, m module of multi-token prediction, L loss, a bar
/// between chunks, `*` a number behind one of them or behind parentheses, which do not nest. Commas, and backslashes
/// that a second shell takes away, mean nothing. Nothing where the text says none, or more than `longest` in all.
std::optional<std::vector<StagePattern>> stage_pattern(std::string_view text, std::size_t longest);

}  // namespace orrery
