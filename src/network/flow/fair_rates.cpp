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

FairRates::FairRates(FlowGraph graph, Filling filling) : graph_(std::move(graph)), rate_(std::move(filling.rate)) {
  flows_.reserve(graph_.flows());
  for (std::uint32_t f = 0; f < graph_.flows(); ++f)
    flows_.push_back({graph_.limit(f), graph_.flow_offsets[f], graph_.flow_offsets[f + 1]});
  links_.reserve(graph_.links());
  for (std::uint32_t l = 0; l < graph_.links(); ++l)
    links_.push_back({graph_.capacity[l], filling.level[l], graph_.link_offsets[l], graph_.link_offsets[l + 1], kNone});
  // The records above hold these now.
  graph_.limit_of = {};
  graph_.capacity = {};
  graph_.flow_offsets = {};
  graph_.link_offsets = {};
}

std::span<const FairRates::Change> FairRates::remove(std::span<const std::uint32_t> ended, Work& work) {
  work_ = &work;
  ++round_;
  level_ = 0;
  changes_.clear();
  for (const std::uint32_t f : ended) rate_[f] = kEnded;
  for (const std::uint32_t f : ended) {
    for (std::uint32_t i = flows_[f].begin; i < flows_[f].end; ++i) {
      const Link& link = links_[graph_.flow_links[i]];
      if (link.level != kInfinite && link.visit == kNone) schedule(visit(graph_.flow_links[i]), link.level);
    }
    work.done += flows_[f].end - flows_[f].begin;
  }
  while (!due_.empty() && !work.spent()) {
    const KeyedHeap::Entry top = due_.top();
    due_.pop();
    level_ = std::max(level_, top.key);
    process(top.id);
  }
  for (const Visit& v : visits_) links_[v.link].visit = kNone;
  visits_.clear();
  due_.clear();
  if (work.spent()) return {};

  std::size_t kept = 0;
  for (const Change& change : changes_) {
    double& rate = rate_[change.flow];
    ORRERY_CHECK(rate != kInfinite, "a flow without a limit of its own is stopped by a link");
    if (std::abs(rate - change.old_rate) <= kSame * change.old_rate) {
      rate = change.old_rate;
    } else {
      changes_[kept++] = change;
    }
  }
  changes_.resize(kept);
  return changes_;
}

/// What to do with a link that is due at this level: release those that it stopped, or stop those that rise.
void FairRates::process(std::uint32_t number) {
  Visit& v = visits_[number];
  v.key = kInfinite;
  // What is left of a sum has the rounding of the most that it was.
  if (v.threshold < 0 || v.weight < v.most_weight * kLeastPart || v.most_kept > 2 * links_[v.link].capacity) add_up(v);
  double full = share(v);
  const double old_level = links_[v.link].level;
  if ((full < v.threshold || full > v.next) && full <= std::min(old_level, level_) * (1 + kTie)) {
    add_up(v);
    full = share(v);
  }
  if (full > old_level * (1 + kTie)) {
    if (old_level > level_) {
      schedule(number, old_level);
    } else {
      release(number);
    }
  } else if (full > level_ * (1 + kTie)) {
    schedule(number, full);
  } else {
    // Not above its old level: what it held there stays as it is, and steps too small to release it must not add up.
    saturate(number, std::min(std::max(full, level_), old_level));
  }
}

/// A link that stopped flows at its level is not full there: they rise, unless something else stops them there too.
void FairRates::release(std::uint32_t number) {
  Link& link = links_[visits_[number].link];
  const double from = link.level * (1 - 4 * kTie);
  link.level = kInfinite;
  for (std::uint32_t i = link.begin; i < link.end; ++i) {
    const std::uint32_t f = graph_.link_flows[i];
    if (rate_[f] >= from && flows_[f].changed != round_ && !stopped_elsewhere(f)) rise(f);
  }
  schedule(number, share(visits_[number]));
}

bool FairRates::stopped_elsewhere(std::uint32_t f) const {
  const Flow& flow = flows_[f];
  if (rate_[f] >= flow.limit * (1 - kTie)) return true;
  for (std::uint32_t i = flow.begin; i < flow.end; ++i)
    if (links_[graph_.flow_links[i]].level <= rate_[f] * (1 + kTie)) return true;
  return false;
}

void FairRates::saturate(std::uint32_t number, double level) {
  Link& link = links_[visits_[number].link];
  for (std::uint32_t i = link.begin; i < link.end; ++i) {
    const std::uint32_t f = graph_.link_flows[i];
    if (rate_[f] > level * (1 + kTie)) stop(f, level);
  }
  link.level = level;
  visits_[number].threshold = -1;
}

/// Lets a flow have more: what it may have at most, until a link stops it. Links count it up to their own level.
void FairRates::rise(std::uint32_t f) {
  Flow& flow = flows_[f];
  const double old_rate = rate_[f];
  changes_.push_back({f, old_rate});
  flow.changed = round_;
  rate_[f] = flow.limit;
  work_->done += flow.end - flow.begin;
  for (std::uint32_t i = flow.begin; i < flow.end; ++i) {
    const std::uint32_t l = graph_.flow_links[i];
    const std::uint32_t number = visit(l);
    Visit& v = visits_[number];
    if (v.threshold < 0) {
      add_up(v);
    } else {
      uncount(v, graph_.flow_use(i), old_rate);
      count(v, graph_.flow_use(i), flow.limit);
    }
    const double key = std::min(share(v), links_[l].level);
    if (key < v.key) schedule(number, key);
  }
}

/// A link stops a flow that rises, or one that had more.
void FairRates::stop(std::uint32_t f, double rate) {
  Flow& flow = flows_[f];
  const double old_rate = rate_[f];
  if (flow.changed != round_) changes_.push_back({f, old_rate});
  flow.changed = round_;
  rate_[f] = rate;
  work_->done += flow.end - flow.begin;
  for (std::uint32_t i = flow.begin; i < flow.end; ++i) {
    const Link& link = links_[graph_.flow_links[i]];
    if (link.visit == kNone) {
      // It has less than before. Where it was full, it may release others.
      if (link.level != kInfinite) schedule(visit(graph_.flow_links[i]), link.level);
    } else if (Visit& v = visits_[link.visit]; v.threshold >= 0) {
      uncount(v, graph_.flow_use(i), old_rate);
      v.kept += graph_.flow_use(i) * rate;
    }
  }
}

void FairRates::count(Visit& v, double use, double rate) {
  if (rate <= v.threshold) {
    v.kept += use * rate;
    v.most_kept = std::max(v.most_kept, v.kept);
  } else {
    v.weight += use;
    v.most_weight = std::max(v.most_weight, v.weight);
    ++v.rising;
    v.next = std::min(v.next, rate);
  }
}

void FairRates::uncount(Visit& v, double use, double rate) {
  if (rate <= v.threshold) {
    v.kept -= use * rate;
  } else {
    v.weight -= use;
    --v.rising;
  }
}

std::uint32_t FairRates::visit(std::uint32_t l) {
  Link& link = links_[l];
  if (link.visit == kNone) {
    link.visit = static_cast<std::uint32_t>(visits_.size());
    visits_.push_back({.link = l,
                       .rising = 0,
                       .kept = 0,
                       .weight = 0,
                       .most_kept = 0,
                       .most_weight = 0,
                       .threshold = -1,
                       .next = kInfinite,
                       .key = kInfinite});
  }
  return link.visit;
}

void FairRates::schedule(std::uint32_t number, double key) {
  visits_[number].key = key;
  if (key != kInfinite) due_.set(number, key);
}

double FairRates::share(const Visit& v) const {
  const double left = links_[v.link].capacity - v.kept;
  if (v.rising > 0) return left / v.weight;
  return left < -kTie * links_[v.link].capacity ? 0 : kInfinite;
}

/// Where the link is full given the rates of all its flows: from below, by Newton's method on a concave sum, which ends
/// because each pass keeps more flows at their rate.
void FairRates::add_up(Visit& v) {
  Link& link = links_[v.link];
  double full = level_;
  do {
    v.threshold = full;
    v.kept = v.weight = v.most_kept = v.most_weight = 0;
    v.rising = 0;
    v.next = kInfinite;
    std::uint32_t end = link.begin;
    for (std::uint32_t i = link.begin; i < link.end; ++i) {
      const std::uint32_t f = graph_.link_flows[i];
      const double rate = rate_[f];
      if (rate == kEnded) continue;
      const double use = graph_.link_use(i);
      graph_.link_flows[end] = f;
      if (!graph_.link_usage.empty()) graph_.link_usage[end] = use;
      ++end;
      count(v, use, rate);
    }
    work_->done += link.end - link.begin;
    link.end = end;
    full = share(v);
  } while (full > v.next);
}

}  // namespace orrery
