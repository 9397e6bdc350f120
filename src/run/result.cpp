#include "run/result.hpp"

#include <cmath>

#include "base/statistics.hpp"

namespace orrery {
namespace {

double share_of_job(const Replication& run, const RunSpec& spec, double gpu_seconds) {
  const double all = static_cast<double>(spec.job.gpus) * run.wall.raw();
  return all > 0 ? gpu_seconds / all : 0;
}

}  // namespace

double Replication::goodput(const RunSpec& spec) const {
  return share_of_job(*this, spec, ledger[GpuUse::Useful]);
}

double Replication::ettr(const RunSpec& spec) const {
  return share_of_job(*this, spec, ledger[GpuUse::Useful] + ledger[GpuUse::Redundant]);
}

Spread spread_of(const std::vector<double>& values) {
  Spread spread;
  if (values.empty()) return spread;
  const auto n = static_cast<double>(values.size());
  for (const double value : values) spread.mean += value / n;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.error = values.size() > 1 ? std::sqrt(squares / (n - 1) / n) : 0;
  spread.p5 = quantile(values, 0.05);
  spread.p10 = quantile(values, 0.10);
  spread.p50 = quantile(values, 0.50);
  spread.p90 = quantile(values, 0.90);
  spread.p95 = quantile(values, 0.95);
  return spread;
}

int RunResult::down_quantile(double q) const {
  double below = 0;
  for (std::size_t k = 0; k < down_share.size(); ++k) {
    below += down_share[k];
    if (below >= q) return static_cast<int>(k);
  }
  return down_share.empty() ? 0 : static_cast<int>(down_share.size()) - 1;
}

Dollars run_cost(const RunSpec& spec, const Ledger& ledger) {
  return spec.prices.gpu * Seconds(ledger.total());
}

Joules run_energy(const RunSpec& spec, const Ledger& ledger) {
  // Only GPUs that compute take their full power.
  const double computing = ledger[GpuUse::Useful] + ledger[GpuUse::Rework] + ledger[GpuUse::Redundant] +
                           ledger[GpuUse::Slow] + ledger[GpuUse::Checkpoint];
  const double idle = ledger.total() - computing - ledger[GpuUse::InRepair];
  return spec.prices.power * Seconds(computing + spec.prices.idle_power * idle);
}

}  // namespace orrery
