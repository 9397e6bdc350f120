#include "cli/run_inputs.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <sstream>

#include "base/diagnostic.hpp"
#include "cli/step_inputs.hpp"
#include "network/hierarchical.hpp"
#include "network/network_model.hpp"
#include "scenario/overrides.hpp"
#include "validate/interval.hpp"

namespace orrery {
namespace {

bool states_layout(const RunScenario& scenario) {
  return std::any_of(scenario.provenance.begin(), scenario.provenance.end(),
                     [](const auto& entry) { return entry.first.starts_with("layout."); });
}

}  // namespace

void add_scenario_of_run_options(CLI::App& app, RunInputs& inputs) {
  add_input_options(app, inputs.input);
  app.get_option("--seed")->description("Seed of faults and repairs, random places and hashed paths [0]");
  app.add_option("--gpus", inputs.gpus, "GPUs of the job, where --cluster names a machine without a number")
      ->group("Input")
      ->type_name("N");
  app.add_option("--tokens", inputs.tokens, "Tokens to train on, as 15.6e12")->group("Input")->type_name("N");
  app.add_option("--steps", inputs.steps, "Steps to do, instead of tokens")->group("Input")->type_name("N");
  app.add_option("--faults", inputs.faults, "How faults come: a preset, as prior or llama-3")
      ->group("Input")
      ->type_name("NAME");
  app.add_option("--deadline", inputs.deadline, "Say how likely the run is done by then, as \"90 days\"")
      ->group("Input")
      ->type_name("TIME");
  app.add_option("--replications", inputs.replications, "Simulated runs [200]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of replications", 1, 1'000'000));
}

void add_run_options(CLI::App& app, RunInputs& inputs) {
  add_scenario_of_run_options(app, inputs);
  app.add_option("--optimise,--optimize", inputs.optimise,
                 "What to choose: interval, spares, policy, with commas between")
      ->group("Input")
      ->type_name("WHAT");
  app.add_flag("--tornado", inputs.tornado, "What halving and doubling each input does: what to fix first")
      ->group("Input");
  app.add_option("--replay", inputs.replay, "Faults that happened instead of drawn ones (JSON or CSV, may be gzipped)")
      ->group("Input")
      ->type_name("FAULTS");
  app.add_option("--nodes", inputs.nodes, "Nodes of the machine that --replay tells of [those that it names]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of nodes", 1, 100'000'000));
  add_write_scenario_option(app, inputs.written);
}

Studies studies_of(const RunInputs& inputs) {
  Studies studies;
  if (inputs.optimise.empty()) return studies;
  const std::vector<std::string> known = {"interval", "spares", "policy"};
  std::stringstream list(inputs.optimise);
  std::string word;
  while (std::getline(list, word, ',')) {
    if (word == "interval") {
      studies.interval = true;
    } else if (word == "spares") {
      studies.spares = true;
    } else if (word == "policy") {
      studies.policy = true;
    } else {
      const std::string near = did_you_mean(word, known);
      throw InputError(fmt::format("--optimise knows no `{}`", word.substr(0, 40)), {},
                       near.empty() ? "interval, spares, policy" : fmt::format("did you mean `{}`?", near));
    }
  }
  return studies;
}

RunScenario load_run_scenario(const RunInputs& inputs, const OutputFlags& flags) {
  Diagnostics diagnostics;
  InputOptions options = inputs.input;
  if (!inputs.gpus.empty()) {
    const bool counted = options.cluster.find(':') != std::string::npos;
    if (counted) throw InputError("--cluster and --gpus both say how many GPUs", {}, "leave one of them out");
    if (!options.cluster.empty()) options.cluster += ":" + inputs.gpus;
  }
  // The options of this command stand below --set, which is applied last.
  const std::vector<std::string> sets = std::move(options.sets);
  options.sets.clear();
  Value root = scenario_table(options, diagnostics);
  const auto option = [&](const char* path, const char* name, const std::string& text) {
    if (!text.empty()) apply_option(root, path, name, text, diagnostics);
  };
  if (options.cluster.empty()) option("cluster.chips", "--gpus", inputs.gpus);
  const auto instead = [&](const char* path, const char* name, const std::string& text, const char* other) {
    if (text.empty()) return;
    if (Value* run = root.find("run"); run != nullptr && run->table() != nullptr) run->erase(other);
    const auto is_number = [](char c) {
      return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
    };
    if (!std::all_of(text.begin(), text.end(), is_number)) {
      throw InputError(fmt::format("{} `{}` is no number", name, text.substr(0, 40)), {}, "as 15.6e12");
    }
    apply_overrides(root, {fmt::format("{}={}", path, text)}, diagnostics);
  };
  if (!inputs.tokens.empty() && !inputs.steps.empty())
    throw InputError("--tokens and --steps both say how long the run is", {}, "leave one of them out");
  instead("run.tokens", "--tokens", inputs.tokens, "steps");
  instead("run.steps", "--steps", inputs.steps, "tokens");
  option("run.faults", "--faults", inputs.faults);
  option("run.deadline", "--deadline", inputs.deadline);
  apply_overrides(root, sets, diagnostics);
  diagnostics.throw_if_errors();
  RunScenario scenario = read_run_scenario(root, diagnostics);
  diagnostics.throw_if_errors();
  if (inputs.replications > 0) scenario.input.replications = inputs.replications;
  emit_warnings(diagnostics, flags);
  return scenario;
}

std::optional<RunStep> run_step(const RunScenario& scenario, const InputOptions& input, Document& document) {
  RunStep step{scenario.step->spec, {}};
  const auto network = network_model(step.spec.cluster, input.seed);
  if (states_layout(scenario)) {
    auto result = simulate_step(step.spec, *network);
    if (!result) refuse_layout(*scenario.step);
    apply_interval(*result, reference_intervals());
    if (!result->fits()) {
      document = step_document(step.spec, *result, step_context(step.spec, scenario.step->assumptions));
      return std::nullopt;
    }
    step.result = *result;
    return step;
  }
  PlanOptions search = search_options(*scenario.step, input);
  search.finalists = network.get();
  auto plan = plan_layouts(step.spec, HierarchicalModel(step.spec.cluster), search);
  if (!plan) {
    document = nothing_fits_document(step.spec, plan.error(), scenario.step->assumptions);
    return std::nullopt;
  }
  step.spec.layout = plan->best.front().layout;
  step.result = plan->best.front().result;
  apply_interval(step.result, reference_intervals());
  return step;
}

}  // namespace orrery
