#include "import/openb.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "scenario/csv.hpp"

namespace orrery {
namespace {

/// Of one file; the rest would only repeat them.
constexpr std::size_t kMostMistakes = 100;
constexpr std::size_t kLargestFile = std::size_t{1} << 30U;
constexpr std::size_t kMostRows = 50'000'000;
constexpr std::int64_t kMostAmount = 1'000'000'000;

std::string shown(std::string_view text) {
  return std::string(text.substr(0, 40));
}

/// Rows of a CSV with known columns, and the mistakes in them.
class Rows {
 public:
  Rows(std::istream& in, const std::string& name, Diagnostics& diagnostics)
      : csv_(in, name), diagnostics_(diagnostics) {}

  /// Reads the header: which columns are there. False where one is missing or unknown.
  bool begin(const std::vector<std::string>& required, const std::vector<std::string>& optional) {
    Diagnostics found;
    const std::vector<std::string> header = csv_.header(found);
    if (!found.has_errors()) {
      std::vector<std::string> known = required;
      known.insert(known.end(), optional.begin(), optional.end());
      for (std::size_t i = 0; i < header.size(); ++i) {
        if (std::find(known.begin(), known.end(), header[i]) != known.end()) continue;
        const std::string near = did_you_mean(header[i], known);
        found.error(fmt::format("unknown column `{}`", shown(header[i])), csv_.span(i),
                    near.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                 : fmt::format("did you mean `{}`?", near));
      }
      for (const std::string& column : required) {
        if (csv_.column(column) < 0) found.error(fmt::format("there is no column `{}`", column), csv_.span(0));
      }
    }
    pass_on(found);
    return !found.has_errors();
  }

  bool next() {
    if (mistakes_ >= kMostMistakes) return false;
    Diagnostics found;
    const bool more = csv_.next(found);
    pass_on(found);
    if (more && ++rows_ > kMostRows) {
      wrong(0, fmt::format("more than {} rows", kMostRows), "cut the list");
      return false;
    }
    return more;
  }

  int column(const char* name) const { return csv_.column(name); }
  /// A field; empty where there is no such column.
  std::string_view text(int column) const {
    return column < 0 ? std::string_view() : csv_.row()[static_cast<std::size_t>(column)];
  }
  /// A whole number of at least 0; nothing where the field is empty or, then reported, none.
  std::optional<std::int64_t> amount(int column, const char* name, std::int64_t most = kMostAmount) {
    const std::string_view field = text(column);
    if (field.empty()) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    // Other programs write whole numbers as "12.0".
    const std::string_view rest(end, static_cast<std::size_t>(field.data() + field.size() - end));
    if (error != std::errc() || !(rest.empty() || rest == ".0")) {
      wrong(column, fmt::format("`{}` is no whole number: `{}`", name, shown(field)));
    } else if (value < 0) {
      wrong(column, fmt::format("`{}` is negative", name));
    } else if (value > most) {
      wrong(column, fmt::format("`{}` is larger than {}", name, most));
    } else {
      return value;
    }
    return std::nullopt;
  }
  /// The same of a field that has to be there where its column is.
  std::optional<std::int64_t> needed(int column, const char* name, std::int64_t most = kMostAmount) {
    if (column >= 0 && text(column).empty()) {
      wrong(column, fmt::format("`{}` is empty", name));
      return std::nullopt;
    }
    return column < 0 ? std::optional<std::int64_t>(0) : amount(column, name, most);
  }

  void wrong(int column, std::string message, std::string hint = "") {
    ++mistakes_;
    diagnostics_.error(std::move(message), csv_.span(static_cast<std::size_t>(column)), std::move(hint));
  }
  void doubtful(int column, std::string message, std::string hint) {
    if (++doubts_ > kMostMistakes) return;
    diagnostics_.warning(std::move(message), csv_.span(static_cast<std::size_t>(column)), std::move(hint));
  }
  /// A name that is there and was not before.
  void take_name(int column) {
    const std::string_view name = text(column);
    if (name.empty()) {
      wrong(column, "a row has no name");
    } else if (!names_.emplace(name).second) {
      wrong(column, fmt::format("`{}` is there twice", shown(name)));
    }
  }
  bool failed() const { return mistakes_ > 0; }

 private:
  void pass_on(const Diagnostics& found) {
    for (const Diagnostic& d : found.all()) {
      if (d.severity == Severity::Error) {
        ++mistakes_;
        diagnostics_.error(d.message, d.span, d.hint);
      } else {
        diagnostics_.warning(d.message, d.span, d.hint);
      }
    }
  }

  CsvReader csv_;
  Diagnostics& diagnostics_;
  std::unordered_set<std::string> names_;
  std::size_t mistakes_ = 0, doubts_ = 0, rows_ = 0;
};

struct PodColumns {
  int name, cpu, memory, gpus, milli, spec, qos, phase, created, deleted, scheduled;
};

std::optional<JobState> state_of(std::string_view phase) {
  if (phase == "Running") return JobState::Running;
  if (phase == "Succeeded") return JobState::Completed;
  if (phase == "Failed") return JobState::Failed;
  if (phase == "Pending" || phase == "Unknown" || phase.empty()) return JobState::Unknown;
  return std::nullopt;
}

/// GPUs of a pod and what it takes of each, as the published simulator takes the columns.
bool read_gpus(Rows& rows, const PodColumns& at, JobTable& jobs) {
  const auto gpus = rows.needed(at.gpus, "num_gpu", 1'000'000);
  auto milli = rows.needed(at.milli, "gpu_milli");
  if (!gpus || !milli) return false;
  if (*gpus > 0 && *milli == 0) {
    rows.wrong(at.milli, "a pod with GPUs takes nothing of them", "gpu_milli is 1 to 1000");
    return false;
  }
  if (*gpus > 1 && *milli < 1000) {
    rows.wrong(at.milli, fmt::format("a pod shares {} GPUs", *gpus), "only pods of one GPU can");
    return false;
  }
  if (*gpus > 0 && *milli > 1000) {
    rows.doubtful(at.milli, fmt::format("gpu_milli is {}, more than a GPU", *milli), "taken as 1000");
    milli = 1000;
  }
  if (*gpus == 0 && *milli > 0) rows.doubtful(at.milli, "a pod without a GPU takes a share of one", "ignored");
  jobs.gpus.push_back(static_cast<std::int32_t>(*gpus));
  jobs.gpu_milli.push_back(*gpus > 0 ? static_cast<std::int32_t>(*milli) : 1000);
  const std::string_view spec = rows.text(at.spec);
  jobs.gpu_type.push_back(*gpus == 0 || spec.empty() ? -1 : jobs.gpu_types.add(spec));
  return true;
}

bool read_times(Rows& rows, const PodColumns& at, JobTable& jobs) {
  const std::int64_t most = std::numeric_limits<std::int32_t>::max();
  const auto created = rows.amount(at.created, "creation_time", most);
  const auto deleted = rows.amount(at.deleted, "deletion_time", most);
  const auto scheduled = rows.amount(at.scheduled, "scheduled_time", most);
  const std::int64_t submit = created.value_or(0);
  const std::int64_t start = scheduled.value_or(submit);
  if (start < submit) {
    rows.wrong(at.scheduled, "a pod is scheduled before it is created");
    return false;
  }
  if (deleted && *deleted < start) {
    rows.wrong(at.deleted, "a pod is deleted before it is created or scheduled");
    return false;
  }
  jobs.submit.push_back(submit * kSecond);
  jobs.run.push_back(std::max<Millis>(1, (deleted.value_or(start) - start) * kSecond));
  jobs.recorded_start.push_back(scheduled ? *scheduled * kSecond : -1);
  return true;
}

void read_pod(Rows& rows, const PodColumns& at, JobTable& jobs) {
  rows.take_name(at.name);
  const auto cpu = rows.needed(at.cpu, "cpu_milli");
  const auto memory = rows.needed(at.memory, "memory_mib");
  const auto state = state_of(rows.text(at.phase));
  if (!state) {
    rows.wrong(at.phase, fmt::format("unknown phase `{}`", shown(rows.text(at.phase))),
               "Pending, Running, Succeeded, Failed or Unknown");
  }
  const bool gpus = read_gpus(rows, at, jobs);
  const bool times = read_times(rows, at, jobs);
  // After a mistake columns differ in length; nothing of the table is used then.
  if (!cpu || !memory || !state || !gpus || !times) return;
  jobs.id.emplace_back(rows.text(at.name));
  jobs.cpu_milli.push_back(static_cast<std::int32_t>(*cpu));
  jobs.memory_mib.push_back(static_cast<std::int32_t>(*memory));
  jobs.state.push_back(*state);
  jobs.qos.push_back(rows.text(at.qos).empty() ? -1 : jobs.qos_names.add(rows.text(at.qos)));
}

}  // namespace

JobTable read_openb_pods(std::istream& in, const std::string& name, Diagnostics& diagnostics) {
  Rows rows(in, name, diagnostics);
  JobTable jobs;
  if (!rows.begin({"name", "cpu_milli", "num_gpu", "gpu_milli"},
                  {"memory_mib", "gpu_spec", "qos", "pod_phase", "creation_time", "deletion_time", "scheduled_time"})) {
    return jobs;
  }
  const PodColumns at = {rows.column("name"),          rows.column("cpu_milli"),     rows.column("memory_mib"),
                         rows.column("num_gpu"),       rows.column("gpu_milli"),     rows.column("gpu_spec"),
                         rows.column("qos"),           rows.column("pod_phase"),     rows.column("creation_time"),
                         rows.column("deletion_time"), rows.column("scheduled_time")};
  while (rows.next()) read_pod(rows, at, jobs);
  if (!rows.failed() && jobs.empty()) diagnostics.error(fmt::format("there is no pod in {}", name));
  if (rows.failed() || jobs.empty()) return {};
  sort_by_submission(jobs);
  return jobs;
}

SharedMachine read_openb_nodes(std::istream& in, const std::string& name, Diagnostics& diagnostics) {
  Rows rows(in, name, diagnostics);
  SharedMachine machine;
  if (!rows.begin({"sn", "cpu_milli", "memory_mib", "gpu", "model"}, {})) return machine;
  const int sn = rows.column("sn"), cpu = rows.column("cpu_milli"), memory = rows.column("memory_mib"),
            gpus = rows.column("gpu"), model = rows.column("model");
  while (rows.next()) {
    rows.take_name(sn);
    const auto cpu_milli = rows.needed(cpu, "cpu_milli");
    const auto memory_mib = rows.needed(memory, "memory_mib");
    const auto count = rows.needed(gpus, "gpu", 1024);
    if (!cpu_milli || !memory_mib || !count) continue;
    if (*cpu_milli == 0) rows.wrong(cpu, "a node has no CPU");
    if (*memory_mib == 0) rows.wrong(memory, "a node has no memory");
    if (*count > 0 && rows.text(model).empty()) rows.wrong(model, "a node with GPUs has no model");
    NodeGroup group;
    group.gpu_type = rows.text(model);
    group.nodes = 1;
    group.gpus = static_cast<int>(*count);
    group.cpu_milli = *cpu_milli;
    group.memory_mib = *memory_mib;
    NodeGroup last = machine.groups.empty() ? NodeGroup() : machine.groups.back();
    last.nodes = 1;
    if (!machine.groups.empty() && last == group) {
      ++machine.groups.back().nodes;
    } else {
      machine.groups.push_back(group);
    }
  }
  if (!rows.failed() && machine.groups.empty()) diagnostics.error(fmt::format("there is no node in {}", name));
  if (rows.failed()) return {};
  return machine;
}

JobTable read_openb_pods_file(const std::string& path, Diagnostics& diagnostics) {
  std::istringstream in(read_text_file(path, kLargestFile)->text);
  return read_openb_pods(in, path, diagnostics);
}

SharedMachine read_openb_nodes_file(const std::string& path, Diagnostics& diagnostics) {
  std::istringstream in(read_text_file(path, kLargestFile)->text);
  return read_openb_nodes(in, path, diagnostics);
}

}  // namespace orrery
