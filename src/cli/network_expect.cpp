// `orrery network expect`: what nccl-tests should show on a machine, and what a log of it shows instead.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/network_inputs.hpp"
#include "import/nccl_log.hpp"
#include "import/nccl_scenario.hpp"
#include "report/expect_document.hpp"
#include "validate/collective_evaluate.hpp"

namespace orrery {

RunCommand declare_network_expect(CLI::App& app);

namespace {

struct Options {
  NetworkOptions network;
  std::string log;
  std::size_t run = 0;  ///< Of the log, from 1; 0: all.
  bool in_place = false;
};

NcclLog read_log(const std::string& path, Diagnostics& diagnostics) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  return read_nccl_log(in, path, diagnostics);
}

void keep_run(std::size_t number, NcclLog& log) {
  const std::size_t runs = log.runs.size();
  if (number > runs)
    throw InputError(fmt::format("the log holds {} run{}, not {}", runs, runs == 1 ? "" : "s", number));
  log.runs = {log.runs[number - 1]};
}

/// The times asked for; those of the other side where a row has no others ("N/A"), which the result tells.
std::vector<MeasuredTime> times_of(const NcclRun& run, bool in_place, std::size_t& other_side) {
  std::vector<MeasuredTime> times;
  for (const NcclRow& row : run.rows) {
    const auto& wanted = in_place ? row.in_place : row.out_of_place;
    if (!wanted) ++other_side;
    times.push_back({row.bytes, (wanted ? wanted : in_place ? row.out_of_place : row.in_place)->time});
  }
  return times;
}

/// nccl-tests' usual sizes: `-b 8 -e 16G -f 2`.
std::vector<Bytes> usual_sizes() {
  std::vector<Bytes> sizes;
  for (Bytes size(8); size <= 16_GiB; size *= 2) sizes.push_back(size);
  return sizes;
}

ExpectRun answer(const NetworkScenario& scenario, const NetworkOptions& options, std::vector<MeasuredTime> measured) {
  ExpectRun run;
  run.question = network_question(options, scenario);
  run.question.payloads = usual_sizes();
  const auto range = [&](const Group& group, const NetworkRow& row) {
    const RowInterval interval = interval_of(run.question, group, row, collective_intervals());
    return TimeRange{interval.low, interval.high};
  };
  run.result = expect_collective({run.question, std::move(measured), range});
  run.context = network_context(run.question, run.result.model, scenario);
  return run;
}

}  // namespace

RunCommand declare_network_expect(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  add_network_options(app, options->network, NetworkInputs::Machine);
  app.add_option("--log", options->log, "Output of nccl-tests or rccl-tests to compare with")
      ->group("Input")
      ->type_name("FILE");
  app.add_option("--run", options->run, "Which run of the log, from 1 [all]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("run", 1, kMostLogRows));
  app.add_flag("--in-place", options->in_place, "Compare the log's in-place times, not those out of place")
      ->group("Input");
  return [options](const OutputFlags& flags) {
    Diagnostics diagnostics;
    const Value root = network_table(options->network, diagnostics);
    NcclLog log;
    if (!options->log.empty()) log = read_log(options->log, diagnostics);
    if (options->log.empty() && options->in_place) diagnostics.error("`--in-place` is about the times of a `--log`");
    if (options->log.empty() && options->run > 0) diagnostics.error("`--run` is about the runs of a `--log`");
    diagnostics.throw_if_errors();
    if (options->run > 0) keep_run(options->run, log);

    std::vector<std::pair<NetworkScenario, const NcclRun*>> questions;
    for (const NcclRun& run : log.runs)
      questions.emplace_back(read_nccl_scenario(root, run, options->log, diagnostics), &run);
    if (options->log.empty()) questions.emplace_back(read_network_scenario(root, diagnostics), nullptr);
    diagnostics.throw_if_errors();
    emit_warnings(diagnostics, flags);

    std::vector<ExpectRun> runs;
    for (const auto& [scenario, run] : questions) {
      std::size_t other_side = 0;
      std::vector<MeasuredTime> measured;
      if (run != nullptr) measured = times_of(*run, options->in_place, other_side);
      runs.push_back(answer(scenario, options->network, std::move(measured)));
      if (run != nullptr) runs.back().place = fmt::format("{}:{}", options->log, run->line);
      if (other_side > 0) {
        runs.back().context.assumptions.push_back(fmt::format(
            "times {} of {} rows that have no others", options->in_place ? "out of place" : "in place", other_side));
      }
    }
    emit(expect_document(runs), flags);
    return kAnswer;
  };
}

}  // namespace orrery
