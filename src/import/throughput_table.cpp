#include "import/throughput_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "base/terminal_text.hpp"
#include "scenario/json_reader.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostTold = 100;
constexpr std::int32_t kMostGpus = 1'000'000;
constexpr double kMostRate = 1e12;
constexpr std::string_view kSpread = "_unconsolidated";

std::string quoted(std::string_view text) {
  return fmt::format("`{}`", shortened(text, 60));
}

struct Worker {
  std::string_view kind;
  std::int32_t gpus = 0;
};

/// ('NAME', GPUS) as Python prints it; also with double quotes, which it takes where a name has an apostrophe.
std::optional<Worker> worker_of(std::string_view key) {
  if (key.size() < 2 || key.front() != '(' || key.back() != ')') return std::nullopt;
  key = key.substr(1, key.size() - 2);
  if (key.empty() || (key.front() != '\'' && key.front() != '"')) return std::nullopt;
  const std::string_view separator = key.front() == '\'' ? "', " : "\", ";
  const std::size_t end = key.rfind(separator);
  if (end == std::string_view::npos || end < 2) return std::nullopt;
  Worker worker{key.substr(1, end - 1), 0};
  const std::string_view number = key.substr(end + separator.size());
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), worker.gpus);
  if (error != std::errc() || stop != number.data() + number.size()) return std::nullopt;
  if (worker.gpus < 1 || worker.gpus > kMostGpus) return std::nullopt;
  return worker;
}

std::optional<double> rate_of(const Value& value) {
  double rate = -1;
  if (const double* real = value.real()) rate = *real;
  if (const std::int64_t* integer = value.integer()) rate = static_cast<double>(*integer);
  if (!(rate >= 0 && rate <= kMostRate)) return std::nullopt;
  return rate;
}

class ThroughputReader {
 public:
  explicit ThroughputReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void read(const Value& root) {
    const Value::Table* types = root.table();
    if (types == nullptr || types->empty()) {
      error("a throughput table is an object of GPU types", root.span(),
            R"json({"v100": {"('ResNet-50', 1)": ...}})json");
      return;
    }
    for (const Value::Entry& type : *types) read_type(type);
  }

  std::vector<ThroughputRow> rows;

 private:
  void error(std::string message, const Span& span, std::string hint = {}) {
    if (++told_ <= kMostTold) diagnostics_.error(std::move(message), span, std::move(hint));
  }

  void read_type(const Value::Entry& type) {
    std::string_view name = type.key;
    const bool consolidated = !name.ends_with(kSpread);
    if (!consolidated) name.remove_suffix(kSpread.size());
    if (name.empty()) error(fmt::format("{} names no GPU type", quoted(type.key)), type.key_span);
    const Value::Table* workers = type.value.table();
    if (workers == nullptr) {
      error(fmt::format("rates of {} are {}", quoted(type.key), type.value.kind_name()), type.value.span(),
            "an object of workers");
      return;
    }
    for (const Value::Entry& entry : *workers) {
      const std::optional<Worker> worker = worker_of(entry.key);
      if (!worker) {
        error(fmt::format("{} is no kind and number of GPUs", quoted(entry.key)), entry.key_span,
              "written as ('ResNet-50 (batch size 64)', 2)");
        continue;
      }
      ThroughputRow row{std::string(name), std::string(worker->kind), worker->gpus, consolidated, 0};
      if (read_rates(entry.value, row.steps_per_second)) rows.push_back(std::move(row));
    }
  }

  bool read_rates(const Value& rates, double& alone) {
    const Value::Table* table = rates.table();
    if (table == nullptr) {
      error(fmt::format("rates of a worker are {}", rates.kind_name()), rates.span(),
            R"(an object with "null": steps per second)");
      return false;
    }
    bool found = false;
    for (const Value::Entry& entry : *table) {
      if (entry.key == "null") {
        const std::optional<double> rate = rate_of(entry.value);
        if (!rate) error("steps per second are a number from 0 on", entry.value.span());
        alone = rate.value_or(0);
        found = rate.has_value();
        continue;
      }
      const Value::Array* pair = entry.value.array();
      const bool shared = worker_of(entry.key) && pair != nullptr && pair->size() == 2 && rate_of(pair->front()) &&
                          rate_of(pair->back());
      if (!shared)
        error(fmt::format("{} is no job that shares the GPUs", quoted(entry.key)), entry.key_span,
              "written as \"('A3C', 1)\": [4.1, 2.0]");
    }
    if (table->empty() || (!found && rates.find("null") == nullptr))
      error("a worker has no rate of its own", rates.span(), R"("null": steps per second)");
    return found;
  }

  Diagnostics& diagnostics_;
  std::size_t told_ = 0;
};

}  // namespace

std::vector<ThroughputRow> read_throughput_table(const Source& source, Diagnostics& diagnostics) {
  const Value root = read_json(source, diagnostics);
  if (diagnostics.has_errors()) return {};
  ThroughputReader reader(diagnostics);
  reader.read(root);
  if (diagnostics.has_errors()) return {};
  return std::move(reader.rows);
}

RateTable throughput_rates(const std::vector<ThroughputRow>& rows, const JobTable& jobs, int levels) {
  std::set<std::int32_t> gpus{1};
  for (const ThroughputRow& row : rows) gpus.insert(row.gpus);
  RateTable rates(jobs.kinds.size(), jobs.gpu_types.size(), levels, {gpus.begin(), gpus.end()});
  for (const ThroughputRow& row : rows) {
    const std::int32_t kind = jobs.kinds.find(row.kind), type = jobs.gpu_types.find(row.gpu_type);
    if (kind < 0 || type < 0) continue;
    // One GPU is the same either way.
    if (row.gpus == 1 && !row.consolidated) continue;
    const int level = row.gpus == 1 ? kGpuLevel : (row.consolidated ? kNodeLevel : levels - 1);
    rates.set(kind, type, level, row.gpus, row.steps_per_second);
  }
  return rates;
}

}  // namespace orrery
