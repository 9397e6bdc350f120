// The table of checks against history: what the shared models of the fleet level (economics, chip offers, build times)
// and the levels below say of what happened. Misses stay in it, with their reason (docs/fleet-history.md).
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "fleet/history/history.hpp"
#include "import/history_runs.hpp"

namespace orrery {
namespace {

const std::vector<HistoryCheck>& checks() {
  static const std::vector<HistoryCheck> all = [] {
    ThreadPool pool(2);
    return history_checks(predict_history_runs({}, pool));
  }();
  return all;
}

const HistoryCheck& check(int number) {
  return checks().at(static_cast<std::size_t>(number - 1));
}

const HistoryFigure& figure(int number, const std::string& name) {
  const auto& figures = check(number).figures;
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const HistoryFigure& f) { return f.name == name; });
  REQUIRE(found != figures.end());
  return *found;
}

bool is_circular(int number) {
  const auto& figures = check(number).figures;
  return std::all_of(figures.begin(), figures.end(),
                     [](const HistoryFigure& f) { return f.circle == HistoryCircle::Yes; });
}

}  // namespace

TEST_CASE("published: twelve of the fourteen checks against history hold") {
  REQUIRE(checks().size() == 14);
  for (const HistoryCheck& one : checks()) {
    CAPTURE(one.number);
    CAPTURE(one.name);
    CHECK(one.passes() == (one.number != 6 && one.number != 11));
  }
}

TEST_CASE("published: bands of fleet history, against truths typed here once more") {
  const auto near = [](const HistoryFigure& f, double truth, double tolerance) {
    CAPTURE(f.name);
    CHECK(f.truth == doctest::Approx(truth));
    CHECK(f.predicted == doctest::Approx(truth).epsilon(tolerance));
  };
  near(figure(1, "capital"), 5.29e9, 0.20);
  near(figure(1, "power"), 174e6, 0.20);
  near(figure(2, "capital"), 10.58e9, 0.20);
  near(figure(2, "power"), 349e6, 0.20);
  near(figure(3, "Trainium2s"), 478500, 0.15);
  near(figure(4, "GB200s"), 403000, 0.20);
  near(figure(4, "capital"), 32.28e9, 0.20);
  near(figure(5, "hardware"), 0.88e9, 0.20);
  CHECK(figure(7, "H100s shipped").predicted > 747011);
  CHECK(figure(7, "H100s shipped").predicted < 1049151);
  CHECK(figure(8, "below the rent of 2024-09, while chips are scarce").predicted * 3600 < 2.99);
  near(figure(8, "near the rent of 2025-10, in the glut"), 1.70 / 3600, 0.20);
  near(figure(10, "ordered in 2023-11"), 44 * 7 * 86400.0, 0.01);
  near(figure(10, "ordered in 2024-04"), 10 * 7 * 86400.0, 0.01);
  near(figure(12, "its cost at $2 an hour"), 5.576e6, 0.02);
  CHECK(figure(13, "share of energy in its cost").predicted > 0.02);
  CHECK(figure(13, "share of energy in its cost").predicted < 0.06);
  CHECK(figure(14, "H100s, as Omdia counts").p10 < 150000);
  CHECK(figure(14, "H100s, as Epoch AI counts").p90 > 235326);
}

TEST_CASE("published: checks that miss, and by how much") {
  // A GPU's hardware costs as much as at Bernstein, its hall two thirds of it: chips are a larger share here.
  const HistoryFigure& chips = figure(6, "chips");
  CHECK(chips.predicted > 0.44);
  CHECK(chips.predicted < 0.49);
  CHECK(figure(6, "network").passes());
  // $2.5M of a rack's $5.9M; mechanical and electrical plant alone, which ours is not, would be a third.
  CHECK(figure(6, "halls and plant").truth == doctest::Approx(2.5 / 5.9).epsilon(0.001));
  CHECK(figure(6, "halls and plant").predicted > 0.30);
  CHECK_FALSE(figure(6, "halls and plant").passes());
  // Of the step level, with published layouts: no DualPipe; 89 s where 105 s were measured.
  CHECK(figure(11, "Llama 3.1 405B").passes());
  CHECK(figure(11, "LLaMA-65B").passes());
  CHECK(figure(11, "DeepSeek-V3, best layout").passes());
  const double deepseek = figure(11, "DeepSeek-V3, published layout").error();
  CHECK(deepseek > 0.5);
  CHECK(deepseek < 0.9);
  const double bloom = figure(11, "BLOOM 176B").error();
  CHECK(bloom < -0.15);
  CHECK(bloom > -0.25);
}

TEST_CASE("published: how many 80 % bands hold, of figures that could miss and of those that are partly circular") {
  const HistoryCoverage coverage = history_coverage(checks());
  CHECK(coverage.of == 7);
  CHECK(coverage.inside == 4);
  CHECK(coverage.partly_of == 10);
  CHECK(coverage.partly_inside == 9);
}

TEST_CASE("published: what is circular is marked") {
  for (const int number : {3, 10, 12}) CHECK(is_circular(number));
  for (const int number : {5, 8, 11}) {
    for (const HistoryFigure& one : check(number).figures) CHECK(one.circle == HistoryCircle::No);
  }
  // Dollars of halls are modelled from megawatts by the source that the truth is of.
  for (const int number : {1, 2, 4}) CHECK(figure(number, "capital").circle == HistoryCircle::Partly);
}

}  // namespace orrery
