// Any bytes as Megatron-LM arguments: a job that is not rejected is simulated on as many chips as its layout asks for.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "base/diagnostic.hpp"
#include "fuzz/check.hpp"
#include "fuzz/sound_step.hpp"
#include "import/megatron_scenario.hpp"
#include "import/step_scenario.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto source =
      std::make_shared<SourceText>(SourceText{"fuzz.sh", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  const MegatronJob job = read_megatron_args(source, diagnostics);
  if (diagnostics.has_errors()) return 0;
  Value root = megatron_scenario(job, source);
  const double pipelines = static_cast<double>(job.layout.tp) * job.layout.pp * job.layout.cp;
  const double chips = pipelines * std::max(1, job.layout.dp);
  root.set("cluster", Value("h100-sxm:" + std::to_string(static_cast<long long>(std::min(chips, 1e9))), Span{}),
           Span{});
  const StepScenario scenario = read_step_scenario(root, diagnostics);
  render_text(diagnostics.all(), false);
  if (!diagnostics.has_errors()) fuzz::sound_step(scenario.spec);
  return 0;
}
