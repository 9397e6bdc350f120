#include "run/scale.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {

const Schema<ScaleInput>& scale_schema() {
  using S = ScaleInput;
  static const Schema<S> schema = [] {
    constexpr double kMostGpus = 1e8, kMostBatch = 1e12;
    Schema<S> s("scale", "The same training on machines of several sizes (`orrery run scale`).");
    s.integers("gpus", &S::gpus,
               {.help = "Sizes of the machine.",
                .example = "[16384, 98304, 1048576]",
                .minimum = 1,
                .maximum = kMostGpus,
                .default_text = "16384, 98304, 1048576"})
        .choice("batch", &S::batch,
                {{"fixed", BatchGrowth::Fixed, "as [training] says on every size"},
                 {"grows", BatchGrowth::Grows,
                  "by whole multiples of the machine that [cluster] names, up to `largest_batch`"}},
                described("How the batch follows the size.", "fixed"))
        .integer(
            "largest_batch", &S::largest_batch,
            bounded("Sequences beyond which a larger batch teaches no faster; 0: no limit.", "8192", 0, kMostBatch));
    return s;
  }();
  return schema;
}

long long scaled_batch(const ScaleInput& input, long long base_batch, long long base_gpus, long long gpus) {
  ORRERY_CHECK(base_batch > 0 && base_gpus > 0 && gpus > 0, "batches and machines are not empty");
  if (input.batch == BatchGrowth::Fixed) return base_batch;
  // Whole multiples: what layouts divided, they still divide.
  long long batch = base_batch * std::max(1LL, gpus / base_gpus);
  if (input.largest_batch > 0 && batch > input.largest_batch)
    batch = std::max(1LL, input.largest_batch / base_batch) * base_batch;
  return batch;
}

std::size_t best_policy(const std::vector<PolicyOutcome>& policies) {
  const auto held = [](const RunResult& result) {
    return result.finished == 0 ? 0 : static_cast<double>(result.gpus_held) * result.wall.mean;
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < policies.size(); ++i) {
    const RunResult &a = policies[i].result, &b = policies[best].result;
    if (a.finished != b.finished ? a.finished > b.finished : a.finished > 0 && held(a) < held(b)) best = i;
  }
  return best;
}

GpuUse largest_loss(const Ledger& ledger) {
  GpuUse most = GpuUse::Rework;
  for (std::size_t i = 0; i < kGpuUses; ++i) {
    const auto use = static_cast<GpuUse>(i);
    if (use != GpuUse::Useful && ledger[use] > ledger[most]) most = use;
  }
  return most;
}

}  // namespace orrery
