#include "validate/step_fit.hpp"

#include <doctest/doctest.h>

namespace orrery {
namespace {

/// A step that takes a second, and 1,000 times the software's wait on top.
const PredictStep kWaiting = [](const StepSpec& spec) -> Expected<StepResult, std::string> {
  StepResult result;
  result.step_time = Seconds(1.0 + 1000 * spec.software.host_per_exchange.raw());
  return result;
};

FitSample waiting(const char* software, double wait, double measured) {
  FitSample sample;
  sample.spec.software.name = software;
  sample.spec.software.host_per_exchange = Seconds(wait);
  sample.family = software;
  sample.measured = Seconds(measured);
  return sample;
}

}  // namespace

TEST_CASE("step fit: oracle, a wait that four configurations of two profiles share is found") {
  std::vector<FitSample> samples = {waiting("old", 5e-4, 1.6), waiting("old", 5e-4, 1.6), waiting("new", 5e-4, 1.6),
                                    waiting("new", 5e-4, 1.6), waiting("without", 0, 1.6)};
  const StepFit fit = fit_step(samples, kWaiting);
  REQUIRE(fit.constants.size() == 1);
  CHECK(fit.constants[0].name == "host_per_exchange");
  CHECK(fit.constants[0].samples == 4);
  CHECK(fit.constants[0].value == doctest::Approx(6e-4).epsilon(0.02));
  apply_constant(fit.constants[0], samples[0].spec);
  CHECK(samples[0].spec.software.host_per_exchange.raw() == fit.constants[0].value);
  // Software that has no such wait gets none.
  apply_constant(fit.constants[0], samples.back().spec);
  CHECK(samples.back().spec.software.host_per_exchange == Seconds{});
  // Three are too few.
  samples.erase(samples.begin());
  CHECK(fit_step(samples, kWaiting).constants.empty());
}

}  // namespace orrery
