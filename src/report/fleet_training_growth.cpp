#include <fmt/format.h>

#include "report/fleet_training_parts.hpp"

namespace orrery {
namespace {

std::string month_words(double months) {
  return fmt::format("{:.1f}", months);
}

}  // namespace

void add_growth_answer(const RaceSpec& spec, const GrowthShares& growth, Document& document) {
  document.answer.push_back(
      fmt::format("does the number of GPUs decide? Of the growth of effective compute, {:.0f} times a year, more chips "
                  "were {}, and "
                  "less than half in {:.0f} % of the draws; software was {}",
                  growth.effective.p50, share_text(growth.causes.front().share), 100 * growth.chips_below_half,
                  share_text(growth.causes.back().share)));
  std::string words = fmt::format("half of the chips is what {} months (80 %: {} to {}) of software make up for",
                                  month_words(growth.months_for_half.p50), month_words(growth.months_for_half.p10),
                                  month_words(growth.months_for_half.p90));
  if (spec.fleets.size() > 1)
    words += "; at one date, with one software, chips are all that differs, and the table of days is theirs alone";
  document.answer.push_back(std::move(words));
}

void add_growth(const GrowthShares& growth, Document& document) {
  Table table{"growth",
              "where the growth came from",
              {{"key", ""},
               {"", "cause"},
               {"of", "of"},
               {"factor_p10", "10 %"},
               {"factor_p50", "times a year"},
               {"factor_p90", "90 %"},
               {"share_p10", "10 %"},
               {"share_p50", "share"},
               {"share_p90", "90 %"}},
              {},
              "shares of the logarithm within each draw; medians need not add up",
              false};
  const auto add = [&](const GrowthShare& cause, const char* of) {
    std::vector<Cell> row = {cause.key, cause.name, std::string(of)};
    add_band(row, cause.factor, [](double value) -> Cell { return number(value); });
    add_band(row, cause.share, share);
    table.rows.push_back(std::move(row));
  };
  for (const GrowthShare& cause : growth.causes) add(cause, "effective compute");
  for (const GrowthShare& cause : growth.payment) add(cause, "leading systems");
  document.tables.push_back(std::move(table));
}

}  // namespace orrery
