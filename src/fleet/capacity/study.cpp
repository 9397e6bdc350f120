#include "fleet/capacity/study.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "fleet/capacity/engine.hpp"

namespace orrery {
namespace {

constexpr std::size_t kBlock = 64;  ///< Draws of one engine.

/// Values of all futures, those of a step side by side.
class Columns {
 public:
  Columns(std::size_t lines, std::size_t draws) : draws_(draws), values_(lines * draws) {}
  double& at(std::size_t line, std::size_t draw) { return values_[line * draws_ + draw]; }
  std::span<double> column(std::size_t line) { return std::span(values_).subspan(line * draws_, draws_); }

 private:
  std::size_t draws_;
  std::vector<double> values_;
};

/// Type 7 of Hyndman and Fan, as base/statistics.hpp has it, of values from `first` on that may be put in another
/// order; those before it are smaller.
double quantile_in_place(std::span<double> values, double q, std::size_t first) {
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = std::max(first, static_cast<std::size_t>(place));
  const auto from = values.begin() + static_cast<std::ptrdiff_t>(first);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(from, nth, values.end());
  const double share = place - std::floor(place);
  if (share == 0 || below + 1 >= values.size()) return *nth;
  const double next = *std::min_element(nth + 1, values.end());
  return *nth == next ? next : *nth + share * (next - *nth);
}

FleetBand band_of(std::span<double> values) {
  FleetBand band;
  for (const double value : values) band.mean += value;
  band.mean /= static_cast<double>(values.size());
  const auto place = [&](double q) { return static_cast<std::size_t>(q * static_cast<double>(values.size() - 1)); };
  band.p10 = quantile_in_place(values, 0.1, 0);
  band.p50 = quantile_in_place(values, 0.5, place(0.1));
  band.p90 = quantile_in_place(values, 0.9, place(0.5));
  return band;
}

FleetSeries series_of(FleetMeasure measure) {
  switch (measure) {
    case FleetMeasure::H100e:
      return FleetSeries::H100e;
    case FleetMeasure::Gpus:
      return FleetSeries::On;
    case FleetMeasure::Power:
      return FleetSeries::Energised;
    case FleetMeasure::Spent:
      return FleetSeries::Spent;
  }
  ORRERY_CHECK(false, "every measure has a series");
}

/// When a future reaches a target: linear between the ends of steps, from nothing at the start.
double reached_at(const FleetModel& model, const FleetFuture& future, const FleetTarget& target) {
  const FleetSeries series = series_of(target.measure);
  double before = 0;
  for (std::size_t t = 0; t < model.steps; ++t) {
    const double value = future.at(series, t);
    if (value >= target.amount) {
      const double share = value > before ? (target.amount - before) / (value - before) : 0;
      return model.begin[t] + std::clamp(share, 0.0, 1.0) * (model.begin[t + 1] - model.begin[t]);
    }
    before = value;
  }
  return kNeverSeconds;
}

std::optional<Date> date_of(const FleetSpec& spec, double time) {
  return std::isinf(time) ? std::nullopt : std::optional(spec.start + Seconds(time));
}

FleetLedger& operator+=(FleetLedger& sum, const FleetLedger& one) {
  for (const auto part :
       {&FleetLedger::equity, &FleetLedger::debt_drawn, &FleetLedger::revenue, &FleetLedger::halls, &FleetLedger::chips,
        &FleetLedger::cluster, &FleetLedger::electricity, &FleetLedger::operations, &FleetLedger::interest,
        &FleetLedger::repayment, &FleetLedger::paid_out, &FleetLedger::cash, &FleetLedger::unpaid_interest}) {
    sum.*part += one.*part;
  }
  return sum;
}

FleetLedger scaled(FleetLedger ledger, double factor) {
  for (const auto part :
       {&FleetLedger::equity, &FleetLedger::debt_drawn, &FleetLedger::revenue, &FleetLedger::halls, &FleetLedger::chips,
        &FleetLedger::cluster, &FleetLedger::electricity, &FleetLedger::operations, &FleetLedger::interest,
        &FleetLedger::repayment, &FleetLedger::paid_out, &FleetLedger::cash, &FleetLedger::unpaid_interest}) {
    ledger.*part *= factor;
  }
  return ledger;
}

/// What the draws of a block add up to.
struct BlockSums {
  FleetLedger ledger;
  std::vector<std::array<double, kFleetLimits>> binding, missing;
  std::array<double, kFleetCosts> cost{};
  double hours = 0;
};

}  // namespace

FleetResult simulate_fleet(const FleetSpec& spec, const FleetOptions& options, ThreadPool& pool) {
  const FleetModel model = fleet_model(spec);
  const auto draws = static_cast<std::size_t>(options.draws);
  const QuantileMatrix quantiles = latin_hypercube(options.seed, "fleet/capacity", options.draws,
                                                   static_cast<int>(model.inputs.size()), model.correlations);
  const std::size_t steps = model.steps, spans = model.phases.size() + model.feeds.size();
  const std::size_t first_target = kFleetSeries * steps, first_span = first_target + spec.targets.size();
  const std::size_t cost_line = first_span + spans;
  Columns columns(cost_line + 1, draws);

  const auto play = [&](std::size_t block) {
    BlockSums sums;
    sums.binding.resize(steps);
    sums.missing.resize(steps);
    FleetEngine engine(model);
    FleetFuture future;
    for (std::size_t d = block * kBlock; d < std::min(draws, (block + 1) * kBlock); ++d) {
      engine.play(quantiles.row(static_cast<int>(d)), future);
      for (std::size_t line = 0; line < first_target; ++line) columns.at(line, d) = future.series[line];
      for (std::size_t i = 0; i < spec.targets.size(); ++i)
        columns.at(first_target + i, d) = reached_at(model, future, spec.targets[i]);
      for (std::size_t i = 0; i < model.phases.size(); ++i) columns.at(first_span + i, d) = future.phases[i];
      for (std::size_t i = 0; i < model.feeds.size(); ++i)
        columns.at(first_span + model.phases.size() + i, d) = future.feeds[i];
      double cost = 0;
      for (std::size_t i = 0; i < kFleetCosts; ++i) {
        cost += future.year_cost[i];
        sums.cost[i] += future.year_cost[i];
      }
      sums.hours += future.year_hours;
      columns.at(cost_line, d) = future.year_hours > 0 ? cost / future.year_hours : kNeverSeconds;
      for (std::size_t t = 0; t < steps; ++t) {
        sums.binding[t][static_cast<std::size_t>(future.binding[t])] += 1;
        for (std::size_t l = 0; l < kFleetLimits; ++l)
          sums.missing[t][l] += future.missing_at(static_cast<FleetLimit>(l), t);
      }
      sums.ledger += future.ledger;
    }
    return sums;
  };
  const std::vector<BlockSums> blocks = pool.parallel_map((draws + kBlock - 1) / kBlock, play);

  FleetResult result;
  result.draws = draws;
  result.inputs = model.inputs;
  result.ends.assign(model.dates.begin() + 1, model.dates.end());
  result.binding.resize(steps);
  result.missing.resize(steps);
  double hours = 0;
  for (const BlockSums& block : blocks) {
    result.ledger += block.ledger;
    hours += block.hours;
    for (std::size_t i = 0; i < kFleetCosts; ++i) result.hour_parts[i] += block.cost[i];
    for (std::size_t t = 0; t < steps; ++t) {
      for (std::size_t l = 0; l < kFleetLimits; ++l) {
        result.binding[t][l] += block.binding[t][l];
        result.missing[t][l] += block.missing[t][l];
      }
    }
  }
  for (std::size_t t = 0; t < steps; ++t) {
    for (double& share : result.binding[t]) share /= static_cast<double>(draws);
    for (double& power : result.missing[t]) power /= static_cast<double>(draws);
  }
  result.ledger = scaled(result.ledger, 1.0 / static_cast<double>(draws));
  for (double& part : result.hour_parts) {
    part = hours > 0 ? part / hours : 0;
    result.hour_total += part;
  }

  const std::size_t last = static_cast<std::size_t>(FleetSeries::H100e) * steps + steps - 1;
  result.sensitivities = sensitivities(quantiles, columns.column(last));
  // The columns are put in another order from here on.
  for (std::size_t i = 0; i < spec.targets.size(); ++i) {
    FleetTargetResult& target = result.targets.emplace_back();
    const std::span<double> times = columns.column(first_target + i);
    const auto share_until = [&](double time) {
      const auto reached = std::count_if(times.begin(), times.end(), [&](double t) { return t <= time; });
      return static_cast<double>(reached) / static_cast<double>(draws);
    };
    target.reached = share_until(model.horizon());
    if (const auto& by = spec.targets[i].by) target.reached_by = share_until((*by - spec.start).raw());
  }
  const std::vector<FleetBand> bands =
      pool.parallel_map(cost_line + 1, [&](std::size_t line) { return band_of(columns.column(line)); });
  for (std::size_t s = 0; s < kFleetSeries; ++s) {
    const auto first = bands.begin() + static_cast<std::ptrdiff_t>(s * steps);
    result.series[s].assign(first, first + static_cast<std::ptrdiff_t>(steps));
  }
  const auto dates = [&](const FleetBand& band, auto& into) {
    into.p10 = date_of(spec, band.p10);
    into.p50 = date_of(spec, band.p50);
    into.p90 = date_of(spec, band.p90);
  };
  for (std::size_t i = 0; i < spec.targets.size(); ++i) dates(bands[first_target + i], result.targets[i]);
  for (std::size_t i = 0; i < spans; ++i) {
    FleetSpanResult& span = result.spans.emplace_back();
    if (i < model.phases.size()) {
      const FleetModel::Phase& phase = model.phases[i];
      span = {model.sites[phase.site].name,
              phase.name,
              FleetSpanResult::Kind::Build,
              phase.power,
              spec.start + Seconds(phase.start),
              spec.start + Seconds(phase.start + phase.planned),
              {},
              {},
              {}};
    } else {
      const FleetModel::Feed& feed = model.feeds[i - model.phases.size()];
      span = {model.sites[feed.site].name,
              feed.name,
              feed.on_site ? FleetSpanResult::Kind::OnSite : FleetSpanResult::Kind::Grid,
              feed.power,
              spec.start + Seconds(feed.asked),
              spec.start + Seconds(feed.asked + feed.planned),
              {},
              {},
              {}};
    }
    dates(bands[first_span + i], span);
  }
  result.hour_cost = bands[cost_line];
  return result;
}

}  // namespace orrery
