#include "fuzz/sound_network.hpp"

#include <algorithm>
#include <cmath>

#include "fuzz/check.hpp"
#include "report/network_document.hpp"
#include "report/render.hpp"

namespace orrery::fuzz {
namespace {

/// Larger machines are only counted by ranges or formulas.
constexpr long long kFewChips = 512;
constexpr double kFewFlows = 20'000;

bool is_amount(double value) {
  return std::isfinite(value) && value >= 0;
}

void must_render(const Document& document) {
  must(!render_terminal(document, {.explain = true}).empty());
  must(!render_json(document).empty());
}

}  // namespace

Cluster small_cluster(Routing routing) {
  Cluster cluster;
  cluster.chip.vendor = "NVIDIA";
  cluster.chip.peak_fp8 = 1979_TFLOP_per_s;
  cluster.chips = 256;
  cluster.node.scale_up_bandwidth = 450_GB_per_s;
  cluster.node.scale_out_bandwidth = 50_GB_per_s;
  cluster.fabric.routing = routing;
  cluster.fabric.switches.ports = 64;
  cluster.fabric.switches.port_bandwidth = 50_GB_per_s;
  cluster.fabric.tiers = {{"leaf", 32, 1, 0, {}}, {"pod", 256, 1, 0, {}}};
  return cluster;
}

void sound_network(const NetworkSpec& asked) {
  NetworkSpec spec = asked;
  spec.draws = std::min(spec.draws, 2);
  const double ranks = spec.group > 0 ? spec.group : static_cast<double>(spec.cluster.chips);
  const double flows = static_cast<double>(spec.cluster.chips) * spec.cluster.fabric.flows_per_connection *
                       (spec.collective == Collective::AllToAll ? ranks : 1);
  if (spec.cluster.machine_chips() > kFewChips || flows > kFewFlows) {
    if (spec.cluster.chips > 100'000) return;
    if (spec.fidelity == Fidelity::Flows || spec.fidelity == Fidelity::Auto) spec.fidelity = Fidelity::Closed;
  }
  try {
    const NetworkResult result = simulate_network(spec);
    must(result.groups >= 1 && result.draws >= 1);
    must(std::isfinite(result.stretch) && result.stretch >= 1 - 1e-9);
    must(result.stretch_low <= result.stretch * (1 + 1e-9) && result.stretch <= result.stretch_high * (1 + 1e-9));
    must(result.rows.size() == spec.payloads.size());
    for (const NetworkRow& row : result.rows) {
      must(is_amount(row.time.raw()) && is_amount(row.bus_bandwidth.raw()) && is_amount(row.lower_bound.raw()));
      must(row.best <= row.worst);
    }
    must_render(network_document(spec, result, {}));
  } catch (const InputError& error) {
    must(!error.diagnostics().empty());
  }
}

void sound_jobs(const Cluster& cluster, const JobsFile& file) {
  Diagnostics diagnostics;
  check_room(file, cluster, diagnostics);
  if (file.jobs.empty() || diagnostics.has_errors()) return;
  try {
    const JobsResult result = simulate_jobs(cluster, file.jobs, 0);
    must(result.jobs.size() == file.jobs.size());
    for (const JobResult& job : result.jobs) {
      for (const Seconds time : {job.alone, job.together, job.steady}) must(is_amount(time.raw()));
      for (const double stretch : {job.stretch_alone, job.stretch_together, job.stretch_steady}) {
        must(is_amount(stretch));
      }
    }
    must_render(jobs_document(cluster, file.jobs, result, {}));
  } catch (const InputError& error) {
    must(!error.diagnostics().empty());
  }
}

}  // namespace orrery::fuzz
