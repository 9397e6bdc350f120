#include "import/purchase_scenario.hpp"

#include <fmt/format.h>

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

/// Places of inputs for messages.
class Places {
 public:
  Places(const Provenance& provenance, Span table) : provenance_(provenance), table_(std::move(table)) {}
  Span of(const char* key) const {
    const auto found = provenance_.find(std::string("purchase.") + key);
    return found == provenance_.end() ? table_ : found->second.span;
  }

 private:
  const Provenance& provenance_;
  Span table_;
};

/// An offer that a scenario names: of its own list, or the preset, whose name is then taken ("H100-SXM" is h100-sxm).
void take_offer(std::string& name, const std::vector<ChipOffer>& written, Span span, std::vector<ChipOffer>& offers,
                Diagnostics& diagnostics) {
  if (find_offer(offers, name) != nullptr) return;
  if (const ChipOffer* own = find_offer(written, name)) {
    offers.push_back(*own);
    return;
  }
  Diagnostics unknown;
  if (const auto preset = find_preset("offers", name, unknown)) {
    name = preset->name;
    if (find_offer(offers, name) == nullptr) offers.push_back(offer_preset(name));
    return;
  }
  std::vector<std::string> known = preset_names("offers");
  for (const ChipOffer& offer : written) known.push_back(offer.name);
  const std::string near = did_you_mean(name, known);
  diagnostics.error(
      fmt::format("no chip on the market is called `{}`", name.substr(0, 60)), std::move(span),
      near.empty() ? fmt::format("known are {}", fmt::join(known, ", ")) : fmt::format("did you mean `{}`?", near));
}

void check_offer(const ChipOffer& offer, const PurchaseInput& input, const Places& places, const char* key,
                 Diagnostics& diagnostics) {
  const Span span = places.of(key);
  if (offer.price.empty()) {
    diagnostics.error(fmt::format("nothing says what `{}` costs", offer.name), span, "`price` in its [[offers]]");
    return;
  }
  for (const DatedValue& point : offer.price.points) {
    if (point.value.quantile(0.01) > 0) continue;
    diagnostics.error(
        fmt::format("`{}` costs nothing in {}: then nobody would rent", offer.name, month_text(point.date)), span,
        "a price above zero");
    return;
  }
  if (input.date < offer.launch)
    diagnostics.error(fmt::format("`{}` is not sold before {}", offer.name, date_text(offer.launch)), places.of("date"),
                      "a later `date`, or another chip");
  if (offer.it_power <= Watts(0))
    diagnostics.error(fmt::format("nothing says what power `{}` takes", offer.name), span,
                      "`it_power` in its [[offers]]");
}

/// Chips of the comparison: each once, and only where there is something to compare them by.
void check_chips(const PurchaseInput& input, const Places& places, Diagnostics& diagnostics) {
  if (!input.chips.empty() && input.models.empty())
    diagnostics.error("`chips` are compared by the models that they train, and none is named", places.of("chips"),
                      "[[purchase.models]], or no `chips`");
  for (std::size_t i = 1; i < input.chips.size(); ++i) {
    const auto here = input.chips.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(input.chips.begin(), here, *here) != here)
      diagnostics.error(fmt::format("`{}` is compared with itself", *here), places.of("chips"), "each chip once");
  }
}

void check_need(const PurchaseInput& input, const Places& places, Diagnostics& diagnostics) {
  const int said = (input.busy_chips ? 1 : 0) + (input.chip_hours ? 1 : 0) + (input.compute ? 1 : 0);
  const char* usual = "`busy_chips = 1000`, `chip_hours = 30e6` or `compute = \"3.8e25 FLOP\"`";
  if (said == 0) diagnostics.error("nothing says how much is needed", places.of(""), usual);
  if (said > 1) {
    const char* second = input.compute ? "compute" : "chip_hours";
    diagnostics.error("more than one input says how much is needed", places.of(second), "one of " + std::string(usual));
  }
  const auto positive = [&](bool given, double value, const char* key) {
    if (given && value <= 0)
      diagnostics.error("the need is zero: there is nothing to buy or to rent", places.of(key), "a need above zero");
  };
  positive(input.busy_chips.has_value(), input.busy_chips.value_or(1), "busy_chips");
  positive(input.chip_hours.has_value(), input.chip_hours.value_or(1), "chip_hours");
  positive(input.compute.has_value(), input.compute.value_or(Flops(1)).raw(), "compute");
  for (const char* key : {"mfu", "goodput"}) {
    const bool given = std::string_view(key) == "mfu" ? input.mfu.has_value() : input.goodput.has_value();
    if (given && !input.compute)
      diagnostics.error(fmt::format("`{}` goes with a need of operations", key), places.of(key),
                        "`compute`, or leave it out");
  }
}

int months_of(Seconds time) {
  return static_cast<int>(std::lround(time.raw() / kMonth));
}
int months_between(Date a, Date b) {
  return static_cast<int>(std::lround(12 * years_between(a, b)));
}

void check_wait(const PurchaseInput& input, const Places& places, Diagnostics& diagnostics) {
  if (!input.wait_until) return;
  const int wait = months_between(input.date, *input.wait_until);
  if (wait < 1) {
    diagnostics.error(fmt::format("waiting ends ({}) before a month after the decision ({})",
                                  date_text(*input.wait_until), date_text(input.date)),
                      places.of("wait_until"), "a later date");
  } else if (wait >= months_of(input.horizon)) {
    diagnostics.error(fmt::format("waiting until {} is longer than the need: it ends {}", date_text(*input.wait_until),
                                  date_text(input.date + input.horizon)),
                      places.of("wait_until"), "an earlier date, or a longer `horizon`");
  }
}

void fill(PurchaseInput& input, std::vector<std::string>& assumptions) {
  if (input.horizon <= Seconds(0)) {
    input.horizon = Seconds(4 * kYear);
    assumptions.emplace_back("the need lasts 4 years");
  }
  if (input.use.is_zero()) {
    input.use = Law::spread(0.7, 0.85, 0.95);
    assumptions.emplace_back("own chips are in use 85 % of all hours (70 to 95 %; ours)");
  }
  if (input.compute) {
    if (!input.mfu) assumptions.emplace_back("MFU 0.40 (0.30 to 0.47) of published runs, for want of a model");
    if (!input.goodput) assumptions.emplace_back("goodput 0.90 (0.75 to 0.97) of published runs, for want of a run");
  }
  if (!input.wait_until) {
    const int wait = std::max(1, std::min(12, months_of(input.horizon) / 2));
    input.wait_until = input.date + Seconds(wait * kMonth);
  }
}

}  // namespace

PurchaseScenario read_purchase_scenario(const Value& root, Diagnostics& diagnostics) {
  PurchaseScenario scenario;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  check_table_names(root, diagnostics);
  const Value* written = root.find("purchase");
  if (written == nullptr) {
    diagnostics.error("no need for chips is given", root.span(),
                      "[purchase] in the scenario: `orrery schema purchase`");
    return scenario;
  }
  PurchaseInput& input = scenario.input;
  input.resale = Law::fixed(1);
  purchase_schema().read(*written, input, diagnostics, &scenario.provenance, "purchase");
  scenario.economics = read_economics(root.find("economics"), diagnostics, &scenario.provenance);
  std::vector<ChipOffer> offers;
  if (const Value* list = root.find("offers")) offers = read_offers(list, {}, diagnostics, &scenario.provenance);
  if (diagnostics.has_errors()) return scenario;
  const Places places(scenario.provenance, written->span());
  take_offer(input.chip, offers, places.of("chip"), scenario.offers, diagnostics);
  for (std::string& chip : input.chips) take_offer(chip, offers, places.of("chips"), scenario.offers, diagnostics);
  check_chips(input, places, diagnostics);
  if (diagnostics.has_errors()) return scenario;
  for (const ChipOffer& offer : scenario.offers)
    check_offer(offer, input, places, offer.name == input.chip ? "chip" : "chips", diagnostics);
  check_need(input, places, diagnostics);
  fill(input, scenario.assumptions);
  if (scenario.provenance.contains("purchase.wait_until")) check_wait(input, places, diagnostics);
  if (months_of(input.horizon) < 2)
    diagnostics.error("a need of a month leaves nothing to wait for", places.of("horizon"), "two months or more");
  for (std::size_t i = 0; i < input.models.size(); ++i) {
    const std::string& name = input.models[i].model;
    Diagnostics unread;
    if (!find_preset("models", name, unread))
      report_unknown_preset("models", name, places.of(fmt::format("models[{}].model", i).c_str()), diagnostics);
  }
  if (!input.models.empty() && input.chips.empty()) input.chips = {input.chip};
  if (const Value* run = root.find("run"); run != nullptr && !input.models.empty()) scenario.run = *run;
  return scenario;
}

PurchaseSpec purchase_spec(const PurchaseScenario& scenario, const ChipOffer& offer) {
  const PurchaseInput& input = scenario.input;
  PurchaseSpec spec;
  spec.offer = known_at(offer, input.date);
  spec.economics = scenario.economics;
  spec.date = input.date;
  spec.months = months_of(input.horizon);
  spec.wait = std::clamp(months_between(input.date, *input.wait_until), 1, spec.months - 1);
  spec.rents_meanwhile = input.rents_meanwhile;
  spec.use = input.use;
  spec.rented_use = input.rented_use;
  spec.resale = input.resale;
  const double seconds = spec.months * kMonth;
  if (input.busy_chips) {
    spec.busy_chips = *input.busy_chips;
  } else if (input.chip_hours) {
    spec.busy_chips = *input.chip_hours * kHour / seconds;
  } else {
    spec.busy_chips = input.compute->raw() / (offer.hardware.peak_bf16.raw() * seconds);
    spec.mfu = input.mfu.value_or(Law::spread(0.30, 0.40, 0.47));
    spec.goodput = input.goodput.value_or(Law::spread(0.75, 0.90, 0.97));
  }

  const EconomicValues landlord = landlord_economics();
  spec.market = rent_market(offer, offer_preset("h100-sxm"), landlord, input.date);
  if (input.half_life) {
    // The volatility was fitted under another half-life; it stays, as a stated one would.
    spec.market.model.half_life = input.half_life->raw() / kYear;
  }
  if (input.volatility) {
    spec.market.model.volatility = *input.volatility;
    spec.market.model.degrees = 0;
  }
  if (input.rent) {
    spec.market.cost = spec.market.cost_after(years_between(spec.market.quoted, input.date));
    spec.market.quoted = input.date;
    spec.market.rent = DollarsPerSecond(input.rent->quantile(0.5));
    spec.market.premium = premium_of(spec.market.cost, spec.market.rent);
    spec.market.borrowed = false;
    const double low = input.rent->quantile(0.1), high = input.rent->quantile(0.9);
    spec.market.scatter = low > 0 ? std::log(high / low) / (2 * normal_quantile(0.9)) : spec.market.scatter;
  }
  // What landlords pay is the market's; what this buyer pays may be its own.
  if (input.price && offer.name == input.chip) spec.offer.price.points = {{input.date, *input.price}};
  return spec;
}

Value purchase_scenario_table(const PurchaseScenario& scenario) {
  Value root(Value::Table{}, Span{});
  add_table("purchase", purchase_schema().write(scenario.input), scenario.provenance, root);
  add_table("economics", economics_schema().write(scenario.economics), scenario.provenance, root);
  if (scenario.run) root.set("run", *scenario.run, Span{});
  Value::Array offers;
  for (const ChipOffer& offer : scenario.offers) offers.push_back(offer_schema().write(offer));
  root.set("offers", Value(std::move(offers), Span{}), Span{});
  return root;
}

}  // namespace orrery
