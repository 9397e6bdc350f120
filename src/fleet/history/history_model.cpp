#include "fleet/history/history_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/statistics.hpp"
#include "fleet/uncertainty/reference_table.hpp"

namespace orrery {
namespace {

constexpr int kDraws = 2000;
/// Levels of a draw besides those of the economics.
constexpr int kOfferLevels = 4;

}  // namespace

bool HistoryFigure::passes() const {
  if (rule == HistoryRule::BandHolds) return p10 <= truth && truth <= p90;
  return least <= predicted && predicted <= most;
}

bool HistoryCheck::passes() const {
  const auto passed = std::count_if(figures.begin(), figures.end(), [](const HistoryFigure& f) { return f.passes(); });
  return static_cast<std::size_t>(passed) >= (needed == 0 ? figures.size() : needed);
}

HistoryCoverage history_coverage(std::span<const HistoryCheck> checks) {
  HistoryCoverage coverage;
  for (const HistoryCheck& check : checks) {
    for (const HistoryFigure& figure : check.figures) {
      if (figure.circle == HistoryCircle::Yes || figure.forecast || figure.compares || figure.again) continue;
      const int inside = figure.p10 <= figure.truth && figure.truth <= figure.p90 ? 1 : 0;
      const bool partly = figure.circle == HistoryCircle::Partly;
      (partly ? coverage.partly_of : coverage.of) += 1;
      (partly ? coverage.partly_inside : coverage.inside) += inside;
    }
  }
  return coverage;
}

HistoryFact history_fact(const std::string& id) {
  static const std::vector<ReferenceRow> rows = reference_rows("fleet_history");
  for (const ReferenceRow& row : rows) {
    if (row.text("id") != id) continue;
    HistoryFact fact{row.number("value"), row.number("low"), row.number("high"), {}, row.text("status") == "forecast",
                     row.text("source")};
    if (std::isnan(fact.low)) fact.low = fact.value;
    if (std::isnan(fact.high)) fact.high = fact.value;
    if (const auto date = parse_date(row.text("date"))) fact.date = *date;
    return fact;
  }
  throw InternalError("the fact " + id + " is in the table of history");
}

HistoryModel::HistoryModel(std::uint64_t seed)
    : economics_(economics_preset()),
      levels_(latin_hypercube(seed, "fleet/history", kDraws,
                              static_cast<int>(uncertain_inputs(economics_).size()) + kOfferLevels)) {}

HistoryFigure HistoryModel::predict(std::string name, HistoryMeasure measure,
                                    const std::function<double(const HistoryDraw&)>& f) const {
  std::vector<double> values;
  for (int draw = 0; draw < levels_.draws(); ++draw) {
    const auto levels = levels_.row(draw);
    const auto offers = levels.last(kOfferLevels);
    values.push_back(f({values_of(economics_, levels.first(levels.size() - kOfferLevels)), offers[0], offers[1],
                        offers[2], offers[3]}));
  }
  HistoryFigure figure{std::move(name), measure};
  figure.predicted = quantile(values, 0.5);
  figure.p10 = quantile(values, 0.1);
  figure.p90 = quantile(values, 0.9);
  return figure;
}

HistoryFigure against(HistoryFigure figure, const HistoryFact& fact, double tolerance) {
  figure.truth = fact.value;
  figure.low = fact.low;
  figure.high = fact.high;
  figure.forecast = fact.forecast;
  figure.source = fact.source;
  figure.least = fact.value * (1 - tolerance);
  figure.most = fact.value * (1 + tolerance);
  return figure;
}

HistoryFigure circular(HistoryFigure figure, HistoryCircle circle, std::string why) {
  figure.circle = circle;
  figure.circle_why = std::move(why);
  return figure;
}

Dollars drawn_price(const ChipOffer& offer, Date date, const HistoryDraw& draw) {
  return Dollars(offer.price.at(date, draw.price));
}

Watts drawn_power(const ChipOffer& offer, const HistoryDraw& draw) {
  return Watts(offer.facility_power.quantile(draw.power));
}

std::vector<HistoryCheck> history_checks(std::span<const HistoryRun> runs, std::uint64_t seed) {
  const HistoryModel model(seed);
  std::vector<HistoryCheck> checks = history_cost_checks(model);
  for (auto part : {history_supply_checks(model), history_time_checks(runs)})
    for (HistoryCheck& check : part) checks.push_back(std::move(check));
  std::sort(checks.begin(), checks.end(),
            [](const HistoryCheck& a, const HistoryCheck& b) { return a.number < b.number; });
  return checks;
}

}  // namespace orrery
