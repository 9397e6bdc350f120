#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "import/megatron_reader.hpp"
#include "import/stage_pattern.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostParts = 100'000;  // Of a pattern of stages: layers, modules and bars.
constexpr const char* kByLayers = "num-layers-per-virtual-pipeline-stage";
constexpr const char* kByStages = "num-virtual-stages-per-pipeline-rank";
constexpr const char* kPattern = "pipeline-model-parallel-layout";
constexpr const char* kFirst = "decoder-first-pipeline-num-layers";
constexpr const char* kLast = "decoder-last-pipeline-num-layers";
constexpr const char* kEmbedding = "account-for-embedding-in-pipeline-split";
constexpr const char* kLoss = "account-for-loss-in-pipeline-split";

class PipelineReader : MegatronReader {
 public:
  PipelineReader(const MegatronFlags& flags, MegatronJob& job, Diagnostics& diagnostics)
      : MegatronReader(flags, diagnostics), job_(job) {}

  void read() {
    std::vector<const char*> ways;
    for (const char* flag : {kByLayers, kByStages, kPattern}) {
      if (flags_.has(flag)) ways.push_back(flag);
    }
    if (ways.size() > 1) {
      contradiction(fmt::format("`--{}` and `--{}` exclude each other", ways[0], ways[1]), ways[1]);
      return;
    }
    job_.layout.vpp = number(kByStages, 1);
    if (flags_.has(kPattern)) {
      read_pattern();
    } else if (flags_.has(kByLayers) && !job_.has_model) {
      contradiction(fmt::format("`--{}` needs `--num-layers`", kByLayers), kByLayers);
    } else if (job_.has_model && !diagnostics_.has_errors()) {
      if (flags_.has(kFirst) || flags_.has(kLast)) {
        read_first_and_last();
      } else {
        read_equal();
      }
    }
  }

 private:
  void read_pattern() {
    Layout& l = job_.layout;
    const std::string text = flags_.text(kPattern);
    const auto chunks = stage_pattern(text, kMostParts);
    if (!chunks) {
      contradiction(fmt::format("`--{}`: `{}` describes no stages", kPattern, text.substr(0, 60)), kPattern,
                    "for example \"Et*3|(tt|)*29,m|L\"");
      return;
    }
    const int count = static_cast<int>(chunks->size());
    if (count % l.pp != 0) {
      contradiction(fmt::format("`--{}` describes {} chunks, no multiple of {} stages", kPattern, count, l.pp),
                    kPattern);
      return;
    }
    l.vpp = count / l.pp;
    StagePattern all;
    std::vector<int> layers;
    for (const StagePattern& chunk : *chunks) {
      all.embeddings += chunk.embeddings;
      all.layers += chunk.layers;
      all.mtp_layers += chunk.mtp_layers;
      all.losses += chunk.losses;
      layers.push_back(chunk.layers);
    }
    if (all.embeddings != 1 || all.losses != 1 || chunks->front().embeddings != 1 || chunks->back().losses != 1) {
      contradiction(fmt::format("`--{}` needs one E in the first chunk and one L in the last", kPattern), kPattern);
      return;
    }
    if (!job_.has_model || diagnostics_.has_errors()) return;
    if (all.layers != job_.model.layers || all.mtp_layers != job_.model.mtp_layers) {
      contradiction(
          fmt::format("`--{}` holds {} layers (t) and {} multi-token-prediction modules (m), the model {} and {}",
                      kPattern, all.layers, all.mtp_layers, job_.model.layers, job_.model.mtp_layers),
          kPattern);
      return;
    }
    if (chunks->back().mtp_layers != all.mtp_layers) {
      warning("multi-token prediction in another chunk than the last is not modelled: it is priced in the last",
              kPattern);
    }
    compare(layers, kPattern);
  }

  /// Layers of the first or of the last stage are given; the others share the rest.
  void read_first_and_last() {
    const Layout& l = job_.layout;
    for (const char* other : {kEmbedding, kLoss, kByLayers}) {
      const char* const own = flags_.has(kFirst) ? kFirst : kLast;
      if (flags_.has(other)) contradiction(fmt::format("`--{}` and `--{}` exclude each other", own, other), own);
    }
    if (l.pp > kMostStages) return;  // No such layout runs.
    std::vector<int> stages(static_cast<std::size_t>(l.pp), 0);
    int rest = job_.model.layers, sharing = l.pp;
    for (const auto& [flag, stage] : {std::pair{kFirst, &stages.front()}, {kLast, &stages.back()}}) {
      if (!flags_.has(flag)) continue;
      *stage = number(flag, 1);
      if (*stage % l.vpp != 0) contradiction(fmt::format("`--{}` does not divide into {} chunks", flag, l.vpp), flag);
      rest -= std::min(rest, *stage);
      --sharing;
    }
    if (sharing < 0 || (sharing == 0 && rest != 0) || (sharing > 0 && rest % (1LL * sharing * l.vpp) != 0)) {
      contradiction(fmt::format("{} layers do not divide over {} other stages of {} chunks: Megatron-LM refuses", rest,
                                std::max(0, sharing), l.vpp),
                    flags_.has(kFirst) ? kFirst : kLast);
      return;
    }
    for (int& stage : stages) {
      if (stage == 0 && sharing > 0) stage = rest / sharing;
    }
    compare_stages(stages, flags_.has(kFirst) ? kFirst : kLast);
  }

  /// Equal chunks, where the embedding and the loss may count as a layer each.
  void read_equal() {
    Layout& l = job_.layout;
    const bool embedding = flags_.has(kEmbedding), loss = flags_.has(kLoss);
    const long long all = 1LL * job_.model.layers + embedding + loss;
    const std::string counted = embedding || loss ? " with those of the embedding and the loss" : "";
    if (flags_.has(kByLayers)) {
      const int layers = number(kByLayers, 1);
      if (all % l.pp != 0 || (all / l.pp) % layers != 0) {
        contradiction(
            fmt::format("{} layers{} over {} stages do not divide into chunks of {}", all, counted, l.pp, layers),
            kByLayers);
        return;
      }
      l.vpp = static_cast<int>(all / l.pp / layers);
    }
    const long long chunks = 1LL * l.pp * l.vpp;
    if (all % chunks != 0) {
      const std::string stages = l.vpp > 1 ? fmt::format(" of {} chunks", l.vpp) : "";
      contradiction(
          fmt::format("{} layers{} do not divide over {} stages{}: Megatron-LM refuses", all, counted, l.pp, stages),
          "pipeline-model-parallel-size", hint(all, chunks, embedding || loss));
      return;
    }
    if (l.pp > kMostStages) return;  // No such layout runs.
    std::vector<int> layers(static_cast<std::size_t>(chunks), static_cast<int>(all / chunks));
    layers.front() -= embedding;
    layers.back() -= loss;
    compare(layers, embedding ? kEmbedding : kLoss);
  }

  static std::string hint(long long layers, long long chunks, bool counted) {
    const std::string pattern = fmt::format("say --{}", kPattern);
    if (counted) return pattern;
    if ((layers + 1) % chunks == 0) return fmt::format("say --{}", kLoss);
    if ((layers + 2) % chunks == 0) return fmt::format("say --{} and --{}", kEmbedding, kLoss);
    return pattern;
  }

  void compare_stages(const std::vector<int>& stages, const char* flag) {
    std::vector<int> chunks;
    for (int chunk = 0; chunk < job_.layout.vpp && chunk < job_.model.layers; ++chunk) {
      for (const int layers : stages) chunks.push_back(layers / job_.layout.vpp);
    }
    compare(chunks, flag);
  }

  /// A partition has no input here: it follows from the model and the number of chunks.
  void compare(const std::vector<int>& chunks, const char* flag) {
    const int count = static_cast<int>(chunks.size());
    if (count == 1 || count > job_.model.layers + 2) return;  // One cannot differ, the other does not run.
    const std::vector<int> priced = layers_by_chunk(job_.model, count);
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (chunks[i] == priced[i]) continue;
      warning(fmt::format("this partition of layers is not modelled: chunk {} of {} holds {} and is priced with {}",
                          i + 1, count, chunks[i], priced[i]),
              flags_.has(flag) ? flag : "pipeline-model-parallel-size");
      return;
    }
  }

  MegatronJob& job_;
};

}  // namespace

void read_megatron_pipeline(const MegatronFlags& flags, MegatronJob& job, Diagnostics& diagnostics) {
  PipelineReader(flags, job, diagnostics).read();
}

}  // namespace orrery
