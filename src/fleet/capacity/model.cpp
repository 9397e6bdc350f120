#include "fleet/capacity/model.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"

namespace orrery {
namespace {

double seconds_from(Date start, Date date) {
  return (date - start).raw();
}

/// Collects inputs that are drawn as they are named.
class InputList {
 public:
  explicit InputList(std::vector<UncertainInput>& inputs) : inputs_(&inputs) {}

  FleetDrawn drawn(const std::string& name, const Law& law, Dimension dimension) {
    if (law.is_fixed()) return {law, -1};
    return {law, add({name, law, dimension})};
  }
  /// How high values lie in their laws, for many at once.
  int level(const std::string& name, bool matters) {
    return matters ? add({name, Law::uniform(0, 1), Dimension::None}) : -1;
  }

 private:
  int add(UncertainInput input) {
    inputs_->push_back(std::move(input));
    return static_cast<int>(inputs_->size()) - 1;
  }

  std::vector<UncertainInput>* inputs_;
};

bool varies(const DatedSeries& series) {
  return std::any_of(series.points.begin(), series.points.end(),
                     [](const DatedValue& point) { return !point.value.is_fixed(); });
}

std::vector<Date> step_dates(const FleetSpec& spec) {
  std::vector<Date> dates = {spec.start};
  for (int i = 0; i < spec.steps; ++i)
    dates.push_back(spec.step == FleetStep::Quarter ? next_quarter(dates.back()) : next_month(dates.back()));
  return dates;
}

void add_economics(const FleetSpec& spec, FleetModel& m, InputList& inputs) {
  const Economics& e = spec.economics;
  m.hall_cost = inputs.drawn("economics.facility_capex", e.facility_capex, Dimension::PowerPrice);
  m.hall_life = inputs.drawn("economics.facility_life", e.facility_life, Dimension::Time);
  m.chip_life = inputs.drawn("economics.hardware_life", e.hardware_life, Dimension::Time);
  m.network = inputs.drawn("economics.network_overhead", e.network_overhead, Dimension::None);
  m.server = inputs.drawn("economics.server_overhead", e.server_overhead, Dimension::None);
  m.capital_rate = inputs.drawn("economics.cost_of_capital", e.cost_of_capital, Dimension::None);
  m.pue = inputs.drawn("economics.pue", e.pue, Dimension::None);
  m.power_use = inputs.drawn("economics.power_use", e.power_use, Dimension::None);
  m.electricity = inputs.drawn("economics.electricity_price", e.electricity_price, Dimension::EnergyPrice);
  m.operations = inputs.drawn("economics.operations", e.operations, Dimension::None);
}

void add_chips(const FleetSpec& spec, FleetModel& m, InputList& inputs) {
  const auto any = [&](auto matters) { return std::any_of(spec.offers.begin(), spec.offers.end(), matters); };
  m.price_level = inputs.level("offers.price", any([](const FleetOffer& o) { return varies(o.offer.price); }));
  m.price_growth =
      inputs.level("offers.price_growth", any([](const FleetOffer& o) { return !o.offer.price.growth.is_fixed(); }));
  m.output_level = inputs.level("offers.output", any([](const FleetOffer& o) { return varies(o.offer.output); }));
  m.output_growth =
      inputs.level("offers.output_growth", any([](const FleetOffer& o) { return !o.offer.output.growth.is_fixed(); }));
  m.lead_level = inputs.level("offers.lead_time", any([](const FleetOffer& o) { return varies(o.offer.lead_time); }));
  m.power_level = inputs.level("offers.facility_power",
                               any([](const FleetOffer& o) { return !o.offer.facility_power.is_fixed(); }));
  const auto together = [&](int a, int b, double rho) {
    if (a >= 0 && b >= 0 && rho != 0) m.correlations.push_back({a, b, rho});
  };
  together(m.price_level, m.lead_level, spec.shared_scarcity);
  together(m.price_level, m.output_level, -spec.shared_scarcity);
  together(m.lead_level, m.output_level, -spec.shared_scarcity);
  const std::span<const Date> begins = std::span<const Date>(m.dates).first(m.steps);
  const EconomicValues medians = values_of(spec.economics);
  for (const FleetOffer& o : spec.offers) {
    FleetModel::Chip& chip = m.chips.emplace_back();
    chip.name = o.offer.name;
    chip.h100e = h100_equivalents(o.offer);
    chip.peak = o.offer.hardware.peak_bf16.raw();
    chip.it_power = o.offer.it_power.raw();
    chip.launch = seconds_from(spec.start, o.offer.launch);
    chip.share = o.share;
    chip.power = {o.offer.facility_power, o.offer.facility_power.is_fixed() ? -1 : m.power_level};
    chip.price = FleetTrack(o.offer.price, begins);
    // In the middle of what a step has behind the launch.
    std::vector<Date> middles;
    for (std::size_t t = 0; t < m.steps; ++t) {
      const Date from = std::clamp(o.offer.launch, m.dates[t], m.dates[t + 1]);
      middles.push_back(from + (m.dates[t + 1] - from) * 0.5);
    }
    chip.output = FleetTrack(o.offer.output, middles);
    chip.lead = FleetTrack(o.offer.lead_time, begins);
    for (std::size_t t = 0; t < m.steps; ++t)
      chip.worth.push_back(chip_cost(o.offer, m.dates[t], medians, 1).total().raw() / chip.peak);
  }
}

void rank_chips(FleetModel& m) {
  m.newest.resize(m.chips.size());
  std::iota(m.newest.begin(), m.newest.end(), std::size_t{0});
  std::stable_sort(m.newest.begin(), m.newest.end(),
                   [&](std::size_t a, std::size_t b) { return m.chips[a].launch > m.chips[b].launch; });
  for (std::size_t t = 0; t < m.steps; ++t) {
    std::vector<std::size_t> rank = m.newest;
    if (m.buying == FleetBuying::Value) {
      std::stable_sort(rank.begin(), rank.end(),
                       [&](std::size_t a, std::size_t b) { return m.chips[a].worth[t] < m.chips[b].worth[t]; });
    }
    m.ranks.insert(m.ranks.end(), rank.begin(), rank.end());
  }
}

std::size_t chip_place(const FleetModel& m, const std::string& name) {
  const auto found = std::find_if(m.chips.begin(), m.chips.end(), [&](const auto& chip) { return chip.name == name; });
  ORRERY_CHECK(found != m.chips.end(), "a plan names chips on its menu");
  return static_cast<std::size_t>(found - m.chips.begin());
}

/// By the start of work; a phase still follows the one that it followed.
void order_phases(FleetModel& m) {
  std::vector<std::size_t> order(m.phases.size()), place(m.phases.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return m.phases[a].start < m.phases[b].start; });
  std::vector<FleetModel::Phase> sorted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    sorted.push_back(m.phases[order[i]]);
    place[order[i]] = i;
  }
  for (FleetModel::Phase& phase : sorted) {
    if (phase.after != FleetModel::kNoPhase) phase.after = place[phase.after];
  }
  m.phases = std::move(sorted);
}

void add_sites(const FleetSpec& spec, FleetModel& m, InputList& inputs) {
  bool delays = false, waits = false;
  for (const FleetSite& site : spec.sites) {
    for (const FleetPhase& phase : site.phases) delays = delays || !phase.build.is_fixed();
    for (const auto* feeds : {&site.grid, &site.on_site})
      for (const FleetFeed& feed : *feeds) waits = waits || !feed.wait.is_fixed();
  }
  m.shared_delay = spec.shared_delay;
  m.shared_build = inputs.level("build.all", delays);
  m.shared_feed = inputs.level("power.all", waits);
  for (const FleetSite& site : spec.sites) {
    const std::size_t at = m.sites.size();
    m.sites.push_back({site.name, site.power_with_building, site.electricity.value_or(spec.economics.electricity_price),
                       site.chip.empty() ? FleetModel::kAnyChip : chip_place(m, site.chip)});
    double stands = 0;  // The phase before, as planned.
    for (const FleetPhase& phase : site.phases) {
      const std::string name = phase.name.empty() ? site.name : site.name + " " + phase.name;
      FleetModel::Phase& p = m.phases.emplace_back();
      p.site = at;
      p.name = phase.name;
      p.power = phase.power.raw();
      p.planned = std::max(kDay, phase.build.quantile(0.5));
      p.start = phase.start ? seconds_from(spec.start, *phase.start) : stands;
      if (!phase.start) p.after = m.phases.size() - 2;
      p.build = inputs.drawn("build." + name, phase.build, Dimension::Time);
      stands = p.start + p.planned;
    }
    const auto add_feeds = [&](const std::vector<FleetFeed>& feeds, bool on_site) {
      for (const FleetFeed& feed : feeds) {
        m.feeds.push_back({at, feed.name, on_site, feed.power.raw(), seconds_from(spec.start, feed.asked),
                           feed.wait.quantile(0.5),
                           inputs.drawn("power." + site.name + " " + feed.name, feed.wait, Dimension::Time)});
      }
    };
    add_feeds(site.grid, false);
    add_feeds(site.on_site, true);
  }
  order_phases(m);
}

void add_money(const FleetSpec& spec, FleetModel& m, InputList& inputs) {
  const FleetMoney& money = spec.money;
  const auto from = [&](Date date) { return seconds_from(spec.start, date); };
  for (const FleetEquity& e : money.equity) {
    const double date = from(e.date);
    m.equity.push_back({e.amount.raw(), date, e.until ? std::max(date, from(*e.until)) : date});
  }
  for (std::size_t i = 0; i < money.tenants.size(); ++i) {
    const FleetTenant& t = money.tenants[i];
    const Law stays = t.stays.value_or(Law::fixed(kNeverSeconds));
    m.tenants.push_back({t.share, from(t.from), t.until ? from(*t.until) : kNeverSeconds, t.rent.raw(),
                         inputs.drawn("money.tenants." + t.name, stays, Dimension::Time)});
  }
  for (const FleetTranche& t : money.tranches) {
    std::size_t tenant = FleetModel::kNoTenant;
    for (std::size_t i = 0; i < money.tenants.size(); ++i) {
      if (!t.tenant.empty() && money.tenants[i].name == t.tenant) tenant = i;
    }
    m.tranches.push_back({t.amount.raw(), from(t.date), tenant});
  }
  m.debt_share = money.debt_share;
  m.debt_term = money.debt_term.raw() > 0 ? money.debt_term.raw() : kNeverSeconds;
  m.rent_change = money.rent_change;
  m.let = money.let;
  m.reinvest = money.reinvest;
  m.deposit = money.deposit;
  m.equity_delay = inputs.drawn("money.equity_delay", money.equity_delay, Dimension::Time);
  m.tranche_delay = inputs.drawn("money.tranche_delay", money.tranche_delay, Dimension::Time);
  m.interest = inputs.drawn("money.interest", money.interest, Dimension::None);
  m.rent = inputs.drawn("money.rent", money.rent, Dimension::MoneyRate);
}

void add_planned_supply(FleetModel& m) {
  for (FleetModel::Chip& chip : m.chips) {
    chip.planned_ceiling.resize(m.steps);
    chip.planned_lead.resize(m.steps);
    chip.output.draw(0.5, 0.5, chip.planned_ceiling);
    chip.lead.draw(0.5, 0.5, chip.planned_lead);
    for (std::size_t t = 0; t < m.steps; ++t) chip.planned_ceiling[t] *= chip.share * m.made_in(chip, t);
  }
}

}  // namespace

FleetTrack::FleetTrack(const DatedSeries& series, std::span<const Date> moments) : growth_(series.growth) {
  for (const DatedValue& point : series.points) points_.push_back(point.value);
  const bool counted = series.shape == DatedSeries::Shape::Steps;
  for (const Date moment : moments) {
    Place place;
    while (place.before + 1 < series.points.size() && series.points[place.before + 1].date <= moment) ++place.before;
    places_.push_back(place);
    if (series.points.empty()) continue;
    Place& now = places_.back();
    const Date before = series.points[place.before].date;
    const bool is_last = place.before + 1 == series.points.size();
    now.nothing = counted && moment < before;
    if (moment < before) continue;
    const double years = years_between(before, moment);
    if (counted) {
      now.years = is_last && years >= 1 ? years - 0.5 : 0;
    } else if (is_last) {
      now.years = years;
    } else {
      now.share = (moment - before) / (series.points[place.before + 1].date - before);
    }
  }
}

void FleetTrack::draw(double level, double growth_level, std::span<double> values) const {
  if (points_.empty()) {
    std::fill(values.begin(), values.end(), 0.0);
    return;
  }
  // Neighbouring moments share their points, so that each point's quantile is taken once.
  std::size_t known = points_.size();
  double low = 0, high = 0, growth = -1;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    if (place.nothing) {
      values[i] = 0;
      continue;
    }
    if (place.before != known) {
      low = points_[place.before].quantile(level);
      high = place.before + 1 < points_.size() ? points_[place.before + 1].quantile(level) : low;
      known = place.before;
    }
    if (place.years > 0) {
      if (growth < 0) growth = growth_.quantile(growth_level);
      values[i] = low * std::pow(growth, place.years);
    } else if (place.share > 0) {
      values[i] = low > 0 && high > 0 ? low * std::pow(high / low, place.share) : low + place.share * (high - low);
    } else {
      values[i] = low;
    }
  }
}

std::size_t FleetModel::step_of(double moment) const {
  std::size_t step = 0;
  while (step < steps && begin[step + 1] <= moment) ++step;
  return step;
}

double FleetModel::made_in(const Chip& chip, std::size_t step) const {
  return (begin[step + 1] - std::clamp(chip.launch, begin[step], begin[step + 1])) / kYear;
}

FleetModel fleet_model(const FleetSpec& spec) {
  FleetModel m;
  m.steps = static_cast<std::size_t>(spec.steps);
  m.dates = step_dates(spec);
  for (const Date date : m.dates) m.begin.push_back(seconds_from(spec.start, date));
  m.buying = spec.buying;
  InputList inputs(m.inputs);
  add_economics(spec, m, inputs);
  add_chips(spec, m, inputs);
  add_planned_supply(m);
  rank_chips(m);
  add_money(spec, m, inputs);
  m.mfu = inputs.drawn("use.mfu", spec.use.mfu, Dimension::None);
  m.goodput = inputs.drawn("use.goodput", spec.use.goodput, Dimension::None);
  m.allocation = inputs.drawn("use.allocation", spec.use.allocation, Dimension::None);
  add_sites(spec, m, inputs);
  for (const FleetOrder& order : spec.orders) {
    m.orders.push_back({chip_place(m, order.chip), m.step_of(seconds_from(spec.start, order.date)), order.count});
  }
  return m;
}

}  // namespace orrery
