// `orrery fleet market`: all buyers bid each quarter for the same output of chips: who is displaced, at what price.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/fleet_inputs.hpp"
#include "fleet/nation/nation_in_market.hpp"
#include "import/market_scenario.hpp"
#include "import/nation_scenario.hpp"
#include "report/fleet_market_document.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet_market(CLI::App& app);

namespace {

/// The file of a buyer's nation, which stands beside the market's scenario.
std::filesystem::path nation_file(const std::string& scenario, const MarketBuyer& buyer) {
  return std::filesystem::path(scenario).parent_path() / buyer.nation;
}

/// The nations of buyers that have one; what they rest on joins what the market does.
std::vector<NationOfBuyer> read_nations(const std::string& file, MarketScenario& scenario, Diagnostics& diagnostics) {
  std::vector<NationOfBuyer> nations;
  const std::vector<MarketBuyer>& buyers = scenario.spec.input.buyers;
  for (std::size_t b = 0; b < buyers.size(); ++b) {
    if (buyers[b].nation.empty()) continue;
    const std::filesystem::path path = nation_file(file, buyers[b]);
    const auto found = scenario.provenance.find(fmt::format("market.buyers[{}].nation", b));
    const Span place = found == scenario.provenance.end() ? Span{} : found->second.span;
    if (!std::filesystem::exists(path)) {
      diagnostics.error(fmt::format("there is no file `{}`", path.string()), place,
                        "a scenario with [nation], beside the market's");
      continue;
    }
    NationOfBuyer nation;
    nation.buyer = b;
    const Value root = scenario_file(path.string(), diagnostics);
    if (diagnostics.has_errors()) continue;
    NationScenario its = read_nation_scenario(root, diagnostics);
    if (diagnostics.has_errors()) continue;
    nation.spec = std::move(its.spec);
    for (auto& [input, source] : its.provenance) {
      if (input.starts_with("nation.")) scenario.provenance.emplace(input, source);
    }
    for (const std::string& assumption : its.assumptions)
      scenario.assumptions.push_back(fmt::format("firms of {}: {}", buyers[b].name, assumption));
    if (nation_dates(scenario.spec.input, nation.spec).empty()) {
      diagnostics.error(fmt::format("the market ends on {}, no later than the last survey of the firms, on {}",
                                    date_text(Date(scenario.spec.input.until.days() - 1)),
                                    date_text(nation.spec.surveys.back().date)),
                        place, "a later `until`, or a buyer without `nation`");
    }
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
  struct Words {
    FleetInputs fleet;
    std::string rule;
    bool no_variants = false;
  };
  const auto words = std::make_shared<Words>();
  add_fleet_options(app, words->fleet, "market", "Seed of the futures [0]");
  add_draws_option(app, words->fleet, "Futures [1000]");
  app.add_option("--rule", words->rule, "How chips find their buyers: auction or ration [as the scenario says]")
      ->group("Input")
      ->type_name("RULE");
  app.add_flag("--no-variants", words->no_variants, "Leave out the scenario's variants")->group("Input");
  return [words](const OutputFlags& flags) {
    const InputOptions& input = words->fleet.input;
    Value root = fleet_table(words->fleet, "market");
    MarketScenario scenario = checked(flags, [&](Diagnostics& d) {
      if (!words->rule.empty()) apply_option(root, "market.rule", "--rule", words->rule, d);
      return read_market_scenario(root, d);
    });
    std::vector<NationOfBuyer> nations =
        checked(flags, [&](Diagnostics& d) { return read_nations(input.scenario, scenario, d); });
    write_fleet_scenario(words->fleet, written_scenario(scenario, input.scenario, root), "fleet market",
                         scenario.assumptions);
    if (words->no_variants) scenario.variants.clear();
    ThreadPool pool(static_cast<unsigned>(input.threads));
    const MarketOptions options{scenario.spec.input.draws, input.seed};
    const std::vector<MarketStudy> studies = study_market(scenario.spec, scenario.variants, options, pool);
    for (NationOfBuyer& nation : nations)
      nation = nation_of_buyer(nation.buyer, nation.spec, scenario.spec.input, studies, input.seed, pool);
    Document document =
        fleet_market_document({scenario.spec, scenario.variants, studies, nations}, scenario.assumptions);
    std::vector<std::string> tables = {"market", "economics"};
    if (!nations.empty()) tables.emplace_back("nation");
    add_inputs(scenario.provenance, tables, document);
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
