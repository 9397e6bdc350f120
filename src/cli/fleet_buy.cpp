// `orrery fleet buy`: buy chips now, wait, or rent.
#include <memory>
#include <string>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/fleet_inputs.hpp"
#include "import/purchase_models.hpp"
#include "import/purchase_scenario.hpp"
#include "report/fleet_purchase_document.hpp"
#include "report/fleet_trained_chips.hpp"

namespace orrery {

RunCommand declare_fleet_buy(CLI::App& app);

RunCommand declare_fleet_buy(CLI::App& app) {
  const auto inputs = std::make_shared<FleetInputs>();
  add_fleet_options(app, *inputs, "purchase", "Seed of the futures [0]");
  add_draws_option(app, *inputs, "Futures [1000]");
  return [inputs](const OutputFlags& flags) {
    const Value root = fleet_table(*inputs, "purchase");
    const PurchaseScenario scenario = checked(flags, [&](Diagnostics& d) { return read_purchase_scenario(root, d); });
    write_fleet_scenario(*inputs, purchase_scenario_table(scenario), "fleet buy", scenario.assumptions);
    ThreadPool pool(static_cast<unsigned>(inputs->input.threads));
    const PurchaseSpec spec = purchase_spec(scenario, scenario.offers.front());
    const PurchaseStudy study = study_purchase(spec, scenario.input.draws, inputs->input.seed, pool);
    Document document = purchase_document(spec, study, scenario.assumptions);
    if (!scenario.input.models.empty()) {
      const TrainedChipsQuestion question =
          checked(flags, [&](Diagnostics& d) { return trained_chips_question(scenario, root, d); });
      const TrainedChips trained =
          study_trained_chips(question.spec, question.levels, scenario.input.draws, inputs->input.seed, pool);
      add_trained_chips(question.spec, trained, document);
      for (const std::string& assumption : question.assumptions) document.notes.push_back("assumed: " + assumption);
    }
    add_inputs(scenario.provenance, {"purchase", "economics"}, document);
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
