#include "fleet/buying/purchase_study.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/statistics.hpp"
#include "base/unit_table.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {
namespace {

using Input = TurningPoint::Input;

/// An input whose turning point is looked for in every future, between two bounds.
struct TurningInput {
  Input input;
  double low, high;
  void (*set)(PurchaseValues&, double);
  /// What the input is multiplied with in a future: what moves it may be a scale.
  double (*unit)(const PurchaseSpec&, const PurchaseValues&);
  PurchaseOption one, other;  ///< `one` is the cheaper on the side that `below` says.
  bool below;
};
double price_unit(const PurchaseSpec& spec, const PurchaseValues& values) {
  return purchase_price(spec, values, 0);
}
double rent_unit(const PurchaseSpec& spec, const PurchaseValues& values) {
  return purchase_rent(spec, values, 0).raw();
}
double no_unit(const PurchaseSpec& /*spec*/, const PurchaseValues& /*values*/) {
  return 1;
}
constexpr std::array<TurningInput, 4> kTurningInputs = {{
    {Input::Price, 1e-3, 1e3, [](PurchaseValues& v, double x) { v.price_scale = x; }, price_unit, PurchaseOption::Buy,
     PurchaseOption::Rent, true},
    {Input::Rent, 1e-3, 1e3, [](PurchaseValues& v, double x) { v.rent_scale = x; }, rent_unit, PurchaseOption::Buy,
     PurchaseOption::Rent, false},
    {Input::Use, 0.01, 1, [](PurchaseValues& v, double x) { v.use = x; }, no_unit, PurchaseOption::Buy,
     PurchaseOption::Rent, false},
    {Input::PriceFactor, 0.05, 2, [](PurchaseValues& v, double x) { v.price_factor = x; }, no_unit,
     PurchaseOption::Wait, PurchaseOption::Buy, true},
}};

double difference(const PurchaseSpec& spec, const PurchaseValues& values, PurchaseOption one, PurchaseOption other) {
  return purchase_cost(spec, values, one).total() - purchase_cost(spec, values, other).total();
}

/// Where an input turns the answer in one future; its bound where it does not: the one beyond which it would.
double turning_place(const PurchaseSpec& spec, PurchaseValues values, const TurningInput& input) {
  // Hardware that comes too late is no cheaper at any price.
  if (purchase_cost(spec, values, input.one).purchases == 0) return input.below ? input.low : input.high;
  const auto gap = [&](double x) {
    input.set(values, x);
    return difference(spec, values, input.one, input.other);
  };
  if (const auto root = turning_root(gap, input.low, input.high)) return *root;
  const bool always = gap(std::sqrt(input.low * input.high)) < 0;
  return always == input.below ? input.high : input.low;
}

/// The median over the futures, and how far they differ. Each place is in its future's own `units`: a price at which
/// the answer turns is no further off because one's own price is uncertain.
TurningPoint turning_point(const TurningInput& input, double now, std::vector<double> places,
                           const std::vector<double>& units) {
  TurningPoint point;
  point.input = input.input;
  point.now = now;
  point.below = input.below;
  const auto inside = [&](double x) { return x > input.low && x < input.high; };
  point.turns =
      static_cast<double>(std::count_if(places.begin(), places.end(), inside)) / static_cast<double>(places.size());
  const FutureBand band = future_band(places);
  for (std::size_t i = 0; i < places.size(); ++i) places[i] *= units[i];
  point.band = future_band(std::move(places));
  point.always = (band.p50 >= input.high) == input.below;
  if (inside(band.p50)) point.at = point.band->p50;
  point.open_low = band.p10 <= input.low;
  point.open_high = band.p90 >= input.high;
  return point;
}

/// The shortest need from which on buying is cheaper, for needs of up to the chips' life.
TurningPoint of_months(const PurchaseSpec& spec) {
  TurningPoint point;
  point.input = Input::Months;
  point.now = spec.months;
  point.below = false;
  PurchaseSpec other = spec;
  const int life = static_cast<int>(values_of(spec.economics).hardware_life.raw() / (kYear / 12));
  for (int months = std::max(spec.months, life); months >= 1; --months) {
    other.months = months;
    other.wait = 0;
    const bool buys =
        difference(other, purchase_values(other, {}, nullptr), PurchaseOption::Buy, PurchaseOption::Rent) < 0;
    if (months == spec.months) point.always = buys;
    if (!buys) break;
    point.at = months;
  }
  return point;
}

/// Where each of the values lies among all of them, as quantiles.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    result[order[i]] = (static_cast<double>(i) + 0.5) / static_cast<double>(order.size());
  return result;
}

struct PurchaseFuture {
  PurchaseValues values;
  std::array<PurchaseCost, kPurchaseOptions.size()> costs;
  std::array<double, kTurningInputs.size()> turning{}, units{};
};

/// Hours of use of the need, discounted as its costs are.
double discounted_hours(const PurchaseSpec& spec, const PurchaseValues& values) {
  double hours = 0;
  for (int month = 0; month < spec.months; ++month)
    hours += values.busy * kYear / 12 / kHour * std::pow(1 + values.economics.cost_of_capital, -month / 12.0);
  return hours;
}

}  // namespace

FutureBand future_band(std::vector<double> values) {
  return {quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9)};
}

std::optional<double> turning_root(const std::function<double(double)>& difference, double low, double high) {
  const double at_low = difference(low), at_high = difference(high);
  if (!std::isfinite(at_low) || !std::isfinite(at_high) || at_low * at_high > 0) return std::nullopt;
  for (int round = 0; round < 60 && high / low > 1 + 1e-8; ++round) {
    const double middle = std::sqrt(low * high);
    (difference(middle) * at_low > 0 ? low : high) = middle;
  }
  return std::sqrt(low * high);
}

PurchaseStudy study_purchase(const PurchaseSpec& spec, int draws, std::uint64_t seed, ThreadPool& pool) {
  PurchaseStudy study;
  study.draws = draws;
  for (const UncertainInput& input : purchase_inputs(spec)) study.inputs.push_back(input.name);
  const int inputs = static_cast<int>(study.inputs.size());
  const QuantileMatrix levels = latin_hypercube(seed, "fleet/purchase", draws, inputs);
  const auto futures = pool.parallel_map(static_cast<std::size_t>(draws), [&](std::size_t i) {
    Rng rng = Rng::stream(seed, "fleet/rents", static_cast<std::uint32_t>(i));
    PurchaseFuture future;
    future.values = purchase_values(spec, levels.row(static_cast<int>(i)), &rng);
    for (std::size_t o = 0; o < kPurchaseOptions.size(); ++o)
      future.costs[o] = purchase_cost(spec, future.values, kPurchaseOptions[o]);
    for (std::size_t k = 0; k < kTurningInputs.size(); ++k) {
      future.turning[k] = turning_place(spec, future.values, kTurningInputs[k]);
      future.units[k] = kTurningInputs[k].unit(spec, future.values);
    }
    return future;
  });
  const PurchaseValues medians = purchase_values(spec, {}, nullptr);
  const auto collect = [&](auto value) {
    std::vector<double> values;
    values.reserve(futures.size());
    for (const PurchaseFuture& future : futures) values.push_back(value(future));
    return values;
  };
  for (std::size_t o = 0; o < kPurchaseOptions.size(); ++o) {
    PurchaseOptionStudy option;
    option.option = kPurchaseOptions[o];
    option.total = future_band(collect([&](const PurchaseFuture& f) { return f.costs[o].total(); }));
    option.per_hour = future_band(
        collect([&](const PurchaseFuture& f) { return f.costs[o].total() / discounted_hours(spec, f.values); }));
    option.cheapest = std::accumulate(futures.begin(), futures.end(), 0.0, [&](double sum, const PurchaseFuture& f) {
      std::size_t least = f.costs.size() - 1;  // Renting, which can always be done.
      for (std::size_t k = 0; k + 1 < f.costs.size(); ++k)
        if (f.costs[k].purchases > 0 && f.costs[k].total() < f.costs[least].total()) least = k;
      return sum + (least == o ? 1 : 0);
    });
    option.cheapest /= static_cast<double>(draws);
    for (int month = 0; month < spec.months; ++month) {
      option.cumulative.push_back(future_band(
          collect([&](const PurchaseFuture& f) { return f.costs[o].cumulative[static_cast<std::size_t>(month)]; })));
    }
    option.median = purchase_cost(spec, medians, option.option);
    option.delivered = option.option == PurchaseOption::Rent || option.median.purchases > 0;
    study.options.push_back(std::move(option));
  }
  study.best = study.options.size() - 1;
  for (std::size_t o = 0; o < study.options.size(); ++o) {
    const PurchaseOptionStudy& option = study.options[o];
    if (option.delivered && option.total.p50 < study.options[study.best].total.p50) study.best = o;
  }

  const std::array<double, kTurningInputs.size()> now = {
      purchase_price(spec, medians, 0), purchase_rent(spec, medians, 0).raw(), medians.use, medians.price_factor};
  for (std::size_t k = 0; k < kTurningInputs.size(); ++k) {
    study.turning.push_back(turning_point(kTurningInputs[k], now[k],
                                          collect([k](const PurchaseFuture& f) { return f.turning[k]; }),
                                          collect([k](const PurchaseFuture& f) { return f.units[k]; })));
  }
  study.turning.push_back(of_months(spec));
  const std::vector<double> gap =
      collect([](const PurchaseFuture& f) { return f.costs[0].total() - f.costs[2].total(); });
  study.buy_less_rent = future_band(gap);
  // The market's path is no input of the hypercube: its mean premium stands for it, by rank.
  study.inputs.emplace_back("market premium");
  QuantileMatrix all(draws, inputs + 1);
  const std::vector<double> premium = ranks(collect([](const PurchaseFuture& f) {
    return std::accumulate(f.values.premiums.begin(), f.values.premiums.end(), 0.0);
  }));
  for (int i = 0; i < draws; ++i) {
    for (int k = 0; k < inputs; ++k) all(i, k) = levels(i, k);
    all(i, inputs) = premium[static_cast<std::size_t>(i)];
  }
  study.sensitivities = sensitivities(all, gap);
  for (int month = 0; month < spec.months; ++month) {
    study.rents.push_back(
        future_band(collect([&](const PurchaseFuture& f) { return purchase_rent(spec, f.values, month).raw(); })));
  }
  return study;
}

}  // namespace orrery
