#include "run/fault_stream.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace orrery {
namespace {

constexpr double kDay = 86400;

RunMachine machine() {
  RunMachine m;
  m.gpus_per_node = 8;
  m.domains = {{"rack", 32}, {"pair", 2}};
  return m;
}

FaultClass fault_class(const char* unit, double per_day, IntervalLaw law = IntervalLaw::Exponential, double shape = 1) {
  FaultClass c;
  c.name = unit;
  c.unit = unit;
  c.rate = Hertz(per_day / kDay);
  c.law = law;
  c.shape = shape;
  return c;
}

FaultModel model(FaultClass one) {
  FaultModel m;
  m.classes = {std::move(one)};
  return m;
}

std::vector<Fault> faults_until(FaultStream stream, double end) {
  std::vector<Fault> all;
  for (; stream.next().at < end; stream.pop()) all.push_back(stream.next());
  return all;
}

}  // namespace

TEST_CASE("unit sizes: hand-computed") {
  CHECK(unit_size(machine(), "gpu", 100).units_per_node == 8);
  CHECK(unit_size(machine(), "pair", 100).units_per_node == 4);
  CHECK(unit_size(machine(), "rack", 100).nodes == 4);
  CHECK(unit_size(machine(), "site", 100).nodes == 100);
  CHECK(unit_size(machine(), "job", 100).nodes == 0);
}

TEST_CASE("faults come in order, hit existing nodes, and as often as their rate says (law)") {
  // 400 GPUs' worth of a fault each 0.02 days: 8 a day and 8,000 in 1,000 days, within 4 standard deviations.
  for (const char* unit : {"gpu", "node", "rack", "pair", "site", "job"}) {
    const double units = unit_size(machine(), unit, 50).nodes == 0 ? 1
                         : std::string(unit) == "site"             ? 1
                         : std::string(unit) == "rack"             ? 13
                                                       : 50.0 * unit_size(machine(), unit, 50).units_per_node;
    const auto all =
        faults_until(FaultStream(machine(), model(fault_class(unit, 8 / units)), 40, 50, 1, 0), 1000 * kDay);
    CHECK(std::abs(static_cast<double>(all.size()) - 8000) < 4 * std::sqrt(8000.0));
    double last = 0;
    for (const Fault& f : all) {
      CHECK(f.at >= last);
      last = f.at;
      CHECK(f.first >= 0);
      CHECK(f.first + f.count <= 50);
    }
  }
}

TEST_CASE("a superposition of renewal processes: gaps of one unit follow its law (oracle)") {
  // Shape 0.6: the share of gaps below the mean is 1 - exp(-Gamma(1 + 1/0.6)^0.6) = 1 - exp(-1.2778) = 0.7213.
  const auto c = fault_class("node", 1.0 / 10, IntervalLaw::Weibull, 0.6);
  const auto all = faults_until(FaultStream(machine(), model(c), 200, 200, 7, 0), 4000 * kDay);
  std::vector<double> last(200, -1);
  double below = 0, gaps = 0;
  for (const Fault& f : all) {
    auto& before = last[static_cast<std::size_t>(f.first)];
    if (before >= 0 && before < 2000 * kDay) {
      gaps += 1;
      below += f.at - before < 10 * kDay ? 1 : 0;
    }
    before = f.at;
  }
  CHECK(gaps > 10000);
  CHECK(below / gaps == doctest::Approx(0.7213).epsilon(0.02));
  // And in the long run the rate is the class's.
  CHECK(static_cast<double>(all.size()) == doctest::Approx(200 * 400).epsilon(0.02));
}

TEST_CASE("first faults of new units follow the hazard at their age (oracle)") {
  // H(t) of a Weibull law of shape 2 and mean 100 days at 50 days: (50 Gamma(1.5) / 100)^2 = 0.19635; of 20,000 units
  // 1 - exp(-0.19635) = 17.83 % have failed once.
  const auto c = fault_class("node", 1.0 / 100, IntervalLaw::Weibull, 2);
  std::set<long long> failed;
  for (const Fault& f : faults_until(FaultStream(machine(), model(c), 20000, 20000, 3, 0), 50 * kDay))
    failed.insert(f.first);
  CHECK(static_cast<double>(failed.size()) / 20000 == doctest::Approx(0.1783).epsilon(0.05));
}

TEST_CASE("a piecewise hazard: early life is as many times worse as it says (hand-computed)") {
  // 5 times the base for 30 days: 1000 nodes x 30 days x 5 / 100 = 1,500; then 1000 x 70 / 100 = 700.
  auto c = fault_class("node", 1.0 / 100, IntervalLaw::Piecewise);
  // As an exponential of the unit's age, a fault renews it: give it a short life so that few are renewed twice.
  c.hazard = {{Seconds(0), 5}, {Seconds(30 * kDay), 1}};
  const auto all = faults_until(FaultStream(machine(), model(c), 100000, 100000, 3, 0), 1 * kDay);
  // In the first day 100,000 x 5 / 100 = 5,000.
  CHECK(static_cast<double>(all.size()) == doctest::Approx(5000).epsilon(0.05));
  c.age = Seconds(40 * kDay);
  const auto later = faults_until(FaultStream(machine(), model(c), 100000, 100000, 3, 0), 1 * kDay);
  CHECK(static_cast<double>(later.size()) == doctest::Approx(1000).epsilon(0.1));
}

TEST_CASE("periodic faults are evenly spaced (hand-computed)") {
  const auto all = faults_until(
      FaultStream(machine(), model(fault_class("job", 24, IntervalLaw::Periodic)), 40, 50, 1, 0), kDay + 1);
  REQUIRE(all.size() == 24);
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].at == doctest::Approx(3600.0 * static_cast<double>(i + 1)));
}

TEST_CASE("more spares do not change the faults of the job's nodes (law)") {
  for (const IntervalLaw law : {IntervalLaw::Exponential, IntervalLaw::Weibull}) {
    const auto c = fault_class("gpu", 0.01, law, 0.7);
    const auto few = faults_until(FaultStream(machine(), model(c), 100, 104, 5, 2), 300 * kDay);
    const auto many = faults_until(FaultStream(machine(), model(c), 100, 190, 5, 2), 300 * kDay);
    const auto of_job = [](const std::vector<Fault>& all) {
      std::vector<std::pair<double, long long>> kept;
      for (const Fault& f : all) {
        if (f.first < 100) kept.emplace_back(f.at, f.first);
      }
      return kept;
    };
    CHECK(of_job(few) == of_job(many));
    CHECK(few.size() < many.size());
  }
}

TEST_CASE("bad nodes take their share of the faults, and the total stays (law)") {
  // 5 % of nodes at 10 times the rate of the others: 0.5 / (0.5 + 0.95) = 34.5 % of the faults.
  FaultModel m = model(fault_class("gpu", 0.01));
  m.bad = {0.05, 10};
  const auto all = faults_until(FaultStream(machine(), m, 1000, 1000, 5, 2), 250 * kDay);
  CHECK(static_cast<double>(all.size()) == doctest::Approx(20000).epsilon(0.03));
  std::set<long long> bad;
  double of_bad = 0;
  for (const Fault& f : all) {
    if (!f.of_bad_node) continue;
    of_bad += 1;
    bad.insert(f.first);
  }
  CHECK(of_bad / static_cast<double>(all.size()) == doctest::Approx(0.345).epsilon(0.03));
  CHECK(bad.size() == 50);
}

TEST_CASE("a shuffle is a bijection (law)") {
  for (const std::uint64_t n : {1ULL, 2ULL, 3ULL, 100ULL, 1000ULL, 4097ULL}) {
    std::vector<std::uint64_t> images;
    for (std::uint64_t i = 0; i < n; ++i) images.push_back(Shuffle(n, 42)(i));
    std::sort(images.begin(), images.end());
    for (std::uint64_t i = 0; i < n; ++i) CHECK(images[i] == i);
  }
}

TEST_CASE("hazards and their inverses agree (law)") {
  for (const IntervalLaw law :
       {IntervalLaw::Exponential, IntervalLaw::Weibull, IntervalLaw::LogNormal, IntervalLaw::Piecewise}) {
    auto c = fault_class("node", 1.0 / 50, law, 0.8);
    c.hazard = {{Seconds(0), 5}, {Seconds(30 * kDay), 1}, {Seconds(300 * kDay), 3}};
    const Hazard hazard(c);
    for (const double days : {0.01, 1.0, 10.0, 29.0, 31.0, 200.0, 1000.0, 30000.0}) {
      CHECK(hazard.inverse(hazard.cumulative(days * kDay)) == doctest::Approx(days * kDay).epsilon(1e-9));
    }
  }
}

}  // namespace orrery
