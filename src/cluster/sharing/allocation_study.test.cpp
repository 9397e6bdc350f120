#include "cluster/sharing/allocation_study.hpp"

#include <doctest/doctest.h>

#include "cluster/sharing/test_sharing.hpp"

namespace orrery {
namespace {

JobTable pods_of_gpus(std::vector<std::int32_t> gpus, std::vector<std::int32_t> milli) {
  JobTable jobs;
  jobs.submit.assign(gpus.size(), 0);
  jobs.run.assign(gpus.size(), kHour);
  jobs.gpus = std::move(gpus);
  jobs.gpu_milli = std::move(milli);
  return jobs;
}

}  // namespace

TEST_CASE("allocation study: curves are those of one rule and seed, on any number of threads") {
  const test::SharingCases cases;
  const JobTable jobs = pods_of_gpus({1, 1, 2, 4, 0, 9}, {300, 500, 1000, 1000, 1000, 1000});
  const std::vector<SharingRule> rules = {SharingRule::Fgd, SharingRule::Random};
  ThreadPool one(1), three(3);
  const AllocationStudy study = allocation_study(jobs, cases.machine, rules, {42, 43, 44}, one);
  const AllocationStudy again = allocation_study(jobs, cases.machine, rules, {42, 43, 44}, three);
  REQUIRE(study.curves.size() == 2);
  for (std::size_t rule = 0; rule < 2; ++rule) {
    REQUIRE(study.curves[rule].size() == 3);
    double sum = 0;
    for (std::size_t seed = 0; seed < 3; ++seed) {
      CHECK(study.curves[rule][seed].allocated ==
            allocation_curve(jobs, cases.machine, rules[rule], study.seeds[seed]).allocated);
      CHECK(study.curves[rule][seed].allocated == again.curves[rule][seed].allocated);
      sum += study.curves[rule][seed].allocated[100];
    }
    CHECK(mean_allocation(study.curves[rule])[100] == doctest::Approx(sum / 3));
  }
  // No node has nine GPUs.
  CHECK(study.impossible == 1);
  CHECK(study.gpus == 4 * 2 + 5 * 8 + 3 * 4);
  CHECK(study.nodes == 14);
  CHECK(study.pods == 6);
  CHECK(study.target_pods == 6);
}

TEST_CASE("allocation study: why there is none") {
  const test::SharingCases cases;
  const SharedMachine cpus = {{{"", "", "", 3, 0, 1000, 1000}}, {}};
  CHECK_FALSE(why_no_allocation(pods_of_gpus({1}, {500}), cases.machine).has_value());
  CHECK(why_no_allocation(pods_of_gpus({1}, {500}), cpus) == "the machine has no GPU");
  CHECK(why_no_allocation(pods_of_gpus({0}, {1000}), cases.machine) == "no pod asks for a GPU");
  // 1,300 pods of a thousandth for each of 20,000 GPUs.
  const SharedMachine large = {{{"", "", "", 2500, 8, 1000, 1000}}, {}};
  CHECK(why_no_allocation(pods_of_gpus({1}, {1}), large) ==
        "the pods are so small that 26,000,000 would arrive until 130 % of the machine's 20,000 GPUs are asked for");
}

}  // namespace orrery
