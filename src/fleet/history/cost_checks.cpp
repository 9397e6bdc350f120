// What was built cost what the models say: checks of dollars and megawatts.
#include <utility>

#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"
#include "fleet/history/history_model.hpp"
#include "fleet/uncertainty/build_fit.hpp"

namespace orrery {
namespace {

constexpr double kTolerance = 0.20;
/// Share of all hours in which a chip is in use, where nothing else is known.
constexpr double kUse = 0.85;

ChipCapex drawn_capex(const ChipOffer& offer, Date date, const HistoryDraw& draw) {
  return chip_capex(drawn_price(offer, date, draw), drawn_power(offer, draw), draw.economics);
}

const char* const kHubDollars =
    "the hall's dollars rest on dollars a megawatt of the same source, which models them from megawatts; chips, "
    "network "
    "and servers do not";
const char* const kOwnPower = "the facility power of an H100 is that of this very site";

HistoryCheck colossus(const HistoryModel& model) {
  const ChipOffer h100 = offer_preset("h100-sxm");
  const HistoryFact chips = history_fact("colossus_chips");
  HistoryCheck check{1,
                     "Colossus 1, 100,000 H100s",
                     "price of the quarter, network and servers a dollar of chips, halls a watt of facility power",
                     "within 20 %",
                     {}};
  check.figures.push_back(circular(against(model.predict("capital", HistoryMeasure::Money,
                                                         [&](const HistoryDraw& draw) {
                                                           return chips.value *
                                                                  drawn_capex(h100, chips.date, draw).total().raw();
                                                         }),
                                           history_fact("colossus_capex"), kTolerance),
                                   HistoryCircle::Partly, kHubDollars));
  check.figures.push_back(circular(
      against(model.predict("power", HistoryMeasure::Power,
                            [&](const HistoryDraw& draw) { return chips.value * drawn_power(h100, draw).raw(); }),
              history_fact("colossus_power"), kTolerance),
      HistoryCircle::Yes, kOwnPower));
  return check;
}

HistoryCheck colossus_doubled(const HistoryModel& model) {
  const ChipOffer h100 = offer_preset("h100-sxm"), h200 = offer_preset("h200");
  const HistoryFact first = history_fact("colossus_chips"), more = history_fact("colossus_double_h100"),
                    h200s = history_fact("colossus_double_h200");
  HistoryCheck check{2,
                     "Colossus 1 doubled",
                     "the same of 50,000 H100s and 50,000 H200s more, at their later price",
                     "within 20 %",
                     {}};
  check.figures.push_back(
      circular(against(model.predict("capital", HistoryMeasure::Money,
                                     [&](const HistoryDraw& draw) {
                                       return first.value * drawn_capex(h100, first.date, draw).total().raw() +
                                              more.value * drawn_capex(h100, more.date, draw).total().raw() +
                                              h200s.value * drawn_capex(h200, h200s.date, draw).total().raw();
                                     }),
                       history_fact("colossus_double_capex"), kTolerance),
               HistoryCircle::Partly, kHubDollars));
  check.figures.push_back(circular(against(model.predict("power", HistoryMeasure::Power,
                                                         [&](const HistoryDraw& draw) {
                                                           return (first.value + more.value) *
                                                                      drawn_power(h100, draw).raw() +
                                                                  h200s.value * drawn_power(h200, draw).raw();
                                                         }),
                                           history_fact("colossus_double_power"), kTolerance),
                                   HistoryCircle::Partly, kOwnPower));
  return check;
}

HistoryCheck abilene(const HistoryModel& model) {
  const ChipOffer gb200 = offer_preset("gb200");
  const HistoryFact power = history_fact("abilene_power");
  HistoryCheck check{4,
                     "Abilene, 1,180 MW",
                     "facility power of a GB200; each phase at the price of the day on which it runs",
                     "within 20 %",
                     {}};
  check.figures.push_back(circular(
      against(model.predict("GB200s", HistoryMeasure::Count,
                            [&](const HistoryDraw& draw) { return power.value / drawn_power(gb200, draw).raw(); }),
              history_fact("abilene_chips"), kTolerance),
      HistoryCircle::Partly,
      "the upper end of the facility power of a GB200 is this site's, its middle is Colossus 2's"));
  check.figures.push_back(circular(against(model.predict("capital", HistoryMeasure::Money,
                                                         [&](const HistoryDraw& draw) {
                                                           double sum = 0;
                                                           for (const BuildPhase& phase : build_evidence().phases) {
                                                             if (phase.site != "Abilene") continue;
                                                             const Watts added = phase.power - phase.before;
                                                             sum += added / drawn_power(gb200, draw) *
                                                                    drawn_capex(gb200, phase.to, draw).total().raw();
                                                           }
                                                           return sum;
                                                         }),
                                           history_fact("abilene_capex"), kTolerance),
                                   HistoryCircle::Partly, kHubDollars));
  return check;
}

HistoryCheck meta(const HistoryModel& model) {
  const ChipOffer h100 = offer_preset("h100-sxm");
  const HistoryFact chips = history_fact("meta_chips");
  return {5,
          "Meta, 24,576 H100s",
          "price of the quarter, network and servers a dollar of chips; no hall",
          "within 20 %",
          {against(model.predict("hardware", HistoryMeasure::Money,
                                 [&](const HistoryDraw& draw) {
                                   return chips.value * drawn_capex(h100, chips.date, draw).hardware().raw();
                                 }),
                   history_fact("meta_hardware"), kTolerance)}};
}

HistoryCheck gigawatt(const HistoryModel& model) {
  const ChipOffer gb200 = offer_preset("gb200");
  HistoryCheck check{
      6, "capital of a gigawatt", "price, overheads and halls of one GB200 in October 2025", "within 5 points", {}};
  const auto add = [&](const char* name, const char* id, auto part, HistoryCircle circle, const char* why,
                       const char* miss) {
    const HistoryFact fact = history_fact(id);
    HistoryFigure figure = against(model.predict(name, HistoryMeasure::Share,
                                                 [&](const HistoryDraw& draw) {
                                                   const ChipCapex capex = drawn_capex(gb200, fact.date, draw);
                                                   return part(capex) / capex.total();
                                                 }),
                                   fact, 0);
    figure.least = fact.value - 0.05;
    figure.most = fact.value + 0.05;
    figure.miss = miss;
    check.figures.push_back(circular(std::move(figure), circle, why));
  };
  add(
      "chips", "split_chips", [](const ChipCapex& c) { return c.chip; }, HistoryCircle::Partly,
      "the overheads of network and servers come from the same split; price and halls do not",
      "prices agree (39 % of Bernstein's $35 B over 400,000 GPUs are $34,100 each, ours is $34,900 in that month), and "
      "so does all hardware of a GPU ($47,200 of a rack, $49,600); halls do not, so that chips are more of the rest");
  add(
      "network", "split_network", [](const ChipCapex& c) { return c.network; }, HistoryCircle::Yes,
      "the overhead of network comes from the same split", "");
  add(
      "halls and plant", "split_facility", [](const ChipCapex& c) { return c.facility; }, HistoryCircle::No, "",
      "a GPU's share of its hall is $24,500 at $9.3 M a megawatt, as sites of 2024 and 2025 cost (8.8, 9.8 and 10.2); "
      "Bernstein's rack has $34,700, $13.9 M a megawatt at 2.5 kW a GPU, which no other source that we know of has");
  return check;
}

HistoryCheck hourly_cost(const HistoryModel& model) {
  const ChipOffer h100 = offer_preset("h100-sxm");
  const HistoryFact scarce = history_fact("rent_h100_2024_09"), glut = history_fact("rent_h100_2025_10");
  const HistoryFigure cost = model.predict("", HistoryMeasure::HourlyPrice, [&](const HistoryDraw& draw) {
    return chip_cost(drawn_price(h100, scarce.date, draw), h100.it_power, drawn_power(h100, draw), draw.economics, kUse)
        .total()
        .raw();
  });
  const auto rent = [](HistoryFact fact) {
    fact.value /= kHour;
    fact.low /= kHour;
    fact.high /= kHour;
    return fact;
  };
  HistoryFigure below = against(cost, rent(scarce), 0), near = against(cost, rent(glut), kTolerance);
  below.name = "below the rent of 2024-09, while chips are scarce";
  below.least = 0;
  below.compares = near.compares = true;
  near.name = "near the rent of 2025-10, in the glut";
  return {8,
          "cost of an hour of an H100",
          "bought in September 2024, in use 85 % of all hours",
          "below the rent while chips are scarce; within 20 % of it in the glut",
          {std::move(below), std::move(near)}};
}

HistoryCheck energy(const HistoryModel& model) {
  const ChipOffer h100 = offer_preset("h100-sxm");
  const HistoryFact share = history_fact("energy_share"), staff = history_fact("staff_share");
  HistoryFigure figure = against(
      model.predict("share of energy in its cost", HistoryMeasure::Share,
                    [&](const HistoryDraw& draw) {
                      const ChipCost cost = chip_cost(drawn_price(h100, Date::of(2023, 7, 1), draw), h100.it_power,
                                                      drawn_power(h100, draw), draw.economics, kUse);
                      const double people = staff.low + draw.share * (staff.high - staff.low);
                      return cost.energy / cost.total() * (1 - people);
                    }),
      share, 0);
  figure.least = share.low;
  figure.most = share.high;
  return {13,
          "frontier model",
          "an hour of an H100 bought in mid-2023, and staff at 29 to 49 % of all",
          "inside 2 to 6 %",
          {circular(std::move(figure), HistoryCircle::Partly, "the share of staff is the same source's")}};
}

}  // namespace

std::vector<HistoryCheck> history_cost_checks(const HistoryModel& model) {
  return {colossus(model), colossus_doubled(model), abilene(model), meta(model),
          gigawatt(model), hourly_cost(model),      energy(model)};
}

}  // namespace orrery
