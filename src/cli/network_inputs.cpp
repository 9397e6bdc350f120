#include "cli/network_inputs.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "import/rank_file.hpp"
#include "network/network_fields.hpp"
#include "scenario/overrides.hpp"
#include "validate/embedded_presets.hpp"

namespace orrery {
namespace {

/// An option that stands for one input of the scenario.
struct InputOption {
  const char* name;
  const char* path;
  const char* help;
  const char* type;
  NetworkInputs in = NetworkInputs::Machine;
};

constexpr std::array kInputs = {
    InputOption{"--cluster", "cluster", "Machine: a node or chip, and how many chips, as h100-sxm:1024", "NAME:CHIPS"},
    InputOption{"--fabric", "cluster.fabric", "Fabric: a preset or a TOML file; its usual node, where --node is silent",
                "NAME"},
    InputOption{"--node", "cluster.node", "Node: a preset", "NAME"},
    InputOption{"--gpus", "cluster.chips", "Ranks of the job, one a GPU", "N"},
    InputOption{"--machine", "cluster.placement.machine_chips",
                "GPUs of the machine that the job is placed on [--gpus]", "N"},
    InputOption{"--collective", "network.collective",
                "all_reduce, all_gather, reduce_scatter, broadcast, all_to_all or send_receive", "NAME"},
    InputOption{"--bytes", "network.bytes", "Payload of a rank, as nccl-tests counts it [1 GiB]", "SIZE",
                NetworkInputs::All},
    InputOption{"--group", "network.group", "Ranks of a group; all groups run at once [the job]", "N"},
    InputOption{"--stride", "network.stride", "Ranks from one member of a group to the next [1]", "N"},
    InputOption{"--algorithm", "network.algorithm", "Algorithm to force, as ring or NVLSTree [the cheapest]", "NAME",
                NetworkInputs::All},
    InputOption{"--fidelity", "network.fidelity", "auto, closed, folded or flows [auto]", "NAME", NetworkInputs::All},
    InputOption{"--draws", "network.draws", "Draws of places, hashed paths and failures [16]", "N"},
    InputOption{"--failed-links", "network.failed_links", "Share of the links between switches that are down [0]",
                "SHARE", NetworkInputs::All},
    InputOption{"--failed-switches", "network.failed_switches", "Share of the switches above the leaves that are down",
                "SHARE", NetworkInputs::All},
};

bool is_order(const std::string& place) {
  return place == "packed" || place == "random" || place == "rail";
}

/// Names with hyphens are as good as those with underscores.
std::string underscored(std::string text) {
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

/// The chip of each rank, from a file.
RankChips load_places(const std::string& path, const Cluster& cluster) {
  Diagnostics diagnostics;
  const std::vector<long long> chips = read_rank_file(
      read_text_file(path), {cluster.machine_chips(), cluster.node.chips, 0}, cluster.chips, diagnostics);
  diagnostics.throw_if_errors();
  return {chips.begin(), chips.end()};
}

}  // namespace

bool NetworkOptions::names_machine() const {
  return std::any_of(texts.begin(), texts.end(), [](const auto& entry) {
    return !entry.second.empty() && (entry.first == "cluster" || entry.first == "cluster.fabric" ||
                                     entry.first == "cluster.node" || entry.first == "cluster.chips");
  });
}

bool NetworkOptions::places_by_file() const {
  return !place.empty() && !is_order(place);
}

void NetworkOptions::check_jobs() const {
  if (jobs.empty()) return;
  std::vector<Diagnostic> mistakes;
  const auto refuse = [&](const std::string& option) {
    mistakes.push_back({Severity::Error,
                        fmt::format("{} says nothing about the jobs of a file", option),
                        {},
                        "a [[job]] says its own collective, bytes, group, stride and place"});
  };
  for (const InputOption& one : kInputs) {
    const auto said = texts.find(one.path);
    const bool of_network = std::string_view(one.path).starts_with("network.");
    if (of_network && said != texts.end() && !said->second.empty()) refuse(one.name);
  }
  if (sweep) refuse("--sweep");
  if (!place.empty()) refuse("--place");
  if (!mistakes.empty()) throw InputError(std::move(mistakes));
}

void add_network_options(CLI::App& app, NetworkOptions& options, NetworkInputs which) {
  const std::string group = "Input";
  app.add_option("scenario", options.input.scenario, "Scenario file (TOML, or JSON where it ends in .json)");
  for (const InputOption& input : kInputs) {
    if (input.in == NetworkInputs::All && which != NetworkInputs::All) continue;
    app.add_option(input.name, options.texts[input.path], input.help)->group(group)->type_name(input.type);
  }
  app.add_option("--place", options.place, "packed, random, rail, or a file with the chip of each rank [packed]")
      ->group(group)
      ->type_name("ORDER|FILE");
  if (which == NetworkInputs::All) {
    app.add_flag("--sweep", options.sweep, "Answer for 1 KiB to 16 GiB")->group(group);
    app.add_option("--jobs", options.jobs, "Several jobs at once, from a TOML file of [[job]] tables")
        ->group(group)
        ->type_name("FILE");
  }
  add_set_option(app, options.input);
  add_seed_option(app, options.input, "Seed of random places, hashed paths and failures [0]");
}

Value network_table(const NetworkOptions& options, Diagnostics& diagnostics) {
  Value root = scenario_file(options.input.scenario, diagnostics);
  for (const InputOption& input : kInputs) {
    const auto written = options.texts.find(input.path);
    if (written == options.texts.end() || written->second.empty()) continue;
    const bool is_collective = written->first == "network.collective";
    apply_option(root, input.path, input.name, is_collective ? underscored(written->second) : written->second,
                 diagnostics);
  }
  if (options.sweep) apply_option(root, "network.sweep", "--sweep", "true", diagnostics);
  if (is_order(options.place)) apply_option(root, "cluster.placement.order", "--place", options.place, diagnostics);
  apply_overrides(root, options.input.sets, diagnostics);
  return root;
}

NetworkScenario load_network_scenario(const NetworkOptions& options, const Value& root, Diagnostics& diagnostics,
                                      const OutputFlags& flags) {
  diagnostics.throw_if_errors();
  const Source jobs = options.jobs.empty() ? nullptr : read_text_file(options.jobs);
  NetworkScenario scenario = read_network_scenario(root, diagnostics, jobs);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  return scenario;
}

NetworkSpec network_question(const NetworkOptions& options, const NetworkScenario& scenario) {
  NetworkSpec spec = network_spec(scenario.cluster, scenario.network);
  spec.seed = options.input.seed;
  spec.threads = 0;
  if (options.places_by_file()) spec.chips = load_places(options.place, spec.cluster);
  return spec;
}

NetworkContext network_context(const NetworkSpec& spec, const NetworkResult& result, const NetworkScenario& scenario) {
  constexpr std::size_t kNearest = 9;
  static const std::vector<CollectiveReference> references = collective_references(embedded_presets());
  const CollectiveMeaning longest = meaning_of(spec, result.group, result.rows.back().payload);
  return {collective_intervals(), nearest_collectives(longest, references, kNearest), scenario.assumptions};
}

}  // namespace orrery
