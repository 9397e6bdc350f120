#include "validate/measured_row.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/check.hpp"

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

}  // namespace orrery
