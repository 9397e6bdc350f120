#include "cluster/effects/data_parallel_rates.hpp"

#include <algorithm>

namespace orrery {

PlacementSpread packed_spread(int node_gpus, std::int32_t gpus, int level) {
  PlacementSpread spread{gpus, 1, gpus, 0};
  if (gpus <= 1 || level <= kNodeLevel) return spread;
  spread.nodes = std::max(2, (gpus + node_gpus - 1) / node_gpus);
  spread.fullest = std::min(node_gpus, (gpus + spread.nodes - 1) / spread.nodes);
  spread.crosses = level - kNodeLevel - 1;
  return spread;
}

double goodput(const KindModel& kind, const Interconnect& network, const PlacementSpread& spread) {
  const auto throughput = [&](double local_batch) {
    const Seconds step = data_parallel_step(kind.job, network, local_batch, spread);
    return step > 0_s ? spread.gpus * local_batch / step.raw() : 0;
  };
  if (kind.tuned_batch <= 0) return throughput(kind.local_batch);
  constexpr double kGrid = 1.01;
  const double most = std::max(kind.tuned_batch, spread.gpus * kind.local_batch);
  double best = 0;
  for (double batch = kind.tuned_batch; batch <= most; batch *= kGrid) {
    const double efficiency = (kind.noise_scale + kind.tuned_batch) / (kind.noise_scale + batch);
    best = std::max(best, throughput(batch / spread.gpus) * efficiency);
  }
  return best;
}

RateTable data_parallel_rates(const SharedMachine& machine, const std::vector<KindModel>& kinds,
                              const std::vector<GpuTypeModel>& types, const std::vector<std::int32_t>& gpus) {
  RateTable rates(static_cast<int>(kinds.size()), static_cast<int>(types.size()), level_count(machine), gpus);
  for (std::size_t row = 0; row < kinds.size(); ++row) {
    for (std::size_t type = 0; type < types.size(); ++type) {
      const GpuTypeModel& on = types[type];
      KindModel kind = kinds[row];
      kind.job.base *= on.compute;
      kind.job.per_sample *= on.compute;
      for (int level = 0; level < rates.levels(); ++level) {
        for (const std::int32_t count : gpus) {
          const bool holds = level > kNodeLevel ? count > 1 : count <= (level == kGpuLevel ? 1 : on.node_gpus);
          if (!holds) continue;
          rates.set(static_cast<std::int32_t>(row), static_cast<std::int32_t>(type), level, count,
                    goodput(kind, on.network, packed_spread(on.node_gpus, count, level)));
        }
      }
    }
  }
  return rates;
}

}  // namespace orrery
