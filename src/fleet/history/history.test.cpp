#include "fleet/history/history.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "fleet/history/history_model.hpp"

namespace orrery {
namespace {

const HistoryCheck& check_of(const std::vector<HistoryCheck>& checks, int number) {
  return *std::find_if(checks.begin(), checks.end(), [&](const HistoryCheck& c) { return c.number == number; });
}

}  // namespace

TEST_CASE("history: hand-computed, when a figure and a check pass") {
  HistoryFigure figure{"a", HistoryMeasure::Count, 100, 90, 130};
  figure = against(figure, {110, 100, 120, {}, false, "somebody"}, 0.1);
  CHECK(figure.least == doctest::Approx(99));
  CHECK(figure.most == doctest::Approx(121));
  CHECK(figure.passes());
  CHECK(figure.error() == doctest::Approx(-1.0 / 11));
  HistoryFigure miss = figure;
  miss.predicted = 98;
  CHECK_FALSE(miss.passes());
  miss.rule = HistoryRule::BandHolds;  // 90 to 130 holds 110.
  CHECK(miss.passes());
  miss.truth = 131;
  CHECK_FALSE(miss.passes());
  CHECK(HistoryCheck{1, "", "", "", {figure, figure}}.passes());
  CHECK_FALSE(HistoryCheck{1, "", "", "", {figure, miss}}.passes());
  CHECK(HistoryCheck{1, "", "", "", {figure, miss}, 1}.passes());
}

TEST_CASE("history: hand-computed, coverage counts what could miss") {
  HistoryFigure inside{"a", HistoryMeasure::Count, 100, 90, 130};
  inside.truth = 130;
  HistoryFigure outside = inside, circle = inside, forecast = inside, rent = inside, partly = inside, again = inside;
  outside.truth = 131;
  circle.circle = HistoryCircle::Yes;
  forecast.forecast = true;
  rent.compares = true;
  partly.circle = HistoryCircle::Partly;
  again.again = true;
  HistoryFigure partly_outside = partly;
  partly_outside.truth = 89;
  const std::vector<HistoryCheck> checks{{1, "", "", "", {inside, again, outside, circle}},
                                         {2, "", "", "", {forecast, rent, partly, partly_outside, partly}}};
  CHECK(history_coverage(checks).inside == 1);
  CHECK(history_coverage(checks).of == 2);
  CHECK(history_coverage(checks).partly_inside == 2);
  CHECK(history_coverage(checks).partly_of == 3);
}

TEST_CASE("history: hand-computed, predictions are the models' arithmetic") {
  const auto checks = history_checks({});
  // Between $34,641 (2023-07-01) and $26,268 (2024-07-01) 12 March 2024 is 255 of 366 days on: $28,568. With 30 % of
  // network and 12 % of servers 24,576 cost $0.997 B.
  CHECK(check_of(checks, 5).figures.front().predicted == doctest::Approx(0.997e9).epsilon(0.01));
  // 478 MW of 1 kW each.
  CHECK(check_of(checks, 3).figures.front().predicted == doctest::Approx(478000).epsilon(0.005));
  // Revenue 4.28 x 4/3 + 10.32 + 14.51 + 18.4 x 2/3 = $42.80 B, over 1.3: 32.9. 193,603 A100s at about $12,500 and
  // 115,000 H800s at about $29,000 are 5.8; the rest over $34,900 makes 778,000 at the medians of all inputs.
  CHECK(check_of(checks, 7).figures.front().predicted == doctest::Approx(778000).epsilon(0.05));
  // A year of 2024 has 366 of 365.25 days: 3.644 M Hoppers, of which Microsoft had 485,000 (13.3 %), or 917,000 of the
  // 3.614 M H100s to its end (25.4 %): in the middle 18.4 % of the 930,000 to the end of 2023 (103 days at 137,900 a
  // year, 365 at 891,655).
  CHECK(check_of(checks, 14).figures.front().predicted == doctest::Approx(171000).epsilon(0.015));
}

TEST_CASE("history: law, the table is whole, without runs those of training are left out") {
  const auto with_runs = [] {
    std::vector<HistoryRun> runs;
    for (const char* id :
         {"llama-3.1-405b", "deepseek-v3", "bloom-176b", "llama-65b", kDeepSeekBestLayout, kDeepSeekAtItsStep})
      runs.push_back({id, Seconds(50 * kDay), Seconds(54 * kDay), Seconds(60 * kDay), 2048});
    return runs;
  }();
  CHECK(history_checks({}).size() == 12);
  const auto checks = history_checks(with_runs);
  REQUIRE(checks.size() == 14);
  for (int number = 1; number <= 14; ++number) {
    CAPTURE(number);
    const HistoryCheck& check = checks[static_cast<std::size_t>(number - 1)];
    CHECK(check.number == number);
    CHECK_FALSE(check.figures.empty());
    for (const HistoryFigure& figure : check.figures) {
      CAPTURE(figure.name);
      CHECK(figure.p10 <= figure.predicted);
      CHECK(figure.predicted <= figure.p90);
      CHECK(figure.truth > 0);
      CHECK(figure.low <= figure.high);
      CHECK_FALSE(figure.source.empty());
      CHECK((figure.circle == HistoryCircle::No) == figure.circle_why.empty());
    }
  }
  // 54 days on 2,048 chips are 2.654 M hours; with 124,000 of later stages at $2: $5.556 M.
  CHECK(check_of(checks, 12).figures.front().predicted == doctest::Approx(5.556e6).epsilon(0.001));
}

TEST_CASE("history: law, the same seed gives the same bands, another hardly differs") {
  const auto a = history_checks({}, 1), b = history_checks({}, 1), c = history_checks({}, 2);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < a[i].figures.size(); ++k) {
      CHECK(a[i].figures[k].p90 == b[i].figures[k].p90);
      CHECK(a[i].figures[k].p90 == doctest::Approx(c[i].figures[k].p90).epsilon(0.03));
      CHECK(a[i].passes() == c[i].passes());
    }
  }
}

TEST_CASE("history: a fact that is not in the table is our bug") {
  CHECK_THROWS_AS(history_fact("nothing"), InternalError);
  CHECK(history_fact("abilene_capex").forecast);
  CHECK(history_fact("meta_hardware").low == history_fact("meta_hardware").value);
}

}  // namespace orrery
