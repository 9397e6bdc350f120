#include "import/step_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hardware/fabric_check.hpp"
#include "hardware/hardware_fields.hpp"
#include "import/scenario_tables.hpp"
#include "model/model_fields.hpp"
#include "scenario/preset.hpp"
#include "step/batch.hpp"
#include "step/layout.hpp"
#include "step/step_fields.hpp"
#include "validate/software_profiles.hpp"

namespace orrery {
namespace {

constexpr double kLargeModel = 100e9;

PlanOptions read_plan(const Value* table, Diagnostics& diagnostics) {
  PlanOptions options;
  if (table != nullptr) plan_schema().read(*table, options, diagnostics, nullptr, "plan");
  options.refine = std::max(options.refine, options.top);
  return options;
}

/// The software profile: by name, or a table that starts from one; the chip's vendor decides where nothing is said.
void read_software(const Value* written, StepScenario& scenario, Diagnostics& diagnostics) {
  const Chip& chip = scenario.spec.cluster.chip;
  const std::string usual = chip.vendor == "Google" ? "maxtext-2024"
                            : chip.vendor == "AWS"  ? "neuron-2024"
                            : !chip.has_bf16        ? "megatron-2020"
                                                    : "megatron-2024";
  Value table(Value::Table{}, Span{});
  if (written == nullptr) {
    scenario.assumptions.push_back(fmt::format("software profile {}", usual));
    table.set("preset", Value(usual, Span{}), Span{});
  } else if (written->string() != nullptr) {
    table.set("preset", *written, written->span());
  } else {
    table = *written;
    if (table.table() != nullptr && table.find("preset") == nullptr) {
      if (table.find("name") == nullptr) scenario.assumptions.push_back(fmt::format("software profile {}", usual));
      table.set("preset", Value(usual, written->span()), written->span());
    }
  }
  Diagnostics unknown;
  const Value expanded = with_preset(table, "software", unknown);
  for (const Diagnostic& d : unknown.all()) diagnostics.error(d.message, d.span, d.hint);
  if (unknown.has_errors()) return;
  software_schema().read(expanded, scenario.profile, diagnostics, &scenario.provenance, "software");
  scenario.spec.software = scenario.profile.software;
}

void fill_training(const Value* table, StepScenario& scenario, Diagnostics& diagnostics) {
  Training& training = scenario.spec.training;
  const Transformer& model = scenario.spec.model;
  training.sequence = model.max_positions > 0 ? std::min(8192, model.max_positions) : 8192;
  training.precision = scenario.spec.cluster.chip.has_bf16 ? Precision::Bf16 : Precision::Fp16;
  if (table != nullptr) training_schema().read(*table, training, diagnostics, &scenario.provenance, "training");
  const auto given = [&](const char* key) { return table != nullptr && table->find(key) != nullptr; };
  if (!given("sequence"))
    scenario.assumptions.push_back(fmt::format("sequences of {} tokens", format_count(training.sequence)));
  if (!given("precision"))
    scenario.assumptions.push_back(fmt::format("precision {}", precision_name(training.precision)));
  if (given("global_batch")) return;
  const long long tokens = parameters(model).total() >= kLargeModel ? 16LL << 20 : 4LL << 20;
  training.global_batch =
      shared_batch(std::max(1LL, tokens / std::max(1, training.sequence)), scenario.spec.cluster.chips);
  scenario.assumptions.push_back(fmt::format("a global batch of {} sequences ({:.1f} M tokens)",
                                             format_count(training.global_batch),
                                             static_cast<double>(training.global_batch) * training.sequence / 1e6));
}

void fill_layout(const Value* table, StepScenario& scenario, Diagnostics& diagnostics) {
  Layout& layout = scenario.spec.layout;
  layout.dp = 0;
  layout.zero = 1;
  if (table != nullptr) layout_schema().read(*table, layout, diagnostics, &scenario.provenance, "layout");
  const auto given = [&](const char* key) { return table != nullptr && table->find(key) != nullptr; };
  if (!given("sequence_parallel")) layout.sequence_parallel = layout.tp > 1;
  if (!scenario.spec.model.experts) layout.expert_tp = 1;  // Launch scripts state it for dense models too.
  if (layout.dp == 0) {
    layout.dp = 1;
    layout.dp = static_cast<int>(std::max(1LL, scenario.spec.cluster.chips / layout.chips()));
  }
  if (!given("zero") && layout.dp == 1 && layout.cp == 1) layout.zero = 0;
  if (!given("tp")) scenario.layout_assumptions.push_back(fmt::format("tp={}", layout.tp));
  if (!given("pp")) scenario.layout_assumptions.push_back(fmt::format("pp={}", layout.pp));
  if (!given("zero") && layout.zero > 0) scenario.layout_assumptions.push_back(fmt::format("zero={}", layout.zero));
}

}  // namespace

StepScenario read_step_scenario(const Value& root, Diagnostics& diagnostics) {
  StepScenario scenario;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  check_table_names(root, diagnostics);
  const Value* model = root.find("model");
  const Value* cluster = root.find("cluster");
  if (model == nullptr) {
    diagnostics.error("no model is given", root.span(), "--model llama-3.1-70b, or [model] in the scenario");
  } else {
    Provenance below;
    scenario.spec.model = read_model(*model, diagnostics, &below);
    add_below("model", below, scenario.provenance);
  }
  if (cluster == nullptr) {
    diagnostics.error("no cluster is given", root.span(), "--cluster h100-sxm:1024, or [cluster] in the scenario");
  } else {
    Provenance below;
    scenario.spec.cluster = read_cluster(*cluster, diagnostics, &below);
    add_below("cluster", below, scenario.provenance);
    if (const std::string problem = unjoined_chips(scenario.spec.cluster); !problem.empty()) {
      diagnostics.warning(problem, machine_span(*cluster), "as if a tier without oversubscription joined the rest");
    }
    if (below.find("chips") == below.end()) {
      scenario.assumptions.push_back(fmt::format("{} chips, one node of {}", format_count(scenario.spec.cluster.chips),
                                                 scenario.spec.cluster.node.name));
    }
  }
  read_software(root.find("software"), scenario, diagnostics);
  fill_training(root.find("training"), scenario, diagnostics);
  fill_layout(root.find("layout"), scenario, diagnostics);
  scenario.plan = read_plan(root.find("plan"), diagnostics);
  if (!diagnostics.has_errors()) {
    const Chip& chip = scenario.spec.cluster.chip;
    if (std::string problem = precision_problem(chip, scenario.spec.training.precision); !problem.empty()) {
      const Value* training = root.find("training");
      const Value* precision = training == nullptr ? nullptr : training->find("precision");
      diagnostics.error(std::move(problem), precision == nullptr ? Span{} : precision->span(),
                        chip.has_bf16 ? "it computes in bf16" : "it computes in fp16");
    }
  }
  return scenario;
}

}  // namespace orrery
