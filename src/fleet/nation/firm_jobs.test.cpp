#include "fleet/nation/firm_jobs.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

namespace orrery {
namespace {

FirmJobLaw philly() {
  Diagnostics diagnostics;
  FirmJobLaw law;
  law.trace = solved_law(trace_totals("philly", {}, diagnostics));
  law.span = Seconds(28 * 86400.0);
  return law;
}

std::vector<FirmNeed> single_firms(int firms, double median) {
  auto needs = firm_needs({static_cast<double>(firms), 1, median, 1.5, 2}, firms);
  for (FirmNeed& need : needs) need.firms = 1;
  return needs;
}

TEST_CASE("jobs of firms: law, GPU-time is the need, sizes fit, all apply within an hour") {
  const FirmJobLaw law = philly();
  const auto needs = single_firms(200, 1);
  const JobTable jobs = firm_jobs(needs, law, 7);
  CHECK(std::is_sorted(jobs.submit.begin(), jobs.submit.end()));
  std::vector<double> gpu_s(needs.size()), lost(needs.size());
  std::vector<Millis> first(needs.size(), kNever);
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const auto firm = static_cast<std::size_t>(jobs.tenant[j]);
    CHECK(jobs.gpus[j] <= needs[firm].gang);
    CHECK(jobs.run[j] <= static_cast<Millis>(law.longest.raw() * kSecond));
    gpu_s[firm] += static_cast<double>(jobs.run[j]) / kSecond * jobs.gpus[j];
    lost[firm] += 0.001 * jobs.gpus[j];
    first[firm] = std::min(first[firm], jobs.submit[j]);
  }
  for (std::size_t firm = 0; firm < needs.size(); ++firm) {
    CAPTURE(firm);
    // Below a second nothing is a job, and run times are whole milliseconds.
    const double wanted = needs[firm].gpus * law.span.raw();
    CHECK(std::abs(gpu_s[firm] - wanted) <= lost[firm] + needs[firm].gang);
    CHECK(first[firm] <= kHour);
  }
}

TEST_CASE("jobs of firms: law, as many as expected, and no more than asked for once run times are stretched") {
  FirmJobLaw law = philly();
  const auto needs = single_firms(300, 2);
  const double expected = expected_jobs(needs, law);
  CHECK(static_cast<double>(firm_jobs(needs, law, 1).size()) == doctest::Approx(expected).epsilon(0.1));
  law.stretch = stretch_for(needs, law, expected / 4);
  CHECK(law.stretch > 1);
  CHECK(static_cast<double>(firm_jobs(needs, law, 1).size()) < 1.2 * expected / 4);
  CHECK(stretch_for(needs, philly(), 1e9) == 1);
}

TEST_CASE("times of gangs: hand-computed") {
  const GangTimes times{{1, 2, 5}};  // of jobs of 1, 2 and 4 GPUs
  CHECK(times.within(4, 2) == doctest::Approx(3.0 / 8));
  CHECK(times.within(2, 1) == doctest::Approx(1.0 / 3));
  CHECK(times.within(4, 4) == 1);
  CHECK(times.within(4, 0) == 0);
  CHECK(times.within(1, 1) == 1);
}

}  // namespace
}  // namespace orrery
