#include "run/scale_limits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "network/network_model.hpp"
#include "step/step.hpp"

namespace orrery {
namespace {

constexpr double kFastLinks = 1e6;  ///< Times the bandwidth: no payload takes time on them.

Seconds exposed_communication(const StepResult& step) {
  Seconds sum;
  for (const Part part : {Part::TensorComm, Part::ContextComm, Part::ExpertComm, Part::PipelineComm, Part::DataComm})
    sum += step.breakdown[part];
  return sum;
}

/// MFU with an ample batch; 0 where none of the layouts holds it.
double ample_mfu(const StepSpec& spec, const std::vector<Layout>& layouts, const CollectiveModel& network) {
  StepSpec ample = spec;
  ample.training.global_batch *= kAmpleBatch;
  double best = 0;
  for (const Layout& layout : layouts) {
    ample.layout = layout;
    ample.layout.dp = 1;
    const long long replica = ample.layout.chips();
    if (spec.cluster.chips % replica != 0) continue;
    ample.layout.dp = static_cast<int>(spec.cluster.chips / replica);
    const auto step = simulate_step(ample, network);
    if (step && step->fits()) best = std::max(best, step->mfu_full);
  }
  return best;
}

}  // namespace

const char* scale_limit_name(ScaleLimit limit) {
  switch (limit) {
    case ScaleLimit::Batch:
      return "batch";
    case ScaleLimit::Latency:
      return "latency";
    case ScaleLimit::Bandwidth:
      return "network bandwidth";
    case ScaleLimit::Faults:
      return "faults";
  }
  ORRERY_CHECK(false, "every limit has a name");
}

ScaleLimit ScaleGains::most() const {
  return static_cast<ScaleLimit>(std::max_element(times.begin(), times.end()) - times.begin());
}

ScaleGains scale_gains(const ScalePoint& point, const std::vector<Layout>& layouts, std::uint64_t seed) {
  ScaleGains gains;
  const double mfu = ample_mfu(point.step_spec, layouts, *network_model(point.step_spec.cluster, seed));
  gains[ScaleLimit::Batch] = std::max(1.0, mfu / point.step.mfu_full);
  StepSpec fast = point.step_spec;
  fast.cluster.node.scale_up_bandwidth *= kFastLinks;
  fast.cluster.node.scale_out_bandwidth *= kFastLinks;
  fast.cluster.fabric.switches.port_bandwidth *= kFastLinks;
  if (const auto step = simulate_step(fast, *network_model(fast.cluster, seed))) {
    gains[ScaleLimit::Bandwidth] = std::max(1.0, point.step.step_time / step->step_time);
    gains[ScaleLimit::Latency] =
        point.step.step_time / (point.step.step_time - min(exposed_communication(*step), point.step.step_time * 0.99));
  }
  const RunResult& run = point.best_result();
  gains[ScaleLimit::Faults] = run.finished > 0 ? 1 / run.goodput.p50 : std::numeric_limits<double>::infinity();
  return gains;
}

double doubling(double few_chips, double work_of_few, double many_chips, double work_of_many) {
  ORRERY_CHECK(few_chips > 0 && many_chips > few_chips && work_of_few > 0, "points lie apart");
  return std::pow(2, std::log(work_of_many / work_of_few) / std::log(many_chips / few_chips));
}

}  // namespace orrery
