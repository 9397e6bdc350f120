#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "import/job_trace/canonical_trace.hpp"
#include "import/job_trace/trace_text.hpp"

namespace orrery {
namespace {

constexpr std::size_t kFlushAt = std::size_t{1} << 16U;

void put_seconds(std::string& row, Millis time) {
  const auto at = std::back_inserter(row);
  if (time < 0) row += '-';
  const Millis size = time < 0 ? -time : time;
  fmt::format_to(at, "{}", size / 1000);
  if (size % 1000 == 0) return;
  fmt::format_to(at, ".{:03}", size % 1000);
  while (row.back() == '0') row.pop_back();
}

void put_text(std::string& row, std::string_view text) {
  // Spaces at the ends would be trimmed, and words such as "none" would be read as nothing.
  const bool quote = text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (!quote) {
    row += text;
    return;
  }
  row += '"';
  for (const char c : text) {
    if (c == '"') row += '"';
    row += c;
  }
  row += '"';
}

}  // namespace

const std::vector<CanonicalColumn>& canonical_columns() {
  static const std::vector<CanonicalColumn> columns = {
      {"id", "the job's name; without the column the number of its row, from 0"},
      {"submit_s", "submission, seconds since the begin of the trace"},
      {"run_s", "run time in seconds when nothing stops it"},
      {"gpus", "GPUs of the whole gang; 0: none"},
      {"limit_s", "time limit that the user asked for, seconds; empty: none"},
      {"tenant", "account, organisation, queue"},
      {"user", "who submitted it"},
      {"pool", "virtual cluster or partition with nodes of its own"},
      {"qos", "QOS or priority class"},
      {"gpu_type", "the GPU type that it needs, several with | between; empty: any"},
      {"kind", "model or workload"},
      {"priority", "whole number, larger goes first; empty: 0"},
      {"workers", "equal parts of the gang, one a pod or node; empty or 0: as the placement packs it"},
      {"min_gpus", "of an elastic job, which runs on min_gpus to gpus; empty: gpus"},
      {"gpu_milli", "thousandths of its GPU that a job of one GPU takes; empty: 1000"},
      {"cpu_milli", "thousandths of a CPU, the whole job; empty: 0"},
      {"memory_mib", "host memory of the whole job, MiB; empty: 0"},
      {"preemptible", "1 or 0: whether it may be stopped for others; without the column the policy says"},
      {"deadline_s", "seconds since the begin of the trace; empty: none"},
      {"after", "id of the job that must end first; empty: none"},
      {"start_s",
       "when the real scheduler started it, seconds since the begin of the trace; empty: never, or not known"},
      {"state", "completed, failed, cancelled, timeout, running; empty: not known"},
  };
  return columns;
}

void write_canonical_csv(const JobTable& jobs, std::ostream& out) {
  const JobTable& t = jobs;
  const auto has = [](const auto& column) { return !column.empty(); };
  std::string text;
  for (const auto& [name, there] :
       std::initializer_list<std::pair<const char*, bool>>{{"id", has(t.id)},
                                                           {"submit_s", true},
                                                           {"run_s", true},
                                                           {"gpus", true},
                                                           {"limit_s", has(t.limit)},
                                                           {"tenant", has(t.tenant)},
                                                           {"user", has(t.user)},
                                                           {"pool", has(t.pool)},
                                                           {"qos", has(t.qos)},
                                                           {"gpu_type", has(t.gpu_type)},
                                                           {"kind", has(t.kind)},
                                                           {"priority", has(t.priority)},
                                                           {"workers", has(t.workers)},
                                                           {"min_gpus", has(t.min_gpus)},
                                                           {"gpu_milli", has(t.gpu_milli)},
                                                           {"cpu_milli", has(t.cpu_milli)},
                                                           {"memory_mib", has(t.memory_mib)},
                                                           {"preemptible", has(t.preemptible)},
                                                           {"deadline_s", has(t.deadline)},
                                                           {"after", has(t.after)},
                                                           {"start_s", has(t.recorded_start)},
                                                           {"state", has(t.state)}}) {
    if (!there) continue;
    if (!text.empty()) text += ',';
    text += name;
  }
  text += '\n';
  for (std::size_t i = 0; i < t.size(); ++i) {
    const auto name = [&](const std::vector<std::int32_t>& column, const Names& names) {
      if (column.empty()) return;
      text += ',';
      if (column[i] >= 0) put_text(text, names.at(column[i]));
    };
    const auto number = [&](const auto& column) {
      if (!column.empty()) fmt::format_to(std::back_inserter(text), ",{}", +column[i]);
    };
    const auto time = [&](const std::vector<Millis>& column, Millis nothing) {
      if (column.empty()) return;
      text += ',';
      if (column[i] != nothing) put_seconds(text, column[i]);
    };
    if (has(t.id)) {
      put_text(text, t.id[i]);
      text += ',';
    }
    put_seconds(text, t.submit[i]);
    time(t.run, kUnsaid);
    number(t.gpus);
    time(t.limit, kNever);
    name(t.tenant, t.tenants);
    name(t.user, t.users);
    name(t.pool, t.pools);
    name(t.qos, t.qos_names);
    name(t.gpu_type, t.gpu_types);
    name(t.kind, t.kinds);
    number(t.priority);
    number(t.workers);
    number(t.min_gpus);
    number(t.gpu_milli);
    number(t.cpu_milli);
    number(t.memory_mib);
    number(t.preemptible);
    time(t.deadline, kNever);
    if (has(t.after)) {
      text += ',';
      const JobId after = t.after[i];
      if (after != kNoJob && has(t.id)) put_text(text, t.id[static_cast<std::size_t>(after)]);
      if (after != kNoJob && !has(t.id)) text += std::to_string(after);
    }
    time(t.recorded_start, -1);
    if (has(t.state)) {
      text += ',';
      text += job_state_name(t.state[i]);
    }
    text += '\n';
    if (text.size() > kFlushAt) {
      out.write(text.data(), static_cast<std::streamsize>(text.size()));
      text.clear();
    }
  }
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace orrery
