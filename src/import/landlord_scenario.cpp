#include "import/landlord_scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/unit_table.hpp"
#include "import/scenario_tables.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

constexpr double kMonth = kYear / 12;
constexpr double kMostWanted = 1e13;  ///< Chips: more than a thousand for each human.

Span place_of(const LandlordScenario& scenario, const std::string& key, const Span& table) {
  const auto found = scenario.provenance.find("landlord." + key);
  return found == scenario.provenance.end() ? table : found->second.span;
}

/// When half of the orders of the decision's day are there; a quarter of a year later at least.
Date delivery_of(const LandlordInput& input) {
  return input.date + max(Seconds(input.lead_time->quantile(0.5)), Seconds(kYear / 4));
}

/// Who says how many chips are made from the decision to the delivery.
std::string output_source(const LandlordScenario& scenario) {
  const LandlordInput& input = scenario.input;
  const std::vector<DatedValue>& output = scenario.offer.output.points;
  std::vector<std::string> sources;
  const auto add = [&](const std::string& key) {
    const auto found = scenario.offer_sources.find("offers[0]." + key);
    const bool told = found != scenario.offer_sources.end() && !found->second.source.empty();
    const std::string source = told ? found->second.source : "no source";
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(source);
  };
  const Date delivery = delivery_of(input);
  for (std::size_t i = 0; i < output.size(); ++i) {
    const bool over = i + 1 < output.size() && output[i + 1].date <= input.date;
    if (!over && output[i].date < delivery) add(fmt::format("output[{}].value", i));
  }
  std::string text = fmt::format("{}", fmt::join(sources, "; "));
  if (output.empty() || years_between(output.back().date, delivery) < 1) return text;
  sources.clear();
  add("output_growth");
  return text + "; its growth after the last count: " + sources.front();
}

/// The chip in question: of the scenario's own list, or a preset.
bool take_chip(const std::vector<ChipOffer>& written, const Span& span, LandlordScenario& scenario,
               Diagnostics& diagnostics) {
  const std::string& name = scenario.input.chip;
  const auto keep_sources = [&](const Provenance& of_all, const std::string& prefix) {
    for (const auto& [path, source] : of_all)
      if (path.starts_with(prefix)) scenario.offer_sources["offers[0]." + path.substr(prefix.size())] = source;
  };
  Diagnostics unknown;
  if (const ChipOffer* own = find_offer(written, name)) {
    scenario.offer = *own;
    keep_sources(scenario.provenance, fmt::format("offers[{}].", own - written.data()));
  } else if (const auto preset = find_preset("offers", name, unknown)) {
    Provenance provenance;
    scenario.offer = offer_preset(preset->name, &provenance);
    keep_sources(provenance, "offers.");
  } else {
    report_unknown_preset("offers", name, span, diagnostics);
    return false;
  }
  const ChipOffer& offer = scenario.offer;
  const bool priced =
      !offer.price.empty() && std::all_of(offer.price.points.begin(), offer.price.points.end(),
                                          [](const DatedValue& p) { return p.value.quantile(0.01) > 0; });
  if (!priced) {
    diagnostics.error(fmt::format("`{}` has no price above zero", name), span, "`price` in its [[offers]]");
    return false;
  }
  if (offer.it_power <= Watts(0))
    diagnostics.error(fmt::format("nothing says what power `{}` takes", name), span, "`it_power` in its [[offers]]");
  if (scenario.input.date < offer.launch)
    diagnostics.error(fmt::format("`{}` is not sold before {}", name, date_text(offer.launch)),
                      place_of(scenario, "date", span), "a later `date`, or another chip");
  return true;
}

void fill(LandlordInput& input, std::vector<std::string>& assumptions) {
  if (input.horizon <= Seconds(0)) {
    input.horizon = Seconds(8 * kYear);
    assumptions.emplace_back("8 years are reckoned");
  }
  if (input.review <= Seconds(0)) input.review = min(Seconds(1.5 * kYear), input.horizon * 0.5);
  if (!input.lead_time) {
    input.lead_time = Law::spread(kYear, 26 * kMonth, 43 * kMonth);
    assumptions.emplace_back(
        "26 months from an order to energised chips (12 to 43): construction of 1 GW, Epoch AI, build times, 2025-11");
  }
  if (!input.contract.collected) input.contract.collected = Law::fixed(1);
}

/// Inputs that say nothing without another.
void check_effect(const LandlordScenario& scenario, const Span& table, Diagnostics& diagnostics) {
  const LandlordInput& input = scenario.input;
  const auto idle = [&](const char* key, bool works, const char* what, const char* needs) {
    if (!works && scenario.provenance.contains(std::string("landlord.") + key))
      diagnostics.error(fmt::format("`{}` says nothing where {}", key, what), place_of(scenario, key, table), needs);
  };
  const LandlordTenantInput& main = input.main;
  idle("main.jump", main.jump_rate > 0, "demand does not jump", "`jump_rate` above zero, or no `jump`");
  idle("main.leave_share", main.leave_rate > 0 || main.short_leave_rate > 0, "the tenant never leaves",
       "`leave_rate` or `short_leave_rate` above zero, or no `leave_share`");
  const Law& growth = input.serving.growth;
  const bool grows = !growth.is_fixed() || growth.quantile(0.5) != 1;
  idle("serving_growth", !input.serving.empty() || !grows, "nothing is served", "`serving`, or no `serving_growth`");
}

void check(const LandlordScenario& scenario, const Span& table, Diagnostics& diagnostics) {
  const LandlordInput& input = scenario.input;
  if (input.main.demand.quantile(0.9) <= 0)
    diagnostics.error("the main tenant's demand is zero: nobody to build for", place_of(scenario, "main.demand", table),
                      "a demand above zero");
  if (input.lead_time && Seconds(input.lead_time->quantile(0.5)) >= input.horizon)
    diagnostics.error(fmt::format("chips that take {} to come are there when the {} are over",
                                  format_time(Seconds(input.lead_time->quantile(0.5))), format_time(input.horizon)),
                      place_of(scenario, "lead_time", table), "a longer `horizon`, or a shorter `lead_time`");
  if (input.review >= input.horizon)
    diagnostics.error(fmt::format("a review after {} comes when the {} are over", format_time(input.review),
                                  format_time(input.horizon)),
                      place_of(scenario, "review", table), "an earlier one, or a longer `horizon`");
  const LandlordContractInput& contract = input.contract;
  if (contract.share == 0 && (contract.take_or_pay > 0 || contract.length > Seconds(0)))
    diagnostics.error("a contract for no share of the chips binds nobody", place_of(scenario, "contract.length", table),
                      "`share` above zero, or no [landlord.contract]");
  check_effect(scenario, table, diagnostics);
  for (std::size_t i = 1; i < input.serving.points.size(); ++i) {
    const Date before = input.serving.points[i - 1].date, date = input.serving.points[i].date;
    if (before < date) continue;
    diagnostics.error(
        fmt::format("the dates of `serving` do not ascend: {} after {}", date_text(date), date_text(before)),
        place_of(scenario, fmt::format("serving[{}].date", i), table), "from early to late");
  }
}

/// Chips that a tenant wants at most, in all but one future of a hundred or so, where each of `jumps` multiplies by
/// `jump`.
double most_wanted(const LandlordDemand& demand, double years, double jump = 1, double jumps = 0) {
  const double walk = 3 * demand.volatility * std::sqrt(years);
  const double grown = std::max(1.0, demand.grown(demand.growth.quantile(0.99), years));
  return demand.level.quantile(0.99) * grown * std::exp(walk) * std::pow(std::max(1.0, jump), jumps);
}

/// Growth over decades, and jumps upon it, can leave all bounds.
void check_bounds(const LandlordScenario& scenario, const Span& table, Diagnostics& diagnostics) {
  const LandlordSpec spec = landlord_spec(scenario);
  const double years = spec.quarters / 4.0;
  const auto beyond = [&](double chips, const char* what, const char* key, const char* hint) {
    if (chips < kMostWanted) return false;
    diagnostics.error(fmt::format("{} can pass 10 trillion chips within {}", what, format_time(scenario.input.horizon)),
                      place_of(scenario, key, table), hint);
    return true;
  };
  const double mean = spec.jump_rate * years, jumps = mean + 3 * std::sqrt(mean);
  const double served = spec.serving.empty() ? 0 : *std::max_element(spec.serving.begin(), spec.serving.end());
  const char* const less = "less `growth` or `volatility`, or a shorter `horizon`";
  if (beyond(most_wanted(spec.main, years), "the main tenant's demand", "main.growth", less) ||
      beyond(most_wanted(spec.main, years, spec.jump.quantile(0.99), jumps), "the main tenant's demand", "main.jump",
             "a lower `jump_rate` or `jump`, or a shorter `horizon`") ||
      beyond(most_wanted(spec.others, years), "others' demand", "others.growth", less) ||
      beyond(served, "what inference wants", "serving_growth", "less of it, or a shorter `horizon`"))
    return;
  beyond(spec.made, "what the world makes of the chip", "lead_time",
         "a lower `output` or `output_growth` in its [[offers]], or a shorter `lead_time`");
}

}  // namespace

LandlordScenario read_landlord_scenario(const Value& root, Diagnostics& diagnostics) {
  LandlordScenario scenario;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  check_table_names(root, diagnostics);
  const Value* written = root.find("landlord");
  if (written == nullptr) {
    diagnostics.error("no landlord is given", root.span(), "[landlord] in the scenario: `orrery schema landlord`");
    return scenario;
  }
  LandlordInput& input = scenario.input;
  landlord_schema().read(*written, input, diagnostics, &scenario.provenance, "landlord");
  for (const char* tenant : {"main", "others"}) {
    if (written->table() != nullptr && written->find(tenant) == nullptr)
      diagnostics.error(
          fmt::format("nothing says what {}", tenant == std::string("main") ? "the main tenant wants" : "others want"),
          written->span(), fmt::format("[landlord.{}] with `demand` and `growth`", tenant));
  }
  scenario.economics = read_economics(root.find("economics"), diagnostics, &scenario.provenance);
  std::vector<ChipOffer> offers;
  if (const Value* list = root.find("offers")) offers = read_offers(list, {}, diagnostics, &scenario.provenance);
  if (diagnostics.has_errors()) return scenario;
  fill(input, scenario.assumptions);
  check(scenario, written->span(), diagnostics);
  if (!take_chip(offers, place_of(scenario, "chip", written->span()), scenario, diagnostics)) return scenario;
  if (!diagnostics.has_errors()) check_bounds(scenario, written->span(), diagnostics);
  scenario.output_source = output_source(scenario);
  if (!input.contract.price)
    scenario.assumptions.push_back("the contract is at the rent that the market was expected to have at the decision");
  return scenario;
}

LandlordSpec landlord_spec(const LandlordScenario& scenario) {
  const LandlordInput& input = scenario.input;
  LandlordSpec spec;
  spec.offer = known_at(scenario.offer, input.date);
  spec.economics = scenario.economics;
  spec.date = input.date;
  spec.market = rent_market(scenario.offer, offer_preset("h100-sxm"), landlord_economics(), input.date);
  const double quarter = kYear / 4;
  spec.quarters = std::max(2, static_cast<int>(std::lround(input.horizon.raw() / quarter)));
  const auto tenant = [](const LandlordTenantInput& t) {
    return LandlordDemand{t.demand, t.growth, t.fade.raw() / kYear, t.volatility};
  };
  spec.main = tenant(input.main);
  spec.others = tenant(input.others);
  for (int q = 0; q < spec.quarters && !input.serving.empty(); ++q) {
    const Date date = input.date + Seconds((q + 0.5) * quarter);
    spec.serving.push_back(input.serving.at(date) * kHour / kMonth);
  }
  spec.standing = input.standing;
  spec.lead_time = *input.lead_time;
  const Date until = delivery_of(input);
  spec.made = scenario.offer.output.mean(input.date, until) * years_between(input.date, until);
  spec.jump_rate = input.main.jump_rate;
  spec.jump = input.main.jump.value_or(Law::fixed(1));
  spec.leave_rate = input.main.leave_rate;
  spec.short_leave_rate = input.main.short_leave_rate;
  spec.leave_share = input.main.leave_share.value_or(Law::fixed(1));
  spec.contract_share = input.contract.share;
  spec.contract_years = input.contract.length.raw() / kYear;
  spec.take_or_pay = input.contract.take_or_pay;
  spec.collected = *input.contract.collected;
  const RentBand expected = rent_band(spec.market, input.date);
  spec.contract_price =
      input.contract.price.value_or(Law::spread(expected.p10.raw(), expected.p50.raw(), expected.p90.raw()));
  return spec;
}

LandlordQuestion landlord_question(const LandlordScenario& scenario, std::uint64_t seed) {
  const LandlordInput& input = scenario.input;
  const int quarters = std::max(2, static_cast<int>(std::lround(input.horizon.raw() / (kYear / 4))));
  const int review = static_cast<int>(std::lround(input.review.raw() / (kYear / 4)));
  return {input.project.value_or(0), std::clamp(review, 1, quarters - 1), input.draws, seed};
}

Value landlord_scenario_table(const LandlordScenario& scenario) {
  Value root(Value::Table{}, Span{});
  add_table("landlord", landlord_schema().write(scenario.input), scenario.provenance, root);
  add_table("economics", economics_schema().write(scenario.economics), scenario.provenance, root);
  add_table("offers", Value(Value::Array{offer_schema().write(scenario.offer)}, Span{}), scenario.offer_sources, root);
  return root;
}

}  // namespace orrery
