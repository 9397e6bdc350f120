// `orrery fleet buy`: buy chips now, wait, or rent.
#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "import/purchase_models.hpp"
#include "import/purchase_scenario.hpp"
#include "report/fleet_purchase_document.hpp"
#include "report/fleet_trained_chips.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet_buy(CLI::App& app);

namespace {

struct BuyWords {
  InputOptions input;
  std::string written;
};

}  // namespace

RunCommand declare_fleet_buy(CLI::App& app) {
  const auto words = std::make_shared<BuyWords>();
  app.add_option("scenario", words->input.scenario, "Scenario file (TOML, or JSON where it ends in .json)");
  add_set_option(app, words->input);
  add_seed_option(app, words->input, "Seed of the futures [0]");
  add_threads_option(app, words->input);
  add_write_scenario_option(app, words->written);
  return [words](const OutputFlags& flags) {
    Diagnostics diagnostics;
    Value root = scenario_file(words->input.scenario, diagnostics);
    apply_overrides(root, words->input.sets, diagnostics);
    diagnostics.throw_if_errors();
    const PurchaseScenario scenario = read_purchase_scenario(root, diagnostics);
    diagnostics.throw_if_errors();
    emit_warnings(diagnostics, flags);
    if (!words->written.empty()) {
      write_scenario(words->written, purchase_scenario_table(scenario), "fleet buy", seed_words(words->input),
                     scenario.assumptions);
    }
    ThreadPool pool(static_cast<unsigned>(words->input.threads));
    const PurchaseSpec spec = purchase_spec(scenario, scenario.offers.front());
    const PurchaseStudy study = study_purchase(spec, scenario.input.draws, words->input.seed, pool);
    Document document = purchase_document(spec, study, scenario.assumptions);
    if (!scenario.input.models.empty()) {
      const TrainedChipsQuestion question = trained_chips_question(scenario, root, diagnostics);
      diagnostics.throw_if_errors();
      const TrainedChips trained =
          study_trained_chips(question.spec, question.levels, scenario.input.draws, words->input.seed, pool);
      add_trained_chips(question.spec, trained, document);
      for (const std::string& assumption : question.assumptions) document.notes.push_back("assumed: " + assumption);
    }
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
