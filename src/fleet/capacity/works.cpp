#include "fleet/capacity/works.hpp"

#include <algorithm>
#include <cmath>

namespace orrery {
namespace {

constexpr double kMoment = 1;     // Seconds that rounding may leave over,
constexpr double kSliver = 1e-9;  // and power, as a share.

/// Time that is expected to be left of something that was planned to take `planned` and takes `actual`, of which `done`
/// is over: the pace seen so far counts by the share over which it was seen.
double left_to_expect(double done, double planned, double actual) {
  const double share = std::clamp(done / actual, 0.0, 1.0);
  return (1 - share) * ((1 - share) * planned + share * actual);
}

}  // namespace

FleetWorks::FleetWorks(const FleetModel& model, const FleetValues& values)
    : m_(&model),
      v_(&values),
      begun_(model.phases.size()),
      stood_(model.phases.size()),
      last_end_(model.phases.size()),
      open_(model.phases.size()),
      free_end_(model.phases.size()),
      held_(model.phases.size()),
      free_step_(model.phases.size()),
      missing_(model.sites.size()),
      halls_(model.sites.size()),
      site_begun_(model.sites.size()),
      hall_ahead_(model.sites.size() * model.steps),
      feed_ahead_(model.sites.size() * model.steps) {
  works_.reserve(model.phases.size() * model.steps);
}

void FleetWorks::reset() {
  works_.clear();
  // A phase begins at the earliest in the step behind the one that it follows, and is worked on since the step before.
  for (std::size_t i = 0; i < m_->phases.size(); ++i) {
    const std::size_t after = m_->phases[i].after;
    const bool first = after == FleetModel::kNoPhase;
    const double begun = first ? m_->phases[i].start : std::max(free_end_[after], m_->begin[free_step_[after]]);
    free_end_[i] = begun + v_->build[i];
    free_step_[i] = std::max(step_at_end(free_end_[i]), first ? 0 : std::min(free_step_[after] + 1, m_->steps));
  }
  std::fill(begun_.begin(), begun_.end(), 0.0);
  std::fill(stood_.begin(), stood_.end(), 0.0);
  std::fill(last_end_.begin(), last_end_.end(), 0.0);
  std::fill(open_.begin(), open_.end(), 0.0);
  std::fill(halls_.begin(), halls_.end(), 0.0);
  std::fill(site_begun_.begin(), site_begun_.end(), 0.0);
}

double FleetWorks::ready(std::size_t phase) const {
  const FleetModel::Phase& p = m_->phases[phase];
  return p.after == FleetModel::kNoPhase ? p.start : phase_end(p.after);
}

void FleetWorks::begin(std::size_t phase, double power, std::size_t step) {
  // What was begun before the plan is caught up with, and so is work that follows a phase which stood since the step
  // before; for work that waited for money, the clock starts now.
  const bool follows = m_->phases[phase].after != FleetModel::kNoPhase && begun_[phase] == 0;
  const double from = step == 0 ? -kNeverSeconds : m_->begin[follows ? step - 1 : step];
  const double begun = std::max(from, ready(phase));
  begun_[phase] += power;
  site_begun_[m_->phases[phase].site] += power;
  works_.push_back({phase, power, begun, begun, 0, 0, false});
}

double FleetWorks::doable(const Work& work, std::size_t step) const {
  if (work.standing) return 0;
  return std::clamp(length(work) - work.done, 0.0, std::max(0.0, m_->begin[step + 1] - work.clock));
}

double FleetWorks::due(std::size_t step) const {
  double sum = 0;
  for (const Work& work : works_) {
    if (!work.standing) sum += cost(work) * doable(work, step) / length(work);
  }
  return sum;
}

void FleetWorks::advance(std::size_t step, double share) {
  for (Work& work : works_) {
    if (work.standing) continue;
    const double left = length(work) - work.done;
    const double time = doable(work, step);
    work.done += share * time;
    work.stalled += (1 - share) * time;
    const double end = work.clock + (share < 1 ? time : left);
    work.clock = m_->begin[step + 1];
    if (work.done < length(work) - kMoment) continue;
    work.standing = true;
    halls_[m_->phases[work.phase].site] += work.power;
    stood_[work.phase] += work.power;
    // A phase stands when its last part does.
    last_end_[work.phase] = std::max(last_end_[work.phase], end);
    open_[work.phase] = std::max(last_end_[work.phase], m_->begin[step]);
  }
}

double FleetWorks::phase_end(std::size_t phase) const {
  return stood_[phase] >= m_->phases[phase].power * (1 - kSliver) ? last_end_[phase] : kNeverSeconds;
}

double FleetWorks::feed_power(std::size_t site, double at) const {
  if (m_->sites[site].power_with_building) return kNeverSeconds;
  double sum = 0;
  for (std::size_t i = 0; i < m_->feeds.size(); ++i) {
    const FleetModel::Feed& feed = m_->feeds[i];
    if (feed.site == site && feed.asked + v_->wait[i] <= at) sum += feed.power;
  }
  return sum;
}

double FleetWorks::energised(std::size_t site, double at) const {
  return std::min(halls_[site], feed_power(site, at));
}

double FleetWorks::unpaid() const {
  double sum = 0;
  for (const Work& work : works_) {
    if (!work.standing) sum += cost(work) * (1 - work.done / length(work));
  }
  return sum;
}

double FleetWorks::unpaid_until(double by, double now) const {
  double sum = 0;
  for (const Work& work : works_) {
    if (work.standing) continue;
    const double left = 1 - work.done / length(work);
    const double time = by - std::max(now, work.clock);
    sum += cost(work) * std::clamp(time / m_->phases[work.phase].planned, 0.0, left);
  }
  return sum;
}

double FleetWorks::expected_end(const Work& work, double now) const {
  if (work.standing) return now;
  return std::max(now, work.clock + left_to_expect(work.done, m_->phases[work.phase].planned, length(work)));
}

double FleetWorks::watt_seconds(double now, double until) const {
  double sum = 0;
  for (const Work& work : works_) sum += work.power * std::max(0.0, until - expected_end(work, now));
  return sum;
}

std::size_t FleetWorks::step_at_end(double time) const {
  const auto end = std::lower_bound(m_->begin.begin() + 1, m_->begin.end(), time);
  return static_cast<std::size_t>(end - m_->begin.begin()) - 1;
}

void FleetWorks::foresee(std::size_t step) {
  const std::size_t steps = m_->steps;
  const double now = m_->begin[step];
  std::fill(hall_ahead_.begin(), hall_ahead_.end(), 0.0);
  std::fill(feed_ahead_.begin(), feed_ahead_.end(), 0.0);
  const auto expect = [&](std::vector<double>& ahead, std::size_t site, double time, double power) {
    const std::size_t at = std::max(step, step_at_end(time));
    if (at < steps) ahead[site * steps + at] += power;
  };
  for (const Work& work : works_) expect(hall_ahead_, m_->phases[work.phase].site, expected_end(work, now), work.power);
  for (std::size_t i = 0; i < m_->feeds.size(); ++i) {
    const FleetModel::Feed& feed = m_->feeds[i];
    const double waited = std::max(0.0, now - feed.asked);
    const double left = waited < v_->wait[i] ? left_to_expect(waited, feed.planned, v_->wait[i]) : 0;
    expect(feed_ahead_, feed.site, std::max(now, feed.asked) + left, feed.power);
  }
  for (std::size_t site = 0; site < m_->sites.size(); ++site) {
    for (std::size_t at = step + 1; at < steps; ++at) {
      hall_ahead_[site * steps + at] += hall_ahead_[site * steps + at - 1];
      feed_ahead_[site * steps + at] += feed_ahead_[site * steps + at - 1];
    }
  }
}

double FleetWorks::expected(std::size_t site, std::size_t step) const {
  const std::size_t at = site * m_->steps + step;
  return m_->sites[site].power_with_building ? hall_ahead_[at] : std::min(hall_ahead_[at], feed_ahead_[at]);
}

void FleetWorks::find_causes(std::size_t step) {
  const double end = m_->begin[step + 1];
  std::fill(missing_.begin(), missing_.end(), Missing{});
  // What waited for money so long that it would be late at the planned pace too, or that would stand by now had none
  // been short, waits for money; all else is built more slowly than planned.
  const auto add = [&](std::size_t phase, double power, double held) {
    const FleetModel::Phase& p = m_->phases[phase];
    const bool for_money = (held > kMoment && p.start + p.planned + held > end) || free_step_[phase] <= step;
    Missing& of_site = missing_[p.site];
    (for_money ? of_site.money : of_site.build) += power;
  };
  const auto planned = [&](std::size_t phase) { return m_->phases[phase].start + m_->phases[phase].planned <= end; };
  const auto before = [&](std::size_t phase) {
    const std::size_t after = m_->phases[phase].after;
    return after == FleetModel::kNoPhase ? 0.0 : held_[after];
  };
  const auto waited = [&](const Work& work) {
    const FleetModel::Phase& phase = m_->phases[work.phase];
    return work.begun - (phase.after == FleetModel::kNoPhase ? phase.start : open_[phase.after]) + work.stalled;
  };
  std::fill(held_.begin(), held_.end(), 0.0);
  // Of the parts that are begun, the longest wait; a phase comes behind the one that it follows.
  for (const Work& work : works_) held_[work.phase] = std::max(held_[work.phase], waited(work));
  for (std::size_t i = 0; i < m_->phases.size(); ++i) {
    const double left = unbegun(i) > m_->phases[i].power * kSliver ? unbegun(i) : 0;
    // What stood in the course of this step is followed from the next on.
    const std::size_t after = m_->phases[i].after;
    const bool could_begin = after == FleetModel::kNoPhase
                                 ? ready(i) < end
                                 : phase_end(after) < kNeverSeconds && open_[after] < m_->begin[step];
    const double waits = left > 0 && could_begin ? end - ready(i) : 0;
    held_[i] = std::max(held_[i], waits) + before(i);
    if (!planned(i)) continue;
    missing_[m_->phases[i].site].planned += m_->phases[i].power;
    add(i, left, waits + before(i));
  }
  for (const Work& work : works_) {
    if (!work.standing && planned(work.phase)) add(work.phase, work.power, waited(work) + before(work.phase));
  }
  // Phases ahead of the plan make up for others of their site; what is ahead at one place makes up for nothing at
  // another.
  for (std::size_t site = 0; site < m_->sites.size(); ++site) {
    Missing& missing = missing_[site];
    const double lost = std::max(0.0, missing.planned - halls_[site]);
    missing.money = std::min(missing.money, lost);
    missing.build = std::min(missing.build, lost - missing.money);
    missing.power = std::max(0.0, missing.planned - lost - feed_power(site, end));
  }
}

}  // namespace orrery
