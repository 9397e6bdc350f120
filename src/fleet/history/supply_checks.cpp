// How many chips there were, and how long they took to come: checks of supply.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/unit_table.hpp"
#include "fleet/history/history_model.hpp"

namespace orrery {
namespace {

const Date k2022 = Date::of(2022, 1, 1), k2023 = Date::of(2023, 1, 1), k2024 = Date::of(2024, 1, 1),
           k2025 = Date::of(2025, 1, 1);

/// Chips of an offer made between two dates, at a level of its output.
double made(const ChipOffer& offer, Date from, Date until, double level) {
  const Date begin = std::max(from, offer.launch);
  return begin < until ? offer.output.mean(begin, until, level) * years_between(begin, until) : 0;
}

HistoryCheck new_carlisle(const HistoryModel& model) {
  const ChipOffer trainium = offer_preset("trainium2");
  const HistoryFact power = history_fact("new_carlisle_power"), chips = history_fact("new_carlisle_chips");
  HistoryFigure figure =
      against(model.predict("Trainium2s", HistoryMeasure::Count,
                            [&](const HistoryDraw& draw) { return power.value / drawn_power(trainium, draw).raw(); }),
              chips, 0.15);
  return {
      3,
      "New Carlisle, 478 MW",
      "facility power of a Trainium2",
      "within 15 %",
      {circular(std::move(figure), HistoryCircle::Yes, "the facility power of a Trainium2 is that of this very site")}};
}

HistoryCheck nvidia(const HistoryModel& model) {
  const ChipOffer h100 = offer_preset("h100-sxm"), h800 = offer_preset("h800"), a100 = offer_preset("a100-80gb");
  const double q1 = history_fact("nvidia_revenue_fy24q1").value, q4 = history_fact("nvidia_revenue_fy24q4").value;
  // The fiscal year ends with January 2024, a third of its last quarter; January 2023 is taken at the rate of the
  // quarter that follows it.
  const double year = q1 * (1 + 1.0 / 3) + history_fact("nvidia_revenue_fy24q2").value +
                      history_fact("nvidia_revenue_fy24q3").value + q4 * (1 - 1.0 / 3);
  const auto sold = [](const ChipOffer& offer, const HistoryDraw& draw) {
    return made(offer, k2023, k2024, draw.output) * offer.price.mean(k2023, k2024, draw.price);
  };
  const HistoryFact units = history_fact("nvidia_h100_2023");
  HistoryFigure figure = against(model.predict("H100s shipped", HistoryMeasure::Count,
                                               [&](const HistoryDraw& draw) {
                                                 const double chips = year / (1 + draw.economics.network_overhead);
                                                 return (chips - sold(h800, draw) - sold(a100, draw)) /
                                                        h100.price.mean(k2023, k2024, draw.price);
                                               }),
                                 units, 0);
  figure.least = units.low;
  figure.most = units.high;
  return {7,
          "NVIDIA in 2023",
          "data-centre revenue less network, A100s and H800s, over the price; fiscal 2024 moved by a month, January "
          "2023 at the rate of the quarter after it",
          "inside 747,000 to 1,049,000",
          {circular(std::move(figure), HistoryCircle::Partly, "the price of a chip is of the same revenue model")}};
}

HistoryCheck lead_times(const HistoryModel& model) {
  const ChipOffer h100 = offer_preset("h100-sxm");
  HistoryCheck check{
      10, "lead time of an H100", "the regimes of the offer, by the date of the order", "within 10 %", {}};
  for (const char* id : {"lead_2023_11", "lead_2024_04"}) {
    HistoryFact fact = history_fact(id);
    for (double* weeks : {&fact.value, &fact.low, &fact.high}) *weeks *= 7 * kDay;
    HistoryFigure figure =
        against(model.predict("ordered in " + month_text(fact.date), HistoryMeasure::Time,
                              [&](const HistoryDraw& draw) { return h100.lead_time.at(fact.date, draw.output); }),
                fact, 0.1);
    check.figures.push_back(
        circular(std::move(figure), HistoryCircle::Yes, "the regimes are typed from the same reports"));
  }
  return check;
}

HistoryCheck microsoft(const HistoryModel& model) {
  const ChipOffer h100 = offer_preset("h100-sxm"), h20 = offer_preset("h20");
  const double bought = history_fact("microsoft_2024_low").value, owned = history_fact("microsoft_2024_high").value;
  // A buyer's share of what the world gets changes slowly: that of 2024, of which the two sources disagree as much.
  const double hopper_2024 = made(h100, k2024, k2025, 0.5) + made(h20, k2024, k2025, 0.5);
  const double to_2024 = made(h100, k2022, k2025, 0.5);
  const double low = bought / hopper_2024, high = owned / to_2024;
  const Law share = Law::spread(low, std::sqrt(low * high), high);
  const HistoryFigure band = model.predict("", HistoryMeasure::Count, [&](const HistoryDraw& draw) {
    return std::min(1.0, share.quantile(draw.share)) * made(h100, k2022, k2024, draw.output);
  });
  HistoryCheck check{
      14,
      "Microsoft to the end of 2023",
      "H100s to the end of 2023 x Microsoft's share of Hopper in 2024, 13 % or 25 % by the same two sources",
      "the 80 % band holds both",
      {}};
  for (const auto& [name, id] : {std::pair("H100s, as Omdia counts", "microsoft_2023_low"),
                                 std::pair("H100s, as Epoch AI counts", "microsoft_2023_high")}) {
    HistoryFigure figure = against(band, history_fact(id), 0);
    figure.name = name;
    figure.rule = HistoryRule::BandHolds;
    check.figures.push_back(circular(std::move(figure), HistoryCircle::Partly,
                                     "the share of a year later comes from the same two sources"));
  }
  return check;
}

}  // namespace

std::vector<HistoryCheck> history_supply_checks(const HistoryModel& model) {
  return {new_carlisle(model), nvidia(model), lead_times(model), microsoft(model)};
}

}  // namespace orrery
