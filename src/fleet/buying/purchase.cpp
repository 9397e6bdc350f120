#include "fleet/buying/purchase.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"

namespace orrery {
namespace {

constexpr double kMonth = kYear / 12;

Date months_after(Date date, double months) {
  return date + Seconds(months * kMonth);
}

/// One option reckoned month by month.
class Reckoning {
 public:
  Reckoning(const PurchaseSpec& spec, const PurchaseValues& values) : spec_(spec), v_(values) {
    by_month_.resize(static_cast<std::size_t>(spec.months));
  }

  void rent(int from, int until) {
    for (int month = from; month < until; ++month)
      add(cost_.rent, month, v_.busy / spec_.rented_use * purchase_rent(spec_, v_, month).raw() * kMonth);
  }

  /// Buys at a month and serves the need with it from the delivery on; returns the month of the delivery.
  int buy(int order) {
    const Date ordered = months_after(spec_.date, order);
    const double lead = spec_.offer.lead_time.empty() ? 0 : spec_.offer.lead_time.at(ordered, v_.lead_level) / kMonth;
    const int delivered = std::min(spec_.months, order + static_cast<int>(std::ceil(lead - 1e-9)));
    if (delivered >= spec_.months) return delivered;
    // Work that was not done until then is done on more chips.
    const double busy = spec_.rents_meanwhile ? v_.busy : v_.busy * spec_.months / (spec_.months - delivered);
    const double chips = busy / v_.use;
    cost_.chips = chips;
    const int life = std::max(1, static_cast<int>(std::lround(v_.economics.hardware_life.raw() / kMonth)));
    for (int start = delivered, paid = order; start < spec_.months; start += life, paid = start)
      own(start, std::min(spec_.months, start + life), paid, chips, life);
    return delivered;
  }

  PurchaseCost done() {
    double sum = 0;
    for (const double amount : by_month_) cost_.cumulative.push_back(sum += amount);
    return cost_;
  }

 private:
  void add(double& part, int month, double amount) {
    const double now = amount * std::pow(1 + v_.economics.cost_of_capital, -month / 12.0);
    part += now;
    by_month_[static_cast<std::size_t>(std::min(month, spec_.months - 1))] += now;
  }

  /// Hardware that is paid at the prices of `ordered`, delivered at `from`, and sold or at its end at `until`.
  void own(int from, int until, int ordered, double chips, int life) {
    const EconomicValues& e = v_.economics;
    const ChipCapex one = chip_capex(Dollars(purchase_price(spec_, v_, ordered)), v_.facility_power, e);
    const double hardware = chips * one.hardware().raw();
    ++cost_.purchases;
    add(cost_.hardware, from, hardware);
    const double hall = chips * one.facility.raw() * capital_recovery_factor(e.cost_of_capital, e.facility_life) / 12;
    const double energy = chips * (spec_.offer.it_power * e.power_use * e.pue * e.electricity_price).raw() * kMonth;
    for (int month = from; month < until; ++month) {
      add(cost_.facility, month, hall);
      add(cost_.energy, month, energy);
      add(cost_.operations, month, hardware * e.operations / 12);
    }
    if (until - from < life)
      add(cost_.resale, until, -hardware * std::pow(1 - e.value_decline, (until - from) / 12.0) * v_.resale);
  }

  const PurchaseSpec& spec_;
  const PurchaseValues& v_;
  PurchaseCost cost_;
  std::vector<double> by_month_;
};

}  // namespace

std::vector<UncertainInput> purchase_inputs(const PurchaseSpec& spec) {
  std::vector<UncertainInput> inputs = uncertain_inputs(spec.economics);
  const ChipOffer& offer = spec.offer;
  const auto first = [](const DatedSeries& series) {
    return series.empty() ? Law::fixed(0) : series.points.back().value;
  };
  // What a scale or a level stands for is told by the law that it moves.
  inputs.push_back({"price of chips", first(offer.price), Dimension::Money});
  inputs.push_back({"price of chips a year later", offer.price.growth, Dimension::None});
  inputs.push_back({"lead time", first(offer.lead_time), Dimension::Time});
  inputs.push_back({"facility power", offer.facility_power, Dimension::Power});
  inputs.push_back({"use of own chips", spec.use, Dimension::None});
  inputs.push_back({"resale", spec.resale, Dimension::None});
  inputs.push_back({"terms of rent", Law::lognormal(1, spec.market.scatter), Dimension::None});
  inputs.push_back({"MFU", spec.mfu, Dimension::None});
  inputs.push_back({"goodput", spec.goodput, Dimension::None});
  return inputs;
}

PurchaseValues purchase_values(const PurchaseSpec& spec, std::span<const double> levels, Rng* rng) {
  const std::size_t economic = uncertain_inputs(spec.economics).size();
  ORRERY_CHECK(levels.empty() || levels.size() == economic + 9, "one level for each input");
  const auto level = [&](std::size_t i) { return levels.empty() ? 0.5 : levels[economic + i]; };
  PurchaseValues v;
  v.economics = values_of(spec.economics, levels.empty() ? levels : levels.first(economic));
  v.price_level = level(0);
  v.price_factor = spec.offer.price.growth.quantile(level(1));
  v.lead_level = level(2);
  v.facility_power = Watts(spec.offer.facility_power.quantile(level(3)));
  v.use = std::clamp(spec.use.quantile(level(4)), 0.01, 1.0);
  v.resale = std::clamp(spec.resale.quantile(level(5)), 0.0, 1.0);
  v.deal = std::exp(spec.market.scatter * normal_quantile(level(6)));
  v.busy = spec.busy_chips / (spec.mfu.quantile(level(7)) * std::min(1.0, spec.goodput.quantile(level(8))));
  // The premium goes on from the last quote; months before the decision pass unseen.
  const int before = std::max(0, static_cast<int>(std::lround(12 * years_between(spec.market.quoted, spec.date))));
  const int steps = before + spec.months;
  if (rng != nullptr) {
    std::vector<double> path = premium_path(spec.market.model, spec.market.premium, 1 / 12.0, steps, *rng);
    path.insert(path.begin(), spec.market.premium);
    v.premiums.assign(path.begin() + before, path.begin() + steps);
  } else {
    for (int month = before; month < steps; ++month)
      v.premiums.push_back(premium_quantile(spec.market.model, spec.market.premium, month / 12.0, 0.5));
  }
  return v;
}

double purchase_price(const PurchaseSpec& spec, const PurchaseValues& values, int month) {
  const DatedSeries& price = spec.offer.price;
  const Date date = months_after(spec.date, month), last = price.points.back().date;
  if (date <= last) return price.at(date, values.price_level) * values.price_scale;
  const double fallen = std::pow(values.price_factor, years_between(last, date));
  return price.at(last, values.price_level) * fallen * values.price_scale;
}

DollarsPerSecond purchase_rent(const PurchaseSpec& spec, const PurchaseValues& values, int month) {
  const double years = years_between(spec.market.quoted, spec.date) + month / 12.0;
  const RentCost hour = spec.market.cost_after(years, values.price_factor);
  const double premium = values.premiums[static_cast<std::size_t>(month)];
  return rent_of_premium(hour, premium) * values.deal * values.rent_scale;
}

PurchaseCost purchase_cost(const PurchaseSpec& spec, const PurchaseValues& values, PurchaseOption option) {
  ORRERY_CHECK(spec.wait < spec.months && spec.months > 0, "what is waited for comes while the need lasts");
  Reckoning reckoning(spec, values);
  if (option == PurchaseOption::Rent) {
    reckoning.rent(0, spec.months);
    return reckoning.done();
  }
  const int delivered = reckoning.buy(option == PurchaseOption::Buy ? 0 : spec.wait);
  if (spec.rents_meanwhile || delivered >= spec.months) reckoning.rent(0, delivered);
  return reckoning.done();
}

}  // namespace orrery
