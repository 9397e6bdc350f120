// Any bytes as a scenario of buying, waiting and renting: what is not rejected is written out whole and read back as
// the same question, and is answered: finite costs whose parts add up, shares that sum to one.
#include <cmath>
#include <cstdint>

#include "fleet/buying/purchase_study.hpp"
#include "fuzz/check.hpp"
#include "import/purchase_scenario.hpp"

using orrery::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto accepted = fuzz::accepted(data, size, read_purchase_scenario);
  if (!accepted) return 0;
  const PurchaseScenario& scenario = *accepted;
  fuzz::round_trip(purchase_scenario_table(scenario), scenario.assumptions, read_purchase_scenario,
                   purchase_scenario_table);

  const PurchaseSpec spec = purchase_spec(scenario, scenario.offers.front());
  ThreadPool pool(1);
  const PurchaseStudy study = study_purchase(spec, 10, 0, pool);
  double shares = 0;
  for (const PurchaseOptionStudy& option : study.options) {
    must(std::isfinite(option.total.p10) && option.total.p10 <= option.total.p90);
    must(std::abs(option.median.cumulative.back() - option.median.total()) <=
         1e-6 * std::abs(option.median.total()) + 1e-6 * option.median.hardware);
    shares += option.cheapest;
  }
  must(std::abs(shares - 1) < 1e-9);
  return 0;
}
