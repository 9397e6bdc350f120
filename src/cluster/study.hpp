#pragma once

#include <string>
#include <vector>

#include "cluster/metrics/comparison.hpp"
#include "cluster/target_text.hpp"

namespace orrery {

/// A machine that was tried for a target.
struct SizePoint {
  long long gpus = 0;
  long long nodes = 0;
  MeanInterval value;     ///< Of the target's figure: over seeds or weeks.
  bool at_least = false;  ///< The value is a lower bound: jobs waited or ran when the replay ended.
  double load = 0;        ///< GPU-time asked for over that of the machine.
  double utilisation = 0;
  bool met = false;
};

/// The smallest machine that keeps a target.
struct SizeStudy {
  Target target;
  std::string policy;
  std::vector<SizePoint> points;  ///< By GPUs, ascending.
  int answer = -1;                ///< Index of the smallest point from which on all keep it; -1: none does.
  long long left_out = 0;         ///< Jobs that could start on no machine, however large.
  long long gpus_now = 0;         ///< Of the machine as it is; 0: not said.
};

/// When a job starts that is submitted now, over replays that differ in what comes after it.
struct StartForecast {
  std::string job;  ///< In words: "64 GPUs for 12 h of tenant a".
  std::string policy;
  std::vector<double> waits;  ///< Seconds, one a replay, ascending; infinite: it never started.
  double horizon = 0;         ///< Seconds that each replay looked ahead; waits beyond are infinite.
  double unhindered = 0;      ///< Wait if nobody were submitted after it, seconds.
  struct Cause {
    std::string what;  ///< "64 GPUs of tenant b to come free", "its quota".
    double share = 0;  ///< Of its waiting time, mean over the replays.
  };
  std::vector<Cause> waits_for;  ///< Shares add up to 1 where it waits at all.
  long long jobs_ahead = 0;      ///< That wait before it now.
  double gpu_hours_ahead = 0;    ///< What they ask for.
};

}  // namespace orrery
