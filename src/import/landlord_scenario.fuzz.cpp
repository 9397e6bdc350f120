// Any bytes as a landlord's question: what is not rejected is written out whole and read back as the same question, and
// is answered where it is small: building nothing is worth nothing, and what is short or stranded is not negative.
#include <cmath>
#include <cstdint>

#include "fuzz/check.hpp"
#include "import/landlord_scenario.hpp"

using orrery::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto accepted = fuzz::accepted(data, size, read_landlord_scenario);
  if (!accepted) return 0;
  const LandlordScenario& scenario = *accepted;
  fuzz::round_trip(landlord_scenario_table(scenario), scenario.assumptions, read_landlord_scenario,
                   landlord_scenario_table);

  LandlordSpec spec = landlord_spec(scenario);
  spec.quarters = std::min(spec.quarters, 40);
  LandlordQuestion question = landlord_question(scenario, 0);
  question.draws = 10;
  question.review = std::min(question.review, spec.quarters - 1);
  ThreadPool pool(1);
  const LandlordStudy study = study_landlord(spec, question, pool);
  must(study.points.front().mean_npv == 0);
  for (const LandlordPoint& point : study.points) {
    must(std::isfinite(point.mean_npv) && std::isfinite(point.mean_regret) && point.mean_regret >= 0);
    must(point.shortage >= 0 && point.tenant_loss >= 0 && point.stranded >= -1e-6 * std::abs(point.mean_npv) - 1);
  }
  return 0;
}
