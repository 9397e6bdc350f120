#include "validate/score.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "validate/interval.hpp"

namespace orrery {
namespace {

RowScore row(const std::string& id, const std::string& family, const std::string& group, Metric metric, double measured,
             double predicted) {
  RowScore score;
  score.id = id;
  score.family = family;
  score.chip = "chip";
  score.group = group;
  score.metric = metric_name(metric);
  score.memory = metric == Metric::PeakMemoryGib;
  score.direct = is_direct_time(metric);
  score.measured_base = measured;
  score.predicted_base = predicted;
  score.low_base = 0.9 * predicted;
  score.high_base = 1.1 * predicted;
  score.relative_error = predicted / measured - 1;
  score.layout_set = "set";
  score.layout = id;
  return score;
}

TEST_CASE("summary: hand-computed, several figures of one run count once and direct ones first") {
  ScoreBook book;
  book.add(row("a", "f", "g1", Metric::StepSeconds, 10, 11));   // +10 %
  book.add(row("b", "f", "g1", Metric::Mfu, 10, 15));           // derived: not counted beside the step time
  book.add(row("c", "f", "g2", Metric::TokensPerGpu, 10, 8));   // -20 %
  book.add(row("d", "f", "g2", Metric::StepSeconds, 10, 9));    // -10 %: g2 is 15 %
  book.add(row("e", "f", "g3", Metric::TflopsPerGpu, 10, 13));  // only derived: +30 %
  RowScore skipped = row("h", "f", "g4", Metric::StepSeconds, 0, 0);
  skipped.skipped = "layout blank";
  book.add(skipped);
  const auto summaries = book.summaries(GroupBy::Family, Side::Both);
  REQUIRE(summaries.size() == 1);
  const Summary& s = summaries[0];
  CHECK(s.rows == 6);
  CHECK(s.skipped == 1);
  CHECK(s.configurations == 3);
  CHECK(s.mape == doctest::Approx((0.10 + 0.15 + 0.30) / 3));
  CHECK(s.median == doctest::Approx(0.15));
  CHECK(s.worst == doctest::Approx(0.30));
  CHECK(s.bias == doctest::Approx((0.10 - 0.15 + 0.30) / 3));
  CHECK(s.row_mape == doctest::Approx((0.10 + 0.50 + 0.20 + 0.10 + 0.30) / 5));
  CHECK(s.width == doctest::Approx(0.2));
  // 10 lies in [9.9, 12.1] and not in [7.2, 8.8], in [8.1, 9.9] or in [11.7, 14.3].
  CHECK(s.coverage == doctest::Approx((1 + 0 + 0) / 3.0));
  CHECK(book.skipped().at("layout blank") == 1);
}

TEST_CASE("summary: hand-computed, memory is apart from time") {
  ScoreBook book;
  book.add(row("a", "f", "g1", Metric::StepSeconds, 10, 11));
  book.add(row("b", "f", "g1", Metric::PeakMemoryGib, 50, 60));
  const auto all = book.summaries(GroupBy::Everything, Side::Both);
  REQUIRE(all.size() == 2);
  CHECK_FALSE(all[0].memory);
  CHECK(all[0].mape == doctest::Approx(0.1));
  CHECK(all[1].memory);
  CHECK(all[1].mape == doctest::Approx(0.2));
}

TEST_CASE("summary: law, the two sides of the split add up") {
  ScoreBook book;
  for (int i = 0; i < 50; ++i) {
    RowScore r = row(std::to_string(i), "f", "", Metric::StepSeconds, 10, 10 + 0.1 * i);
    r.fit_part = i % 3 == 0;
    book.add(r);
  }
  const auto fit = book.summaries(GroupBy::Everything, Side::Fit)[0];
  const auto scored = book.summaries(GroupBy::Everything, Side::Score)[0];
  const auto both = book.summaries(GroupBy::Everything, Side::Both)[0];
  CHECK(fit.rows + scored.rows == both.rows);
  CHECK((17 * fit.mape + 33 * scored.mape) / 50 == doctest::Approx(both.mape));
}

TEST_CASE("ranking: hand-computed regret and tau, repeats averaged") {
  ScoreBook book;
  const double measured[] = {10, 11, 12, 13, 14};
  const double predicted[] = {9, 8, 10, 11, 12};  // picks the second: 11 / 10 - 1; one pair of ten is reversed
  for (int i = 0; i < 5; ++i) {
    book.add(row("l" + std::to_string(i), "f", "g" + std::to_string(i), Metric::StepSeconds, measured[i] - 0.5,
                 predicted[i]));
    RowScore repeat = row("l" + std::to_string(i), "f", "r" + std::to_string(i), Metric::StepSeconds, measured[i] + 0.5,
                          predicted[i]);
    book.add(repeat);
  }
  const auto rankings = book.rankings();
  REQUIRE(rankings.size() == 1);
  CHECK(rankings[0].layouts == 5);
  CHECK(rankings[0].regret == doctest::Approx(0.1));
  CHECK(rankings[0].kendall_tau == doctest::Approx(0.8));
  CHECK(book.rankings(6).empty());
}

TEST_CASE("conformal quantile: hand-computed") {
  CHECK(conformal_quantile({}, 0.8) == 0);
  CHECK(conformal_quantile({4, 1, 3, 2}, 0.8) == 4);                 // ceil(5 x 0.8) = 4th
  CHECK(conformal_quantile({9, 8, 7, 6, 5, 4, 3, 2, 1}, 0.8) == 8);  // ceil(10 x 0.8) = 8th
  CHECK(conformal_quantile({2, 1}, 0.8) == 2);                       // ceil(2.4) = 3rd of 2: the largest
}

TEST_CASE("intervals: law, a symmetric half-width covers its share of what it was fitted on") {
  ScoreBook book;
  for (int i = 0; i < 200; ++i) {
    RowScore r = row(std::to_string(i), "f", "", Metric::StepSeconds, 10, 10 * std::exp(0.001 * (i - 100)));
    r.fit_part = true;
    r.regime = regime_name(i % 2 == 0 ? Regime::HostBound : Regime::ManyNodes);
    book.add(r);
  }
  const IntervalTable table = fit_intervals(book.configurations());
  CHECK(table.regimes.size() == 2);
  CHECK(table.pooled.configurations == 200);
  CHECK(table.half_width(regime_name(Regime::HostBound)) == doctest::Approx(0.08).epsilon(0.05));
  CHECK(table.half_width(regime_name(Regime::Experts)) == table.pooled.half_width);
  RowScore r = row("x", "f", "", Metric::TokensPerGpu, 10, 10);
  r.predicted = 1000;
  r.regime = regime_name(Regime::HostBound);
  apply_interval(r, table);
  CHECK(r.low < 1000);
  CHECK(r.low * r.high == doctest::Approx(1e6));
  CHECK(r.low_base * r.high_base == doctest::Approx(100));
}

TEST_CASE("intervals: hand-computed, a regime of few is scaled from all") {
  // 95 errors of 0.1 and 5 of 0.3 among mixtures; all cut at 0.4. Pooled: mean 0.11, 80 % quantile 0.1.
  // Of mixtures: (5 x 0.3 + 5 x 0.11) / 10 = 0.205, so 0.1 x 0.205 / 0.11.
  std::vector<ScoreBook::Configuration> configurations;
  for (int i = 0; i < 95; ++i)
    configurations.push_back({regime_name(Regime::HostBound), false, true, i % 2 == 0 ? 0.1 : -0.1});
  for (int i = 0; i < 5; ++i) configurations.push_back({regime_name(Regime::Experts), false, true, 0.3});
  const IntervalTable table = fit_intervals(configurations);
  CHECK(table.half_width(regime_name(Regime::HostBound)) == doctest::Approx(0.1));
  CHECK(table.half_width(regime_name(Regime::Experts)) == doctest::Approx(0.1 * 0.205 / 0.11));
  // The worst of them counts as 0.4 however far it is: its quantile would be 3.
  configurations.back().log_ratio = 3;
  const double mean = (95 * 0.1 + 4 * 0.3 + 0.4) / 100, own = (4 * 0.3 + 0.4 + 5 * mean) / 10;
  CHECK(fit_intervals(configurations).half_width(regime_name(Regime::Experts)) == doctest::Approx(0.1 * own / mean));
}

TEST_CASE("intervals: law, the table survives its file") {
  IntervalTable table;
  table.pooled = {300, 0.25};
  table.memory = {40, 0.05};
  table.regimes[regime_name(Regime::Experts)] = {30, 0.4};
  const IntervalTable again = interval_table("intervals.csv", to_csv(table));
  CHECK(again.pooled.half_width == 0.25);
  CHECK(again.memory.configurations == 40);
  CHECK(again.half_width(regime_name(Regime::Experts)) == 0.4);
  CHECK(again.half_width(regime_name(Regime::HostBound)) == 0.25);
  CHECK_THROWS_AS(interval_table("x", "a,b\n"), InputError);
  CHECK_THROWS_AS(interval_table("x", "regime,configurations,half_width\npooled,3,wide\n"), InputError);
}

}  // namespace
}  // namespace orrery
