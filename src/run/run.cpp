#include "run/run.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "base/check.hpp"
#include "run/engine.hpp"

namespace orrery {
namespace {

/// Replications after which a run that has never finished is given up.
constexpr int kTrials = 2;
/// Events of all replications: half a minute. The trials say how many replications that allows.
constexpr double kMostEventsOfAll = 1e8;

Ledger mean_ledger(const std::vector<const Replication*>& counted) {
  Ledger mean;
  for (const Replication* run : counted) mean += run->ledger;
  mean *= 1 / static_cast<double>(counted.size());
  return mean;
}

std::vector<ClassTally> mean_classes(const std::vector<const Replication*>& counted) {
  const auto n = static_cast<double>(counted.size());
  std::vector<ClassTally> mean(counted.front()->classes.size());
  for (const Replication* run : counted) {
    for (std::size_t c = 0; c < mean.size(); ++c) {
      mean[c].faults += run->classes[c].faults / n;
      mean[c].stops += run->classes[c].stops / n;
      mean[c].gpu_seconds += run->classes[c].gpu_seconds / n;
    }
  }
  return mean;
}

std::vector<double> time_share_down(const std::vector<const Replication*>& counted) {
  std::vector<double> share;
  double all = 0;
  for (const Replication* run : counted) {
    if (share.size() < run->seconds_down.size()) share.resize(run->seconds_down.size());
    for (std::size_t k = 0; k < run->seconds_down.size(); ++k) share[k] += run->seconds_down[k];
    all += run->wall.raw();
  }
  for (double& part : share) part = all > 0 ? part / all : 0;
  return share;
}

NeverReason usual_reason(const std::vector<Replication>& runs) {
  std::map<NeverReason, int> votes;
  for (const Replication& run : runs) {
    if (!run.finished) ++votes[run.reason];
  }
  const auto most =
      std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == votes.end() ? NeverReason::None : most->first;
}

void summarise(const RunSpec& spec, RunResult& result) {
  std::vector<const Replication*> counted;
  for (const Replication& run : result.replications) {
    if (run.finished) counted.push_back(&run);
    const bool in_time = run.finished && (spec.deadline <= Seconds(0) || run.wall <= spec.deadline);
    result.deadline_met += in_time ? 1.0 / static_cast<double>(result.replications.size()) : 0;
  }
  result.finished = static_cast<int>(counted.size());
  result.reason = usual_reason(result.replications);
  if (counted.empty()) {
    for (const Replication& run : result.replications) counted.push_back(&run);
  }
  if (counted.empty()) return;
  const auto spread = [&](auto value) {
    std::vector<double> values;
    for (const Replication* run : counted) values.push_back(value(*run));
    return spread_of(values);
  };
  result.wall = spread([](const Replication& run) { return run.wall.raw(); });
  result.goodput = spread([&](const Replication& run) { return run.goodput(spec); });
  result.ettr = spread([&](const Replication& run) { return run.ettr(spec); });
  result.stops = spread([](const Replication& run) { return run.stops; });
  result.node_faults = spread([](const Replication& run) { return run.node_faults; });
  result.ledger = mean_ledger(counted);
  result.classes = mean_classes(counted);
  result.down_share = time_share_down(counted);
}

}  // namespace

Replication simulate_replication(const RunSpec& spec, const RunOptions& options, int replication) {
  return RunEngine(spec, options, replication, checkpoint_intervals(spec)).run();
}

RunResult simulate_run(const RunSpec& spec, const RunOptions& options, ThreadPool& pool, const RunProgress& progress) {
  RunResult result;
  result.closed = closed_form(spec);
  result.gpus_held = spec.job.gpus + spec.policy.spares * spec.machine.gpus_per_node;
  const std::vector<Seconds> intervals = checkpoint_intervals(spec);
  const auto wanted = static_cast<std::size_t>(options.replications);
  std::vector<Replication> runs(wanted);
  std::vector<char> done(wanted, 0);
  std::atomic<bool> stop = false;
  std::mutex reporting;
  int count = 0;
  const auto simulate = [&](std::size_t i) {
    if (stop) return;
    runs[i] = RunEngine(spec, options, static_cast<int>(i), intervals).run();
    done[i] = 1;
    const std::lock_guard lock(reporting);
    ++count;
    if (progress && !progress(count)) stop = true;
  };
  const std::size_t trials = std::min<std::size_t>(kTrials, wanted);
  pool.parallel_for(trials, simulate);
  const bool hopeless = std::none_of(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(trials),
                                     [](const Replication& run) { return run.finished; });
  double events = 1;
  for (std::size_t i = 0; i < trials; ++i) events = std::max(events, runs[i].events);
  const auto allowed = std::max(trials, static_cast<std::size_t>(kMostEventsOfAll / events));
  const std::size_t count_of_all = std::min(wanted, allowed);
  result.capped = !hopeless && count_of_all < wanted;
  if (!hopeless) pool.parallel_for(count_of_all - trials, [&](std::size_t i) { simulate(trials + i); });
  for (std::size_t i = 0; i < wanted; ++i) {
    if (done[i] != 0) result.replications.push_back(std::move(runs[i]));
  }
  summarise(spec, result);
  return result;
}

}  // namespace orrery
