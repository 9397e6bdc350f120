#include "validate/measured_row.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <utility>

#include "scenario/csv.hpp"
#include "validate/measured_cells.hpp"

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
  std::size_t rows = 0;
  while (csv.next(mistakes) && mistakes.all().size() < kMaxMistakes) {
    ++rows;
    MeasuredRow row = known.row(csv.row(), report);
    row.line = csv.line();
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
