#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "export/megatron_lines.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

/// "t*7": layers of a chunk.
std::string repeated(char what, int times) {
  if (times <= 2) return std::string(static_cast<std::size_t>(std::max(0, times)), what);
  return fmt::format("{}*{}", what, times);
}

/// "Et*3|(tt|)*29,m|L": chunks in model order, parted by bars; E embedding, t layer, m module of multi-token
/// prediction, L loss; commas mean nothing.
std::string chunks_text(const std::vector<int>& layers, int mtp_layers) {
  const std::size_t last = layers.size() - 1;
  std::string text = "E" + repeated('t', layers.front()) + "|";
  for (std::size_t begin = 1; begin < last;) {
    std::size_t end = begin;
    while (end < last && layers[end] == layers[begin]) ++end;
    const std::string chunk = repeated('t', layers[begin]) + "|";
    text += end - begin == 1 ? chunk : fmt::format("({})*{},", chunk, end - begin);
    begin = end;
  }
  return text + repeated('t', layers[last]) + repeated('m', mtp_layers) + "L";
}

/// Chunks that Megatron-LM makes equal, but for the layer whose room the embedding or the loss takes.
bool equal_but_for(const std::vector<int>& chunks, bool embedding, bool loss) {
  std::vector<int> filled = chunks;
  filled.front() += embedding ? 1 : 0;
  filled.back() += loss ? 1 : 0;
  return std::all_of(filled.begin(), filled.end(), [&](int layers) { return layers == filled.front(); });
}

}  // namespace

void write_megatron_pipeline(const StepSpec& spec, MegatronLines& lines) {
  const Layout& l = spec.layout;
  lines.set("pipeline-model-parallel-size", l.pp);
  if (l.pp == 1) return;
  // Megatron-Core raises there (schedules.py).
  lines.note_if(l.vpp > 1 && micro_batches(spec) % l.pp != 0,
                "interleaved stages with a number of micro-batches that is no multiple of them");
  const std::vector<int> chunks = layers_by_chunk(spec.model, l.pp * l.vpp);
  for (const auto& [embedding, loss] : {std::pair{false, false}, {false, true}, {true, false}, {true, true}}) {
    if (!equal_but_for(chunks, embedding, loss)) continue;
    if (l.vpp > 1) lines.set("num-virtual-stages-per-pipeline-rank", l.vpp);
    lines.set_if(embedding, "account-for-embedding-in-pipeline-split");
    lines.set_if(loss, "account-for-loss-in-pipeline-split");
    return;
  }
  // It says how many chunks there are, too: --num-virtual-stages-per-pipeline-rank may not stand beside it.
  lines.set("pipeline-model-parallel-layout", "\"" + chunks_text(chunks, spec.model.mtp_layers) + "\"");
}

}  // namespace orrery
