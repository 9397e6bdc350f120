#include "fleet/capacity/values.hpp"

#include <algorithm>

#include "base/unit_table.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {
namespace {

double level_of(int input, std::span<const double> quantiles) {
  return input < 0 ? 0.5 : quantiles[static_cast<std::size_t>(input)];
}

/// A duration that a common delay shares in.
double shaken(const FleetDrawn& own, int shared, double correlation, std::span<const double> quantiles) {
  if (own.input < 0 || shared < 0) return own.of(quantiles);
  return own.law.quantile(shocked_quantile(level_of(shared, quantiles), level_of(own.input, quantiles), correlation));
}

}  // namespace

void FleetValues::draw(const FleetModel& m, std::span<const double> quantiles) {
  hall_cost = m.hall_cost.of(quantiles);
  hall_life = m.hall_life.of(quantiles);
  chip_life = m.chip_life.of(quantiles);
  capital_rate = m.capital_rate.of(quantiles);
  cluster = m.network.of(quantiles) + m.server.of(quantiles);
  operations = m.operations.of(quantiles);
  interest = m.interest.of(quantiles);
  rent = m.rent.of(quantiles);
  equity_delay = m.equity_delay.of(quantiles);
  tranche_delay = m.tranche_delay.of(quantiles);
  // Laws through three quantiles have tails beyond what these can be.
  const auto share = [&](const FleetDrawn& drawn) { return std::min(1.0, drawn.of(quantiles)); };
  draw_factor = std::max(1.0, m.pue.of(quantiles)) * share(m.power_use);
  usable = share(m.mfu) * share(m.goodput) * share(m.allocation);

  build.resize(m.phases.size());
  for (std::size_t i = 0; i < build.size(); ++i)
    build[i] = std::max(kDay, shaken(m.phases[i].build, m.shared_build, m.shared_delay, quantiles));
  wait.resize(m.feeds.size());
  for (std::size_t i = 0; i < wait.size(); ++i)
    wait[i] = shaken(m.feeds[i].wait, m.shared_feed, m.shared_delay, quantiles);
  stays.resize(m.tenants.size());
  for (std::size_t i = 0; i < stays.size(); ++i) stays[i] = m.tenants[i].stays.of(quantiles);
  electricity.resize(m.sites.size());
  for (std::size_t i = 0; i < electricity.size(); ++i)
    electricity[i] = m.sites[i].electricity.quantile(level_of(m.electricity.input, quantiles));

  const std::size_t steps = m.steps;
  power.resize(m.chips.size());
  price.resize(m.chips.size() * steps);
  ceiling.resize(m.chips.size() * steps);
  lead.resize(m.chips.size() * steps);
  for (std::size_t c = 0; c < m.chips.size(); ++c) {
    const FleetModel::Chip& chip = m.chips[c];
    power[c] = chip.power.of(quantiles);
    const auto row = [&](std::vector<double>& rows) { return std::span(rows).subspan(c * steps, steps); };
    chip.price.draw(level_of(m.price_level, quantiles), level_of(m.price_growth, quantiles), row(price));
    chip.lead.draw(level_of(m.lead_level, quantiles), 0.5, row(lead));
    chip.output.draw(level_of(m.output_level, quantiles), level_of(m.output_growth, quantiles), row(ceiling));
    for (std::size_t t = 0; t < steps; ++t) ceiling[c * steps + t] *= chip.share * m.made_in(chip, t);
  }
}

}  // namespace orrery
