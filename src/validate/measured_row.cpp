#include "validate/measured_row.hpp"

#include <array>
#include <istream>
#include <utility>

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
  return read_row_table<MeasuredRow>(in, name, measured_column_table(), Strangers::Ignore, "docs/conventions.md", use);
}

std::size_t read_measured_file(const std::string& path, const std::function<void(const MeasuredRow&)>& use) {
  return read_table_file(path, [&](std::istream& in) { return read_measured_rows(in, path, use); });
}

}  // namespace orrery
