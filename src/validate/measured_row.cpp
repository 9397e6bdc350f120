#include "validate/measured_row.hpp"

#include <fmt/format.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <istream>
#include <unordered_map>
#include <utility>

#include "scenario/csv.hpp"
#include "validate/measured_cells.hpp"
#include "validate/split.hpp"

namespace orrery {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 7> kMetrics = {{{"step_seconds", "s"},
                                                                          {"tokens_per_s_per_gpu", "tokens/s/gpu"},
                                                                          {"tflops_per_gpu", "TFLOP/s/gpu"},
                                                                          {"mfu", "fraction"},
                                                                          {"hfu", "fraction"},
                                                                          {"gpu_hours", "gpu-hours"},
                                                                          {"peak_memory_gib", "GiB"}}};

constexpr std::size_t kMaxMistakes = 100;

/// Where each id stood first. An id is known by 64 bits: in a table of a million rows the chance that two different
/// ones share them is one in forty million.
class SeenIds {
 public:
  /// The line of an earlier row of this id; 0 where there is none.
  std::size_t earlier_line(const MeasuredRow& row) {
    const auto [place, is_new] = lines_.try_emplace(stable_hash(row.id), row.line);
    return is_new ? 0 : place->second;
  }

 private:
  std::unordered_map<std::uint64_t, std::size_t> lines_;
};

}  // namespace

const char* metric_name(Metric metric) {
  return kMetrics[static_cast<std::size_t>(metric)].first;
}
const char* metric_unit(Metric metric) {
  return kMetrics[static_cast<std::size_t>(metric)].second;
}
bool is_direct_time(Metric metric) {
  return metric == Metric::StepSeconds || metric == Metric::TokensPerGpu;
}
bool is_time(Metric metric) {
  return metric != Metric::GpuHours && metric != Metric::PeakMemoryGib;
}

std::size_t read_measured_rows(std::istream& in, const std::string& name,
                               const std::function<void(const MeasuredRow&)>& use) {
  Diagnostics mistakes;
  CsvReader csv(in, name);
  const auto report = [&](std::size_t position, std::string message, std::string hint) {
    mistakes.error(std::move(message), csv.span(position), std::move(hint));
  };
  const std::vector<std::string>& header = csv.header(mistakes);
  mistakes.throw_if_errors();
  const MeasuredCells known(header, report);
  mistakes.throw_if_errors();  // Without the columns every row would be wrong.
  SeenIds seen;
  std::size_t rows = 0;
  while (csv.next(mistakes) && mistakes.all().size() < kMaxMistakes) {
    ++rows;
    MeasuredRow row = known.row(csv.row(), report);
    row.line = csv.line();
    row.end = csv.bytes();
    if (row.id.empty()) {
      report(known.id_position(), "`id` is blank", "a name that no other row has");
    } else if (const std::size_t line = seen.earlier_line(row); line > 0) {
      report(known.id_position(), fmt::format("the id `{}` stands twice", row.id),
             fmt::format("first on line {}", line));
    }
    if (!mistakes.has_errors()) use(row);
  }
  mistakes.throw_if_errors();
  return rows;
}

std::size_t read_measured_file(const std::string& path, const std::function<void(const MeasuredRow&)>& use) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw InputError("`" + path + "` is a directory", {}, "a CSV file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError("cannot open `" + path + "`: " + std::strerror(errno == 0 ? EIO : errno));
  return read_measured_rows(in, path, use);
}

}  // namespace orrery
