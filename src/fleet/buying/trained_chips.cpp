#include "fleet/buying/trained_chips.hpp"

#include <algorithm>
#include <cmath>

#include "base/statistics.hpp"
#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {
namespace {

/// Dollars an hour of one kind of chips in every future.
struct HourlyCosts {
  std::vector<double> owned, rented;
};

double hour_of(const ChipOffer& offer, const TrainedChipsSpec& spec, const EconomicValues& e, double price_level,
               double power_level, double use) {
  return chip_cost(Dollars(offer.price.at(spec.date, price_level)), offer.it_power,
                   Watts(offer.facility_power.quantile(power_level)), e, use)
             .total()
             .raw() *
         kHour;
}

/// Dollars an hour at medians as a line in the price of a chip: what is paid for anything else, and for each dollar.
struct PriceLine {
  double rest = 0, per_dollar = 0;
};
PriceLine price_line(const ChipOffer& offer, const TrainedChipsSpec& spec) {
  const EconomicValues e = values_of(spec.economics);
  const auto at = [&](double price) {
    return chip_cost(Dollars(price), offer.it_power, Watts(offer.facility_power.quantile(0.5)), e,
                     std::clamp(spec.use.quantile(0.5), 0.01, 1.0))
               .total()
               .raw() *
           kHour;
  };
  return {at(0), at(1) - at(0)};
}

HourlyCosts hourly_costs(const TrainedChipsSpec& spec, std::size_t chip, const QuantileMatrix& levels) {
  const TrainedChipSpec& kind = spec.chips[chip];
  const std::size_t economic = uncertain_inputs(spec.economics).size();
  const RentBand rent = rent_band(kind.market, spec.date);
  const Law rents = Law::spread(rent.p10.raw() * kHour, rent.p50.raw() * kHour, rent.p90.raw() * kHour);
  HourlyCosts costs;
  for (int i = 0; i < levels.draws(); ++i) {
    const std::span<const double> row = levels.row(i);
    const std::size_t own = economic + 2 + 2 * chip;
    costs.owned.push_back(hour_of(kind.offer, spec, values_of(spec.economics, row.first(economic)), row[own],
                                  row[own + 1], std::clamp(spec.use.quantile(row[economic]), 0.01, 1.0)));
    costs.rented.push_back(kind.rentable ? rents.quantile(row[economic + 1]) : 0);
  }
  return costs;
}

/// Chip-hours of a delivery in every future: its own uncertainty, independent of that of money.
std::vector<double> hours_in(const Delivery& delivery, const QuantileMatrix& levels, std::size_t input) {
  std::vector<double> hours;
  for (int i = 0; i < levels.draws(); ++i)
    hours.push_back(quantile(delivery.effort, levels(i, static_cast<int>(input))) / kHour);
  return hours;
}

std::vector<double> products(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all;
  for (std::size_t i = 0; i < a.size(); ++i) all.push_back(a[i] * b[i]);
  return all;
}

/// Prices one model's deliveries: bands, which chips win, and the prices at which that turns.
void price_model(const TrainedChipsSpec& spec, const std::vector<HourlyCosts>& costs, const QuantileMatrix& levels,
                 std::size_t first_input, std::vector<TrainedCell>& cells) {
  std::vector<std::vector<double>> owned(cells.size());
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!cells[c].delivery) continue;
    const std::vector<double> hours = hours_in(*cells[c].delivery, levels, first_input + c);
    owned[c] = products(hours, costs[c].owned);
    cells[c].owned = future_band(owned[c]);
    if (spec.chips[c].rentable) cells[c].rented = future_band(products(hours, costs[c].rented));
  }
  const std::vector<std::size_t> rivals = compared_chips(spec.chips);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!cells[c].delivery) continue;
    const double hours = cells[c].delivery->chip_seconds.p50 / kHour;
    std::optional<double> others;
    int wins = 0;
    for (const std::size_t k : rivals) {
      if (k == c || !cells[k].delivery) continue;
      const PriceLine line = price_line(spec.chips[k].offer, spec);
      const double cost = cells[k].delivery->chip_seconds.p50 / kHour *
                          (line.rest + line.per_dollar * spec.chips[k].offer.price.at(spec.date));
      others = std::min(cost, others.value_or(cost));
    }
    for (std::size_t i = 0; i < owned[c].size(); ++i) {
      const bool wins_here = std::all_of(rivals.begin(), rivals.end(), [&](std::size_t k) {
        return k == c || owned[k].empty() || owned[c][i] <= owned[k][i];
      });
      wins += wins_here ? 1 : 0;
    }
    cells[c].cheapest = static_cast<double>(wins) / levels.draws();
    if (!others) continue;
    const PriceLine line = price_line(spec.chips[c].offer, spec);
    const double price = (*others / hours - line.rest) / line.per_dollar;
    if (price > 0) cells[c].turns_at = price;
  }
}

}  // namespace

std::vector<std::size_t> compared_chips(const std::vector<TrainedChipSpec>& chips) {
  std::vector<std::size_t> sold, all;
  for (std::size_t c = 0; c < chips.size(); ++c) {
    all.push_back(c);
    if (chips[c].offer.owner.empty()) sold.push_back(c);
  }
  return sold.empty() ? all : sold;
}

TrainedChips study_trained_chips(const TrainedChipsSpec& spec, const TrainingLevels& levels, int draws,
                                 std::uint64_t seed, ThreadPool& pool) {
  TrainedChips study;
  study.draws = draws;
  const std::size_t chips = spec.chips.size(), economic = uncertain_inputs(spec.economics).size();
  // Economics, use and the market's rent are shared; price and power are each kind's own, efforts each cell's.
  const std::size_t shared = economic + 2 + 2 * chips;
  const QuantileMatrix matrix =
      latin_hypercube(seed, "fleet/trained", draws, static_cast<int>(shared + chips * spec.models.size()));
  std::vector<HourlyCosts> costs;
  for (std::size_t c = 0; c < chips; ++c) {
    costs.push_back(hourly_costs(spec, c, matrix));
    TrainedChipStudy kind;
    kind.hour = future_band(costs[c].owned);
    kind.rent = future_band(costs[c].rented);
    kind.price = spec.chips[c].offer.price.at(spec.date);
    const double peak = spec.chips[c].offer.hardware.peak_bf16.raw() * kHour / 1e18;
    kind.per_peak = {kind.hour.p10 / peak, kind.hour.p50 / peak, kind.hour.p90 / peak};
    study.chips.push_back(kind);
  }
  const std::vector<std::size_t> compared = compared_chips(spec.chips);
  study.best_per_peak = *std::min_element(compared.begin(), compared.end(), [&](std::size_t a, std::size_t b) {
    return study.chips[a].per_peak.p50 < study.chips[b].per_peak.p50;
  });

  study.cells.assign(spec.models.size(), std::vector<TrainedCell>(chips));
  pool.parallel_for(spec.models.size() * chips, [&](std::size_t i) {
    const TrainedModelSpec& model = spec.models[i / chips];
    TrainedCell& cell = study.cells[i / chips][i % chips];
    cell.reason = model.problems[i % chips];
    if (!cell.reason.empty()) return;
    auto delivered = deliver(model.tasks[i % chips], model.pools[i % chips], levels);
    if (delivered) {
      cell.delivery = *std::move(delivered);
    } else {
      cell.reason = delivered.error().reason;
    }
  });
  for (std::size_t m = 0; m < spec.models.size(); ++m) {
    price_model(spec, costs, matrix, shared + m * chips, study.cells[m]);
    std::optional<std::size_t> best;
    for (const std::size_t c : compared) {
      const TrainedCell& cell = study.cells[m][c];
      if (cell.delivery && (!best || cell.owned.p50 < study.cells[m][*best].owned.p50)) best = c;
    }
    study.best.push_back(best);
  }
  return study;
}

}  // namespace orrery
