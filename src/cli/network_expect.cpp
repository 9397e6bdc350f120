// `orrery network expect`: the curve that nccl-tests should show, and what falls short of it.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/network_inputs.hpp"
#include "import/nccl_log.hpp"
#include "import/nccl_machine.hpp"
#include "network/expect.hpp"
#include "report/expect_document.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_network_expect(CLI::App& app);

namespace {

NcclLog load_log(const std::string& path, Diagnostics& diagnostics) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("cannot read `{}`", path), {}, "a log of nccl-tests or rccl-tests");
  NcclLog log = read_nccl_log(in, path, diagnostics);
  diagnostics.throw_if_errors();
  return log;
}

/// One run of the log; throws where it is not told which.
const NcclRun& run_of(const NcclLog& log, int number) {
  const auto runs = static_cast<int>(log.runs.size());
  if (number == 0 && runs > 1) {
    throw InputError(fmt::format("the log holds {} runs", runs), {}, "--run 1 takes the first");
  }
  if (number > runs)
    throw InputError(fmt::format("the log holds {} run{}, not {}", runs, runs == 1 ? "" : "s", number));
  return log.runs[static_cast<std::size_t>(std::max(1, number) - 1)];
}

/// Fills what the options leave open with what the log says of its machine and collective.
void lay_log_under(const NcclRun& run, const NetworkOptions& options, Value& root, Diagnostics& diagnostics) {
  const auto take = [&](const std::string& path, const std::string& text) {
    apply_option(root, path, "--log", text, diagnostics);
  };
  const Value* network = root.find("network");
  if (network == nullptr || network->find("collective") == nullptr) {
    const auto collective = collective_of_run(run);
    if (!collective) {
      throw InputError(run.collective.empty() ? "the log does not say which collective it ran"
                                              : fmt::format("`{}` is not modelled", run.collective),
                       {}, "--collective all_reduce, for example");
    }
    take("network.collective", collective_word(*collective));
  }
  if (root.find("cluster") != nullptr || options.names_machine()) return;
  const std::string chip = run.models.empty() ? "" : chip_of_device(run.models.front());
  if (chip.empty() || run.ranks == 0) {
    throw InputError("the log does not say which machine it ran on", {}, "--cluster h100-sxm:16, for example");
  }
  take("cluster.node", chip);
  take("cluster.chips", std::to_string(run.ranks));
}

/// Ranks a host, where the log lists them and they are fewer than the node's.
void check_against(const NcclRun& run, const NetworkScenario& scenario) {
  const long long ranks = scenario.network.group > 0 ? scenario.network.group : scenario.cluster.chips;
  if (run.ranks > 0 && run.ranks != ranks) {
    throw InputError(fmt::format("the log ran {} ranks, the machine has {}", run.ranks, ranks), {},
                     fmt::format("--gpus {}", run.ranks));
  }
}

std::vector<MeasuredPoint> points_of(const NcclRun& run, bool in_place) {
  std::vector<MeasuredPoint> points;
  for (const NcclRow& row : run.rows) {
    const std::optional<NcclTiming>& timing = in_place ? row.in_place : row.out_of_place;
    if (timing && timing->time.raw() > 0) points.push_back({row.bytes, timing->time});
  }
  if (points.empty()) {
    throw InputError(fmt::format("the run has no {} times", in_place ? "in-place" : "out-of-place"), {},
                     in_place ? "without --in-place" : "--in-place");
  }
  return points;
}

}  // namespace

RunCommand declare_network_expect(CLI::App& app) {
  const auto options = std::make_shared<NetworkOptions>();
  const auto log_path = std::make_shared<std::string>();
  const auto number = std::make_shared<int>(0);
  const auto in_place = std::make_shared<bool>(false);
  add_network_options(app, *options, NetworkInputs::Machine);
  app.add_option("--log", *log_path, "What nccl-tests or rccl-tests printed, to be compared")
      ->group("Input")
      ->type_name("FILE");
  app.add_option("--run", *number, "Which run of the log, from 1")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("run", 1, 1'000'000));
  app.add_flag("--in-place", *in_place, "Take the in-place times")->group("Input");
  return [=](const OutputFlags& flags) {
    Diagnostics diagnostics;
    Value root = network_table(*options, diagnostics);
    if (log_path->empty()) {
      apply_option(root, "network.sweep", "--sweep", "true", diagnostics);
      const NetworkScenario scenario = load_network_scenario(*options, root, diagnostics, flags);
      const NetworkSpec spec = network_question(*options, scenario);
      const NetworkResult result = simulate_network(spec);
      emit(expect_document(spec, result, network_context(spec, result, scenario)), flags);
      return kAnswer;
    }
    const NcclLog log = load_log(*log_path, diagnostics);
    const NcclRun& run = run_of(log, *number);
    const bool named = options->names_machine() || root.find("cluster") != nullptr;
    lay_log_under(run, *options, root, diagnostics);
    NetworkScenario scenario = load_network_scenario(*options, root, diagnostics, flags);
    check_against(run, scenario);
    if (!named) {
      scenario.assumptions.push_back(fmt::format("{} x {} with the usual node and fabric, as the log names the GPUs",
                                                 format_count(scenario.cluster.chips), scenario.cluster.chip.name));
    }
    const NetworkSpec spec = network_question(*options, scenario);
    const std::vector<MeasuredPoint> points = points_of(run, *in_place);
    const Comparison comparison = compare_with_measured(spec, points);
    emit(comparison_document(spec, points, comparison, network_context(spec, comparison.expected, scenario)), flags);
    return kAnswer;
  };
}

}  // namespace orrery
