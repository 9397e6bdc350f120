// Any bytes as a scenario of the run level: what is not rejected has no problem left, is written out whole and read
// back as the same run, and is simulated where it is small: it ends, or says why it never does.
#include <cmath>
#include <cstdint>

#include "fuzz/check.hpp"
#include "import/run_scenario.hpp"
#include "scenario/toml_reader.hpp"

using orrery::fuzz::must;

namespace {

void round_trip(const orrery::RunScenario& scenario, const orrery::RunSpec& spec) {
  using namespace orrery;
  const auto written = [](RunScenario again) {
    Diagnostics diagnostics;
    const RunSpec same = run_spec(again, nullptr, diagnostics);
    must(!diagnostics.has_errors());
    return run_scenario_table(again, same, nullptr);
  };
  fuzz::round_trip(run_scenario_table(scenario, spec, nullptr), scenario.assumptions, read_run_scenario, written);
}

/// Whether a replication takes no more than moments.
bool is_small(const orrery::RunSpec& spec) {
  using namespace orrery;
  if (spec.job.gpus > 4096 || spec.policy.spares > 1000) return false;
  return stop_rates(spec).all * spec.job.work().raw() < 1e3 && spec.job.work() < Seconds(1e8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const Source source = fuzz::text_of(data, size);
  Diagnostics diagnostics;
  const Value root = read_toml(source, diagnostics);
  RunScenario scenario = read_run_scenario(root, diagnostics);
  if (diagnostics.has_errors() || scenario.needs_step()) {
    render_text(diagnostics.all(), false);
    return 0;
  }
  const RunSpec spec = run_spec(scenario, nullptr, diagnostics);
  render_text(diagnostics.all(), false);
  if (diagnostics.has_errors()) return 0;
  must(run_problems(spec).empty());
  round_trip(scenario, spec);
  const ClosedForm closed = closed_form(spec);
  must(!std::isnan(closed.wall.raw()) && closed.wall > Seconds(0));
  if (!is_small(spec)) return 0;
  const Replication run = simulate_replication(spec, {.give_up = 5}, 0);
  must(run.finished == (run.reason == NeverReason::None));
  const double gpus = static_cast<double>(spec.job.gpus + spec.policy.spares * spec.machine.gpus_per_node);
  must(std::abs(run.ledger.total() - gpus * run.wall.raw()) <= 1e-9 * gpus * run.wall.raw() + 1e-9);
  return 0;
}
