#include "report/fleet_market_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/statistics.hpp"
#include "base/unit_text.hpp"

namespace orrery {
namespace {

/// Without its sign: "21 %", "x 12".
std::string error_text(double error) {
  return error < 9 ? format_percent(error, 0) : market_change_text(error);
}

/// Whether an interval and what sources say overlap.
bool holds(const MarketBand& band, const MarketFact& fact) {
  return band.p10 <= fact.value.quantile(0.9) && fact.value.quantile(0.1) <= band.p90;
}

}  // namespace

void add_market_facts(const MarketAnswers& answers, Document& document) {
  if (answers.spec.input.facts.empty()) return;
  const MarketStudy& study = answers.base();
  const MarketInput& input = answers.spec.input;
  Table table = market_table("history", "beside what happened",
                             {{"fact", "fact"},
                              {"used", "a test"},
                              {"low", ""},
                              {"published", ""},
                              {"high", ""},
                              {"", "published"},
                              {"p10", ""},
                              {"p50", ""},
                              {"p90", ""},
                              {"", "the model"},
                              {"error", ""},
                              {"", "error"},
                              {"inside", "80 % interval holds it"}});
  for (std::size_t i = 0; i < input.facts.size(); ++i) {
    const MarketFact& fact = input.facts[i];
    const MarketBand& model = study.facts[i];
    const MarketBand truth{fact.value.quantile(0.1), fact.value.quantile(0.5), fact.value.quantile(0.9)};
    if (std::isnan(model.p50)) continue;
    const bool is_money = fact.measure == MarketMeasure::ListPrice || fact.measure == MarketMeasure::Price ||
                          fact.measure == MarketMeasure::Revenue;
    const auto text = [&](const MarketBand& band) {
      if (fact.measure == MarketMeasure::Share) return market_share_band(band);
      if (fact.value.is_fixed() && &band == &truth)
        return is_money ? format_quantity(band.p50, Dimension::Money, 3) : market_count_text(band.p50);
      return is_money ? market_money_band(band) : market_count_band(band);
    };
    table.rows.push_back({fact.name, fact.used ? std::string("no, an input") : std::string("yes"), number(truth.p10, 4),
                          number(truth.p50, 4), number(truth.p90, 4), text(truth), number(model.p10, 4),
                          number(model.p50, 4), number(model.p90, 4), text(model),
                          truth.p50 > 0 ? market_share_cell(model.p50 / truth.p50 - 1) : Cell(),
                          truth.p50 > 0 ? market_change_text(model.p50 / truth.p50 - 1, 0) : "", holds(model, fact)});
  }
  table.note =
      "an input tests nothing, it shows how near to what it was given the model stays; the interval holds a fact whose "
      "own range overlaps it";
  document.tables.push_back(std::move(table));
}

void add_market_facts_sentence(const MarketAnswers& answers, Document& document) {
  const MarketStudy& study = answers.base();
  const MarketInput& input = answers.spec.input;
  std::vector<double> errors;
  int inside = 0;
  for (std::size_t i = 0; i < input.facts.size(); ++i) {
    const MarketFact& fact = input.facts[i];
    const double truth = fact.value.quantile(0.5);
    if (fact.used || !std::isfinite(study.facts[i].p50) || truth <= 0) continue;
    errors.push_back(std::abs(study.facts[i].p50 / truth - 1));
    if (holds(study.facts[i], fact)) ++inside;
  }
  if (errors.empty()) return;
  document.answer.push_back(fmt::format(
      "Against what was published and is no input ({} {}): the median error is {}, the worst {}; {} of the 80 % "
      "intervals hold theirs.",
      errors.size(), errors.size() == 1 ? "fact" : "facts", error_text(median(errors)),
      error_text(*std::max_element(errors.begin(), errors.end())), inside));
}

}  // namespace orrery
