#include "validate/measured_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <utility>

#include "validate/csv_stream.hpp"
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
  const Source source = std::make_shared<const SourceText>(SourceText{name, ""});
  Diagnostics mistakes;
  CsvStream csv(in);
  const auto report = [&](std::size_t position, std::string message, std::string hint) {
    const std::size_t cell = std::min(position, csv.cells().size() - 1);
    mistakes.error(std::move(message), {source, csv.line(cell), csv.column(cell), csv.cells()[cell].size()},
                   std::move(hint));
  };
  const auto broken = [&] {
    const CsvStream::Problem& problem = csv.problem();
    mistakes.error(problem.message, {source, problem.line, problem.column, 1}, problem.hint);
  };
  std::size_t rows = 0;
  CsvStream::Outcome outcome = csv.next();
  if (outcome == CsvStream::Outcome::End)
    throw InputError("the file is empty", {source, 1, 1, 1}, "a CSV with a header");
  if (outcome == CsvStream::Outcome::Broken) {
    broken();
    mistakes.throw_if_errors();
  }
  const MeasuredCells known(csv.cells(), report);
  mistakes.throw_if_errors();  // Without the columns every row would be wrong.
  while ((outcome = csv.next()) == CsvStream::Outcome::Row && mistakes.all().size() < kMaxMistakes) {
    ++rows;
    if (csv.cells().size() != known.columns()) {
      report(0, fmt::format("{} cells, the header has {}", csv.cells().size(), known.columns()),
             "is a comma missing or unquoted, or the file cut short?");
      continue;
    }
    for (std::size_t i = 0; i < csv.cells().size(); ++i) {
      if (!is_utf8(csv.cells()[i])) report(i, "bytes that are not UTF-8", "save the file as UTF-8");
    }
    MeasuredRow row = known.row(csv.cells(), report);
    row.line = csv.row_line();
    if (!mistakes.has_errors()) use(row);
  }
  if (outcome == CsvStream::Outcome::Broken) broken();
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
