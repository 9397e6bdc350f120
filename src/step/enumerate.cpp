#include <algorithm>
#include <array>
#include <map>

#include "step/assembly.hpp"
#include "step/layout.hpp"
#include "step/search.hpp"

namespace orrery {
namespace {

/// Divisors of n up to `limit`, ascending, restricted to `wanted` unless that is empty.
std::vector<int> choices(long long n, long long limit, const std::vector<int>& wanted) {
  std::vector<int> result;
  const auto consider = [&](long long d) {
    if (d > limit) return;
    const int value = static_cast<int>(d);
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end()) result.push_back(value);
  };
  for (long long d = 1; d * d <= n; ++d) {
    if (n % d != 0) continue;
    consider(d);
    if (d != n / d) consider(n / d);
  }
  std::sort(result.begin(), result.end());
  return result;
}

template <class T>
bool asked(const std::vector<T>& wanted, T value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

std::vector<int> context_choices(const StepSpec& spec, const SearchSpace& space, long long chips) {
  const int sequence = spec.training.sequence;
  std::vector<int> result;
  for (const int cp : choices(chips, space.cp.empty() ? space.max_cp : chips, space.cp)) {
    // Head and tail slices are paired. A slice of fewer than 1,024 tokens starves attention; nobody runs it, unless it
    // is asked for.
    const bool paired = sequence % (2 * cp) == 0 && (sequence / cp >= 1024 || !space.cp.empty());
    if (cp == 1 || paired) result.push_back(cp);
  }
  return result;
}

/// Walks one part of the space. Loops are ordered by what costs depend on: the groups' curves by the degrees outside,
/// prices by micro-batch and tensor overlap, and innermost only arithmetic over parts that many layouts share.
class Enumeration {
 public:
  Enumeration(const StepSpec& base, const CollectiveModel& network, const SearchSpace& space, const VisitLayout& visit)
      : spec_(base),
        network_(network),
        space_(space),
        visit_(visit),
        overlaps_(overlaps_of(base.software)),
        layers_(base.model) {}

  SearchCounts run(const SearchPart& part) {
    const Schedule schedule = spec_.layout.schedule;
    const long long chips = spec_.cluster.chips / part.tp / part.cp;
    for (const int pp : choices(chips, std::min(spec_.model.layers, kMostStages), space_.pp)) {
      spec_.layout = Layout{};
      spec_.layout.schedule = schedule;
      spec_.layout.tp = part.tp;
      spec_.layout.cp = part.cp;
      spec_.layout.pp = pp;
      spec_.layout.dp = static_cast<int>(chips / pp);
      if (spec_.training.global_batch % spec_.layout.dp == 0) over_experts();
    }
    return counts_;
  }

 private:
  /// A level of ZeRO under the current degrees.
  struct Sharding {
    int zero = 0;
    bool open = true;  ///< No micro-batch was too large yet.
    bool exchange_known = false;
    ByStageKind<StageExchange> exchange;
  };

  void over_experts() {
    if (!spec_.model.experts) {
      over_activations();
      return;
    }
    const Layout& l = spec_.layout;
    const long long chips = 1LL * l.tp * l.cp * l.dp;
    for (const int expert_tp : choices(l.tp, l.tp, space_.expert_tp)) {
      if (expert_tp != 1 && expert_tp != l.tp && space_.expert_tp.empty()) continue;
      for (const int ep : choices(spec_.model.experts->count, chips / expert_tp, space_.ep)) {
        spec_.layout.ep = ep;
        spec_.layout.expert_tp = expert_tp;
        if (chips % (1LL * ep * expert_tp) == 0) over_activations();
      }
    }
  }

  void over_activations() {
    const Layout& l = spec_.layout;
    const LayoutGroups groups = layout_groups(l, spec_.cluster.node);
    curves_ = layout_curves(groups, network_);
    data_ = data_curves(groups, network_);
    shardings_.clear();
    for (const int zero : space_.zero.empty() ? std::vector<int>{0, 1, 3} : space_.zero) {
      const bool nothing_to_shard = zero > 0 && l.dp * l.cp == 1 && asked(space_.zero, 0);
      const bool unusual = zero == 3 && l.pp > 1 && space_.zero.empty();
      if (nothing_to_shard || unusual) continue;
      shardings_.emplace_back();
      shardings_.back().zero = zero;
    }
    const long long share = spec_.training.global_batch / l.dp;
    micro_batches_ = choices(share, share, space_.micro_batch);
    for (const bool sp : {false, true}) {
      if (l.tp == 1 ? sp : !asked(space_.sequence_parallel, sp)) continue;
      spec_.layout.sequence_parallel = sp;
      for (const Recompute recompute : {Recompute::None, Recompute::Selective, Recompute::Full}) {
        if (!asked(space_.recompute, recompute)) continue;
        spec_.layout.recompute = recompute;
        over_micro_batches();
      }
    }
  }

  /// Interleavings that frameworks run without a partition of one's own: chunks of equal length, or of equal length but
  /// for the first and the last, which leave a layer's room to the embedding and the head. Any model runs without, and
  /// with the ones that are asked for.
  std::vector<int> interleavings() const {
    const int layers = spec_.model.layers;
    const int pp = spec_.layout.pp;
    const int deepest = pp > 1 ? (layers + 2) / pp : 1;
    std::vector<int> result;
    for (int vpp = 1; vpp <= deepest; ++vpp) {
      const bool even = layers % (pp * vpp) == 0 || (layers + 2) % (pp * vpp) == 0;
      if (space_.vpp.empty() ? vpp == 1 || even : asked(space_.vpp, vpp)) result.push_back(vpp);
    }
    return result;
  }

  /// Memory grows with the micro-batch: the first that does not fit settles the larger ones.
  void over_micro_batches() {
    for (const int vpp : interleavings()) {
      spec_.layout.vpp = vpp;
      const std::vector<Overlaps> settings = overlap_settings();
      for (Sharding& sharding : shardings_) sharding.open = true;
      for (std::size_t i = 0; i < micro_batches_.size(); ++i) {
        spec_.layout.micro_batch = micro_batches_[i];
        if (!layout_problem(spec_).empty()) continue;
        const auto larger = static_cast<long long>(micro_batches_.size() - i - 1);
        if (is_regular(spec_, layers_)) {
          cost_regular(settings, larger);
        } else {
          cost_irregular(settings, larger);
        }
      }
    }
  }

  /// The overlaps that change the cost of the current layout: a group of one has nothing to overlap, and sends cost
  /// slots only where stages interleave. Settings of one tensor overlap follow each other.
  std::vector<Overlaps> overlap_settings() const {
    if (!space_.overlap_switches) return {overlaps_};
    const Layout& l = spec_.layout;
    const bool data_matters = l.dp * l.cp > 1 || spec_.model.experts;
    std::vector<Overlaps> result;
    for (const auto tensor : {TensorOverlap::None, TensorOverlap::Backward, TensorOverlap::Full}) {
      if (l.tp == 1 && tensor != overlaps_.tensor) continue;
      for (const bool data : {false, true}) {
        if (!data_matters && data != overlaps_.data) continue;
        for (const bool pipeline : {false, true}) {
          if (l.vpp > 1 || pipeline == overlaps_.pipeline) result.push_back({tensor, data, pipeline});
        }
      }
    }
    return result;
  }

  void cost_regular(const std::vector<Overlaps>& settings, long long larger) {
    set_overlaps(spec_.software, settings.front());
    const auto content = regular_content(spec_, prices(), layers_);
    // Slots by tensor overlap, shared by the shardings; sharded gradients have an exchange in the slots.
    std::array<ByStageKind<StageSlots>, 3> shared;
    std::array<bool, 3> known{};
    for (Sharding& sharding : shardings_) {
      if (!sharding.open) continue;
      spec_.layout.zero = sharding.zero;
      if (!sharding.exchange_known) sharding.exchange = regular_exchange(spec_, data_, content);
      sharding.exchange_known = true;
      const Bytes memory = regular_memory(spec_, content);
      visit_settings(sharding, settings, larger, [&] {
        const auto tensor = static_cast<std::size_t>(spec_.software.tensor_overlap);
        if (!known[tensor] || spec_.layout.shards_gradients())
          shared[tensor] = regular_slots(spec_, prices(), data_, layers_);
        known[tensor] = !spec_.layout.shards_gradients();
        return LayoutCost{regular_time(spec_, shared[tensor], sharding.exchange, pipeline_send(spec_, data_)), memory};
      });
    }
  }

  void cost_irregular(const std::vector<Overlaps>& settings, long long larger) {
    for (Sharding& sharding : shardings_) {
      if (!sharding.open) continue;
      spec_.layout.zero = sharding.zero;
      visit_settings(sharding, settings, larger, [&] { return layout_cost(spec_, prices(), data_, layers_); });
    }
  }

  /// Visits the current layout with every setting of the overlaps, priced by `cost`. `larger` counts the micro-batches
  /// that it settles if it does not fit.
  template <class Cost>
  void visit_settings(Sharding& sharding, const std::vector<Overlaps>& settings, long long larger, Cost&& cost_of) {
    const auto count = static_cast<long long>(settings.size());
    for (const Overlaps& setting : settings) {
      set_overlaps(spec_.software, setting);
      const LayoutCost cost = cost_of();
      ++counts_.costed;
      visit_(spec_, cost);
      if (cost.memory > spec_.cluster.chip.memory) {
        sharding.open = false;  // memory does not depend on the overlaps
        counts_.settled += count * (larger + 1);
        return;
      }
    }
    counts_.settled += count;
    counts_.fitting += count;
  }

  const LayoutPrices& prices() {
    const Layout& l = spec_.layout;
    const Key key{l.ep,
                  l.expert_tp,
                  l.micro_batch,
                  l.sequence_parallel ? 1 : 0,
                  static_cast<int>(l.recompute),
                  static_cast<int>(spec_.software.tensor_overlap),
                  spec_.model.experts && spec_.software.overlap_ep == ExpertOverlap::Interleaved && l.vpp > 1 ? 1 : 0};
    const auto found = table_.find(key);
    if (found != table_.end()) return found->second;
    return table_.emplace(key, price_layout(spec_, curves_)).first->second;
  }

  using Key = std::array<int, 7>;
  StepSpec spec_;  ///< With the layout and the overlaps that are being costed.
  const CollectiveModel& network_;
  const SearchSpace& space_;
  const VisitLayout& visit_;
  const Overlaps overlaps_;  ///< The scenario's own.
  const LayerIndex layers_;
  SearchCounts counts_;
  std::map<Key, LayoutPrices> table_;
  // Of the current degrees.
  LayoutCurves curves_;
  DataCurves data_;
  std::vector<Sharding> shardings_;
  std::vector<int> micro_batches_;
};

}  // namespace

Overlaps overlaps_of(const Software& software) {
  return {software.tensor_overlap, software.overlap_dp, software.overlap_pp};
}

void set_overlaps(Software& software, const Overlaps& overlaps) {
  software.tensor_overlap = overlaps.tensor;
  software.overlap_dp = overlaps.data;
  software.overlap_pp = overlaps.pipeline;
}

SearchCounts& SearchCounts::operator+=(const SearchCounts& other) {
  costed += other.costed;
  settled += other.settled;
  fitting += other.fitting;
  return *this;
}

std::vector<SearchPart> search_parts(const StepSpec& base, const SearchSpace& space) {
  const long long chips = base.cluster.chips;
  const long long heads = base.model.attention.heads;
  std::vector<SearchPart> parts;
  for (const int tp : choices(chips, space.tp.empty() ? std::min<long long>(space.max_tp, heads) : heads, space.tp)) {
    for (const int cp : context_choices(base, space, chips / tp)) parts.push_back({tp, cp});
  }
  return parts;
}

SearchCounts for_each_layout(const StepSpec& base, const CollectiveModel& network, const SearchSpace& space,
                             const SearchPart& part, const VisitLayout& visit) {
  return Enumeration(base, network, space, visit).run(part);
}

SearchCounts for_each_layout(const StepSpec& base, const CollectiveModel& network, const SearchSpace& space,
                             const VisitLayout& visit) {
  SearchCounts counts;
  for (const SearchPart& part : search_parts(base, space)) {
    counts += for_each_layout(base, network, space, part, visit);
  }
  return counts;
}

}  // namespace orrery
