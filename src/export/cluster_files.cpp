#include "export/cluster_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <ostream>

#include "base/check.hpp"

namespace orrery {
namespace {

std::size_t at(std::int64_t number) {
  return static_cast<std::size_t>(number);
}

std::string name_of(const Names& names, const std::vector<std::int32_t>& column, JobId job) {
  const std::int32_t number = value_or(column, job, -1);
  return number < 0 ? "" : csv_field(names.at(number));
}

std::string nodes_text(std::vector<std::int32_t> nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  std::string text;
  for (std::size_t i = 0; i < nodes.size();) {
    std::size_t last = i;
    while (last + 1 < nodes.size() && nodes[last + 1] == nodes[last] + 1) ++last;
    if (!text.empty()) text += ' ';
    text += last == i ? fmt::format("{}", nodes[i]) : fmt::format("{}-{}", nodes[i], nodes[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace

std::string seconds_text(Millis time) {
  if (time < 0 || time == kNever) return "";
  if (time % kSecond == 0) return fmt::format("{}", time / kSecond);
  return fmt::format("{}.{:03}", time / kSecond, time % kSecond);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string job_name(const JobTable& jobs, JobId job) {
  return jobs.id.empty() ? std::to_string(job) : jobs.id[at(job)];
}

std::string nodes_text(std::span<const Slice> slices) {
  std::vector<std::int32_t> nodes;
  for (const Slice& slice : slices) nodes.push_back(slice.node);
  return nodes_text(std::move(nodes));
}

void NodesOfJobs::started(Millis /*now*/, JobId job, std::span<const Slice> slices) {
  runs_[at(job)] = {static_cast<std::uint32_t>(nodes_.size()), static_cast<std::uint32_t>(slices.size())};
  for (const Slice& slice : slices) nodes_.push_back(slice.node);
}

std::string NodesOfJobs::text(JobId job) const {
  const Run& run = runs_[at(job)];
  const auto first = nodes_.begin() + static_cast<std::ptrdiff_t>(run.begin);
  return nodes_text(std::vector<std::int32_t>(first, first + static_cast<std::ptrdiff_t>(run.size)));
}

void write_jobs_csv(std::ostream& out, const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                    const NodesOfJobs* nodes) {
  out << "job,tenant,user,pool,qos,gpus,submit_seconds,start_seconds,end_seconds,run_seconds,wait_seconds,stops"
      << (nodes == nullptr ? "\n" : ",nodes\n");
  std::string line;
  for (const JobId job : rows) {
    const Millis submit = jobs.submit[at(job)], start = schedule.first_start[at(job)];
    line.clear();
    fmt::format_to(std::back_inserter(line), "{},{},{},{},{},{},{},{},{},{},{},{}", csv_field(job_name(jobs, job)),
                   name_of(jobs.tenants, jobs.tenant, job), name_of(jobs.users, jobs.user, job),
                   name_of(jobs.pools, jobs.pool, job), name_of(jobs.qos_names, jobs.qos, job), jobs.gpus[at(job)],
                   seconds_text(submit), seconds_text(start), seconds_text(schedule.end[at(job)]),
                   seconds_text(jobs.run[at(job)]), start < 0 ? "" : seconds_text(start - submit),
                   value_or<std::uint16_t>(schedule.stops, job, 0));
    if (nodes != nullptr) line += ',' + nodes->text(job);
    out << line << '\n';
  }
}

const char* stop_name(StopReason reason) {
  switch (reason) {
    case StopReason::Ended:
      return "ended";
    case StopReason::Preempted:
      return "preempted";
    case StopReason::Failed:
      return "failed";
  }
  ORRERY_CHECK(false, "every reason has a name");
}

EventsCsv::EventsCsv(std::ostream& out, const JobTable& jobs) : out_(out), jobs_(jobs) {
  out_ << "time_seconds,event,job,gpus,nodes\n";
}

void EventsCsv::write(Millis now, const char* event, JobId job, std::span<const Slice> slices) {
  const auto held = [&] {
    return std::accumulate(slices.begin(), slices.end(), 0,
                           [](std::int32_t sum, const Slice& slice) { return sum + slice.gpus; });
  };
  const std::int32_t gpus = slices.empty() ? jobs_.gpus[at(job)] : held();
  out_ << fmt::format("{},{},{},{},{}\n", seconds_text(now), event, csv_field(job_name(jobs_, job)), gpus,
                      nodes_text(slices));
}

void EventsCsv::submitted(Millis now, JobId job) {
  write(now, "submitted", job, {});
}

void EventsCsv::started(Millis now, JobId job, std::span<const Slice> slices) {
  write(now, "started", job, slices);
}

void EventsCsv::stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) {
  write(now, stop_name(reason), job, slices);
}

}  // namespace orrery
