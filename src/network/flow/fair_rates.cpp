#include "network/flow/fair_rates.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();
constexpr double kEnded = 0;

// Levels this close are one level: rounding must not release a flow that a second link holds at the same rate. Rates
// within kSame stay as they were, and a link's level is within kTie of the rates of those it holds.
constexpr double kTie = 1e-12;
constexpr double kSame = 1e-13;
constexpr double kLeastPart = 1e-3;

}  // namespace

FairRates::FairRates(FlowGraph graph, Filling filling) : graph_(std::move(graph)) {
  flows_.reserve(graph_.flows());
  for (std::uint32_t f = 0; f < graph_.flows(); ++f)
    flows_.push_back({filling.rate[f], graph_.limit[f], graph_.flow_offsets[f], graph_.flow_offsets[f + 1]});
  links_.reserve(graph_.links());
  for (std::uint32_t l = 0; l < graph_.links(); ++l)
    links_.push_back({graph_.capacity[l], filling.level[l], graph_.link_offsets[l], graph_.link_offsets[l + 1], kNone});
  // The records above hold these now.
  graph_.limit = {};
  graph_.capacity = {};
  graph_.flow_offsets = {};
  graph_.link_offsets = {};
}

std::span<const FairRates::Change> FairRates::remove(std::span<const std::uint32_t> ended, Work& work) {
  work_ = &work;
  ++round_;
  level_ = 0;
  changes_.clear();
  for (const std::uint32_t f : ended) flows_[f].rate = kEnded;
  for (const std::uint32_t f : ended) {
    for (std::uint32_t i = flows_[f].begin; i < flows_[f].end; ++i) {
      const std::uint32_t l = graph_.flow_links[i];
      if (links_[l].level != kInfinite && links_[l].visit == kNone) schedule(visit(l), links_[l].level);
    }
    work.done += flows_[f].end - flows_[f].begin;
  }
  while (!heap_.empty() && !work.spent()) {
    std::pop_heap(heap_.begin(), heap_.end());
    const Entry top = heap_.back();
    heap_.pop_back();
    if (top.is_link) {
      Visit& v = visits_[links_[top.id].visit];
      if (v.key != top.key) continue;
      level_ = std::max(level_, top.key);
      process(v, top.key);
    } else if (flows_[top.id].rate == kInfinite) {
      level_ = std::max(level_, top.key);
      stop(top.id, flows_[top.id].limit);
    }
  }
  heap_.clear();
  for (const Visit& v : visits_) links_[v.link].visit = kNone;
  visits_.clear();
  if (work.spent()) return {};

  std::size_t kept = 0;
  for (const Change& change : changes_) {
    Flow& flow = flows_[change.flow];
    ORRERY_CHECK(flow.rate != kInfinite, "every flow that rises is stopped");
    if (std::abs(flow.rate - change.old_rate) <= kSame * change.old_rate) {
      flow.rate = change.old_rate;
    } else {
      changes_[kept++] = change;
    }
  }
  changes_.resize(kept);
  return changes_;
}

/// What to do with a link whose key came up: release those that it stopped, or stop those that rise.
void FairRates::process(Visit& v, double key) {
  const std::uint32_t l = v.link;
  const bool doubtful = v.threshold < 0 || v.weight < v.weighed * kLeastPart;
  if (doubtful) add_up(v);
  double full = share(v);
  const double old_level = links_[l].level;
  if (full <= std::min(old_level, key) * (1 + kTie) && !doubtful) {
    add_up(v);
    full = share(v);
  }
  if (full > old_level * (1 + kTie)) {
    if (old_level > key) {
      schedule(v, old_level);
    } else {
      release(l);
    }
  } else if (full > key * (1 + kTie)) {
    schedule(v, full);
  } else {
    saturate(l, std::max(full, level_));
  }
}

/// A link that stopped flows at its level is not full there: they rise, unless something else stops them there too.
void FairRates::release(std::uint32_t l) {
  Link& link = links_[l];
  const double from = link.level * (1 - 4 * kTie);
  link.level = kInfinite;
  visits_[link.visit].key = kInfinite;
  for (std::uint32_t i = link.begin; i < link.end; ++i) {
    const std::uint32_t f = graph_.link_flows[i];
    const Flow& flow = flows_[f];
    if (flow.rate >= from && flow.rate != kInfinite && flow.decided != round_ && !stopped_elsewhere(flow)) rise(f);
  }
  Visit& v = visits_[link.visit];
  schedule(v, share(v));
}

bool FairRates::stopped_elsewhere(const Flow& flow) const {
  if (flow.rate >= flow.limit * (1 - kTie)) return true;
  for (std::uint32_t i = flow.begin; i < flow.end; ++i)
    if (links_[graph_.flow_links[i]].level <= flow.rate * (1 + kTie)) return true;
  return false;
}

void FairRates::saturate(std::uint32_t l, double level) {
  Link& link = links_[l];
  for (std::uint32_t i = link.begin; i < link.end; ++i) {
    const std::uint32_t f = graph_.link_flows[i];
    if (flows_[f].rate > level * (1 + kTie)) stop(f, level);
  }
  link.level = level;
  Visit& v = visits_[link.visit];
  v.key = kInfinite;
  v.threshold = -1;
}

void FairRates::rise(std::uint32_t f) {
  Flow& flow = flows_[f];
  const double old_rate = flow.rate;
  changes_.push_back({f, old_rate});
  flow.rate = kInfinite;
  if (flow.limit != kInfinite) {
    heap_.push_back({flow.limit, f, false});
    std::push_heap(heap_.begin(), heap_.end());
  }
  work_->done += flow.end - flow.begin;
  for (std::uint32_t i = flow.begin; i < flow.end; ++i) {
    const std::uint32_t l = graph_.flow_links[i];
    Visit& v = visit(l);
    if (v.threshold < 0) {
      add_up(v);
    } else if (old_rate <= v.threshold) {
      v.kept -= graph_.flow_use(i) * old_rate;
      v.weight += graph_.flow_use(i);
      ++v.rising;
    }
    const double key = std::min(share(v), links_[l].level);
    if (key < v.key) schedule(v, key);
  }
}

void FairRates::stop(std::uint32_t f, double rate) {
  Flow& flow = flows_[f];
  const double old_rate = flow.rate;
  if (old_rate != kInfinite) changes_.push_back({f, old_rate});
  flow.rate = rate;
  flow.decided = round_;
  work_->done += flow.end - flow.begin;
  for (std::uint32_t i = flow.begin; i < flow.end; ++i) {
    Link& link = links_[graph_.flow_links[i]];
    if (link.visit == kNone) {
      // It has less than before. Where it was full, it may release others.
      if (link.level != kInfinite) schedule(visit(graph_.flow_links[i]), link.level);
      continue;
    }
    Visit& v = visits_[link.visit];
    if (v.threshold < 0) continue;
    const double use = graph_.flow_use(i);
    if (old_rate <= v.threshold) {
      v.kept -= use * (old_rate - rate);
    } else {
      v.kept += use * rate;
      v.weight -= use;
      --v.rising;
    }
  }
}

FairRates::Visit& FairRates::visit(std::uint32_t l) {
  Link& link = links_[l];
  if (link.visit == kNone) {
    link.visit = static_cast<std::uint32_t>(visits_.size());
    visits_.push_back(
        {.link = l, .rising = 0, .kept = 0, .weight = 0, .weighed = 0, .threshold = -1, .key = kInfinite});
  }
  return visits_[link.visit];
}

void FairRates::schedule(Visit& v, double key) {
  v.key = key;
  if (key == kInfinite) return;
  heap_.push_back({key, v.link, true});
  std::push_heap(heap_.begin(), heap_.end());
}

double FairRates::share(const Visit& v) const {
  return v.rising == 0 ? kInfinite : (links_[v.link].capacity - v.kept) / v.weight;
}

/// Where the link is full given the rates of all its flows: from below, by Newton's method on a concave sum, which ends
/// because each pass keeps more flows at their rate.
void FairRates::add_up(Visit& v) {
  Link& link = links_[v.link];
  std::uint32_t end = link.begin;
  double threshold = level_;
  for (std::uint32_t i = link.begin; i < link.end; ++i) {
    const std::uint32_t f = graph_.link_flows[i];
    if (flows_[f].rate == kEnded) continue;
    graph_.link_flows[end] = f;
    if (!graph_.link_usage.empty()) graph_.link_usage[end] = graph_.link_usage[i];
    ++end;
  }
  work_->done += link.end - link.begin;
  link.end = end;
  for (;;) {
    v.kept = v.weight = 0;
    v.rising = 0;
    for (std::uint32_t i = link.begin; i < link.end; ++i) {
      const double rate = flows_[graph_.link_flows[i]].rate;
      if (rate <= threshold) {
        v.kept += graph_.link_use(i) * rate;
      } else {
        v.weight += graph_.link_use(i);
        ++v.rising;
      }
    }
    work_->done += link.end - link.begin;
    v.threshold = threshold;
    const double full = share(v);
    if (!(full > threshold) || v.rising == 0) break;
    threshold = full;
  }
  v.weighed = v.weight;
}

}  // namespace orrery
