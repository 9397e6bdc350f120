#include "fleet/optimal/fleet_buildout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "fleet/capacity/engine.hpp"
#include "fleet/capacity/model.hpp"
#include "fleet/capacity/purse.hpp"
#include "fleet/capacity/values.hpp"

namespace orrery {
namespace {

constexpr double kMoment = 1;  // Second that rounding may leave over, as in the engine.

/// The numbers of one problem from the engine's own, all at their medians.
class Translation {
 public:
  Translation(const FleetSpec& spec, const BuildoutInput& input)
      : spec_(spec), input_(input), m_(fleet_model(spec)), purse_(m_, values_) {
    values_.draw(m_, std::vector<double>(m_.inputs.size(), 0.5));
    const double quantile = input.delay_quantile;
    for (std::size_t i = 0; i < m_.phases.size(); ++i)
      values_.build[i] = std::max(kDay, m_.phases[i].build.law.quantile(quantile));
    for (std::size_t i = 0; i < m_.feeds.size(); ++i) values_.wait[i] = m_.feeds[i].wait.law.quantile(quantile);
    purse_.reset();
  }

  BuildoutProblem problem() {
    for (std::size_t t = 0; t < m_.steps; ++t) {
      p_.steps.push_back(spec_.step == FleetStep::Quarter ? quarter_text(m_.dates[t]) : month_text(m_.dates[t]));
      p_.lengths.emplace_back(length(t));
    }
    for (std::size_t c = 0; c < m_.chips.size(); ++c) p_.chips.push_back(chip(c));
    for (std::size_t s = 0; s < m_.sites.size(); ++s) p_.sites.push_back(site(s));
    add_phases();
    add_money();
    add_rental();
    add_aim();
    return std::move(p_);
  }

 private:
  double length(std::size_t t) const { return m_.begin[t + 1] - m_.begin[t]; }
  double years(std::size_t t) const { return length(t) / kYear; }
  double middle_years(std::size_t t) const { return (m_.begin[t] + m_.begin[t + 1]) / 2 / kYear; }
  /// The first step that is over by a moment.
  int over_by(double moment) const {
    std::size_t step = 0;
    while (step < m_.steps && m_.begin[step + 1] < moment - kMoment) ++step;
    return static_cast<int>(step);
  }

  BuildoutChip chip(std::size_t c) const {
    const FleetModel::Chip& of = m_.chips[c];
    BuildoutChip chip;
    chip.name = of.name;
    chip.h100e = of.h100e;
    chip.usable = FlopsPerSecond(of.peak * values_.usable);
    chip.power = Watts(values_.power[c]);
    chip.block = std::max(1, input_.block);
    for (std::size_t t = 0; t < m_.steps; ++t) {
      const std::size_t i = c * m_.steps + t;
      chip.arrival.push_back(static_cast<int>(m_.step_of(m_.begin[t] + values_.lead[i])));
      chip.price.emplace_back(values_.price[i] * (1 + values_.cluster));
      chip.ceiling.push_back(values_.ceiling[i]);
      chip.revenue.emplace_back(of.h100e * purse_.earning(m_.begin[t] + length(t) / 2) * length(t));
      int retired = static_cast<int>(t) + 1;
      while (retired < static_cast<int>(m_.steps) &&
             m_.begin[static_cast<std::size_t>(retired) + 1] < m_.begin[t + 1] + values_.chip_life)
        ++retired;
      chip.retired.push_back(retired);
    }
    return chip;
  }

  BuildoutSite site(std::size_t s) const {
    const FleetModel::Site& of = m_.sites[s];
    BuildoutSite site;
    site.name = of.name;
    site.chip = of.chip == FleetModel::kAnyChip ? -1 : static_cast<int>(of.chip);
    for (std::size_t t = 0; t < m_.steps; ++t) {
      double feed = of.power_with_building ? kNeverSeconds : 0;
      for (std::size_t i = 0; i < m_.feeds.size(); ++i) {
        if (m_.feeds[i].site == s && m_.feeds[i].asked + values_.wait[i] <= m_.begin[t + 1]) feed += m_.feeds[i].power;
      }
      site.feed.emplace_back(feed);
    }
    for (const FleetModel::Chip& chip : m_.chips) {
      std::vector<Dollars>& electricity = site.electricity.emplace_back();
      for (std::size_t t = 0; t < m_.steps; ++t)
        electricity.emplace_back(chip.it_power * values_.draw_factor * values_.electricity[s] * length(t));
    }
    return site;
  }

  /// Phases in the order of their sites, each behind the one that it follows.
  void add_phases() {
    std::vector<int> places(m_.phases.size(), -1);
    ends_.resize(m_.sites.size());
    std::vector<std::size_t> left(m_.phases.size());
    for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
    // The engine's list is by planned dates: what follows may stand before, where both have the same.
    while (!left.empty()) {
      const auto next = std::find_if(left.begin(), left.end(), [&](std::size_t i) {
        return m_.phases[i].after == FleetModel::kNoPhase || places[m_.phases[i].after] >= 0;
      });
      if (next == left.end()) return;
      const std::size_t i = *next;
      left.erase(next);
      std::vector<BuildoutPhase>& phases = p_.sites[m_.phases[i].site].phases;
      places[i] = static_cast<int>(phases.size());
      add_phase(i, m_.phases[i].after == FleetModel::kNoPhase ? -1 : places[m_.phases[i].after]);
    }
  }

  /// The model has a site's phases in the order of their dates, and equal ones as the spec has them.
  int origin_of(std::size_t i) {
    const FleetModel::Phase& of = m_.phases[i];
    const std::vector<FleetPhase>& written = spec_.sites[of.site].phases;
    taken_.resize(m_.sites.size());
    taken_[of.site].resize(written.size(), false);
    for (std::size_t k = 0; k < written.size(); ++k) {
      const bool follows = !written[k].start.has_value();
      const bool same = !taken_[of.site][k] && written[k].name == of.name && written[k].power.raw() == of.power &&
                        follows == (of.after != FleetModel::kNoPhase) &&
                        (follows || (*written[k].start - spec_.start).raw() == of.start);
      if (!same) continue;
      taken_[of.site][k] = true;
      return static_cast<int>(k);
    }
    ORRERY_CHECK(false, "the model's phases are those of the plan");
  }

  void add_phase(std::size_t i, int after) {
    const FleetModel::Phase& of = m_.phases[i];
    BuildoutPhase phase{of.name, Watts(of.power), Dollars(of.power * values_.hall_cost), after, {}, origin_of(i)};
    std::vector<std::vector<double>>& ends = ends_[of.site];
    ends.emplace_back();
    const auto add = [&](std::size_t t, double begun, int follows) {
      const double end = begun + values_.build[i];
      BuildoutStart start{static_cast<int>(t), std::max(static_cast<int>(t), over_by(end)), {}, follows};
      // What was built before the plan is paid in its first step.
      double paid = 0;
      for (std::size_t k = t; k < m_.steps && paid < 1; ++k) {
        const double share = std::clamp((m_.begin[k + 1] - begun) / values_.build[i], paid, 1.0);
        start.shares.push_back(share - paid);
        paid = share;
      }
      phase.starts.push_back(std::move(start));
      ends.back().push_back(end);
    };
    for (std::size_t t = 0; t < m_.steps; ++t) {
      if (after < 0) {
        if (of.start < m_.begin[t + 1]) add(t, t == 0 ? of.start : std::max(m_.begin[t], of.start), -1);
        continue;
      }
      const BuildoutPhase& before = p_.sites[of.site].phases[static_cast<std::size_t>(after)];
      const std::vector<double>& before_ends = ends[static_cast<std::size_t>(after)];
      for (std::size_t b = 0; b < before.starts.size(); ++b) {
        if (before.starts[b].stands + 1 == static_cast<int>(t)) add(t, before_ends[b], static_cast<int>(b));
      }
      add(t, m_.begin[t], -1);
    }
    p_.sites[of.site].phases.push_back(std::move(phase));
  }

  void add_money() {
    BuildoutMoney& money = p_.money;
    double received = 0, promised = 0;
    for (std::size_t t = 0; t < m_.steps; ++t) {
      const double end = m_.begin[t + 1];
      const double equity = purse_.pledged(end - values_.equity_delay);
      money.equity.emplace_back(std::max(0.0, equity - received));
      received = std::max(received, equity);
      promised = std::max(promised, purse_.promised(end - values_.tranche_delay, end));
      money.promised.emplace_back(promised);
      money.interest.push_back(values_.interest * years(t));
      money.repaid.push_back(length(t) / m_.debt_term);
      money.upkeep.push_back(values_.operations * years(t));
      money.worth.push_back(std::pow(1 + input_.discount.value_or(values_.capital_rate), -middle_years(t)));
    }
    money.debt_share = m_.debt_share;
    money.reinvest = m_.reinvest;
    money.deposit = m_.deposit;
  }

  void add_rental() {
    if (!input_.rental) return;
    for (std::size_t t = 0; t < m_.steps; ++t) {
      const double price = input_.rental->price.raw() * std::pow(1 + input_.rental->change, middle_years(t));
      p_.rental.price.emplace_back(price * length(t));
      p_.rental.ceiling.push_back(input_.rental->most);
    }
    p_.rental.usable = h100_usable();
  }

  /// Of an H100-equivalent: what the menu's chips do on average, chip by chip as their 16-bit over their 8-bit peak.
  FlopsPerSecond h100_usable() const {
    double sum = 0;
    for (const FleetModel::Chip& chip : m_.chips) sum += chip.peak / chip.h100e;
    return FlopsPerSecond(values_.usable * sum / std::max<double>(1, static_cast<double>(m_.chips.size())));
  }

  void add_aim() {
    BuildoutAim& aim = p_.aim;
    aim.goal = input_.goal;
    aim.delay_quantile = input_.delay_quantile;
    aim.by = static_cast<int>(m_.steps) - 1;
    if (input_.by) {
      const double moment = (*input_.by - spec_.start).raw();
      aim.by = -1;
      while (aim.by + 1 < static_cast<int>(m_.steps) && m_.begin[static_cast<std::size_t>(aim.by) + 2] <= moment)
        ++aim.by;
    }
    aim.h100e = input_.h100e;
    aim.flop = input_.flop;
    for (std::size_t t = 0; t < m_.steps; ++t)
      aim.flop_worth.push_back(std::pow(1 + input_.flop_discount, -middle_years(t)));
    aim.whole_phases = input_.whole_phases;
    aim.whole_blocks = input_.block > 0;
  }

  const FleetSpec& spec_;
  const BuildoutInput& input_;
  FleetModel m_;
  FleetValues values_;
  FleetPurse purse_;
  BuildoutProblem p_;
  std::vector<std::vector<std::vector<double>>> ends_;  ///< [site][phase][start]: when its halls stand.
  std::vector<std::vector<bool>> taken_;                ///< [site][phase of the spec].
};

const BuildoutStart& start_of(const BuildoutProblem& problem, const BuildoutPlan::Start& start) {
  return problem.sites[static_cast<std::size_t>(start.site)]
      .phases[static_cast<std::size_t>(start.phase)]
      .starts[static_cast<std::size_t>(start.index)];
}

/// Appends the works of a start, and behind them those that follow on their end.
void add_works(const FleetSpec& spec, const FleetModel& model, const BuildoutProblem& problem, const BuildoutPlan& plan,
               const BuildoutPlan::Start& start, std::vector<FleetPhase>& phases) {
  const auto s = static_cast<std::size_t>(start.site);
  const BuildoutPhase& of = problem.sites[s].phases[static_cast<std::size_t>(start.phase)];
  const std::vector<FleetPhase>& written = spec.sites[s].phases;
  const FleetPhase& phase = written[static_cast<std::size_t>(of.origin)];
  FleetPhase begun = phase;
  const auto step = static_cast<std::size_t>(start.begin);
  begun.name = fmt::format("{}{}{}", of.name, of.name.empty() ? "" : " of ", problem.steps[step]);
  begun.power *= start.share;
  if (start_of(problem, start).follows >= 0) {
    begun.start = std::nullopt;
  } else {
    begun.start = step == 0 ? phase.start : std::max(model.dates[step], phase.start.value_or(model.dates[step]));
  }
  phases.push_back(std::move(begun));
  for (const BuildoutPlan::Start& next : plan.starts) {
    const bool here = next.site == start.site && start_of(problem, next).follows == start.index &&
                      problem.sites[s].phases[static_cast<std::size_t>(next.phase)].after == start.phase;
    if (here) add_works(spec, model, problem, plan, next, phases);
  }
}

}  // namespace

BuildoutProblem buildout_problem(const FleetSpec& spec, const BuildoutInput& input) {
  return Translation(spec, input).problem();
}

FleetSpec planned_fleet(const FleetSpec& spec, const BuildoutProblem& problem, const BuildoutPlan& plan) {
  const FleetModel model = fleet_model(spec);
  FleetSpec planned = spec;
  planned.buying = FleetBuying::Plan;
  planned.orders.clear();
  for (const BuildoutPlan::Order& order : plan.orders) {
    planned.orders.push_back({model.dates[static_cast<std::size_t>(order.ordered)],
                              problem.chips[static_cast<std::size_t>(order.chip)].name, order.count});
  }
  for (std::size_t s = 0; s < planned.sites.size(); ++s) {
    planned.sites[s].phases.clear();
    for (const BuildoutPlan::Start& start : plan.starts) {
      const bool first = start.site == static_cast<int>(s) && start_of(problem, start).follows < 0;
      if (first) add_works(spec, model, problem, plan, start, planned.sites[s].phases);
    }
  }
  return planned;
}

PolicyFleet median_fleet(const FleetSpec& spec, int by) {
  const FleetModel model = fleet_model(spec);
  FleetEngine engine(model);
  FleetFuture future;
  engine.play(std::vector<double>(model.inputs.size(), 0.5), future);
  const auto step = static_cast<std::size_t>(by);
  PolicyFleet fleet;
  fleet.h100e = future.at(FleetSeries::H100e, step);
  fleet.spent = future.at(FleetSeries::Spent, step);
  for (std::size_t t = 0; t < step; ++t)
    fleet.flop += future.at(FleetSeries::UsableFlops, t) * (model.begin[t + 2] - model.begin[t + 1]);
  fleet.pays_in_time = future.ledger.unpaid_interest <= Dollars(1);
  // What is not paid, waits or stops only when the cash is gone.
  for (std::size_t t = 0; t <= step; ++t) {
    const bool begun = future.at(FleetSeries::Ordered, t) > 0 || future.at(FleetSeries::Spent, t) > 0;
    if (begun && future.at(FleetSeries::Cash, t) < 1) fleet.pays_in_time = false;
  }
  return fleet;
}

}  // namespace orrery
