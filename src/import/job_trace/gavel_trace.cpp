#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "import/job_trace/trace_readers.hpp"
#include "scenario/json_reader.hpp"

namespace orrery {
namespace {

/// Steps per second of a kind of job on a number of GPUs of one type.
class Rates {
 public:
  struct Rate {
    double steps = 0;     ///< Per second; 0: the kind is not known.
    bool scaled = false;  ///< From another number of GPUs.
  };

  /// Of the table that Gavel's simulator reads: {type: {"('ResNet-18 (batch size 16)', 1)": {"null": 4.79, ...}}}.
  static std::optional<Rates> read(TraceInput& input) {
    const std::string& path = input.options.gavel_rates;
    if (path.empty()) {
      input.diagnostics.error(fmt::format("`{}` says steps, not run times", input.name), {},
                              "give Gavel's table of rates, simulation_throughputs.json");
      return std::nullopt;
    }
    const Value root = read_json(read_text_file(path), input.diagnostics, kLargestText);
    const Value* type = root.find(input.options.gavel_gpu_type);
    if (type == nullptr || type->table() == nullptr) {
      if (!input.diagnostics.has_errors())
        input.diagnostics.error(fmt::format("`{}` has no rates of `{}`", path, input.options.gavel_gpu_type));
      return std::nullopt;
    }
    Rates rates;
    for (const Value::Entry& entry : *type->table()) {
      const auto comma = entry.key.rfind(", ");
      const Value* alone = entry.value.find("null");
      if (comma == std::string::npos || comma < 3 || alone == nullptr || entry.key.back() != ')') continue;
      const auto gpus = whole_number_in(std::string_view(entry.key).substr(comma + 2, entry.key.size() - comma - 3));
      const double* steps = alone->real();
      if (!gpus || *gpus < 1 || steps == nullptr || !(*steps > 0)) continue;
      rates.of_[entry.key.substr(2, comma - 3)][*gpus] = *steps;
    }
    if (rates.of_.empty()) {
      input.diagnostics.error(fmt::format("`{}` holds no rate", path));
      return std::nullopt;
    }
    return rates;
  }

  Rate of(std::string_view kind, std::int64_t gpus) const {
    const auto found = of_.find(kind);
    if (found == of_.end()) return {};
    auto at = found->second.upper_bound(gpus);
    if (at == found->second.begin()) return {};
    --at;
    return {at->second * static_cast<double>(gpus) / static_cast<double>(at->first), at->first != gpus};
  }

 private:
  std::map<std::string, std::map<std::int64_t, double>, std::less<>> of_;
};

}  // namespace

void read_gavel_trace(TraceInput& input, JobRows& rows, bool raw) {
  const auto rates = Rates::read(input);
  if (!rates) return;
  // Of the files without a header, some name a working directory, too.
  std::vector<std::string> names;
  if (raw) {
    const std::string_view begin = input.in.peek_text();
    const std::string_view line = begin.substr(0, begin.find('\n'));
    names = {"job_type", "command"};
    if (std::count(line.begin(), line.end(), '\t') == 9) names.emplace_back("working_directory");
    for (const char* name :
         {"num_steps_arg", "needs_data_dir", "total_steps", "gpus", "priority_weight", "SLO", "arrival_s"})
      names.emplace_back(name);
  }
  const auto source = raw ? separated_rows(input.in, input.name, '\t', names) : csv_rows(input.in, input.name);
  Columns columns(*source, input);
  const int pool = columns.find({"vc"}), kind = columns.need({"job_type"}), steps = columns.need({"total_steps"});
  const int submit = columns.need({"arrival_s"}), gpus = columns.need({"gpus"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Own);
  std::set<std::string, std::less<>> unknown;
  Fields fields(*source, rows);
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.pool = fields.text(pool);
    row.kind = fields.text(kind);
    row.submit = fields.seconds(submit, Fields::Need::Needed);
    row.gpus = fields.whole(gpus, Fields::Need::Needed);
    const auto work = number_in(fields.text(steps));
    const Rates::Rate rate = row.gpus > 0 ? rates->of(row.kind, row.gpus) : Rates::Rate{};
    if (row.gpus > 0 && rate.steps == 0 && unknown.size() < 100) unknown.emplace(row.kind);
    if (work && rate.steps > 0 && std::abs(*work / rate.steps) < 1e10) {
      row.run = static_cast<Millis>(std::floor(*work / rate.steps * 1000 + 0.5));
      if (rate.scaled) rows.note(TraceIssue::RateScaled, row.line);
    }
    rows.add(row);
  });
  for (const std::string& name : unknown)
    rows.report().notes.push_back(
        fmt::format("no rate of `{}` on {}", name.substr(0, 64), input.options.gavel_gpu_type));
  rows.report().notes.push_back(
      fmt::format("run time is steps / rate on {}, alone on its GPUs", input.options.gavel_gpu_type));
}

}  // namespace orrery
