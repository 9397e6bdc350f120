#include "fuzz/sound_step.hpp"

#include <cmath>
#include <utility>

#include "fuzz/check.hpp"
#include "network/hierarchical.hpp"
#include "report/render.hpp"
#include "report/step_document.hpp"
#include "step/layout.hpp"

namespace orrery::fuzz {
namespace {

bool is_amount(double value) {
  return std::isfinite(value) && value >= 0;
}

void must_be_sound(const StepResult& result) {
  must(std::isfinite(result.step_time.raw()) && result.step_time.raw() > 0);
  for (std::size_t part = 0; part < kPartCount; ++part) {
    // What is left of a difference of large times may be a rounding below zero.
    const double seconds = result.breakdown[static_cast<Part>(part)].raw();
    must(std::isfinite(seconds) && seconds >= -1e-9 * result.step_time.raw());
  }
  must(std::abs(result.breakdown.total() / result.step_time - 1) < 1e-6);
  must(!result.memory.empty());
  for (const StageMemory& m : result.memory) {
    for (const Bytes bytes :
         {m.weights, m.gradients, m.optimizer, m.activations, m.head, m.buffers, m.overhead, m.reserve}) {
      must(is_amount(bytes.raw()));
    }
  }
  must(is_amount(result.mfu_full) && is_amount(result.mfu_causal) && is_amount(result.hfu));
  must(result.tokens > 0 && result.micro_batches >= 1);
}

void must_render(const Document& document) {
  must(!render_terminal(document, {.explain = true}).empty());
  must(!render_json(document).empty());
}

}  // namespace

Expected<StepResult, std::string> sound_step(const StepSpec& spec) {
  auto result = simulate_step(spec, HierarchicalModel(spec.cluster));
  must(result.has_value() == layout_problem(spec).empty());
  must(result.has_value() == layout_problems(spec).empty());
  if (!result) return Unexpected<std::string>(result.error().reason);
  must_be_sound(*result);
  must_render(step_document(spec, *result, {}));
  return std::move(*result);
}

void sound_plan(const StepSpec& spec, const PlanOptions& options) {
  const auto plan = plan_layouts(spec, HierarchicalModel(spec.cluster), options);
  if (!plan) {
    must_render(nothing_fits_document(spec, plan.error(), {}));
    return;
  }
  must(!plan->best.empty());
  for (const auto* list : {&plan->best, &plan->pareto}) {
    for (const PlannedLayout& planned : *list) {
      must_be_sound(planned.result);
      must(planned.result.fits());
    }
  }
  must_render(plan_document(spec, *plan, {}));
}

}  // namespace orrery::fuzz
