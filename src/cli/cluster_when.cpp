// `orrery cluster when`: when a job that is submitted now would start.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <mutex>
#include <string>

#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "cli/cluster_inputs.hpp"
#include "cli/command.hpp"
#include "cluster/job_text.hpp"
#include "cluster/start_forecast.hpp"
#include "report/cluster_study_document.hpp"

namespace orrery {

RunCommand declare_cluster_when(CLI::App& app);

RunCommand declare_cluster_when(CLI::App& app) {
  struct When {
    ClusterInputs cluster;
    std::string job, at, ahead;
    int replays = 200;
  };
  const auto inputs = std::make_shared<When>();
  add_cluster_options(app, inputs->cluster, "Policy, as easy [that of the scenario, or fifo]");
  app.add_option("--job", inputs->job, "The job: \"64 GPUs for 12 h\", perhaps \"of tenant a\"")
      ->group("Input")
      ->type_name("TEXT")
      ->required();
  app.add_option("--at", inputs->at, "When it is submitted, from the begin of the trace [its last submission]")
      ->group("Input")
      ->type_name("TIME");
  app.add_option("--ahead", inputs->ahead, "How far to look [7 days]")->group("Input")->type_name("TIME");
  app.add_option("--replications", inputs->replays, "Replays of what may come [200]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of replications", 1, 100'000));
  return [inputs](const OutputFlags& flags) {
    JobRequest job = parse_job_request(inputs->job);
    const ClusterCase loaded = load_cluster(inputs->cluster, flags);
    if (loaded.policies.size() != 1)
      throw InputError("a start is forecast for one policy", {}, "name it with --policy");
    ForecastOptions options;
    options.at = inputs->at.empty() ? loaded.spec.jobs->submit.back() : time_option(inputs->at, "--at");
    if (!inputs->ahead.empty()) options.ahead = std::max(kHour, time_option(inputs->ahead, "--ahead"));
    options.replays = inputs->replays;
    options.seed = inputs->cluster.input.seed;
    check_job_request(job, *loaded.spec.jobs, loaded.spec.machine);
    ThreadPool pool(static_cast<unsigned>(inputs->cluster.input.threads));
    std::mutex mutex;
    Progress progress("replays", static_cast<std::size_t>(options.replays), progress_writer());
    const StartForecast forecast =
        forecast_start(loaded.spec, loaded.policies.front(), job, options, pool, [&](int done) {
          const std::lock_guard lock(mutex);
          progress.reached(static_cast<std::size_t>(done));
        });
    Document document = cluster_when_document(forecast);
    document.notes.insert(document.notes.end(), loaded.scenario.assumptions.begin(), loaded.scenario.assumptions.end());
    emit(document, flags);
    return forecast.waits.empty() || forecast.waits.front() > forecast.horizon ? kNoFeasibleAnswer : kAnswer;
  };
}

}  // namespace orrery
