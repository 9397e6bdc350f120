#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "cluster/engine.hpp"

namespace orrery {

/// Time in seconds, exactly: "12", "12.345"; empty for `kNever` and for what is negative: that did not happen.
std::string seconds_text(Millis time);

/// A text as a field of a CSV file (RFC 4180): in quotes where it needs them.
std::string csv_field(const std::string& text);

/// What a job is called: its name in the source, or the number of its row.
std::string job_name(const JobTable& jobs, JobId job);

/// Nodes in order, runs of neighbours joined: "0-3 7".
std::string nodes_text(std::span<const Slice> slices);

/// Nodes of each job's last run, for a column of the table of jobs. Takes 8 bytes a job and 4 a node and start.
class NodesOfJobs final : public Observer {
 public:
  explicit NodesOfJobs(const JobTable& jobs) : runs_(jobs.size()) {}
  void started(Millis now, JobId job, std::span<const Slice> slices) override;
  /// "0-3 7"; empty where it never ran.
  std::string text(JobId job) const;

 private:
  struct Run {
    std::uint32_t begin = 0, size = 0;  ///< In `nodes_`.
  };
  std::vector<Run> runs_;
  std::vector<std::int32_t> nodes_;
};

/// A table of jobs, a line each in the order of `rows`: job, tenant, user, pool, qos, gpus, submit_seconds,
/// start_seconds, end_seconds, run_seconds, wait_seconds, stops, and with `nodes` those of the last run. What did not
/// happen before the horizon is empty.
void write_jobs_csv(std::ostream& out, const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                    const NodesOfJobs* nodes = nullptr);

/// Writes each event as it happens: time_seconds, event (submitted, started, ended, preempted, failed), job, gpus,
/// nodes.
class EventsCsv final : public Observer {
 public:
  /// Both live as long as this does.
  EventsCsv(std::ostream& out, const JobTable& jobs);
  void submitted(Millis now, JobId job) override;
  void started(Millis now, JobId job, std::span<const Slice> slices) override;
  void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) override;

 private:
  void write(Millis now, const char* event, JobId job, std::span<const Slice> slices);

  std::ostream& out_;
  const JobTable& jobs_;
};

/// "ended", "preempted", "failed".
const char* stop_name(StopReason reason);

}  // namespace orrery
