#include "import/run_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hardware/hardware_fields.hpp"
#include "import/scenario_tables.hpp"
#include "scenario/list_changes.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

Value text_value(const char* text) {
  return Value(std::string(text), Span{});
}

/// A level whose interval is stated needs no rule.
void settle_rules(const Value& run, RunInput& input) {
  const Value* levels = run.find("checkpoints");
  const Value::Array* list = levels == nullptr ? nullptr : levels->array();
  for (std::size_t i = 0; list != nullptr && i < std::min(list->size(), input.checkpoints.size()); ++i) {
    if ((*list)[i].table() == nullptr) continue;
    if ((*list)[i].find("interval") != nullptr && (*list)[i].find("rule") == nullptr)
      input.checkpoints[i].level.rule = IntervalRule::Fixed;
  }
}

/// The levels of a job that says nothing of them.
Value usual_checkpoints() {
  // Measured by a storage vendor over 40 production runs: 50 to 200 GB/s (CKP-18, 19); from the hosts' memory, which a
  // GPU copies to over PCIe (unverified).
  Value remote(Value::Table{}, Span{});
  const auto say = [&](const char* key, Value::Data data) { remote.set(key, Value(std::move(data), Span{}), Span{}); };
  say("name", std::string("remote"));
  say("asynchronous", true);
  say("snapshot_bandwidth", std::string("10 GB/s"));
  say("bandwidth", std::string("100 GB/s"));
  say("retained", std::int64_t{3});
  return Value(Value::Array{remote}, Span{});
}

/// [run] with the levels of checkpoints that it takes: its own list, the usual ones, or these with its changes.
Value with_checkpoints(const Value& run, std::vector<std::string>& assumptions, Diagnostics& diagnostics) {
  const Value* written = run.find("checkpoints");
  if (written != nullptr && written->table() == nullptr) return run;
  Value table = run;
  Value levels = usual_checkpoints();
  if (written != nullptr) levels = with_changes(levels, *written, diagnostics);
  table.set("checkpoints", std::move(levels), written == nullptr ? Span{} : written->span());
  assumptions.emplace_back(
      "asynchronous checkpoints, where nothing else is said: 10 GB/s of each GPU into host memory, 100 GB/s of the job "
      "to "
      "remote storage, the last 3 kept, at the optimum interval");
  return table;
}

/// Restarts take what published systems take: a host pick of some minutes, initialisation below 30 s
/// (arXiv:2402.15627).
void fill_restart(const Value& run, RunScenario& scenario) {
  const Value* written = run.find("restart");
  const auto given = [&](const char* key) {
    return written != nullptr && written->table() != nullptr && written->find(key) != nullptr;
  };
  std::vector<std::string> filled;
  Restart& restart = scenario.input.restart;
  const auto fill = [&](const char* key, Law& part, Law usual, const char* words) {
    if (given(key)) return;
    part = std::move(usual);
    filled.emplace_back(words);
  };
  fill("place", restart.place, Law::uniform(60, 300), "1 to 5 min to diagnose and pick hosts");
  fill("initialise", restart.initialise, Law::fixed(30), "30 s to initialise");
  fill("warm_up", restart.warm_up, Law::fixed(60), "1 min to warm up");
  if (!filled.empty()) scenario.assumptions.push_back(fmt::format("restarts of {}", fmt::join(filled, ", ")));
}

void fill_policy(const Value& run, RunScenario& scenario) {
  const Value* written = run.find("policy");
  const auto given = [&](const char* key) {
    return written != nullptr && written->table() != nullptr && written->find(key) != nullptr;
  };
  RunPolicy& policy = scenario.input.policy;
  if (!given("recovery")) scenario.assumptions.emplace_back("spares in a warm pool");
  if (!given("outside")) {
    // "Can take hours for a single machine" (OPT-175B's chronicles); the law is unverified.
    policy.outside = Law::exponential(6 * 3600);
    scenario.assumptions.emplace_back("a node from outside in 6 h on average where no spare is left");
  }
  if (given("provision")) return;
  const bool warm = policy.recovery == Recovery::WarmPool;
  policy.provision = warm ? Law::fixed(120) : Law::fixed(0);
  if (warm) scenario.assumptions.emplace_back("2 min to set up a spare");
}

}  // namespace

Value with_faults(const Value& run, std::vector<std::string>& assumptions, Diagnostics& diagnostics) {
  Value table = run;
  const Value* written = run.find("faults");
  Value faults(Value::Table{}, written == nullptr ? Span{} : written->span());
  if (written == nullptr) {
    faults.set("preset", text_value("prior"), Span{});
    assumptions.emplace_back("faults as a cluster of which nothing is known has them (preset prior)");
  } else if (written->string() != nullptr) {
    faults.set("preset", *written, written->span());
  } else {
    faults = *written;
    const Value* classes = faults.table() == nullptr ? nullptr : faults.find("classes");
    const bool says_classes = classes != nullptr && classes->table() == nullptr;
    if (faults.table() != nullptr && faults.find("preset") == nullptr && !says_classes) {
      faults.set("preset", text_value("prior"), written->span());
      assumptions.emplace_back("faults of the preset prior where the scenario says nothing else of them");
    }
  }
  // Changes to single classes lie over the preset's list; a list replaces it.
  Value changes(Value::Table{}, Span{});
  if (const Value* classes = faults.find("classes"); classes != nullptr && classes->table() != nullptr) {
    changes = *classes;
    faults.erase("classes");
  }
  Diagnostics unknown;
  Value expanded = with_preset(faults, "faults", unknown);
  if (const Value* classes = expanded.find("classes"); classes != nullptr && classes->array() != nullptr)
    expanded.set("classes", with_changes(*classes, changes, unknown), classes->span());
  for (const Diagnostic& d : unknown.all()) diagnostics.error(d.message, d.span, d.hint);
  if (unknown.has_errors()) {
    table.erase("faults");
  } else {
    table.set("faults", std::move(expanded), written == nullptr ? Span{} : written->span());
  }
  return table;
}

RunScenario read_run_scenario(const Value& root, Diagnostics& diagnostics) {
  RunScenario scenario;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  const Value nothing(Value::Table{}, root.span());
  const Value* written = root.find("run");
  if (written != nullptr && written->table() == nullptr) {
    diagnostics.error(fmt::format("`run` is {}, expected a table", written->kind_name()), written->span(), "[run]");
    written = &nothing;
  }
  const Value run =
      with_checkpoints(with_faults(written == nullptr ? nothing : *written, scenario.assumptions, diagnostics),
                       scenario.assumptions, diagnostics);
  run_schema().read(run, scenario.input, diagnostics, &scenario.provenance, "run");
  settle_rules(run, scenario.input);
  if (const Value* scale = root.find("scale"))
    scale_schema().read(*scale, scenario.scale, diagnostics, &scenario.provenance, "scale");
  fill_restart(run, scenario);
  fill_policy(run, scenario);
  const RunInput& input = scenario.input;
  const Span span = written == nullptr ? root.span() : written->span();
  if (!input.steps && !input.tokens)
    diagnostics.error("nothing says how long the run is", span, "--tokens 15e12, or `tokens` or `steps` in [run]");
  if (input.steps && input.tokens)
    diagnostics.error("both `tokens` and `steps` say how long the run is", scenario.provenance["run.tokens"].span,
                      "one of them");
  if (input.step_time && root.find("model") == nullptr) {
    check_table_names(root, diagnostics);
    if (const Value* cluster = root.find("cluster")) {
      Provenance below;
      scenario.cluster = read_cluster(*cluster, diagnostics, &below);
      add_below("cluster", below, scenario.provenance);
    } else {
      diagnostics.error("no cluster is given", root.span(), "--cluster h100-sxm:1024, or [cluster] in the scenario");
    }
    if (input.tokens && input.tokens_per_step <= 0)
      diagnostics.error("nothing says how many tokens a step is", scenario.provenance["run.tokens"].span,
                        "`tokens_per_step` in [run], a model, or `steps` instead of `tokens`");
    return scenario;
  }
  scenario.step = read_step_scenario(root, diagnostics);
  scenario.cluster = scenario.step->spec.cluster;
  scenario.provenance.insert(scenario.step->provenance.begin(), scenario.step->provenance.end());
  return scenario;
}

}  // namespace orrery
