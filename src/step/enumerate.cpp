#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "step/layout.hpp"
#include "step/search.hpp"

namespace orrery {
namespace {

/// Divisors of n up to `limit`, ascending, restricted to `wanted` unless that is empty.
std::vector<int> choices(long long n, long long limit, const std::vector<int>& wanted) {
  std::vector<int> result;
  for (long long d = 1; d <= std::min(n, limit); ++d) {
    if (n % d != 0) continue;
    const int value = static_cast<int>(d);
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end()) result.push_back(value);
  }
  return result;
}

/// The settings of the software's overlaps that a space asks for.
std::vector<Software> softwares(const Software& base, bool switches) {
  if (!switches) return {base};
  std::vector<Software> result;
  for (const auto tensor : {TensorOverlap::None, TensorOverlap::Backward, TensorOverlap::Full}) {
    for (const bool data : {false, true}) {
      for (const bool pipeline : {false, true}) {
        Software software = base;
        software.tensor_overlap = tensor;
        software.overlap_dp = data;
        software.overlap_pp = pipeline;
        result.push_back(software);
      }
    }
  }
  return result;
}

/// Walks the space for one setting of the software.
class Enumeration {
 public:
  Enumeration(const StepSpec& base, const CollectiveModel& network, const SearchSpace& space,
              const std::function<void(const StepSpec&, const LayoutCost&)>& visit, SearchCounts& counts)
      : spec_(base), network_(network), space_(space), visit_(visit), counts_(counts), layers_(base.model) {}

  void run() {
    const long long chips = spec_.cluster.chips;
    const Schedule schedule = spec_.layout.schedule;
    for (const int tp : choices(chips, std::min<long long>(space_.max_tp, spec_.model.attention.heads), space_.tp)) {
      for (const int cp : context_choices(chips / tp)) {
        for (const int pp : choices(chips / tp / cp, spec_.model.layers, space_.pp)) {
          spec_.layout = Layout{};
          spec_.layout.schedule = schedule;
          spec_.layout.tp = tp;
          spec_.layout.cp = cp;
          spec_.layout.pp = pp;
          spec_.layout.dp = static_cast<int>(chips / tp / cp / pp);
          over_experts();
        }
      }
    }
  }

 private:
  std::vector<int> context_choices(long long chips) const {
    const int sequence = spec_.training.sequence;
    std::vector<int> result;
    for (const int cp : choices(chips, space_.max_cp, space_.cp)) {
      // A slice of fewer than 1,024 tokens starves attention; nobody runs it, unless it is asked for.
      if (sequence % (2 * cp) == 0 || cp == 1) {
        if (cp == 1 || sequence / cp >= 1024 || !space_.cp.empty()) result.push_back(cp);
      }
    }
    return result;
  }

  void over_experts() {
    if (!spec_.model.experts) {
      over_zero();
      return;
    }
    const Layout& l = spec_.layout;
    const long long chips = 1LL * l.tp * l.cp * l.dp;
    for (const int expert_tp : choices(l.tp, l.tp, space_.expert_tp)) {
      if (expert_tp != 1 && expert_tp != l.tp) continue;
      for (const int ep : choices(spec_.model.experts->count, chips / expert_tp, space_.ep)) {
        spec_.layout.ep = ep;
        spec_.layout.expert_tp = expert_tp;
        if (chips % (1LL * ep * expert_tp) == 0) over_zero();
      }
    }
  }

  void over_zero() {
    const LayoutGroups groups = layout_groups(spec_.layout, spec_.cluster.node);
    const DataCurves data = data_curves(groups, network_);
    const LayoutCurves curves = layout_curves(groups, spec_.layout, network_);
    static const std::vector<int> kAll = {0, 1, 3};
    for (const int zero : space_.zero.empty() ? kAll : space_.zero) {
      const bool sharding_needs_ranks = zero > 0 && spec_.layout.dp * spec_.layout.cp == 1;
      if (sharding_needs_ranks || (zero == 3 && spec_.layout.pp > 1)) continue;
      spec_.layout.zero = zero;
      over_batches(curves, data);
    }
  }

  void over_batches(const LayoutCurves& curves, const DataCurves& data) {
    const long long batch = spec_.training.global_batch;
    if (batch % spec_.layout.dp != 0) return;
    static const std::array kAll = {Recompute::None, Recompute::Selective, Recompute::Full};
    for (const bool sp : {false, true}) {
      if (sp && spec_.layout.tp == 1) continue;
      if (!space_.sequence_parallel.empty() &&
          std::find(space_.sequence_parallel.begin(), space_.sequence_parallel.end(), sp) ==
              space_.sequence_parallel.end() &&
          spec_.layout.tp > 1) {
        continue;
      }
      spec_.layout.sequence_parallel = sp;
      for (const Recompute recompute : kAll) {
        if (!space_.recompute.empty() &&
            std::find(space_.recompute.begin(), space_.recompute.end(), recompute) == space_.recompute.end()) {
          continue;
        }
        spec_.layout.recompute = recompute;
        over_interleaving(curves, data);
      }
    }
  }

  /// Memory grows with the micro-batch: the first that does not fit settles the larger ones.
  void over_interleaving(const LayoutCurves& curves, const DataCurves& data) {
    const long long share = spec_.training.global_batch / spec_.layout.dp;
    const std::vector<int> sizes = choices(share, share, space_.micro_batch);
    const int depth = spec_.model.layers / spec_.layout.pp;
    for (const int vpp : choices(depth, spec_.layout.pp > 1 ? depth : 1, space_.vpp)) {
      spec_.layout.vpp = vpp;
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        spec_.layout.micro_batch = sizes[i];
        if (!layout_problem(spec_).empty()) continue;
        const LayoutCost cost = layout_cost(spec_, prices(curves), data, layers_);
        ++counts_.costed;
        ++counts_.settled;
        visit_(spec_, cost);
        if (cost.memory > spec_.cluster.chip.memory) {
          counts_.settled += static_cast<long long>(sizes.size() - i - 1);
          break;
        }
        ++counts_.fitting;
      }
    }
  }

  const LayoutPrices& prices(const LayoutCurves& curves) {
    const Layout& l = spec_.layout;
    const Key key{
        l.tp, l.cp, l.ep, l.expert_tp, l.micro_batch, l.sequence_parallel ? 1 : 0, static_cast<int>(l.recompute)};
    const auto found = table_.find(key);
    if (found != table_.end()) return found->second;
    return table_.emplace(key, price_layout(spec_, curves)).first->second;
  }

  using Key = std::array<int, 7>;
  StepSpec spec_;
  const CollectiveModel& network_;
  const SearchSpace& space_;
  const std::function<void(const StepSpec&, const LayoutCost&)>& visit_;
  SearchCounts& counts_;
  LayerIndex layers_;
  std::map<Key, LayoutPrices> table_;
};

}  // namespace

SearchCounts for_each_layout(const StepSpec& base, const CollectiveModel& network, const SearchSpace& space,
                             const std::function<void(const StepSpec&, const LayoutCost&)>& visit) {
  SearchCounts counts;
  for (const Software& software : softwares(base.software, space.overlap_switches)) {
    StepSpec spec = base;
    spec.software = software;
    Enumeration(spec, network, space, visit, counts).run();
  }
  return counts;
}

}  // namespace orrery
