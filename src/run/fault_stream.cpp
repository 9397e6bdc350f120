#include "run/fault_stream.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;  // Finaliser of MurmurHash3 (Appleby, public domain).
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

/// A source of a class: 0 the job's nodes, 1 those beyond.
std::uint64_t source_key(int fault_class, int part) {
  return 2 * static_cast<std::uint64_t>(fault_class) + static_cast<std::uint64_t>(part);
}

}  // namespace

UnitSize unit_size(const RunMachine& machine, const std::string& unit, long long nodes) {
  if (unit == "job") return {0, 1};
  if (unit == "node") return {1, 1};
  if (unit == "gpu") return {1, machine.gpus_per_node};
  if (unit == "site") return {nodes, 1};
  for (const RunDomain& domain : machine.domains) {
    if (domain.name != unit) continue;
    if (domain.gpus < machine.gpus_per_node) return {1, machine.gpus_per_node / domain.gpus};
    return {domain.gpus / machine.gpus_per_node, 1};
  }
  ORRERY_CHECK(false, "a fault class names a domain of the machine");
}

Shuffle::Shuffle(std::uint64_t count, std::uint64_t key) : count_(count), key_(key) {
  const auto bits = static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(count, 2) - 1));
  half_bits_ = (bits + 1) / 2;
  mask_ = (std::uint64_t{1} << half_bits_) - 1;
}

std::uint64_t Shuffle::operator()(std::uint64_t index) const {
  // A Feistel network over the next even power of two, walked until it falls inside (Black and Rogaway, CT-RSA 2002).
  do {
    std::uint64_t left = index >> half_bits_, right = index & mask_;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (mixed(right + key_ + round * 0x9e3779b97f4a7c15ULL) & mask_);
      left = right;
      right = next;
    }
    index = (left << half_bits_) | right;
  } while (index >= count_);
  return index;
}

SwingClock::SwingClock(const Swing& swing, std::uint64_t of, std::uint64_t seed, std::uint32_t replication,
                       double horizon)
    : period_(swing.period.raw()),
      shape_(swing.deviation > 0 ? 1 / (swing.deviation * swing.deviation) : 0),
      horizon_(std::min(horizon, 1e6 * swing.period.raw())),
      of_(of),
      seed_(seed),
      replication_(replication) {}

void SwingClock::add_period() {
  Rng draw = Rng::stream(seed_, "run/swing", replication_, (of_ << 40U) | factors_.size());
  factors_.push_back(draw.gamma(shape_, 1 / shape_));
  shown_.push_back(shown_.back() + factors_.back() * period_);
}

double SwingClock::real_time(double shown) {
  while (shown_.back() < shown && static_cast<double>(factors_.size()) * period_ < horizon_) add_period();
  if (shown_.back() < shown) return static_cast<double>(factors_.size()) * period_ + shown - shown_.back();
  const auto behind = std::lower_bound(shown_.begin() + 1, shown_.end(), shown);
  const auto period = static_cast<std::size_t>(behind - shown_.begin()) - 1;
  const double factor = factors_[period];
  return (static_cast<double>(period) + (factor > 0 ? (shown - shown_[period]) / factor / period_ : 0)) * period_;
}

FaultStream::FaultStream(const RunMachine& machine, const FaultModel& model, long long job_nodes, long long nodes,
                         std::uint64_t seed, std::uint32_t replication, double horizon)
    : nodes_(static_cast<double>(nodes)), bad_(model.bad), seed_(seed), replication_(replication) {
  Rng scale_draw = Rng::stream(seed, "run/scale", replication);
  const double scale = model.scale.draw(scale_draw);
  clocks_.emplace_back(model.swing, 0, seed, replication, horizon);
  for (int c = 0; c < static_cast<int>(model.classes.size()); ++c) {
    const FaultClass& fault = model.classes[static_cast<std::size_t>(c)];
    if (fault.rate.raw() <= 0) continue;
    const UnitSize unit = unit_size(machine, fault.unit, nodes);
    const auto units_of = [&](long long below) {
      if (unit.nodes == 0) return 1LL;
      return unit.units_per_node > 1 ? below * unit.units_per_node : (below + unit.nodes - 1) / unit.nodes;
    };
    const long long in_job = units_of(job_nodes), all = std::max(in_job, units_of(nodes));
    const int own_clock = static_cast<int>(clocks_.size());
    if (fault.swing.deviation > 0)
      clocks_.emplace_back(fault.swing, static_cast<std::uint64_t>(c) + 1, seed, replication, horizon);
    for (const int part : {0, 1}) {
      const long long units = part == 0 ? in_job : all - in_job;
      if (units <= 0) continue;
      Source source{.fault_class = c,
                    .unit = unit,
                    .first_unit = part == 0 ? 0 : in_job,
                    .units = units,
                    .hazard = Hazard(fault, unit.nodes == 0 ? 1 : scale),
                    .rng = Rng::stream(seed, "run/faults", replication, source_key(c, part)),
                    .age = fault.age.raw()};
      if (source.hazard.rate() <= 0) continue;
      source.fresh = units;
      const bool may_swing = unit.nodes > 0 && source.hazard.memoryless();
      if (may_swing && fault.swing.deviation > 0) {
        source.clock = own_clock;
      } else if (may_swing && model.swing.deviation > 0) {
        source.clock = 0;
      }
      const bool has_bad = bad_.share > 0 && bad_.factor != 1 && unit.nodes == 1 && source.hazard.memoryless();
      if (has_bad) {
        const auto here = static_cast<std::uint64_t>(units / unit.units_per_node);
        source.bad_units = std::llround(bad_.share * static_cast<double>(here));
        // The same nodes are bad for every class.
        source.bad.emplace_back(here, mixed(seed ^ mixed(replication + 1ULL) ^ static_cast<std::uint64_t>(part)));
      }
      schedule_fresh(source);
      schedule(source);
      sources_.push_back(std::move(source));
    }
  }
  find_next();
}

void FaultStream::schedule_fresh(Source& source) {
  const double gap = 1 / (source.hazard.rate() * static_cast<double>(source.units));
  if (source.clock >= 0) {
    source.shown += source.rng.exponential(gap);
    SwingClock& clock = clocks_[static_cast<std::size_t>(source.clock)];
    source.next_fresh = std::max(source.now, clock.real_time(source.shown));
  } else if (source.hazard.memoryless()) {
    source.next_fresh = source.now + source.rng.exponential(gap);
  } else if (source.hazard.periodic()) {
    source.next_fresh = source.now + gap;
  } else if (source.fresh > 0) {
    const double grows = source.rng.exponential(1 / static_cast<double>(source.fresh));
    source.next_fresh = source.hazard.inverse(source.hazard.cumulative(source.age + source.now) + grows) - source.age;
    source.next_fresh = std::max(source.next_fresh, source.now);  // Rounding of H and its inverse.
  } else {
    source.next_fresh = kNever;
  }
}

void FaultStream::schedule(Source& source) {
  source.next_is_renewal = !source.renewals.empty() && source.renewals.top().first < source.next_fresh;
  source.next = source.next_is_renewal ? source.renewals.top().first : source.next_fresh;
}

long long FaultStream::pick_unit(Source& source, bool& of_bad_node) {
  const auto below = [&](long long n) {
    return static_cast<long long>(source.rng.below(static_cast<std::uint64_t>(n)));
  };
  if (!source.hazard.memoryless() && !source.hazard.periodic()) {
    // A fresh unit at random, which is then no longer fresh.
    const auto place = static_cast<std::uint64_t>(below(source.fresh));
    const auto last = static_cast<std::uint64_t>(--source.fresh);
    const auto held = [&](std::uint64_t at) {
      const auto found = source.moved.find(at);
      return found == source.moved.end() ? at : found->second;
    };
    const std::uint64_t unit = held(place);
    source.moved[place] = held(last);
    source.moved.erase(last);
    return static_cast<long long>(unit);
  }
  if (source.bad.empty() || source.bad_units == 0) return below(source.units);
  const long long here = source.units / source.unit.units_per_node;
  const double weight = bad_.factor * static_cast<double>(source.bad_units);
  of_bad_node = source.bad_units == here ||
                source.rng.uniform01() * (weight + static_cast<double>(here - source.bad_units)) < weight;
  const long long index = of_bad_node ? below(source.bad_units) : source.bad_units + below(here - source.bad_units);
  const auto node = static_cast<long long>(source.bad.front()(static_cast<std::uint64_t>(index)));
  return node * source.unit.units_per_node + below(source.unit.units_per_node);
}

void FaultStream::find_next() {
  next_ = Fault{};
  double first = kNever;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].next >= first) continue;
    first = sources_[i].next;
    turn_ = i;
  }
  if (first == kNever) return;
  Source& source = sources_[turn_];
  source.now = first;
  next_.at = first;
  next_.fault_class = source.fault_class;
  next_.id = (source_key(source.fault_class, source.first_unit == 0 ? 0 : 1) << 40U) | source.drawn++;
  long long unit = 0;
  if (source.next_is_renewal) {
    unit = source.renewals.top().second;
    source.renewals.pop();
  } else {
    unit = pick_unit(source, next_.of_bad_node);
  }
  const bool renews = !source.hazard.memoryless() && !source.hazard.periodic();
  if (renews) source.renewals.emplace(first + source.hazard.draw(source.rng), unit);
  if (!source.next_is_renewal) schedule_fresh(source);
  if (source.unit.nodes == 0) return;
  const long long place = source.first_unit + unit;
  next_.first = place / source.unit.units_per_node * source.unit.nodes;
  next_.count = std::min(source.unit.nodes, static_cast<long long>(nodes_) - next_.first);
}

void FaultStream::pop() {
  schedule(sources_[turn_]);
  find_next();
}

Rng FaultStream::draws(const Fault& fault) const {
  return Rng::stream(seed_, "run/fault", replication_, fault.id);
}

}  // namespace orrery
