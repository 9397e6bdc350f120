#include "fleet/market/market_future.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"

namespace orrery {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

/// The series of one future: every law replaced by its value, so that no quantile is taken twice.
DatedSeries settled(const DatedSeries& series, double level, double growth_level) {
  DatedSeries fixed{series.shape, {}, Law::fixed(series.growth.quantile(growth_level))};
  for (const DatedValue& point : series.points)
    fixed.points.push_back({point.date, Law::fixed(point.value.quantile(level))});
  return fixed;
}

double quarter_years(Date from, Date until) {
  return (until - from).raw() / kYear;
}

/// Mean over a quarter or a part of it, by the midpoint rule, which keeps what begins with the next one out of it.
double mean_over(const DatedSeries& series, Date from, Date until) {
  constexpr int kSteps = 6;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i)
    sum += series.at(Date(from.days() + static_cast<int>((until.days() - from.days()) * (i + 0.5) / kSteps)));
  return sum / kSteps;
}

/// Chips of a line made between two dates.
double made(const MarketLine& line, const ChipOffer& offer, const DatedSeries& output, Date from, Date until) {
  const Date begin = std::max(from, offer.launch), end = std::min(until, line.until);
  return begin < end ? mean_over(output, begin, end) * quarter_years(begin, end) : 0;
}

/// Dollars of an amount that is spent evenly from one date to another, in one quarter.
double spent_evenly(double amount, Date begin, Date end, Date from, Date until) {
  const Date first = std::max(begin, from), last = std::min(end, until);
  return amount > 0 && first < last ? amount * ((last - first) / (end - begin)) : 0;
}

class FutureMaker {
 public:
  FutureMaker(const MarketSpec& spec, const MarketLevels& levels) : spec_(spec), levels_(levels) {
    ORRERY_CHECK(levels.size() == kMarketUnknowns + spec.input.buyers.size(), "every unknown has a level");
  }

  MarketFuture make() {
    const MarketInput& input = spec_.input;
    future_.starts = {input.start};
    for (std::size_t q = 0; q < spec_.quarters(); ++q) future_.starts.push_back(next_quarter(future_.starts.back()));
    for (std::size_t i = 0; i < input.lines.size(); ++i) add_line(i);
    for (std::size_t i = 0; i < input.buyers.size(); ++i) add_buyer(i);
    add_limits();
    add_worth();
    const double gap = std::clamp(input.list_follows.quantile(level(MarketUnknown::ListFollows)), 0.0, 1.0);
    future_.list_follows = 1 - std::pow(1 - gap, 0.25);
    const double life = values_of(spec_.economics).hardware_life.raw();
    future_.life_quarters = static_cast<std::size_t>(std::max(1.0, std::round(4 * life / kYear)));
    return std::move(future_);
  }

 private:
  double level(MarketUnknown unknown) const { return levels_[static_cast<std::size_t>(unknown)]; }
  template <class Fn>
  std::vector<double> by_quarter(const Fn& fn) const {
    std::vector<double> values;
    for (std::size_t q = 0; q + 1 < future_.starts.size(); ++q)
      values.push_back(fn(future_.starts[q], future_.starts[q + 1]));
    return values;
  }

  void add_line(std::size_t i) {
    const MarketLine& line = spec_.input.lines[i];
    const ChipOffer& offer = spec_.offers[i];
    const DatedSeries output = settled(offer.output, level(MarketUnknown::Output), level(MarketUnknown::OutputGrowth));
    const DatedSeries price =
        settled(offer.price, level(MarketUnknown::ListPrice), level(MarketUnknown::ListPriceGrowth));
    const double gain = line.gain.quantile(level(MarketUnknown::Gain)), h100e = h100_equivalents(offer);
    auto& quarters = future_.lines.emplace_back();
    for (std::size_t q = 0; q + 1 < future_.starts.size(); ++q) {
      const Date from = future_.starts[q], until = future_.starts[q + 1];
      MarketFuture::LineQuarter quarter;
      quarter.chips = line.output_factor * made(line, offer, output, from, until);
      const double years = std::max(0.0, years_between(line.gain_from, from) + 0.125);
      quarter.h100e = h100e * (line.gain_from <= from ? std::pow(gain, years) : 1);
      quarter.price = mean_over(price, from, until);
      quarters.push_back(quarter);
    }
    future_.facility_watts.push_back(offer.facility_power.quantile(0.5));
  }

  void add_buyer(std::size_t i) {
    const MarketBuyer& buyer = spec_.input.buyers[i];
    const DatedSeries budget = settled(buyer.budget, levels_[kMarketUnknowns + i], level(MarketUnknown::BudgetGrowth));
    future_.budget.push_back(by_quarter([&](Date from, Date until) {
      return buyer.budget_factor * mean_over(budget, from, until) * quarter_years(from, until) +
             spent_evenly(buyer.extra.raw(), buyer.extra_from, buyer.extra_until, from, until);
    }));
    const DatedSeries power = settled(buyer.power, 0.5, 0.5);
    future_.power.push_back(by_quarter([&](Date, Date until) { return power.empty() ? kUnlimited : power.at(until); }));
    future_.urgency.push_back(buyer.urgency.quantile(level(MarketUnknown::Urgency)));
    future_.elasticity.push_back(std::max(1e-3, buyer.elasticity.quantile(level(MarketUnknown::Elasticity))));
  }

  void add_limits() {
    const MarketInput& input = spec_.input;
    const DatedSeries wafers = settled(input.wafers, level(MarketUnknown::Wafers), level(MarketUnknown::WaferGrowth));
    const double usable = std::min(1.0, input.yield.quantile(level(MarketUnknown::Yield))) *
                          std::min(1.0, input.wafer_share.quantile(level(MarketUnknown::WaferShare)));
    future_.wafers = by_quarter([&](Date from, Date until) {
      return wafers.empty() ? kUnlimited : usable * mean_over(wafers, from, until) * 12 * quarter_years(from, until);
    });
    const double margin = input.memory_margin.quantile(level(MarketUnknown::MemoryMargin));
    const double growth = input.memory_growth.quantile(level(MarketUnknown::MemoryGrowth));
    const double before = bytes_before_limits();
    future_.memory = by_quarter([&](Date from, Date until) {
      if (margin <= 0 || before <= 0 || from < input.limits_from) return kUnlimited;
      return margin * before * std::pow(growth, years_between(input.limits_from, from) + 0.125 + 0.5) *
             quarter_years(from, until);
    });
  }

  /// Memory of the chips planned for the four quarters before limits begin, whenever the market itself does.
  double bytes_before_limits() const {
    Date until = quarter_start(spec_.input.limits_from);
    if (until < spec_.input.limits_from) until = next_quarter(until);
    double bytes = 0;
    for (int k = 0; k < 4; ++k) {
      const Date from = quarter_start(Date(until.days() - 1));
      for (std::size_t i = 0; i < spec_.offers.size(); ++i) {
        const ChipOffer& offer = spec_.offers[i];
        const DatedSeries output =
            settled(offer.output, level(MarketUnknown::Output), level(MarketUnknown::OutputGrowth));
        bytes += made(spec_.input.lines[i], offer, output, from, until) * offer.hardware.memory.raw();
      }
      until = from;
    }
    return bytes;
  }

  void add_worth() {
    const MarketInput& input = spec_.input;
    if (input.rent_of.empty()) {
      future_.rent_worth.assign(spec_.quarters(), kUnlimited);
      return;
    }
    const ChipOffer& offer = spec_.rent_offer;
    const DatedSeries rent = settled(offer.rent, level(MarketUnknown::Rent), level(MarketUnknown::RentGrowth));
    const EconomicValues economics = values_of(spec_.economics);
    future_.rent_worth = by_quarter([&](Date from, Date until) {
      return rent_worth(DollarsPerSecond(mean_over(rent, from, until)), offer, economics, input.use).raw() /
             h100_equivalents(offer);
    });
  }

  const MarketSpec& spec_;
  const MarketLevels& levels_;
  MarketFuture future_;
};

}  // namespace

MarketFuture market_future(const MarketSpec& spec, const MarketLevels& levels) {
  return FutureMaker(spec, levels).make();
}

Dollars rent_worth(DollarsPerSecond rent, const ChipOffer& offer, const EconomicValues& economics, double use) {
  const Watts facility(offer.facility_power.quantile(0.5));
  // The cost of an hour is linear in the price of the chip.
  const DollarsPerSecond free = chip_cost(Dollars(0), offer.it_power, facility, economics, use).total();
  const DollarsPerSecond a_dollar = chip_cost(Dollars(1), offer.it_power, facility, economics, use).total() - free;
  return Dollars(std::max(0.0, (rent - free) / a_dollar));
}

}  // namespace orrery
