// Which flavors a job gets.
#include <algorithm>

#include "cluster/quota/kueue_scheduler.hpp"

namespace orrery {
namespace {

constexpr std::size_t kGpu = static_cast<std::size_t>(QuotaResource::Gpu);

}  // namespace

Demand KueueScheduler::demand_in(std::int32_t of, const Assignment& assignment) const {
  Demand demand = waiting_.demand(of);
  const std::int32_t flavor = assignment.flavors[kGpu];
  if (flavor >= 0 && model_.flavor_types[at(flavor)] >= 0) demand.gpu_type = model_.flavor_types[at(flavor)];
  return demand;
}

void KueueScheduler::fill_loads(std::int32_t queue, const Demand& demand, const Assignment& assignment,
                                std::vector<KueueLoad>& loads) const {
  loads.clear();
  const Amounts amounts = amounts_of(demand);
  for (const KueueQueue::Group& group : model_.queues[at(queue)].groups) {
    for (std::size_t r = 0; r < kQuotaResources; ++r) {
      if (!group.covers[r] || amounts[r] == 0 || !model_.counted(static_cast<QuotaResource>(r))) continue;
      if (assignment.flavors[r] >= 0) loads.push_back({KueueModel::cell(assignment.flavors[r], r), amounts[r]});
    }
  }
}

bool KueueScheduler::eligible(const Demand& demand, std::int32_t flavor) const {
  const std::int32_t type = model_.flavor_types[at(flavor)];
  return demand.gpu_type < 0 || type < 0 || demand.gpu_type == type;
}

KueueScheduler::Assignment KueueScheduler::judge(const JobPlacement& placement, std::int32_t of, std::size_t group,
                                                 std::int32_t flavor, bool may_preempt) const {
  const KueueQueue& queue = model_.queues[at(waiting_.queue(of))];
  const Amounts amounts = amounts_of(waiting_.demand(of));
  Assignment judged;
  judged.mode = Mode::Fits;
  for (std::size_t r = 0; r < kQuotaResources; ++r) {
    if (!queue.groups[group].covers[r] || amounts[r] == 0 || !model_.counted(static_cast<QuotaResource>(r))) continue;
    judged.flavors[r] = flavor;
    const std::size_t cell = KueueModel::cell(flavor, r);
    if (amounts[r] > model_.tree.potential(queue.node, cell)) return {};
    if (amounts[r] > model_.tree.available(queue.node, cell)) judged.mode = Mode::Preempts;
    const std::int32_t own = model_.tree.within_own(queue.node, cell, amounts[r]);
    const std::int32_t depth = model_.tree.depth(queue.node);
    judged.borrowing = std::max(judged.borrowing, own < 0 ? depth + 1 : depth - model_.tree.depth(own));
  }
  if (judged.flavors[kGpu] >= 0 || waiting_.demand(of).gpus == 0) {
    if (judged.mode == Mode::Fits && !placement.fits(demand_in(of, judged))) judged.mode = Mode::Preempts;
  }
  if (judged.mode == Mode::Preempts && !may_preempt) return {};
  return judged;
}

void KueueScheduler::assign(const JobPlacement& placement, std::int32_t of, bool may_preempt,
                            std::vector<Assignment>& assignments) const {
  assignments.clear();
  const KueueQueue& queue = model_.queues[at(waiting_.queue(of))];
  const Demand& demand = waiting_.demand(of);
  const Amounts amounts = amounts_of(demand);
  const bool preempt_first = queue.fungibility.preference == KueueFlavorPreference::PreemptionOverBorrowing;
  const auto rank = [&](const Assignment& a) {
    const bool preempts = a.mode == Mode::Preempts;
    // Fits without borrowing; then fits by borrowing, or preempts without.
    if (!preempts) return a.borrowing == 0 ? 0 : (preempt_first ? 200 : 100) + a.borrowing;
    return a.borrowing == 0 ? (preempt_first ? 100 : 250) : 300 + a.borrowing;
  };
  Assignment others;  // Of the groups that do not give the GPUs: the best flavor of each.
  others.mode = Mode::Fits;
  std::vector<Assignment> main;
  bool has_main = false;
  for (std::size_t r = 0; r < kQuotaResources; ++r) {
    if (amounts[r] == 0 || r == static_cast<std::size_t>(QuotaResource::Pods)) continue;
    if (!model_.counted(static_cast<QuotaResource>(r))) continue;
    const bool covered = std::any_of(queue.groups.begin(), queue.groups.end(),
                                     [r](const KueueQueue::Group& group) { return group.covers[r]; });
    if (!covered) return;
  }
  for (std::size_t g = 0; g < queue.groups.size(); ++g) {
    const KueueQueue::Group& group = queue.groups[g];
    bool needed = false;
    for (std::size_t r = 0; r < kQuotaResources; ++r)
      needed = needed || (group.covers[r] && amounts[r] > 0 && model_.counted(static_cast<QuotaResource>(r)));
    if (!needed) continue;
    std::vector<Assignment> found;
    bool ended = false;
    for (const std::int32_t flavor : group.flavors) {
      if (group.covers[kGpu] && amounts[kGpu] > 0 && !eligible(demand, flavor)) continue;
      const Assignment judged = judge(placement, of, g, flavor, may_preempt);
      if (judged.mode == Mode::Never) continue;
      found.push_back(judged);
      const bool stays =
          judged.mode == Mode::Fits
              ? judged.borrowing == 0 || queue.fungibility.when_can_borrow == KueueFungibility::MayStopSearch
              : queue.fungibility.when_can_preempt == KueueFungibility::MayStopSearch;
      if (stays) {
        // The search ends here: this one goes before those that were passed over.
        std::rotate(found.begin(), found.end() - 1, found.end());
        ended = true;
        break;
      }
    }
    if (found.empty()) return;
    std::stable_sort(found.begin() + (ended ? 1 : 0), found.end(),
                     [&](const Assignment& a, const Assignment& b) { return rank(a) < rank(b); });
    if (group.covers[kGpu] && amounts[kGpu] > 0) {
      main = std::move(found);
      has_main = true;
      continue;
    }
    for (std::size_t r = 0; r < kQuotaResources; ++r) {
      if (found.front().flavors[r] >= 0) others.flavors[r] = found.front().flavors[r];
    }
    if (found.front().mode == Mode::Preempts) others.mode = Mode::Preempts;
    others.borrowing = std::max(others.borrowing, found.front().borrowing);
  }
  if (!has_main) main.push_back(others);
  for (Assignment& a : main) {
    for (std::size_t r = 0; r < kQuotaResources; ++r) {
      if (a.flavors[r] < 0) a.flavors[r] = others.flavors[r];
    }
    if (others.mode == Mode::Preempts) a.mode = Mode::Preempts;
    a.borrowing = std::max(a.borrowing, others.borrowing);
  }
  assignments = std::move(main);
}

bool KueueScheduler::possible(const JobPlacement& placement, JobId job) const {
  const std::int32_t of = waiting_.class_of(job);
  if (of < 0) return false;
  std::vector<Assignment> assignments;
  assign(placement, of, true, assignments);
  return std::any_of(assignments.begin(), assignments.end(),
                     [&](const Assignment& a) { return placement.possible(demand_in(of, a)); });
}

}  // namespace orrery
