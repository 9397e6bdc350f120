#include "run/engine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "run/intervals.hpp"

namespace orrery {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
/// Events of one replication: a million GPUs with a fault of each every few minutes for a month.
constexpr std::uint64_t kMostEvents = 10'000'000;

/// The classes that are simulated: with false alarms, and without what never touches the job.
FaultModel with_false_alarms(const FaultModel& model) {
  FaultModel all = model;
  for (FaultClass& c : all.classes) {
    if (c.effect == Effect::Masked) c.rate = Hertz(0);
  }
  FaultClass alarm;
  alarm.name = "false alarm";
  alarm.rate = Hertz(model.false_alarms / 1000 / 86400);
  alarm.repair = model.check;
  all.classes.push_back(alarm);
  return all;
}

double drawn_factor(const RunSpec& spec, std::uint64_t seed, int replication) {
  Rng rng = Rng::stream(seed, "run/step", static_cast<std::uint32_t>(replication));
  return spec.job.step_factor.draw(rng);
}

}  // namespace

RunEngine::RunEngine(const RunSpec& spec, const RunOptions& options, int replication,
                     const std::vector<Seconds>& intervals)
    : spec_(spec),
      options_(options),
      replication_(replication),
      classes_(with_false_alarms(spec.faults).classes),
      gpus_per_node_(spec.machine.gpus_per_node),
      job_gpus_(static_cast<double>(spec.job.gpus)),
      step_factor_(drawn_factor(spec, options.seed, replication)),
      clock_(spec.checkpoints, intervals, spec.job.work().raw() * step_factor_),
      pool_(spec.job.gpus / spec.machine.gpus_per_node, spec.policy.spares, spec.repair_crews),
      faults_(spec.machine, with_false_alarms(spec.faults), pool_.job_nodes(), pool_.nodes(), options.seed,
              static_cast<std::uint32_t>(replication), options.give_up * clock_.work()),
      replay_(spec, pool_.nodes(), options.seed, replication) {
  limit_ = options.give_up * clock_.work();
  result_.classes.resize(classes_.size() + 1);  // The last: recurrences of faults that were missed.
  group_count_ = std::max(1LL, pool_.job_nodes() / std::max(1LL, spec.policy.group_nodes));
  if (spec.maintenance.every > Seconds(0)) push(spec.maintenance.every.raw(), Kind::Maintenance);
}

void RunEngine::push(double at, Kind kind, long long subject, std::uint32_t number, int fault_class) {
  const bool brings =
      kind == Kind::Repaired || kind == Kind::Arrival || kind == Kind::GroupFound || kind == Kind::GroupReady;
  on_the_way_ += brings ? 1 : 0;
  queue_.push({at, pushed_++, kind, subject, number, fault_class});
}

double RunEngine::capacity() const {
  if (!has_groups() || groups_away_ == 0) return 1;
  const double left = static_cast<double>(group_count_ - groups_away_) / static_cast<double>(group_count_);
  return left < spec_.policy.least ? 0 : left * spec_.policy.penalty;
}

double RunEngine::speed() const {
  double slowest = 1;
  if (!slow_factors_.empty()) slowest = std::max(slowest, slow_factors_.rbegin()->first);
  return capacity() / redundancy() / slowest;
}

void RunEngine::book_running(double time) {
  Ledger& ledger = result_.ledger;
  const double v = speed();
  if (v <= 0) {
    ledger[GpuUse::WaitForNode] += job_gpus_ * time;  // Fewer groups than it goes on with.
    return;
  }
  const WorkClock::Stretch stretch = clock_.run(now_, time, v);
  const double factor = redundancy(), share = capacity(), computing = job_gpus_ * stretch.work / v;
  ledger[GpuUse::Useful] += job_gpus_ * stretch.work;
  ledger[GpuUse::Degraded] += computing * (1 - share);
  ledger[GpuUse::Redundant] += computing * share * (1 - 1 / factor);
  // Nothing but rounding is left of it where no part is slow.
  const double slowed = slow_factors_.empty() ? 0 : computing * share / factor - job_gpus_ * stretch.work;
  ledger[GpuUse::Slow] += slowed + job_gpus_ * stretch.interfered;
  ledger[GpuUse::Checkpoint] += job_gpus_ * stretch.blocked;
  if (slow_factors_.empty()) return;
  result_.classes[static_cast<std::size_t>(slow_factors_.rbegin()->second)].gpu_seconds += slowed;
}

void RunEngine::advance(double to) {
  const double time = to - now_;
  if (time > 0) {
    Ledger& ledger = result_.ledger;
    const auto away = static_cast<std::size_t>(pool_.away());
    if (result_.seconds_down.size() <= away) result_.seconds_down.resize(away + 1);
    result_.seconds_down[away] += time;
    // Spares that are about to fill places of the job count as the job's.
    const long long idle = std::max(0LL, pool_.ready() - pool_.missing());
    ledger[GpuUse::SpareIdle] += gpus_per_node_ * static_cast<double>(idle) * time;
    ledger[GpuUse::InRepair] += gpus_per_node_ * static_cast<double>(spec_.policy.spares - idle) * time;
    const auto book = [&](GpuUse use) {
      ledger[use] += job_gpus_ * time;
      if (ClassTally* tally = blamed()) tally->gpu_seconds += job_gpus_ * time;
    };
    switch (phase_) {
      case Phase::Running:
        book_running(time);
        break;
      case Phase::Stalled:
      case Phase::Detecting:
        book(GpuUse::Detection);
        break;
      case Phase::Saving:
        book(GpuUse::Checkpoint);
        break;
      case Phase::Maintenance:
        book(GpuUse::Maintenance);
        break;
      case Phase::Waiting:
        book(GpuUse::WaitForNode);
        result_.longest_wait = std::max(result_.longest_wait, to - phase_end_);
        break;
      case Phase::Restarting:
        book(GpuUse::Restart);
        break;
    }
  }
  now_ = to;
}

void RunEngine::end_phase() {
  switch (phase_) {
    case Phase::Stalled:
      phase_ = Phase::Running;
      blamed_ = -1;
      break;
    case Phase::Saving:
      clock_.save_here();
      stopped_at_ = now_;
      if (after_save_ == Phase::Maintenance) {
        Rng draws = Rng::stream(options_.seed, "run/maintenance", static_cast<std::uint32_t>(replication_), restarts_);
        phase_ = Phase::Maintenance;
        phase_end_ = now_ + spec_.maintenance.lasts.draw(draws);
      } else {
        Rng draws = Rng::stream(options_.seed, "run/again", static_cast<std::uint32_t>(replication_), again_++);
        const FaultClass& kind = classes_[static_cast<std::size_t>(save_class_)];
        if (pool_.in_service(to_evict_)) evict(to_evict_, save_class_, kind.repair.draw(draws));
        hardware_lost_ = true;
        try_restart();
      }
      break;
    case Phase::Maintenance:
    case Phase::Detecting:
      try_restart();
      break;
    case Phase::Restarting:
      end_restart();
      break;
    case Phase::Running:
      over_ = true;
      break;
    case Phase::Waiting:
      break;
  }
}

void RunEngine::dispatch(const Event& event) {
  switch (event.kind) {
    case Kind::Repaired:
      --on_the_way_;
      repaired(event);
      break;
    case Kind::Arrival:
      --on_the_way_;
      --ordered_;
      if (pool_.away() > 0) pool_.replace_any();
      nodes_returned();
      break;
    case Kind::Fails:
      strike_again(event);
      break;
    case Kind::SlowEnds:
      slow_ends(event.subject);
      break;
    case Kind::CorruptionFound:
      corruption_found(event.subject);
      break;
    case Kind::Maintenance:
      push(now_ + spec_.maintenance.every.raw(), Kind::Maintenance);
      // A job that is down already is maintained meanwhile.
      if (phase_ == Phase::Running || phase_ == Phase::Stalled) save_then(Phase::Maintenance, -1, -1);
      break;
    case Kind::GroupFound:
      --on_the_way_;
      group_found(event);
      break;
    case Kind::GroupReady:
      --on_the_way_;
      group_ready(event);
      break;
  }
}

bool RunEngine::is_stuck() const {
  const bool waits = phase_ == Phase::Waiting || (phase_ == Phase::Running && capacity() <= 0);
  return waits && on_the_way_ == 0;
}

void RunEngine::give_up(NeverReason reason) {
  result_.reason = reason;
  over_ = true;
}

Replication RunEngine::run() {
  while (!over_) {
    double phase_end = phase_end_;
    if (phase_ == Phase::Running) {
      const double v = speed();
      phase_end = v > 0 ? now_ + clock_.time_to_finish(v) : kNever;
    } else if (phase_ == Phase::Waiting) {
      phase_end = kNever;
    }
    const double queued = queue_.empty() ? kNever : queue_.top().at;
    const double first = std::min({phase_end, faults_.next().at, replay_.next_at(), queued});
    if (first > limit_ || ++events_ > kMostEvents || is_stuck()) {
      const bool stuck = is_stuck();
      if (!stuck) advance(std::min(first, limit_));
      give_up(stuck ? NeverReason::NoNodes : events_ > kMostEvents ? NeverReason::TooManyEvents : NeverReason::TooSlow);
      break;
    }
    advance(first);
    if (first == phase_end) {
      end_phase();
    } else if (first == queued) {
      const Event event = queue_.top();
      queue_.pop();
      dispatch(event);
    } else if (first == replay_.next_at()) {
      strike_from_trace(replay_.pop());
    } else {
      const Fault fault = faults_.next();
      faults_.pop();
      strike(fault);
    }
  }
  // Masked faults are as many as their rate says: nobody waits for them.
  for (std::size_t c = 0; c < spec_.faults.classes.size(); ++c) {
    const FaultClass& kind = spec_.faults.classes[c];
    if (kind.effect == Effect::Masked) result_.classes[c].faults = kind.rate.raw() * units_of_job(spec_, kind) * now_;
  }
  result_.events = static_cast<double>(events_);
  result_.finished = result_.reason == NeverReason::None;
  result_.progress = result_.finished ? 1 : clock_.position() / clock_.work();
  result_.wall = Seconds(now_);
  return std::move(result_);
}

}  // namespace orrery
