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
    int replications = 100, threads = 0;
    std::uint64_t seed = 0;
  };
  const auto inputs = std::make_shared<Inputs>();
  app.add_option("--replications", inputs->replications, "Simulated runs of each training run [100]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of replications", 20, 100'000));
  app.add_option("--seed", inputs->seed, "Seed of faults and of draws [0]")->group("Input")->type_name("N");
  app.add_option("--threads", inputs->threads, "Threads; results do not depend on it [one a processor]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of threads", 0, 1024));
  return [inputs](const OutputFlags& flags) {
    ThreadPool pool(static_cast<unsigned>(inputs->threads));
    HistoryRunOptions options{inputs->replications, inputs->seed, static_cast<unsigned>(inputs->threads), {}};
    std::vector<HistoryRun> runs;
    {
      Progress progress("training runs", kHistoryRuns, progress_writer());
      options.on_run = [&](int done) { progress.reached(static_cast<std::size_t>(done)); };
      runs = predict_history_runs(options, pool);
    }
    emit(fleet_history_document(history_checks(runs, inputs->seed), score_build_model(build_evidence())), flags);
    return kAnswer;
  };
}

}  // namespace orrery
