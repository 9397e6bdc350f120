#include "import/buildout_scenario.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/unit_text.hpp"
#include "fleet/optimal/fleet_buildout.hpp"
#include "import/scenario_writer.hpp"

namespace orrery {
namespace {

/// Sites x chips x steps, and starts of phases: what is solved in seconds.
constexpr std::size_t kMostPlaces = 8'000, kMostStarts = 4'000;
constexpr int kMostSteps = 120;

class BuildoutReader {
 public:
  BuildoutReader(const Value& root, Diagnostics& diagnostics) : root_(root), diagnostics_(diagnostics) {}

  BuildoutScenario read() {
    scenario_.fleet = read_fleet_scenario(root_, diagnostics_);
    scenario_.provenance = scenario_.fleet.provenance;
    if (const Value* written = root_.find("buildout"))
      buildout_schema().read(*written, scenario_.input, diagnostics_, &scenario_.provenance, "buildout");
    check_target();
    if (!diagnostics_.has_errors()) check_size();
    if (!diagnostics_.has_errors()) check_day();
    if (diagnostics_.has_errors()) return std::move(scenario_);
    scenario_.problem = buildout_problem(scenario_.fleet.plan, scenario_.input);
    for (const std::string& problem : buildout_problems(scenario_.problem))
      diagnostics_.error(problem, span_of("buildout"));
    assume();
    return std::move(scenario_);
  }

 private:
  Span span_of(const std::string& path) const {
    const auto found = scenario_.provenance.find(path);
    if (found != scenario_.provenance.end()) return found->second.span;
    const Value* table = root_.find("buildout");
    return table == nullptr ? root_.span() : table->span();
  }

  void check_target() {
    const BuildoutInput& input = scenario_.input;
    const bool needs = input.goal == BuildoutGoal::LeastCost || input.goal == BuildoutGoal::Earliest;
    if (needs && input.h100e <= 0 && !(input.flop > Flops(0)))
      diagnostics_.error("the goal needs a target, and there is none", span_of("buildout.goal"),
                         "`h100e = 1e6` or `flop = \"5e26 FLOP\"` in [buildout]");
  }

  void check_size() {
    const FleetSpec& plan = scenario_.fleet.plan;
    const auto steps = static_cast<std::size_t>(plan.steps);
    std::size_t phases = 0;
    for (const FleetSite& site : plan.sites) phases += site.phases.size();
    const Value* fleet = root_.find("fleet");
    const Span span = fleet == nullptr ? root_.span() : fleet->span();
    if (plan.steps > kMostSteps || steps * plan.sites.size() * plan.offers.size() > kMostPlaces ||
        steps * phases > kMostStarts) {
      diagnostics_.error(
          fmt::format("{} steps of {} sites with {} phases and {} chips are more than is solved in moments", steps,
                      plan.sites.size(), phases, plan.offers.size()),
          span, "quarters instead of months, or fewer sites and chips");
    }
  }

  void check_day() {
    const BuildoutInput& input = scenario_.input;
    if (!input.by) return;
    const FleetSpec& plan = scenario_.fleet.plan;
    Date end = plan.start, first = plan.start;
    for (int t = 0; t < plan.steps; ++t) {
      end = plan.step == FleetStep::Quarter ? next_quarter(end) : next_month(end);
      if (t == 0) first = end;
    }
    if (*input.by < first)
      diagnostics_.error(fmt::format("no step of the plan is over by {}", date_text(*input.by)), span_of("buildout.by"),
                         fmt::format("the first ends before {}", date_text(first)));
    if (*input.by > end)
      diagnostics_.error(fmt::format("the plan ends before {}", date_text(*input.by)), span_of("buildout.by"),
                         fmt::format("{} at the latest, or more `steps` in [fleet]", date_text(end)));
  }

  void assume() {
    scenario_.assumptions = scenario_.fleet.assumptions;
    const BuildoutInput& input = scenario_.input;
    if (root_.find("buildout") == nullptr)
      scenario_.assumptions.emplace_back("the best plan is the one with the most H100-equivalents in the end");
    if (!input.discount) scenario_.assumptions.emplace_back("dollars are discounted by the cost of capital");
  }

  const Value& root_;
  Diagnostics& diagnostics_;
  BuildoutScenario scenario_;
};

}  // namespace

BuildoutScenario read_buildout_scenario(const Value& root, Diagnostics& diagnostics) {
  return BuildoutReader(root, diagnostics).read();
}

Value buildout_scenario_table(const BuildoutScenario& scenario) {
  Value root = fleet_scenario_table(scenario.fleet);
  add_table("buildout", buildout_schema().write(scenario.input), scenario.provenance, root);
  return root;
}

}  // namespace orrery
