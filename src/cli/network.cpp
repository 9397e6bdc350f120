// `orrery network`: what a collective, or jobs that share a fabric, cost.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "import/network_scenario.hpp"
#include "import/rank_file.hpp"
#include "report/network_document.hpp"
#include "scenario/overrides.hpp"
#include "scenario/toml_reader.hpp"
#include "validate/embedded_presets.hpp"

namespace orrery {

RunCommand declare_network(CLI::App& app);

namespace {

/// An option that stands for one input of the scenario.
struct InputOption {
  const char* name;
  const char* path;
  const char* help;
  const char* type;
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
    InputOption{"--bytes", "network.bytes", "Payload of a rank, as nccl-tests counts it [1 GiB]", "SIZE"},
    InputOption{"--group", "network.group", "Ranks of a group; all groups run at once [the job]", "N"},
    InputOption{"--stride", "network.stride", "Ranks from one member of a group to the next [1]", "N"},
    InputOption{"--algorithm", "network.algorithm", "Algorithm to force, as ring or NVLSTree [the cheapest]", "NAME"},
    InputOption{"--fidelity", "network.fidelity", "auto, closed, folded or flows [auto]", "NAME"},
    InputOption{"--draws", "network.draws", "Draws of places, hashed paths and failures [16]", "N"},
    InputOption{"--failed-links", "network.failed_links", "Share of the links between switches that are down [0]",
                "SHARE"},
    InputOption{"--failed-switches", "network.failed_switches", "Share of the switches above the leaves that are down",
                "SHARE"},
};

struct NetworkOptions {
  InputOptions input;
  std::array<std::string, kInputs.size()> texts;
  bool sweep = false;
  std::string jobs, place, written;
};

bool is_order(const std::string& place) {
  return place == "packed" || place == "random" || place == "rail";
}

/// Names with hyphens are as good as those with underscores.
std::string underscored(std::string text) {
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

NetworkScenario load(const NetworkOptions& options, const OutputFlags& flags) {
  Diagnostics diagnostics;
  Value root = scenario_file(options.input.scenario, diagnostics);
  for (std::size_t i = 0; i < kInputs.size(); ++i) {
    const InputOption& input = kInputs[i];
    const bool is_collective = std::string_view(input.path) == "network.collective";
    const std::string& text = options.texts[i];
    if (!text.empty())
      apply_option(root, input.path, input.name, is_collective ? underscored(text) : text, diagnostics);
  }
  if (options.sweep) apply_option(root, "network.sweep", "--sweep", "true", diagnostics);
  if (is_order(options.place)) apply_option(root, "cluster.placement.order", "--place", options.place, diagnostics);
  apply_overrides(root, options.input.sets, diagnostics);
  diagnostics.throw_if_errors();
  const Source jobs = options.jobs.empty() ? nullptr : read_text_file(options.jobs);
  NetworkScenario scenario = read_network_scenario(root, diagnostics, jobs);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  return scenario;
}

/// That no file is called so, but a topic nearly is; else empty.
std::string misspelt_topic(const CLI::App& app, const std::string& name) {
  std::error_code unknown;
  if (std::filesystem::exists(name, unknown)) return "";
  std::vector<std::string> topics;
  for (const CLI::App* topic : app.get_subcommands({})) topics.push_back(topic->get_name());
  const std::string near = did_you_mean(name, topics);
  return near.empty()
             ? ""
             : fmt::format("no file and no topic is called `{}`: did you mean `{}`?", name.substr(0, 40), near);
}

/// The chip of each rank, from a file.
RankChips load_places(const std::string& path, const Cluster& cluster) {
  Diagnostics diagnostics;
  const std::vector<long long> chips = read_rank_file(
      read_text_file(path), {cluster.machine_chips(), cluster.node.chips, 0}, cluster.chips, diagnostics);
  diagnostics.throw_if_errors();
  return {chips.begin(), chips.end()};
}

Document jobs_answer(const NetworkOptions& options, const NetworkScenario& scenario) {
  const JobsResult result = simulate_jobs(scenario.cluster, scenario.jobs, options.input.seed);
  return jobs_document(scenario.cluster, scenario.jobs, result, scenario.assumptions);
}

Document collective_answer(const NetworkOptions& options, const NetworkScenario& scenario) {
  NetworkSpec spec = network_spec(scenario.cluster, scenario.network);
  spec.seed = options.input.seed;
  spec.threads = 0;
  if (!options.place.empty() && !is_order(options.place)) spec.chips = load_places(options.place, spec.cluster);
  const NetworkResult result = simulate_network(spec);
  constexpr std::size_t kNearest = 9;
  const std::vector<CollectiveReference> references = collective_references(embedded_presets());
  const CollectiveMeaning longest = meaning_of(spec, result.group, result.rows.back().payload);
  return network_document(
      spec, result, {collective_intervals(), nearest_collectives(longest, references, kNearest), scenario.assumptions});
}

/// The options that a written scenario does not hold.
std::string words_beside(const NetworkOptions& options) {
  std::vector<std::string> words;
  if (!options.jobs.empty()) words.push_back(fmt::format("--jobs {}", options.jobs));
  if (!options.place.empty() && !is_order(options.place)) words.push_back(fmt::format("--place {}", options.place));
  if (std::string seed = seed_words(options.input); !seed.empty()) words.push_back(std::move(seed));
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

RunCommand declare_network(CLI::App& app) {
  const auto options = std::make_shared<NetworkOptions>();
  const std::string group = "Input";
  app.add_option("scenario", options->input.scenario, "Scenario file (TOML, or JSON where it ends in .json)")
      ->check([&app](const std::string& name) { return misspelt_topic(app, name); });
  for (std::size_t i = 0; i < kInputs.size(); ++i) {
    app.add_option(kInputs[i].name, options->texts[i], kInputs[i].help)->group(group)->type_name(kInputs[i].type);
  }
  app.add_flag("--sweep", options->sweep, "Answer for 1 KiB to 16 GiB")->group(group);
  app.add_option("--place", options->place, "packed, random, rail, or a file with the chip of each rank [packed]")
      ->group(group)
      ->type_name("ORDER|FILE");
  app.add_option("--jobs", options->jobs, "Several jobs at once, from a TOML file of [[job]] tables")
      ->group(group)
      ->type_name("FILE");
  add_set_option(app, options->input);
  add_seed_option(app, options->input, "Seed of random places, hashed paths and failures [0]");
  add_write_scenario_option(app, options->written);
  return [options](const OutputFlags& flags) {
    const NetworkScenario scenario = load(*options, flags);
    const Document document =
        scenario.jobs.empty() ? collective_answer(*options, scenario) : jobs_answer(*options, scenario);
    if (!options->written.empty()) {
      write_scenario(options->written, network_scenario_table(scenario), "network", words_beside(*options),
                     scenario.assumptions);
    }
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
