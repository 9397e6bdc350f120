#include <algorithm>
#include <cmath>
#include <string>

#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

constexpr std::int64_t kWholeGpu = 1000;

/// What a task of PAI asks: `per_instance` in hundredths of a GPU.
void set_shares(JobRow& row, double per_instance, std::int64_t instances, JobRows& rows) {
  const double gpus = per_instance / 100;
  if (gpus >= 1 || gpus == 0) {
    const double whole = std::ceil(gpus);
    if (whole != gpus) rows.note(TraceIssue::GpuShares, row.line);
    row.gpus = static_cast<std::int64_t>(whole) * instances;
    row.workers = instances > 1 ? instances : 0;
  } else if (instances == 1) {
    row.gpus = 1;
    row.gpu_milli = std::max<std::int64_t>(1, std::llround(gpus * kWholeGpu));
  } else {
    row.gpus = static_cast<std::int64_t>(std::ceil(gpus * static_cast<double>(instances)));
    rows.note(TraceIssue::GpuShares, row.line);
  }
}

/// Pods are said to run until the record ends also where they were deleted long before.
void keep_running_ones(JobTable& jobs) {
  const auto end = [&](std::size_t i) {
    const Millis start = value_or(jobs.recorded_start, static_cast<JobId>(i), kUnsaid);
    return (start == kUnsaid ? jobs.submit[i] : start) + jobs.run[i];
  };
  Millis last = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) last = std::max(last, end(i));
  for (std::size_t i = 0; i < jobs.state.size(); ++i) {
    if (jobs.state[i] == JobState::Running && end(i) < last) jobs.state[i] = JobState::Unknown;
  }
}

}  // namespace

void read_alibaba_v2020(TraceInput& input, JobRows& rows) {
  // The published tables come without their header, which is a file of its own.
  const std::vector<std::string> names = {"job_name", "task_name", "inst_num", "status",   "start_time",
                                          "end_time", "plan_cpu",  "plan_mem", "plan_gpu", "gpu_type"};
  const bool has_header = input.in.peek_text().substr(0, 64).find("job_name") != std::string_view::npos;
  const auto source = has_header ? csv_rows(input.in, input.name) : separated_rows(input.in, input.name, ',', names);
  Columns columns(*source, input);
  const int job = columns.need({"job_name"}), task = columns.need({"task_name"});
  const int instances = columns.need({"inst_num"}), status = columns.find({"status"});
  const int start = columns.need({"start_time"}), end = columns.need({"end_time"});
  const int cpu = columns.find({"plan_cpu"}), memory = columns.find({"plan_mem"});
  const int gpu = columns.need({"plan_gpu"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.report().notes.emplace_back(
      "a task is a job, submitted when it was launched: the table does not say when it "
      "was asked for");
  rows.set_clock(TraceClock::Own);
  Fields fields(*source, rows);
  std::string id;
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    id = std::string(fields.text(job)) + "/" + std::string(fields.text(task));
    row.id = id;
    row.kind = fields.text(task);
    row.submit = row.start = fields.seconds(start, Fields::Need::Needed);
    row.end = fields.seconds(end);
    row.state = fields.text(status) == "Waiting" ? JobState::Unknown : fields.state(status);
    if (row.submit == kUnsaid && fields.text(status) == "Waiting") return rows.drop(TraceIssue::NeverStarted, row.line);
    row.runs_until_end = row.state == JobState::Running && row.end == kUnsaid;
    const std::int64_t count = fields.whole(instances, Fields::Need::Needed);
    const std::string_view share_text = fields.text(gpu);
    const auto share = share_text.empty() ? std::optional(0.0) : number_in(share_text);
    if (count > 0 && count < 10'000'000 && share && std::abs(*share) < 1e9) {
      row.cpu_milli = fields.scaled(cpu, 10 * static_cast<double>(count));
      row.memory_mib = fields.scaled(memory, 1024 * static_cast<double>(count));
      if (*share < 0) {
        row.gpus = -1;
      } else {
        set_shares(row, *share, count, rows);
      }
    }
    rows.add(row);
  });
}

void read_openb_trace(TraceInput& input, JobRows& rows) {
  const auto source = csv_rows(input.in, input.name);
  Columns columns(*source, input);
  const int name = columns.need({"name"}), gpus = columns.need({"num_gpu"}), gpu_milli = columns.need({"gpu_milli"});
  const int cpu = columns.find({"cpu_milli"}), memory = columns.find({"memory_mib"}), spec = columns.find({"gpu_spec"});
  const int qos = columns.find({"qos"}), phase = columns.find({"pod_phase"});
  const int created = columns.need({"creation_time"}), deleted = columns.need({"deletion_time"});
  const int scheduled = columns.find({"scheduled_time"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Own);
  rows.keep_cpu_jobs(input.options.keep_cpu_jobs.value_or(true));
  Fields fields(*source, rows);
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.id = fields.text(name);
    row.submit = fields.seconds(created, Fields::Need::Needed);
    row.end = fields.seconds(deleted);
    row.start = fields.seconds(scheduled);
    row.gpus = fields.whole(gpus, Fields::Need::Needed);
    // 0 for pods without GPUs; a share only where there is one GPU.
    const std::int64_t share = fields.within(gpu_milli, 0, kWholeGpu, kWholeGpu);
    if (row.gpus == 1 && share > 0) row.gpu_milli = share;
    row.cpu_milli = fields.scaled(cpu, 1);
    row.memory_mib = fields.scaled(memory, 1);
    row.gpu_type = fields.text(spec);
    row.qos = fields.text(qos);
    const std::string_view phase_text = fields.text(phase);
    row.state = phase_text == "Pending" ? JobState::Unknown : fields.state(phase);
    if (row.end == kUnsaid) {
      row.runs_until_end = true;
    } else if (row.start == kUnsaid && row.submit != kUnsaid) {
      if (row.end < row.submit) return rows.drop(TraceIssue::EndsBeforeStart, row.line);
      row.run = row.end - row.submit;
      rows.note(TraceIssue::RunWithoutStart, row.line);
    }
    rows.add(row);
  });
  keep_running_ones(rows.table());
}

void read_alibaba_v2025(TraceInput& input, JobRows& rows) {
  const auto source = csv_rows(input.in, input.name);
  Columns columns(*source, input);
  const int id = columns.need({"instance_sn"}), app = columns.need({"app_name"}), role = columns.find({"role"});
  const int cpu = columns.find({"cpu_request"}), gpus = columns.need({"gpu_request"});
  const int memory = columns.find({"memory_request"});
  const int created = columns.need({"creation_time"}), scheduled = columns.find({"scheduled_time"});
  const int deleted = columns.need({"deletion_time"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Own);
  Fields fields(*source, rows);
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.id = fields.text(id);
    row.tenant = fields.text(app);
    row.qos = fields.text(role);
    row.gpus = fields.whole(gpus, Fields::Need::Needed);
    row.cpu_milli = fields.scaled(cpu, 1000);
    row.memory_mib = fields.scaled(memory, 1024);
    row.submit = fields.seconds(created, Fields::Need::Needed);
    row.start = fields.seconds(scheduled);
    row.end = fields.seconds(deleted);
    const bool older = row.submit == kUnsaid && fields.text(created).empty();
    if (older) row.submit = row.start = 0;
    const bool stays = row.gpus != kUnsaid && (row.gpus > 0 || input.options.keep_cpu_jobs.value_or(false));
    if (older && stays) rows.note(TraceIssue::OlderThanTrace, row.line);
    if (row.end == kUnsaid) {
      row.runs_until_end = true;
      row.state = JobState::Running;
    } else if (row.start == kUnsaid && row.submit != kUnsaid) {
      return rows.drop(TraceIssue::NeverStarted, row.line);
    }
    rows.add(row);
  });
}

void read_alibaba_v2026(TraceInput& input, JobRows& rows) {
  const auto source = csv_rows(input.in, input.name);
  Columns columns(*source, input);
  const int id = columns.need({"job_name"}), tenant = columns.find({"organization"});
  const int type = columns.find({"gpu_model"}), cpu = columns.find({"cpu_request"});
  const int gpus = columns.need({"gpu_request"}), workers = columns.need({"worker_num"});
  const int submit = columns.need({"submit_time"}), run = columns.need({"duration"}), kind = columns.need({"job_type"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Own);
  Fields fields(*source, rows);
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.id = fields.text(id);
    row.tenant = fields.text(tenant);
    row.gpu_type = fields.text(type);
    row.qos = fields.text(kind);
    row.preemptible = row.qos == "Spot" || row.qos == "spot";
    row.submit = fields.seconds(submit, Fields::Need::Needed);
    row.run = fields.seconds(run, Fields::Need::Needed);
    const std::int64_t count = fields.whole(workers, Fields::Need::Needed);
    const std::string_view share_text = fields.text(gpus);
    const auto share = number_in(share_text);
    if (count > 0 && count < 10'000'000 && share && std::abs(*share) < 1e7) {
      row.cpu_milli = fields.scaled(cpu, 1000 * static_cast<double>(count));
      if (*share < 0) {
        row.gpus = -1;
      } else {
        set_shares(row, *share * 100, count, rows);
      }
    }
    rows.add(row);
  });
}

}  // namespace orrery
