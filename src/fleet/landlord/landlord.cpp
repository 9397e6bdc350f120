#include "fleet/landlord/landlord.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"

namespace orrery {
namespace {

constexpr double kQuarter = kYear / 4;

/// Chips of one order.
struct LandlordDelivery {
  double chips = 0, chip_cost = 0;
  double hour = 0;                            ///< Full cost of an hour of such a chip, USD/s.
  int at = 0, contract_until = 0, until = 0;  ///< Quarters.
  double contracted = 0, price = 0;           ///< Chips; USD/s.
};

/// A future played under a plan, quarter by quarter.
class LandlordPlay {
 public:
  LandlordPlay(const LandlordSpec& spec, const LandlordDraw& draw, double short_leave_rate)
      : spec_(spec), draw_(draw), short_leave_rate_(short_leave_rate) {}

  LandlordOutcome run(const LandlordPlan& plan) {
    if (plan.first > 0) order(plan.first, 0);
    for (int quarter = 0; quarter < spec_.quarters; ++quarter) {
      if (plan.review > 0 && quarter == plan.review) {
        const double more = plan.cover * (main_demand(quarter) + others(quarter)) - standing(quarter) - plan.first;
        if (more > 0) order(more, quarter);
      }
      step(quarter);
    }
    for (const LandlordDelivery& d : deliveries_) out_.npv += residual(d);
    out_.left = left_;
    return out_;
  }

 private:
  double discount(double quarters) const { return std::pow(1 + draw_.rate, -quarters / 4); }
  static double at(const std::vector<double>& path, int quarter) { return path[static_cast<std::size_t>(quarter)]; }
  double standing(int quarter) const { return at(draw_.standing, quarter); }
  double others(int quarter) const { return at(draw_.others, quarter); }
  double main_demand(int quarter) const { return at(draw_.main, quarter) * (left_ ? 1 - draw_.leave_share : 1); }

  /// Chips that the main tenant expects to want when an order comes, beyond those that it has signed for: it signs for
  /// no more. What it wants now grows at the median till then.
  double expected_lack(int now, int then) const {
    if (left_) return 0;
    const double growth = spec_.main.growth.quantile(0.5);
    double lack = main_demand(now) * spec_.main.grown(growth, then / 4.0) / spec_.main.grown(growth, now / 4.0);
    for (const LandlordDelivery& d : deliveries_) lack -= then < d.contract_until ? d.contracted : 0;
    return std::max(0.0, lack);
  }

  /// An order is paid, on average, half-way to its delivery. A later contract is signed at a price that has followed
  /// the cost of an hour.
  void order(double chips, int quarter) {
    LandlordDelivery d;
    d.chips = chips;
    d.chip_cost = at(draw_.chip_cost, quarter);
    d.hour = at(draw_.hour, quarter);
    d.at = quarter + draw_.lead;
    d.contract_until = d.at + static_cast<int>(std::lround(4 * spec_.contract_years));
    d.until = d.at + std::max(1, static_cast<int>(std::lround(4 * draw_.chip_life)));
    d.contracted = std::min(chips * spec_.contract_share, expected_lack(quarter, d.at));
    d.price = draw_.contract_price * d.hour / draw_.hour.front();
    out_.capital += chips * (d.chip_cost + draw_.hall_cost);
    out_.npv -= chips * (d.chip_cost + draw_.hall_cost) * discount(quarter + draw_.lead / 2.0);
    out_.chips += chips;
    deliveries_.push_back(d);
  }

  /// What chips and halls are worth at the end of the reckoning; of halls whose chips are at their end before, then:
  /// others take them over at what they have left. Chips that come after that end are worth their price when they come,
  /// and not before.
  double residual(const LandlordDelivery& d) const {
    const int end = std::max(d.at, std::min(spec_.quarters, d.until));
    const double age = (end - d.at) / 4.0;
    const double chip = end < d.until ? d.chip_cost * std::pow(1 - draw_.decline, age) : 0;
    const double hall = draw_.hall_cost * std::max(0.0, 1 - age / draw_.hall_life);
    return d.chips * (chip + hall) * discount(end);
  }

  void step(int quarter) {
    const double wanted = main_demand(quarter), wanted_by_others = others(quarter);
    double chips = 0, contracted = 0, bill = 0, hours = 0;
    for (const LandlordDelivery& d : deliveries_) {
      if (quarter < d.at || quarter >= d.until) continue;
      chips += d.chips;
      hours += d.chips * d.hour;
      if (quarter >= d.contract_until) continue;
      contracted += d.contracted;
      bill += d.contracted * d.price;
    }
    // What stands is the others' first; what they leave and all that is new is the main tenant's.
    const double others_standing = std::min(wanted_by_others, standing(quarter));
    const double main_standing = std::min(wanted, standing(quarter) - others_standing);
    const double main_new = std::min(wanted - main_standing, chips);
    const double used = std::min(main_new, contracted);
    const double owed = std::max(0.0, spec_.take_or_pay * contracted - used);
    // Chips that are paid for and idle are let to others only once the tenant has left.
    const double kept = left_ ? 0 : std::min(owed, chips - main_new);
    const double others_new = std::min(wanted_by_others - others_standing, chips - main_new - kept);
    const double busy = main_standing + others_standing + main_new + others_new;
    const double price = contracted > 0 ? bill / contracted : 0;
    const double income =
        at(draw_.rent, quarter) * (busy - used) + price * (used + owed * (left_ ? draw_.collected : 1));
    const double now = discount(quarter + 0.5) * kQuarter;
    out_.npv += (income - draw_.stand_cost * chips) * now;

    // What is unserved could have been served by chips that were ordered a lead time ago; what is idle are those
    // bought.
    const double cost = at(draw_.hour, std::max(0, quarter - draw_.lead));
    const double cost_bought = chips > 0 ? hours / chips : 0;
    const double unserved = wanted + wanted_by_others - busy, idle = chips - main_new - others_new - kept;
    out_.shortage += unserved * std::max(0.0, at(draw_.rent, quarter) - cost) * now;
    out_.stranded += idle * cost_bought * now;
    if (quarter >= draw_.lead) {
      out_.wanted += wanted + wanted_by_others;
      out_.unserved += unserved;
      out_.built += chips;
      out_.idle += idle;
    }
    if (left_ || wanted <= 0) return;
    hazard_ += (spec_.leave_rate + short_leave_rate_ * (wanted - main_standing - main_new) / wanted) / 4;
    left_ = hazard_ >= draw_.patience;
  }

  const LandlordSpec& spec_;
  const LandlordDraw& draw_;
  double short_leave_rate_;
  std::vector<LandlordDelivery> deliveries_;
  LandlordOutcome out_;
  double hazard_ = 0;
  bool left_ = false;
};

std::vector<double> demand_path(const LandlordDemand& demand, double level, double growth, int quarters, Rng& rng) {
  std::vector<double> path;
  double walk = 0;
  for (int quarter = 0; quarter < quarters; ++quarter) {
    path.push_back(level * demand.grown(growth, quarter / 4.0) * std::exp(walk));
    walk += demand.volatility * 0.5 * rng.normal();  // A quarter is half the square root of a year.
  }
  return path;
}

}  // namespace

double LandlordDemand::grown(double factor, double years) const {
  return std::pow(factor, fade > 0 ? fade * (1 - std::exp(-years / fade)) : years);
}

double share_at_work(double years, double life, double on_sale) {
  const double oldest = std::min(on_sale, life);
  if (oldest <= 0) return years < life ? 1 : 0;
  return std::clamp((life - years) / oldest, 0.0, 1.0);
}

std::vector<UncertainInput> landlord_inputs(const LandlordSpec& spec) {
  std::vector<UncertainInput> inputs = uncertain_inputs(spec.economics);
  const auto add = [&](const char* name, const Law& law, Dimension dimension) {
    inputs.push_back({name, law, dimension});
  };
  add("price of chips", spec.offer.price.points.back().value, Dimension::Money);
  add("price of chips a year later", spec.offer.price.growth, Dimension::None);
  add("facility power", spec.offer.facility_power, Dimension::Power);
  add("main tenant's demand", spec.main.level, Dimension::None);
  add("main tenant's growth", spec.main.growth, Dimension::None);
  add("others' demand", spec.others.level, Dimension::None);
  add("others' growth", spec.others.growth, Dimension::None);
  add("chips that stand", spec.standing, Dimension::None);
  add("lead time", spec.lead_time, Dimension::Time);
  add("size of jumps", spec.jump, Dimension::None);
  add("share that leaves", spec.leave_share, Dimension::None);
  add("collected of what is owed", spec.collected, Dimension::None);
  add("contract price", spec.contract_price, Dimension::MoneyRate);
  return inputs;
}

LandlordDraw draw_landlord(const LandlordSpec& spec, std::span<const double> levels, Rng& rng) {
  const std::size_t economic = uncertain_inputs(spec.economics).size();
  ORRERY_CHECK(levels.size() == economic + 13, "one level for each uncertain input");
  const EconomicValues e = values_of(spec.economics, levels.first(economic));
  std::size_t next = economic;
  const auto level = [&] { return levels[next++]; };
  const double price_level = level();
  const double price_factor = spec.offer.price.growth.quantile(level());
  const Watts facility_power(spec.offer.facility_power.quantile(level()));
  const double main = spec.main.level.quantile(level()), main_growth = spec.main.growth.quantile(level());
  const double others = spec.others.level.quantile(level()), others_growth = spec.others.growth.quantile(level());
  LandlordDraw draw;
  const double standing = spec.standing.quantile(level());
  draw.lead = static_cast<int>(std::ceil(spec.lead_time.quantile(level()) / kQuarter - 1e-9));
  const double jump = spec.jump.quantile(level());
  draw.leave_share = std::clamp(spec.leave_share.quantile(level()), 0.0, 1.0);
  draw.collected = std::clamp(spec.collected.quantile(level()), 0.0, 1.0);
  draw.contract_price = spec.contract_price.quantile(level());
  draw.decline = e.value_decline;
  draw.rate = e.cost_of_capital;
  draw.chip_life = e.hardware_life.raw() / kYear;
  draw.hall_life = e.facility_life.raw() / kYear;
  const double on_sale = years_between(spec.offer.launch, spec.date);
  for (int quarter = 0; quarter < spec.quarters; ++quarter)
    draw.standing.push_back(standing * share_at_work(quarter / 4.0, draw.chip_life, on_sale));

  const double price = spec.offer.price.at(spec.date, price_level);
  const ChipCapex first = chip_capex(Dollars(price), facility_power, e);
  draw.hall_cost = first.facility.raw();
  draw.stand_cost = first.hardware().raw() * e.operations / kYear +
                    (spec.offer.it_power * e.power_use * e.pue * e.electricity_price).raw();
  const double before = years_between(spec.market.quoted, spec.date);
  const int unseen = std::max(0, static_cast<int>(std::lround(4 * before)));
  std::vector<double> premiums =
      premium_path(spec.market.model, spec.market.premium, 0.25, unseen + spec.quarters, rng);
  premiums.insert(premiums.begin(), spec.market.premium);
  for (int quarter = 0; quarter < spec.quarters; ++quarter) {
    const double years = quarter / 4.0;
    const Dollars now(price * std::pow(price_factor, years));
    draw.chip_cost.push_back(chip_capex(now, facility_power, e).hardware().raw());
    // Per hour that it stands, not that is sold.
    draw.hour.push_back(chip_cost(now, spec.offer.it_power, facility_power, e, 1).total().raw());
    const RentCost hour = spec.market.cost_after(std::max(0.0, before) + years, price_factor);
    draw.rent.push_back(rent_of_premium(hour, premiums[static_cast<std::size_t>(unseen + quarter)]).raw());
  }

  draw.main = demand_path(spec.main, main, main_growth, spec.quarters, rng);
  double jumps = 1;
  for (double& chips : draw.main) {
    chips *= jumps;
    if (rng.bernoulli(1 - std::exp(-spec.jump_rate / 4))) jumps *= jump;
  }
  draw.others = demand_path(spec.others, others, others_growth, spec.quarters, rng);
  for (std::size_t i = 0; i < draw.others.size() && !spec.serving.empty(); ++i)
    draw.others[i] += spec.serving[std::min(i, spec.serving.size() - 1)];
  draw.patience = rng.exponential(1.0);
  return draw;
}

LandlordOutcome play_landlord(const LandlordSpec& spec, const LandlordDraw& draw, const LandlordPlan& plan) {
  LandlordOutcome outcome = LandlordPlay(spec, draw, spec.short_leave_rate).run(plan);
  // A tenant that want of chips does not drive away is worth the difference.
  if (spec.short_leave_rate > 0)
    outcome.tenant_loss = std::max(0.0, LandlordPlay(spec, draw, 0).run(plan).npv - outcome.npv);
  outcome.npv -= LandlordPlay(spec, draw, spec.short_leave_rate).run({}).npv;
  return outcome;
}

}  // namespace orrery
