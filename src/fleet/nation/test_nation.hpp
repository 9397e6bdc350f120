#pragma once

#include "fleet/nation/nation_spec.hpp"

namespace orrery {

/// A nation of 300 firms with two surveys and one supply, for tests.
inline NationSpec small_nation() {
  Diagnostics diagnostics;
  NationSpec spec;
  spec.name = "Smallland";
  spec.firms = 300;
  spec.surveys = {{Date::of(2020, 12, 31), 0.3, Law::fixed(200)}, {Date::of(2023, 12, 31), 0.5, Law::fixed(400)}};
  spec.need_share = Law::uniform(0.7, 0.9);
  spec.sigma = Law::uniform(1, 2);
  spec.served_below = Law::fixed(0.7);
  spec.burst = Law::uniform(1, 2);
  spec.growth = Law::spread(1.5, 2, 2.5);
  spec.until = Date::of(2026, 12, 31);
  spec.life = Law::fixed(6 * 365.25 * 86400);
  spec.supply = {{"purchase", "h100-sxm", Date::of(2025, 1, 1), 2000, 1, ValueStatus::Plan, Law::fixed(1),
                  Law::uniform(0.5, 1), Law::uniform(0, 3e7), Watts(1740), Dollars(1e8), "$100M"}};
  spec.classes = {"few", "many"};
  spec.sizes = {{0.8, 1}, 0.5};
  spec.prices = {Law::fixed(50e3), Law::fixed(1740), Law::fixed(2.6 / 3600), "KRW", 1450};
  spec.jobs.trace = solved_law(trace_totals("philly", {}, diagnostics));
  spec.jobs.longest = Seconds(86400);
  spec.jobs.span = Seconds(14 * 86400.0);
  spec.draws = 40;
  return spec;
}

}  // namespace orrery
