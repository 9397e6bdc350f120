#include "validate/validate.hpp"

#include <unordered_map>
#include <utility>

namespace orrery {
namespace {

/// Scores rows as they come and keeps what the summaries need.
class Run {
 public:
  Run(const RowPresets& presets, const PredictStep& predict, const IntervalTable& intervals,
      const ValidateOptions& options, const std::function<void(const RowEvaluation&)>& on_row)
      : presets_(presets), predict_(predict), intervals_(intervals), options_(options), on_row_(on_row) {}

  void operator()(const MeasuredRow& row) {
    const RowEvaluation evaluation = evaluate_row(row, presets_, predict_, intervals_);
    result_.book.add(evaluation.score);
    if (options_.baseline && evaluation.score.skipped.empty() && is_time(row.metric)) keep(row, evaluation);
    if (on_row_) on_row_(evaluation);
    if (options_.on_read) options_.on_read(row.end);
  }

  Validation finish() {
    if (options_.baseline) result_.baseline = score_baseline(result_.configurations);
    return std::move(result_);
  }

 private:
  /// One configuration a group; a direct figure replaces a derived one.
  void keep(const MeasuredRow& row, const RowEvaluation& evaluation) {
    const bool direct = is_direct_time(row.metric);
    const std::string key = row.family + " " + (row.group.empty() ? "id " + row.id : row.group);
    const Seconds measured(evaluation.score.measured_base);
    if (const auto found = place_.find(key); found != place_.end()) {
      auto& [index, is_direct] = found->second;
      if (direct && !is_direct) {
        result_.configurations[index].measured = measured;
        is_direct = true;
      }
      return;
    }
    if (result_.configurations.size() == kMaxBaselineRows) return;
    place_.emplace(key, std::pair{result_.configurations.size(), direct});
    result_.configurations.push_back({row.family, evaluation.score.fit_part, evaluation.meaning.spec, measured});
  }

  const RowPresets& presets_;
  const PredictStep& predict_;
  const IntervalTable& intervals_;
  const ValidateOptions& options_;
  const std::function<void(const RowEvaluation&)>& on_row_;
  std::unordered_map<std::string, std::pair<std::size_t, bool>> place_;
  Validation result_;
};

}  // namespace

Validation validate_rows(std::istream& in, const std::string& name, const RowPresets& presets,
                         const PredictStep& predict, const IntervalTable& intervals, const ValidateOptions& options,
                         const std::function<void(const RowEvaluation&)>& on_row) {
  Run run(presets, predict, intervals, options, on_row);
  read_measured_rows(in, name, [&run](const MeasuredRow& row) { run(row); });
  return run.finish();
}

Validation validate_file(const std::string& path, const RowPresets& presets, const PredictStep& predict,
                         const IntervalTable& intervals, const ValidateOptions& options,
                         const std::function<void(const RowEvaluation&)>& on_row) {
  Run run(presets, predict, intervals, options, on_row);
  read_measured_file(path, [&run](const MeasuredRow& row) { run(row); });
  return run.finish();
}

}  // namespace orrery
