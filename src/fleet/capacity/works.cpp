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
      halls_(model.sites.size()),
      site_begun_(model.sites.size()),
      hall_ahead_(model.sites.size() * model.steps),
      feed_ahead_(model.sites.size() * model.steps) {
  works_.reserve(model.phases.size() * model.steps);
}

void FleetWorks::reset() {
  works_.clear();
  std::fill(begun_.begin(), begun_.end(), 0.0);
  std::fill(stood_.begin(), stood_.end(), 0.0);
  std::fill(last_end_.begin(), last_end_.end(), 0.0);
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
  const double from = step == 0 ? -kNever : m_->begin[follows ? step - 1 : step];
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
  }
}

double FleetWorks::phase_end(std::size_t phase) const {
  return stood_[phase] >= m_->phases[phase].power * (1 - kSliver) ? last_end_[phase] : kNever;
}

double FleetWorks::feed_power(std::size_t site, double at) const {
  if (m_->sites[site].power_with_building) return kNever;
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

void FleetWorks::foresee(std::size_t step) {
  const std::size_t steps = m_->steps;
  const double now = m_->begin[step];
  std::fill(hall_ahead_.begin(), hall_ahead_.end(), 0.0);
  std::fill(feed_ahead_.begin(), feed_ahead_.end(), 0.0);
  const auto expect = [&](std::vector<double>& ahead, std::size_t site, double time, double power) {
    std::size_t at = step;
    while (at < steps && m_->begin[at + 1] < time) ++at;
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

FleetWorks::Missing FleetWorks::missing(std::size_t site, std::size_t step) const {
  const double end = m_->begin[step + 1];
  Missing missing;
  for (const FleetModel::Phase& phase : m_->phases) {
    if (phase.site == site && phase.start + phase.planned <= end) missing.planned += phase.power;
  }
  // Begun in time for the plan, but for delays of the phase before; and standing, had no money been short.
  double in_time = 0, unhindered = 0;
  for (std::size_t i = 0; i < m_->phases.size(); ++i) {
    if (m_->phases[i].site == site && ready(i) > m_->begin[step]) in_time += unbegun(i);
  }
  for (const Work& work : works_) {
    const FleetModel::Phase& phase = m_->phases[work.phase];
    if (phase.site != site) continue;
    if (phase.start + (work.begun - ready(work.phase)) + phase.planned <= end) in_time += work.power;
    if (work.standing || work.done + work.stalled >= length(work) - kMoment) unhindered += work.power;
  }
  // Down from the plan, cause by cause; what is ahead of the plan at one place makes up for nothing at another.
  double left = missing.planned;
  const auto down_to = [&](double level) {
    const double lost = std::max(0.0, left - level);
    left -= lost;
    return lost;
  };
  missing.money = down_to(std::max(in_time, unhindered));
  missing.build = down_to(unhindered);
  missing.money += down_to(halls_[site]);
  missing.power = down_to(feed_power(site, end));
  return missing;
}

}  // namespace orrery
