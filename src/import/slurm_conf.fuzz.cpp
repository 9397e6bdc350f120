// Any bytes as the configuration of a Slurm: read or rejected with places inside the texts; what is read is sound, and
// a few jobs run under it. Lines "%%gres", "%%topology", "%%associations" and "%%qos" begin the other files.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <string>

#include "cluster/engine.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/slurm/scheduler.hpp"
#include "import/slurm_conf.hpp"

namespace {

using namespace orrery;

Source source_of(const std::string& name, std::string text) {
  auto source = std::make_shared<SourceText>();
  source->name = name;
  source->text = std::move(text);
  return source;
}

void run_jobs(const SlurmConf& conf) {
  JobTable jobs;
  for (int i = 0; i < 30; ++i) {
    jobs.submit.push_back(i * kMinute);
    jobs.run.push_back((1 + i % 7) * 10 * kMinute);
    jobs.limit.push_back((1 + i % 11) * 15 * kMinute);
    jobs.gpus.push_back(1 << (i % 5));
    const std::vector<SlurmPartition>& partitions = conf.parameters.partitions;
    jobs.pool.push_back(
        partitions.empty() ? -1 : jobs.pools.add(partitions[static_cast<std::size_t>(i) % partitions.size()].name));
    const std::vector<SlurmQos>& qos = conf.parameters.qos;
    jobs.qos.push_back(qos.empty() ? -1 : jobs.qos_names.add(qos[static_cast<std::size_t>(i) % qos.size()].name));
    const std::vector<SlurmAssociation>& known = conf.parameters.associations;
    jobs.tenant.push_back(known.empty() ? -1
                                        : jobs.tenants.add(known[static_cast<std::size_t>(i) % known.size()].account));
  }
  std::vector<JobId> rows(jobs.size());
  std::iota(rows.begin(), rows.end(), 0);
  GpuPlacement placement(conf.machine, jobs);
  SlurmScheduler slurm(conf.parameters, conf.machine, jobs, rows);
  EngineOptions options;
  options.horizon = 2 * kDay;
  const JobSchedule schedule = ClusterEngine(jobs, rows, placement, slurm, options).run();
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    if (schedule.first_start[job] >= 0 && schedule.first_start[job] < jobs.submit[job]) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::map<std::string, std::string> parts;
  std::string part = "conf";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.starts_with("%%")) {
      part = line.substr(2);
    } else {
      parts[part] += line + "\n";
    }
    at = end + 1;
  }
  SlurmFiles files;
  files.conf = source_of("slurm.conf", parts["conf"]);
  if (parts.contains("gres")) files.gres = source_of("gres.conf", parts["gres"]);
  if (parts.contains("topology")) files.topology = source_of("topology.conf", parts["topology"]);
  if (parts.contains("associations")) files.associations = source_of("associations", parts["associations"]);
  if (parts.contains("qos")) files.qos = source_of("qos", parts["qos"]);
  Diagnostics diagnostics;
  const SlurmConf conf = read_slurm_conf(files, diagnostics);
  for (const Diagnostic& d : diagnostics.all()) {
    const std::string& of = d.span.source == nullptr ? text : d.span.source->text;
    if (d.span.line > of.size() + 1 || d.span.column > of.size() + 1) std::abort();
  }
  if (!diagnostics.has_errors()) {
    if (conf.machine.nodes() < 1) std::abort();
    for (const NodeGroup& group : conf.machine.groups) {
      if (group.nodes < 1 || group.gpus < 0 || group.cpu_milli < 0 || group.memory_mib < 0) std::abort();
    }
    Diagnostics checks;
    check_slurm(conf.parameters, conf.machine, JobTable(), checks);
    if (!checks.has_errors() && conf.machine.nodes() <= 64 && conf.parameters.partitions.size() <= 16) run_jobs(conf);
  }
  render_text(diagnostics.all(), true);
  return 0;
}
