// `orrery network`: what a collective, or jobs that share a fabric, cost.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/network_inputs.hpp"

namespace orrery {

RunCommand declare_network(CLI::App& app);

namespace {

Document jobs_answer(const NetworkOptions& options, const NetworkScenario& scenario) {
  const JobsResult result = simulate_jobs(scenario.cluster, scenario.jobs, options.input.seed);
  return jobs_document(scenario.cluster, scenario.jobs, result, scenario.assumptions);
}

Document collective_answer(const NetworkOptions& options, const NetworkScenario& scenario) {
  const NetworkSpec spec = network_question(options, scenario);
  const NetworkResult result = simulate_network(spec);
  return network_document(spec, result, network_context(spec, result, scenario));
}

/// The options that a written scenario does not hold.
std::string words_beside(const NetworkOptions& options) {
  std::vector<std::string> words;
  if (!options.jobs.empty()) words.push_back(fmt::format("--jobs {}", options.jobs));
  if (options.places_by_file()) words.push_back(fmt::format("--place {}", options.place));
  if (std::string seed = seed_words(options.input); !seed.empty()) words.push_back(std::move(seed));
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

RunCommand declare_network(CLI::App& app) {
  const auto options = std::make_shared<NetworkOptions>();
  add_network_options(app, *options, NetworkInputs::All);
  add_write_scenario_option(app, options->written);
  return [options](const OutputFlags& flags) {
    Diagnostics diagnostics;
    const Value root = network_table(*options, diagnostics);
    const NetworkScenario scenario = load_network_scenario(*options, root, diagnostics, flags);
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
