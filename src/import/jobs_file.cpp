#include "import/jobs_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "base/unit_text.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

/// Where a job says something; where the job stands, where it does not.
Span place(const JobsFile& file, std::size_t job, const char* key) {
  const Value* list = file.root.find("job");
  if (list == nullptr || list->array() == nullptr || job >= list->array()->size()) return file.root.span();
  const Value& table = (*list->array())[job];
  const Value* value = table.find(key);
  return value != nullptr ? value->span() : table.span();
}

void settle_names(JobsFile& file, Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> first;
  for (std::size_t j = 0; j < file.jobs.size(); ++j) {
    std::string& name = file.jobs[j].name;
    if (name.empty()) name = fmt::format("job {}", j + 1);
    const auto [other, is_new] = first.emplace(name, j);
    if (is_new) continue;
    diagnostics.error(fmt::format("jobs {} and {} are both called `{}`", other->second + 1, j + 1, name.substr(0, 40)),
                      place(file, j, "name"), "answers tell jobs apart by their names");
  }
}

void check_groups(const JobsFile& file, Diagnostics& diagnostics) {
  for (std::size_t j = 0; j < file.jobs.size(); ++j) {
    const NetworkJob& job = file.jobs[j];
    const long long ranks = job.group > 0 ? job.group : job.chips;
    if (ranks * job.stride <= job.chips) continue;
    diagnostics.error(fmt::format("{} ranks, {} apart, are more than the {} GPUs of `{}`", format_count(ranks),
                                  format_count(job.stride), format_count(job.chips), job.name.substr(0, 40)),
                      place(file, j, job.group > 0 ? "group" : "stride"),
                      "`group` times `stride` is at most `gpus`; without `group` all GPUs are one");
  }
}

/// Chips of a scale-up domain or a node: what a job gets whole.
long long unit_of(const Node& node) {
  return std::max(node.chips, node.scale_up_domain);
}

}  // namespace

JobsFile read_jobs_file(const Source& source, Diagnostics& diagnostics) {
  JobsFile file;
  Diagnostics found;
  file.root = read_toml(source, found);
  if (!found.has_errors()) {
    NetworkJobs read;
    network_jobs_schema().read(file.root, read, found);
    file.jobs = std::move(read.jobs);
  }
  if (!found.has_errors() && file.jobs.empty()) {
    found.error("no job is given", Span{source, 1, 1, 1}, "[[job]] with name, gpus and collective");
  }
  if (!found.has_errors()) {
    settle_names(file, found);
    check_groups(file, found);
  }
  for (const Diagnostic& d : found.all()) {
    if (d.severity == Severity::Error) diagnostics.error(d.message, d.span, d.hint);
    if (d.severity == Severity::Warning) diagnostics.warning(d.message, d.span, d.hint);
  }
  if (found.has_errors()) file.jobs.clear();
  return file;
}

long long chips_of_jobs(const std::vector<NetworkJob>& jobs, const Node& node) {
  const long long unit = unit_of(node);
  long long chips = 0;
  for (const NetworkJob& job : jobs) chips += (job.chips + unit - 1) / unit * unit;
  return chips;
}

void check_room(const JobsFile& file, const Cluster& cluster, Diagnostics& diagnostics) {
  const long long unit = unit_of(cluster.node);
  long long free = cluster.machine_chips() / unit * unit;
  for (std::size_t j = 0; j < file.jobs.size(); ++j) {
    const NetworkJob& job = file.jobs[j];
    const long long wanted = (job.chips + unit - 1) / unit * unit;
    if (wanted <= free) {
      free -= wanted;
      continue;
    }
    const std::string whole =
        wanted == job.chips ? "" : fmt::format(" ({} in whole domains of {})", format_count(wanted), unit);
    diagnostics.error(fmt::format("`{}` does not fit: it takes {} GPUs{}, and {} of the machine's {} are left",
                                  job.name.substr(0, 40), format_count(job.chips), whole, format_count(free),
                                  format_count(cluster.machine_chips())),
                      place(file, j, "gpus"), "--machine says how many GPUs the machine has");
  }
}

}  // namespace orrery
