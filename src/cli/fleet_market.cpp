// `orrery fleet market`: all buyers bid each quarter for the same output of chips: who is displaced, at what price.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/economics.hpp"
#include "fleet/nation/nation_in_market.hpp"
#include "import/market_scenario.hpp"
#include "import/nation_scenario.hpp"
#include "report/fleet_market_document.hpp"
#include "report/sources.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet_market(CLI::App& app);

namespace {

struct FleetMarketOptions {
  InputOptions input;
  std::string rule, written;
  int draws = 1000;
  bool no_variants = false;
};

std::vector<FieldInfo> declared_inputs() {
  std::vector<FieldInfo> all;
  const auto add = [&](const std::string& table, std::vector<FieldInfo> fields) {
    for (FieldInfo& field : fields) {
      field.path = table + field.path;
      all.push_back(std::move(field));
    }
  };
  add("market.", market_schema().fields());
  add("offers[].", offer_schema().fields());
  add("economics.", economics_schema().fields());
  return all;
}

/// The file of a buyer's nation, which stands beside the market's scenario.
std::filesystem::path nation_file(const std::string& scenario, const MarketBuyer& buyer) {
  return std::filesystem::path(scenario).parent_path() / buyer.nation;
}

/// The nations of buyers that have one.
std::vector<NationOfBuyer> read_nations(const std::string& file, const MarketScenario& scenario,
                                        Diagnostics& diagnostics) {
  std::vector<NationOfBuyer> nations;
  const std::vector<MarketBuyer>& buyers = scenario.spec.input.buyers;
  for (std::size_t b = 0; b < buyers.size(); ++b) {
    if (buyers[b].nation.empty()) continue;
    const std::filesystem::path path = nation_file(file, buyers[b]);
    if (!std::filesystem::exists(path)) {
      const auto place = scenario.provenance.find(fmt::format("market.buyers[{}].nation", b));
      diagnostics.error(fmt::format("there is no file `{}`", path.string()),
                        place == scenario.provenance.end() ? Span{} : place->second.span,
                        "a scenario with [nation], beside the market's");
      continue;
    }
    NationOfBuyer nation;
    nation.buyer = b;
    const Value root = scenario_file(path.string(), diagnostics);
    if (!diagnostics.has_errors()) nation.spec = read_nation_scenario(root, diagnostics).spec;
    nations.push_back(std::move(nation));
  }
  return nations;
}

/// The scenario as it is written to a file elsewhere, from which its nations are found by their full names.
Value written_scenario(MarketScenario scenario, const std::string& file, const Value& root) {
  for (MarketBuyer& buyer : scenario.spec.input.buyers) {
    if (!buyer.nation.empty()) buyer.nation = std::filesystem::absolute(nation_file(file, buyer)).lexically_normal();
  }
  return market_scenario_table(scenario, root);
}

}  // namespace

RunCommand declare_fleet_market(CLI::App& app) {
  const auto options = std::make_shared<FleetMarketOptions>();
  app.add_option("scenario", options->input.scenario, "Scenario with a table [market]")
      ->group("Input")
      ->type_name("SCENARIO");
  app.add_option("--rule", options->rule, "How chips find their buyers: auction or ration [as the scenario says]")
      ->group("Input")
      ->type_name("RULE");
  app.add_option("--draws", options->draws, "Futures [1000]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of futures", 10, 100'000));
  app.add_flag("--no-variants", options->no_variants, "Leave out the scenario's variants")->group("Input");
  add_set_option(app, options->input);
  add_seed_option(app, options->input, "Seed of the futures [0]");
  add_threads_option(app, options->input);
  add_write_scenario_option(app, options->written);
  return [options](const OutputFlags& flags) {
    Diagnostics diagnostics;
    Value root = scenario_file(options->input.scenario, diagnostics);
    if (!options->rule.empty()) apply_option(root, "market.rule", "--rule", options->rule, diagnostics);
    apply_overrides(root, options->input.sets, diagnostics);
    diagnostics.throw_if_errors();
    MarketScenario scenario = read_market_scenario(root, diagnostics);
    diagnostics.throw_if_errors();
    std::vector<NationOfBuyer> nations = read_nations(options->input.scenario, scenario, diagnostics);
    diagnostics.throw_if_errors();
    emit_warnings(diagnostics, flags);
    if (!options->written.empty())
      write_scenario(options->written, written_scenario(scenario, options->input.scenario, root), "fleet market",
                     seed_words(options->input), scenario.assumptions);
    if (options->no_variants) scenario.variants.clear();
    ThreadPool pool(static_cast<unsigned>(options->input.threads));
    const MarketOptions study{options->draws, options->input.seed};
    const std::vector<MarketStudy> studies = study_market(scenario.spec, scenario.variants, study, pool);
    for (NationOfBuyer& nation : nations)
      nation = nation_of_buyer(nation.buyer, nation.spec, studies, options->input.seed, pool);
    Document document =
        fleet_market_document({scenario.spec, scenario.variants, studies, nations}, scenario.assumptions);
    const std::vector<FieldInfo> declared = declared_inputs();
    document.tables.push_back(source_table(scenario.provenance, declared));
    document.tables.back().detail = true;  // Hundreds of rows.
    document.tables.push_back(default_table(scenario.provenance, declared));
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
