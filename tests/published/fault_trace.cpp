// The InfiniteHBD trace: 400 servers over 240 days (row 9 of the list in docs/runs.md, and the HBD rows of the
// reliability facts).
#include <doctest/doctest.h>
#include <cmath>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "base/statistics.hpp"
#include "import/fault_trace.hpp"
#include "run/first_order.hpp"
#include "run/forecast.hpp"
#include "run/trace_fit.hpp"
#include "run/trace_statistics.hpp"
#include "support/data_file.hpp"

namespace orrery {
namespace {

constexpr double kDay = 86400;

std::optional<FaultTrace> trace() {
  const auto folder = test::data_folder();
  if (!folder) return std::nullopt;
  Diagnostics diagnostics;
  FaultTrace read = read_fault_trace_file((*folder / "faults" / "hbd-400nodes-240days.json.gz").string(),
                                          {400, Seconds(240 * kDay)}, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  return read;
}

/// Nodes away over many futures of a model on a machine that starts whole, as the trace does.
NodesAway generated(const FaultModel& model, Seconds horizon, int futures) {
  ThreadPool pool(2);
  FutureNodes machine;
  machine.nodes = 400;
  machine.horizon = horizon;
  const auto all = pool.parallel_map(static_cast<std::size_t>(futures), [&](std::size_t i) {
    return draw_future(model, machine, 1, static_cast<int>(i)).away.seconds();
  });
  std::vector<double> sum;
  for (const std::vector<double>& one : all) {
    if (sum.size() < one.size()) sum.resize(one.size());
    for (std::size_t k = 0; k < one.size(); ++k) sum[k] += one[k];
  }
  return NodesAway(sum);
}

}  // namespace

TEST_CASE("published row 9: nodes of the trace that are away") {
  const auto t = trace();
  if (!t) return;
  const NodesAway away = nodes_away(*t, Seconds(0), t->length);
  CHECK(std::abs(100 * away.mean() / 400 - 2.655) < 0.05);
  CHECK(std::abs(100 * away.quantile(0.95) / 400.0 - 6.75) < 0.05);
  CHECK(std::abs(100 * away.quantile(0.99) / 400.0 - 7.75) < 0.05);
  CHECK(std::abs(100 * away.most() / 400.0 - 8.75) < 0.05);
}

TEST_CASE("published: what the trace says of faults and repairs (HBD-01 .. HBD-38)") {
  const auto t = trace();
  if (!t) return;
  const TraceStatistics s = trace_statistics(*t);
  CHECK(s.faults == 381);
  CHECK(s.nodes_hit == 184);
  CHECK(s.per_1000_node_days == doctest::Approx(3.969).epsilon(1e-3));
  CHECK(s.between_mean.raw() / 3600 == doctest::Approx(14.88).epsilon(1e-3));
  CHECK(s.between_cv == doctest::Approx(1.88).epsilon(5e-3));
  CHECK(s.refail_7_days == doctest::Approx(0.265).epsilon(5e-3));
  CHECK(s.refail_30_days == doctest::Approx(0.404).epsilon(5e-3));
  // The published median and mean know when the faults ended that are open here.
  CHECK(s.repair_median.raw() / 3600 == doctest::Approx(32.6).epsilon(0.01));
  CHECK(s.repair_mean.raw() / 3600 == doctest::Approx(177.1).epsilon(0.02));
}

TEST_CASE("published row 9: a Poisson law fails on the tail, the fitted model does not") {
  const auto t = trace();
  if (!t) return;
  const NodesAway seen = nodes_away(*t, Seconds(0), t->length);
  // Independent faults with the same mean: 19 of 400 nodes in 99 % of the time, where 31 were seen.
  CHECK(poisson_quantile(seen.mean(), 0.99) == 19);
  const NodesAway poisson = generated(plain_poisson(*t), t->length, 200);
  CHECK(poisson.mean() == doctest::Approx(seen.mean()).epsilon(0.05));
  CHECK(poisson.quantile(0.99) < 0.85 * seen.quantile(0.99));
  const NodesAway ours = generated(fit_fault_model(*t), t->length, 400);
  CHECK(ours.mean() == doctest::Approx(seen.mean()).epsilon(0.05));
  CHECK(std::abs(ours.quantile(0.99) / static_cast<double>(seen.quantile(0.99)) - 1) < 0.15);
}

TEST_CASE("published: forecasts of the days after 160, and of seven windows of 40 days, hold as often as they say") {
  const auto t = trace();
  if (!t) return;
  ThreadPool pool(2);
  int ours = 0, poisson = 0, all = 0;
  double ours_cost = 0, poisson_cost = 0;
  const auto count = [&](const Interval80& interval, double happened, int& hits, double& cost) {
    hits += interval.low <= happened && happened <= interval.high ? 1 : 0;
    cost += winkler_score(interval.low, interval.high, happened, 0.8) / happened;
  };
  const auto score = [&](double at, double until) {
    const ScoredForecast s = score_forecast(*t, Seconds(at * kDay), Seconds(until * kDay), 1, 200, pool);
    const int before = ours, poisson_before = poisson;
    for (const auto& [interval, plain, happened] : {std::tuple{s.ours.faults, s.poisson.faults, s.faults},
                                                    {s.ours.mean_away, s.poisson.mean_away, s.mean_away},
                                                    {s.ours.p95_away, s.poisson.p95_away, s.p95_away},
                                                    {s.ours.p99_away, s.poisson.p99_away, s.p99_away}}) {
      count(interval, happened, ours, ours_cost);
      count(plain, happened, poisson, poisson_cost);
      ++all;
    }
    return std::pair(ours - before, poisson - poisson_before);
  };
  // Fitted on days 0 to 160: faults, mean, P95 and P99 of the nodes away in days 160 to 240 all lie inside. Of the
  // plain Poisson forecast none.
  const auto [main_ours, main_poisson] = score(160, 240);
  CHECK(main_ours == 4);
  CHECK(main_poisson == 0);
  for (const double at : {80.0, 100.0, 120.0, 140.0, 160.0, 180.0, 200.0}) score(at, at + 40);
  CHECK(all == 32);
  CHECK(ours >= 24);  // 80 % would be 25.6 of 32; 27 with 400 replications.
  CHECK(poisson <= 16);
  CHECK(ours_cost < poisson_cost);
}

}  // namespace orrery
