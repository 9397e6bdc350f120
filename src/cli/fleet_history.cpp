// `orrery fleet history`: what the models say of the past, beside what happened.
#include <CLI/App.hpp>
#include <memory>

#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "import/history_runs.hpp"
#include "report/fleet_history_document.hpp"

namespace orrery {

RunCommand declare_fleet_history(CLI::App& app);

RunCommand declare_fleet_history(CLI::App& app) {
  struct Inputs {
    InputOptions input;
    int replications = 100;
  };
  const auto inputs = std::make_shared<Inputs>();
  app.add_option("--replications", inputs->replications, "Simulated runs of each training run [100]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of replications", 20, 100'000));
  add_seed_option(app, inputs->input, "Seed of faults and of draws [0]");
  add_threads_option(app, inputs->input);
  return [inputs](const OutputFlags& flags) {
    const auto threads = static_cast<unsigned>(inputs->input.threads);
    ThreadPool pool(threads);
    HistoryRunOptions options{inputs->replications, inputs->input.seed, threads, {}};
    std::vector<HistoryRun> runs;
    {
      Progress progress("training runs", kHistoryRuns, progress_writer());
      options.on_run = [&](int done) { progress.reached(static_cast<std::size_t>(done)); };
      runs = predict_history_runs(options, pool);
    }
    emit(fleet_history_document(history_checks(runs, inputs->input.seed), score_build_model(build_evidence())), flags);
    return kAnswer;
  };
}

}  // namespace orrery
