#include "fleet/capacity/engine.hpp"

#include <algorithm>
#include <array>

#include "base/unit_table.hpp"
#include "fleet/economics.hpp"

namespace orrery {
namespace {

/// Of what was planned: less is not worth a name.
constexpr double kNegligible = 0.01;
constexpr double kSmallestWork = 1;  // Watt.

}  // namespace

FleetEngine::FleetEngine(const FleetModel& model)
    : m_(model), purse_(model, values_), works_(model, values_), chips_(model, values_) {}

/// Power of a phase that can be begun at a step: what is pledged by the time its halls and chips are paid covers them
/// and all that was begun before, and what is pledged until the end covers what operation and loans cost more than the
/// fleet earns, new chips for old ones among it.
double FleetEngine::startable(const FleetModel::Phase& phase, std::size_t step) const {
  const double now = m_.begin[step], end = m_.horizon(), done = now + phase.planned;
  const std::size_t group = chips_.group_of(phase.site);
  const double hardware = chips_.cost_per_watt(group, step);
  const double capital = values_.hall_cost + hardware;
  const double committed = works_.unpaid() + chips_.owed() + chips_.unordered(step, done, works_);
  const double own_share = 1 - m_.debt_share;
  const auto watts = [&](double own, double loans, double loss) {
    if (capital + loss <= 0) return kNeverSeconds;  // All is free.
    return std::min((own - own_share * committed) / (own_share * capital + loss),
                    (own + loans - committed) / (capital + loss));
  };
  const double by_delivery = watts(purse_.pledged(done), purse_.promised(done, now), 0);

  const double loans = purse_.promised(end, now);
  const double service = loans > 0 ? m_.debt_share * capital * (values_.interest / kYear + 1 / m_.debt_term) : 0.0;
  const double operation = chips_.it_per_watt(group, step) * values_.draw_factor * values_.electricity[phase.site] +
                           values_.operations * hardware / kYear;
  const double earned = chips_.h100e_per_watt(group, step) * purse_.earning(std::min(done, end), now);
  // Chips that will not last to the end are replaced.
  const double life = m_.chip_life.planned();
  const double replacement = end - done >= life ? hardware / life : 0.0;
  const double loss = std::max(0.0, operation + service + replacement - earned);
  const double by_end =
      watts(purse_.pledged(end) - loss * works_.watt_seconds(now, end), loans, loss * std::max(0.0, end - done));
  return std::max(0.0, std::min(by_delivery, by_end));
}

void FleetEngine::begin_works(std::size_t step) {
  for (std::size_t i = 0; i < m_.phases.size(); ++i) {
    const FleetModel::Phase& phase = m_.phases[i];
    const double left = works_.unbegun(i);
    if (left < kSmallestWork || works_.ready(i) >= m_.begin[step + 1]) continue;
    // A plan that was made is replayed: revenue to come may pay for what the money pledged does not.
    const double power = m_.buying == FleetBuying::Plan ? left : std::min(left, startable(phase, step));
    if (power >= kSmallestWork) works_.begin(i, power, step);
  }
}

void FleetEngine::build(std::size_t step) {
  const double due = works_.due(step);
  const double share = due > 0 ? std::min(1.0, purse_.payable() / due) : 1.0;
  if (due > 0) purse_.pay_halls(share * due);
  works_.advance(step, share);
}

void FleetEngine::explain(std::size_t step, FleetFuture& future) const {
  std::array<double, kFleetLimits> missing{};
  const auto lost = [&](FleetLimit limit) -> double& { return missing[static_cast<std::size_t>(limit)]; };
  double planned = 0, energised = 0, used = 0;
  for (std::size_t site = 0; site < m_.sites.size(); ++site) {
    const FleetWorks::Missing& part = works_.missing(site);
    planned += part.planned;
    lost(FleetLimit::Money) += part.money;
    lost(FleetLimit::Build) += part.build;
    lost(FleetLimit::Power) += part.power;
    energised += works_.energised(site, m_.begin[step + 1]);
    used += chips_.used(site);
  }
  // Halls that stand empty, cause by cause; what is left of them waits for chips on their way.
  double empty = std::max(0.0, energised - used);
  const auto take = [&](FleetLimit limit, double power) {
    const double part = std::min(empty, power);
    lost(limit) += part;
    empty -= part;
  };
  take(FleetLimit::Money, chips_.unpaid_power());
  take(FleetLimit::Money, chips_.unordered_for_money(step));
  take(FleetLimit::Chips, chips_.unsupplied_power());
  take(FleetLimit::Chips, chips_.unordered_for_supply(step));
  take(FleetLimit::LeadTime, empty);
  lost(FleetLimit::Money) += (1 - running_) * used;

  double total = 0;
  std::size_t largest = 0;
  for (std::size_t i = 0; i < kFleetLimits; ++i) {
    future.missing_at(static_cast<FleetLimit>(i), step) = missing[i];
    total += missing[i];
    if (missing[i] > missing[largest]) largest = i;
  }
  const bool as_planned = total <= kNegligible * std::max(planned, energised);
  future.binding[step] = as_planned ? FleetLimit::Plan : static_cast<FleetLimit>(largest);
}

void FleetEngine::record(std::size_t step, FleetFuture& future) const {
  const auto set = [&](FleetSeries s, double value) { future.at(s, step) = value; };
  double halls = 0, energised = 0;
  for (std::size_t site = 0; site < m_.sites.size(); ++site) {
    halls += works_.hall_power(site);
    energised += works_.energised(site, m_.begin[step + 1]);
  }
  const FleetChipBooks::Totals totals = chips_.totals();
  const FleetLedger& ledger = purse_.ledger();
  set(FleetSeries::Facility, halls);
  set(FleetSeries::Energised, energised);
  set(FleetSeries::Used, running_ * totals.power);
  set(FleetSeries::Ordered, totals.ordered);
  set(FleetSeries::InTransit, totals.transit);
  set(FleetSeries::Idle, totals.idle + (1 - running_) * totals.on);
  set(FleetSeries::On, running_ * totals.on);
  set(FleetSeries::Retired, totals.retired);
  set(FleetSeries::H100e, running_ * totals.h100e);
  set(FleetSeries::PeakFlops, running_ * totals.peak);
  set(FleetSeries::UsableFlops, running_ * totals.peak * values_.usable);
  set(FleetSeries::Meter, running_ * totals.meter);
  set(FleetSeries::Cash, purse_.cash());
  set(FleetSeries::Debt, purse_.debt());
  set(FleetSeries::Spent, (ledger.halls + ledger.chips + ledger.cluster).raw());
}

void FleetEngine::add_year_cost(std::size_t step, const FleetPurse::Season& season, FleetFuture& future) const {
  if (m_.begin[step] < m_.horizon() - kYear - kDay) return;
  const double years = (m_.begin[step + 1] - m_.begin[step]) / kYear;
  const auto add = [&](FleetCost cost, double dollars) { future.year_cost[static_cast<std::size_t>(cost)] += dollars; };
  double halls = 0;
  for (std::size_t site = 0; site < m_.sites.size(); ++site) halls += works_.hall_power(site) * values_.hall_cost;
  const FleetChipBooks::Totals totals = chips_.totals();
  const double hardware =
      totals.hardware * years * capital_recovery_factor(values_.capital_rate, Seconds(values_.chip_life));
  add(FleetCost::Halls, halls * years * capital_recovery_factor(values_.capital_rate, Seconds(values_.hall_life)));
  add(FleetCost::Chips, hardware / (1 + values_.cluster));
  add(FleetCost::Cluster, hardware * values_.cluster / (1 + values_.cluster));
  add(FleetCost::Electricity, running_ * season.electricity);
  add(FleetCost::Operations, running_ * season.operations);
  future.year_hours += running_ * totals.h100e * years * kYear / kHour;
}

void FleetEngine::play(std::span<const double> quantiles, FleetFuture& future) {
  values_.draw(m_, quantiles);
  purse_.reset();
  works_.reset();
  chips_.reset();
  future.steps = m_.steps;
  future.series.assign(kFleetSeries * m_.steps, 0.0);
  future.missing.assign(kFleetLimits * m_.steps, 0.0);
  future.binding.assign(m_.steps, FleetLimit::Plan);
  future.year_cost.fill(0);
  future.year_hours = 0;
  for (std::size_t step = 0; step < m_.steps; ++step) {
    const double length = m_.begin[step + 1] - m_.begin[step];
    purse_.receive(step);
    const FleetChipBooks::Totals totals = chips_.totals();
    const FleetPurse::Season season{totals.h100e * purse_.earning(m_.begin[step] + length / 2) * length,
                                    totals.electricity * length, values_.operations * totals.hardware * length / kYear};
    running_ = purse_.serve(step, season);
    add_year_cost(step, season, future);
    future.at(FleetSeries::Revenue, step) = running_ * season.revenue;
    future.at(FleetSeries::OperatingCost, step) = running_ * season.cost();
    future.at(FleetSeries::Interest, step) = purse_.interest_due();
    begin_works(step);
    works_.foresee(step);
    chips_.order(step, works_, purse_);
    build(step);
    chips_.deliver(step, purse_);
    chips_.retire(step);
    chips_.place(step, works_);
    works_.find_causes(step);
    explain(step, future);
    record(step, future);
  }
  future.ledger = purse_.ledger();
  future.ledger.cash = Dollars(purse_.cash());
  future.phases.resize(m_.phases.size());
  future.feeds.resize(m_.feeds.size());
  for (std::size_t i = 0; i < m_.phases.size(); ++i) future.phases[i] = works_.phase_end(i);
  for (std::size_t i = 0; i < m_.feeds.size(); ++i) {
    const double there = m_.feeds[i].asked + values_.wait[i];
    future.feeds[i] = there <= m_.horizon() ? there : kNeverSeconds;
  }
}

}  // namespace orrery
