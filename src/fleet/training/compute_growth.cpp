#include "fleet/training/compute_growth.hpp"

#include <array>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "base/random.hpp"
#include "base/unit_table.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

constexpr double kMonthsAYear = 12;

/// Logarithms of factors a year, in one draw.
struct GrowthDraw {
  double compute = 0, chips = 0, speed = 0, run_length = 0, software = 0, money = 0, value = 0;
  double rest() const { return compute - chips - speed - run_length; }
  double effective() const { return compute + software; }
};

GrowthDraw draw_growth(const ComputeGrowth& growth, std::uint64_t seed, int number) {
  // One stream an input: a changed law moves no other draw.
  const auto level = [&](std::uint64_t input) {
    return Rng::stream(seed, "fleet/compute growth", static_cast<std::uint32_t>(number), input).uniform01();
  };
  const auto of = [&](const Law& law, std::uint64_t input) {
    return law.quantile(std::min(std::max(level(input), 1e-9), 1 - 1e-9));
  };
  GrowthDraw draw;
  draw.compute = std::log(of(growth.compute, 0));
  draw.chips = std::log(of(growth.chips, 1));
  const double performance = std::log(of(growth.performance, 2));
  draw.speed = performance - draw.chips;
  draw.run_length = std::log(of(growth.run_length, 3));
  draw.money = std::log(of(growth.system_cost, 4));
  draw.value = performance - draw.money;
  draw.software = std::log(2.0) * kYear / of(growth.algorithm_halving, 5);
  return draw;
}

TrainingBand band_of(std::vector<double> values) {
  return product_band({std::move(values)});
}

}  // namespace

GrowthShares growth_shares(const ComputeGrowth& growth, std::uint64_t seed, int draws) {
  ORRERY_CHECK(draws > 0, "something is drawn");
  std::vector<GrowthDraw> all;
  for (int i = 0; i < draws; ++i) all.push_back(draw_growth(growth, seed, i));
  const auto values = [&](auto&& of) {
    std::vector<double> list;
    list.reserve(all.size());
    for (const GrowthDraw& draw : all) list.push_back(of(draw));
    return list;
  };
  const auto share = [&](const char* key, const char* name, auto&& part, auto&& whole) {
    return GrowthShare{key, name, band_of(values([&](const GrowthDraw& d) { return std::exp(part(d)); })),
                       band_of(values([&](const GrowthDraw& d) { return part(d) / whole(d); }))};
  };
  const auto effective = [](const GrowthDraw& d) { return d.effective(); };
  const auto system = [](const GrowthDraw& d) { return d.money + d.value; };
  GrowthShares shares;
  shares.compute = band_of(values([](const GrowthDraw& d) { return std::exp(d.compute); }));
  shares.effective = band_of(values([](const GrowthDraw& d) { return std::exp(d.effective()); }));
  shares.causes = {
      share(
          "more_chips", "more chips", [](const GrowthDraw& d) { return d.chips; }, effective),
      share(
          "faster_chips", "faster chips", [](const GrowthDraw& d) { return d.speed; }, effective),
      share(
          "longer_runs", "longer runs", [](const GrowthDraw& d) { return d.run_length; }, effective),
      share(
          "rest_of_compute", "all else of the compute", [](const GrowthDraw& d) { return d.rest(); }, effective),
      share(
          "software", "software", [](const GrowthDraw& d) { return d.software; }, effective)};
  shares.payment = {share(
                        "money", "more money", [](const GrowthDraw& d) { return d.money; }, system),
                    share(
                        "value", "more performance for it", [](const GrowthDraw& d) { return d.value; }, system)};
  shares.months_for_half =
      band_of(values([](const GrowthDraw& d) { return std::log(2.0) / d.software * kMonthsAYear; }));
  const auto below =
      std::count_if(all.begin(), all.end(), [](const GrowthDraw& d) { return d.chips < 0.5 * d.effective(); });
  shares.chips_below_half = static_cast<double>(below) / static_cast<double>(draws);
  return shares;
}

const Schema<ComputeGrowth>& compute_growth_schema() {
  using G = ComputeGrowth;
  static const Schema<G> schema = [] {
    Schema<G> s("growth", "How fast what goes into the largest trainings grows: factors a year.");
    const auto factor = [](std::string help, std::string example) {
      return bounded(std::move(help), std::move(example), 1, 1e3);
    };
    s.text("name", &G::name, described("For people.", "2025"))
        .law("compute", &G::compute, Dimension::None,
             factor("Training compute of notable models.", "spread(4, 4.6, 5)"))
        .law("chips", &G::chips, Dimension::None, factor("Chips in leading systems.", "1.6"))
        .law("performance", &G::performance, Dimension::None, factor("Performance of leading systems.", "2.5"))
        .law("run_length", &G::run_length, Dimension::None, factor("Length of a training.", "1.2"))
        .law("system_cost", &G::system_cost, Dimension::None, factor("Hardware cost of leading systems.", "1.9"))
        .law("algorithm_halving", &G::algorithm_halving, Dimension::Time,
             bounded("Time in which the compute for a fixed loss halves.", "244 days", 86400, 100 * kYear));
    return s;
  }();
  return schema;
}

ComputeGrowth compute_growth_preset(const std::string& name) {
  Diagnostics diagnostics;
  const auto preset = find_preset("growth", name, diagnostics);
  ORRERY_CHECK(preset.has_value(), "a growth that the program names exists");
  ComputeGrowth growth;
  compute_growth_schema().read(preset->value, growth, diagnostics);
  ORRERY_CHECK(!diagnostics.has_errors(), "our presets are sound");
  return growth;
}

}  // namespace orrery
