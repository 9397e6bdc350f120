#include "cluster/size_study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "cluster/metrics/job_work.hpp"
#include "cluster/metrics/measured_replay.hpp"
#include "cluster/metrics/policy_figures.hpp"
#include "cluster/metrics/target_value.hpp"
#include "cluster/replay.hpp"

namespace orrery {
namespace {

constexpr long long kMostNodes = 1'000'000;
constexpr Millis kWeek = 7 * kDay;

/// Half of the 95 % interval of the figure's mean over weeks, as far as there are weeks.
double half_width(const Target& target, const JobTable& jobs, const MeasuredReplay& replay,
                  const OutcomeOptions& options) {
  std::vector<double> weeks;
  const Millis last = std::min(options.until, jobs.submit.back());
  for (Millis from = options.from; from + kWeek / 2 <= last; from += kWeek) {
    OutcomeOptions week = options;
    week.from = from;
    week.until = std::min(from + kWeek, options.until);
    const double utilisation = utilisation_between(replay.usage, from, std::min(week.until, last));
    weeks.push_back(target_value(target, jobs, replay.rows, replay.schedule, week, utilisation).value);
  }
  const MeanInterval interval = mean_of_blocks(weeks);
  return (interval.high - interval.low) / 2;
}

/// Without the jobs that no number of nodes lets start: of a type or pool that is not there, or refused by the policy.
ClusterSpec without_hopeless_jobs(const ClusterSpec& spec, const ClusterPolicy& policy, long long& left_out) {
  constexpr long long kLarge = 1000;
  ClusterSpec large = spec;
  large.failures = nullptr;
  large.machine = with_nodes(spec.machine, std::min(kMostNodes, kLarge * std::max(1LL, spec.machine.nodes())));
  ClusterReplay replay(large, policy);
  replay.run();
  left_out = static_cast<long long>(replay.impossible().size());
  if (left_out == 0) return spec;
  std::vector<bool> hopeless(spec.jobs->size(), false);
  for (const JobId job : replay.impossible()) hopeless[static_cast<std::size_t>(job)] = true;
  std::vector<JobId> rows;
  for (JobId job = 0; job < static_cast<JobId>(spec.jobs->size()); ++job)
    if (!hopeless[static_cast<std::size_t>(job)]) rows.push_back(job);
  ClusterSpec kept = spec;
  if (!rows.empty()) kept.jobs = std::make_shared<const JobTable>(take_rows(*spec.jobs, rows));
  return kept;
}

}  // namespace

SharedMachine with_nodes(const SharedMachine& machine, long long nodes) {
  SharedMachine scaled = machine;
  const double factor = static_cast<double>(nodes) / static_cast<double>(machine.nodes());
  for (NodeGroup& group : scaled.groups)
    group.nodes = static_cast<int>(std::max<long long>(1, std::llround(group.nodes * factor)));
  return scaled;
}

SizePoint measure_target(const ClusterSpec& spec, const ClusterPolicy& policy, const Target& target,
                         const OutcomeOptions& options) {
  const JobTable& jobs = *spec.jobs;
  SizePoint point;
  point.gpus = spec.machine.gpus();
  point.nodes = spec.machine.nodes();
  const MeasuredReplay replay = measure_replay(spec, policy, options);
  point.utilisation = replay.usage.utilisation();
  double work = 0;
  for (const JobId job : replay.rows) work += gpu_hours_asked(jobs, job);
  const double hours = static_cast<double>(jobs.submit.back() - jobs.submit.front()) / kHour;
  point.load = hours > 0 ? work / hours / static_cast<double>(point.gpus) : 0;
  const Censored value = target_value(target, jobs, replay.rows, replay.schedule, options, point.utilisation);
  point.value.mean = value.value;
  point.at_least = value.at_least || !replay.impossible.empty();
  const double half = half_width(target, jobs, replay, options);
  point.value.low = half >= 0 ? std::max(0.0, value.value - half) : half;  // NaN: one week says nothing.
  point.value.high = value.value + half;
  point.met = replay.impossible.empty() && keeps(target, value);
  return point;
}

SizeStudy study_size(const ClusterSpec& asked, const ClusterPolicy& policy, const Target& target,
                     const OutcomeOptions& options, ThreadPool& pool, const StudyProgress& progress) {
  SizeStudy study;
  const ClusterSpec spec = without_hopeless_jobs(asked, policy, study.left_out);
  study.target = target;
  study.policy = policy.name;
  study.gpus_now = spec.machine.gpus();
  const long long now = spec.machine.nodes();
  std::set<long long> tried;
  const auto try_all = [&](const std::vector<long long>& sizes) {
    std::vector<long long> fresh;
    for (const long long nodes : sizes) {
      const long long whole = with_nodes(spec.machine, std::clamp<long long>(nodes, 1, kMostNodes)).nodes();
      if (tried.insert(whole).second) fresh.push_back(whole);
    }
    const std::vector<SizePoint> points = pool.parallel_map(fresh.size(), [&](std::size_t i) {
      ClusterSpec other = spec;
      other.machine = with_nodes(spec.machine, fresh[i]);
      if (spec.failures != nullptr)
        other.failures = std::make_shared<const ClusterFailures>(on_machine(*spec.failures, other.machine));
      return measure_target(other, policy, target, options);
    });
    study.points.insert(study.points.end(), points.begin(), points.end());
    std::sort(study.points.begin(), study.points.end(),
              [](const SizePoint& a, const SizePoint& b) { return a.nodes < b.nodes; });
    study.answer = -1;
    for (int i = static_cast<int>(study.points.size()) - 1; i >= 0 && study.points[static_cast<std::size_t>(i)].met;
         --i)
      study.answer = i;
    return !progress || progress(static_cast<int>(study.points.size()));
  };
  // A utilisation to be at least so high is kept by small machines, and there is no smallest one.
  std::vector<long long> sizes;
  for (int half_octave = -6; half_octave <= 6; ++half_octave)
    sizes.push_back(std::llround(static_cast<double>(now) * std::exp2(half_octave / 2.0)));
  if (!try_all(sizes)) return study;
  for (int more = 0; more < 3 && study.answer < 0; ++more) {
    const long long most = study.points.back().nodes;
    if (most >= kMostNodes || !try_all({2 * most, 4 * most})) return study;
  }
  for (int less = 0; less < 3 && study.answer == 0 && study.points.front().nodes > 1; ++less) {
    const long long least = study.points.front().nodes;
    if (!try_all({least / 2, least / 4})) return study;
  }
  constexpr int kRounds = 4, kBetween = 3;
  for (int round = 0; round < kRounds && study.answer > 0; ++round) {
    const long long high = study.points[static_cast<std::size_t>(study.answer)].nodes;
    const long long low = study.points[static_cast<std::size_t>(study.answer) - 1].nodes;
    if (high - low <= 1) break;
    sizes.clear();
    for (int i = 1; i <= kBetween; ++i) sizes.push_back(low + (high - low) * i / (kBetween + 1));
    const std::size_t before = study.points.size();
    if (!try_all(sizes) || study.points.size() == before) break;
  }
  return study;
}

}  // namespace orrery
