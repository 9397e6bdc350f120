// `orrery network`: what a collective, or jobs that share a fabric, cost.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/network_inputs.hpp"
#include "import/scenario_writer.hpp"

namespace orrery {

RunCommand declare_network(CLI::App& app);

namespace {

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
  app.get_option("scenario")->check([&app](const std::string& name) { return misspelt_topic(app, name); });
  add_write_scenario_option(app, options->written);
  return [options](const OutputFlags& flags) {
    options->check_jobs();
    Diagnostics diagnostics;
    const Value root = network_table(*options, diagnostics);
    const NetworkScenario scenario = load_network_scenario(*options, root, diagnostics, flags);
    Document document = scenario.jobs.empty() ? collective_answer(*options, scenario) : jobs_answer(*options, scenario);
    document.scenario =
        scenario_text(network_scenario_table(scenario), "network", words_beside(*options), scenario.assumptions);
    if (!options->written.empty()) write_file_atomically(options->written, document.scenario);
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
