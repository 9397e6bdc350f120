#include "validate/interval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "scenario/csv.hpp"
#include "scenario/embedded.hpp"

namespace orrery {
namespace {

constexpr double kCoverage = 0.8;
constexpr std::size_t kFewForQuantile = 20;  // Below, the 80th of a hundred rests on the three worst or fewer.
constexpr double kPriorConfigurations = 5;   // Weight of the pooled mean error beside the regime's own.
constexpr double kLargestError = 0.4;        // As in the fit: an outlier counts as 50 %, however far it is.

double mean_error(const std::vector<double>& magnitudes) {
  double sum = 0;
  for (const double magnitude : magnitudes) sum += std::min(magnitude, kLargestError);
  return sum / static_cast<double>(magnitudes.size());
}

/// The pooled quantile, scaled by how much larger errors are in this regime than on average. The scale is a mean over
/// the regime and `kPriorConfigurations` average ones.
double scaled_quantile(const std::vector<double>& few, const std::vector<double>& all, double pooled_quantile) {
  const double average = mean_error(all);
  if (average <= 0) return pooled_quantile;
  const double n = static_cast<double>(few.size());
  const double mean = (n * mean_error(few) + kPriorConfigurations * average) / (n + kPriorConfigurations);
  return pooled_quantile * mean / average;
}

}  // namespace

double conformal_quantile(std::vector<double> magnitudes, double coverage) {
  if (magnitudes.empty()) return 0;
  const double n = static_cast<double>(magnitudes.size());
  // A hair below, so that (n + 1) coverage = 4 + 1e-15 is the fourth.
  const auto rank = static_cast<std::size_t>(std::ceil((n + 1) * coverage - 1e-9));
  const auto place =
      magnitudes.begin() + static_cast<std::ptrdiff_t>(std::min(std::max<std::size_t>(rank, 1), magnitudes.size()) - 1);
  std::nth_element(magnitudes.begin(), place, magnitudes.end());
  return *place;
}

double IntervalTable::half_width(const std::string& regime) const {
  const auto found = regimes.find(regime);
  return found == regimes.end() ? pooled.half_width : found->second.half_width;
}

IntervalTable fit_intervals(const std::vector<ScoreBook::Configuration>& configurations, Side side) {
  std::map<std::string, std::vector<double>> by_regime;
  std::vector<double> time, memory;
  for (const auto& c : configurations) {
    if (side != Side::Both && c.fit_part != (side == Side::Fit)) continue;
    const double magnitude = std::abs(c.log_ratio);
    if (c.memory) {
      memory.push_back(magnitude);
    } else {
      time.push_back(magnitude);
      by_regime[c.regime].push_back(magnitude);
    }
  }
  IntervalTable table;
  table.pooled = {time.size(), conformal_quantile(time, kCoverage)};
  table.memory = {memory.size(), conformal_quantile(memory, kCoverage)};
  for (const auto& [name, magnitudes] : by_regime) {
    const double own = magnitudes.size() < kFewForQuantile ? scaled_quantile(magnitudes, time, table.pooled.half_width)
                                                           : conformal_quantile(magnitudes, kCoverage);
    table.regimes[name] = {magnitudes.size(), own};
  }
  return table;
}

void apply_interval(StepResult& result, const IntervalTable& table) {
  const double factor = std::exp(table.half_width(regime_name(result.regime)));
  result.low = result.step_time / factor;
  result.high = result.step_time * factor;
}

void apply_interval(RowScore& score, const IntervalTable& table) {
  const double factor = std::exp(score.memory ? table.memory.half_width : table.half_width(score.regime));
  // Every metric is proportional to the step time or to its inverse: the same factors hold either way.
  score.low = score.predicted / factor;
  score.high = score.predicted * factor;
  score.low_base = score.predicted_base / factor;
  score.high_base = score.predicted_base * factor;
}

std::string to_csv(const IntervalTable& table) {
  std::string text = "regime,configurations,half_width\n";
  const auto line = [&text](const std::string& name, const IntervalTable::Entry& entry) {
    text += fmt::format("{},{},{:.6f}\n", name, entry.configurations, entry.half_width);
  };
  for (const auto& [name, entry] : table.regimes) line(name, entry);
  line("pooled", table.pooled);
  line("memory", table.memory);
  return text;
}

IntervalTable interval_table(const std::string& name, const std::string& text) {
  std::istringstream in(text);
  Diagnostics mistakes;
  CsvReader csv(in, name);
  const std::vector<std::string> columns = {"regime", "configurations", "half_width"};
  if (csv.header(mistakes) != columns)
    mistakes.error("a table of intervals has the columns regime,configurations,half_width", csv.span(0));
  mistakes.throw_if_errors();
  IntervalTable table;
  while (csv.next(mistakes)) {
    const std::string regime(csv.row()[0]), count(csv.row()[1]), width(csv.row()[2]);
    char* end = nullptr;
    IntervalTable::Entry entry;
    entry.configurations = std::strtoull(count.c_str(), nullptr, 10);
    entry.half_width = std::strtod(width.c_str(), &end);
    if (end == width.c_str() || !(entry.half_width >= 0 && entry.half_width <= 10)) {
      mistakes.error("`half_width` is not a number between 0 and 10", csv.span(2));
    }
    (regime == "pooled" ? table.pooled : regime == "memory" ? table.memory : table.regimes[regime]) = entry;
  }
  mistakes.throw_if_errors();
  return table;
}

IntervalTable embedded_intervals(const std::string& path) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path == path) return interval_table(path, std::string(file.text));
  }
  return {};
}

const IntervalTable& reference_intervals() {
  static const IntervalTable table = embedded_intervals("data/reference/intervals.csv");
  return table;
}

}  // namespace orrery
