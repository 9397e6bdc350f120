#include "cluster/effects/contended_scheduler.hpp"

#include <utility>

#include "base/check.hpp"

namespace orrery {

ContendedScheduler::ContendedScheduler(const SharedMachine& machine, const JobTable& jobs,
                                       const std::vector<double>& oversubscription, std::vector<KindModel> kinds,
                                       std::vector<GpuTypeModel> types, Scheduler& inner)
    : jobs_(jobs),
      levels_(machine),
      shares_(machine, oversubscription),
      kinds_(std::move(kinds)),
      types_(std::move(types)),
      inner_(inner) {
  ORRERY_CHECK(!types_.empty(), "GPUs have a model");
  for (const NodeGroup& group : machine.groups) type_of_group_.push_back(jobs.gpu_types.find(group.gpu_type));
}

/// Step time on these GPUs with all of the NICs over that with a share of them.
double ContendedScheduler::slowdown(JobId job, std::span<const Slice> slices, double share) const {
  const std::int32_t kind = value_or(jobs_.kind, job, -1);
  if (share >= 1 || kind < 0 || kind >= static_cast<std::int32_t>(kinds_.size())) return 1;
  const std::int32_t named = type_of_group_[static_cast<std::size_t>(levels_.group(slices.front().node))];
  const std::size_t type =
      named >= 0 && named < static_cast<std::int32_t>(types_.size()) ? static_cast<std::size_t>(named) : 0;
  const KindModel& model = kinds_[static_cast<std::size_t>(kind)];
  const PlacementSpread spread = levels_.spread(slices);
  DataParallelJob scaled = model.job;
  scaled.base *= types_[type].compute;
  scaled.per_sample *= types_[type].compute;
  Interconnect network = types_[type].network;
  network.uplinks.clear();
  const Seconds alone = data_parallel_step(scaled, network, model.local_batch, spread);
  network.uplinks.assign(static_cast<std::size_t>(spread.crosses), share);
  const Seconds shared = data_parallel_step(scaled, network, model.local_batch, spread);
  return shared > 0_s ? alone / shared : 1;
}

void ContendedScheduler::submitted(ClusterEngine& engine, JobId job) {
  inner_.submitted(engine, job);
}

void ContendedScheduler::resumed(ClusterEngine& engine, JobId job) {
  inner_.resumed(engine, job);
}

void ContendedScheduler::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  shares_.remove(job, changed_);
  alone_.erase(job);
  inner_.stopped(engine, job, reason);
}

void ContendedScheduler::pass(ClusterEngine& engine) {
  inner_.pass(engine);
  for (const JobId job : engine.running_jobs()) {
    if (!alone_.try_emplace(job, engine.speed(job)).second) continue;
    shares_.add(job, engine.slices(job), changed_);
  }
  for (const JobId job : changed_)
    engine.rerate(job, alone_.at(job) * slowdown(job, engine.slices(job), shares_.share(job)));
  changed_.clear();
}

Millis ContendedScheduler::wakes(const ClusterEngine& engine) const {
  return inner_.wakes(engine);
}

PassState ContendedScheduler::left_waiting(const ClusterEngine& engine) const {
  return inner_.left_waiting(engine);
}

}  // namespace orrery
