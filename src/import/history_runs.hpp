#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/thread_pool.hpp"
#include "fleet/history/history.hpp"

namespace orrery {

/// How the runs of history are simulated.
struct HistoryRunOptions {
  int replications = 100;
  std::uint64_t seed = 0;
  unsigned threads = 1;  ///< Of a search for a layout.
  /// Told how many runs are done; may be empty.
  std::function<void(int done)> on_run;
};

/// The training runs that `history_checks` asks for, from scenarios/runs/ as compiled into the program: the step level
/// says the time of a step (in the layout that the scenario states, or the best that the search finds), the run level
/// the losses of weeks. DeepSeek-V3 twice more: in the best layout of the search, and with the time of a step that
/// follows from its published GPU-hours.
std::vector<HistoryRun> predict_history_runs(const HistoryRunOptions& options, ThreadPool& pool);
inline constexpr int kHistoryRuns = 6;

}  // namespace orrery
