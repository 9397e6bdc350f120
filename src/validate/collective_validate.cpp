#include "validate/collective_validate.hpp"

#include <cmath>
#include <istream>
#include <map>
#include <utility>

namespace orrery {
namespace {

class Run {
 public:
  Run(const RowPresets& presets, const IntervalTable& intervals, Side side, const OnBytes& on_bytes,
      const OnCollective& on_row)
      : presets_(presets), intervals_(intervals), side_(side), on_bytes_(on_bytes), on_row_(on_row) {}

  void operator()(const CollectiveRow& row) {
    const CollectiveEvaluation evaluation = evaluate_collective(row, presets_, intervals_);
    const RowScore& score = evaluation.score;
    result_.book.add(score);
    const bool counts = side_ == Side::Both || score.fit_part == (side_ == Side::Fit);
    if (counts && score.skipped.empty() && !evaluation.meaning.experts) {
      for (const std::string& name : {score.regime, std::string("all")}) {
        CollectiveYardstick& sum = sums_[name];
        ++sum.rows;
        sum.model += std::abs(score.relative_error);
        sum.nccl += std::abs(evaluation.yardstick);
      }
    }
    if (on_row_) on_row_(evaluation);
    if (on_bytes_) on_bytes_(row.end);
  }

  CollectiveValidation finish() {
    for (auto& [name, sum] : sums_) {
      sum.regime = name;
      sum.model /= static_cast<double>(sum.rows);
      sum.nccl /= static_cast<double>(sum.rows);
      result_.yardstick.push_back(sum);
    }
    return std::move(result_);
  }

 private:
  const RowPresets& presets_;
  const IntervalTable& intervals_;
  Side side_;
  const OnBytes& on_bytes_;
  const OnCollective& on_row_;
  std::map<std::string, CollectiveYardstick> sums_;
  CollectiveValidation result_;
};

}  // namespace

CollectiveValidation validate_collectives(std::istream& in, const std::string& name, const RowPresets& presets,
                                          const IntervalTable& intervals, Side side, const OnBytes& on_bytes,
                                          const OnCollective& on_row) {
  Run run(presets, intervals, side, on_bytes, on_row);
  read_collective_rows(in, name, [&run](const CollectiveRow& row) { run(row); });
  return run.finish();
}

CollectiveValidation validate_collective_file(const std::string& path, const RowPresets& presets,
                                              const IntervalTable& intervals, Side side, const OnBytes& on_bytes,
                                              const OnCollective& on_row) {
  Run run(presets, intervals, side, on_bytes, on_row);
  read_collective_file(path, [&run](const CollectiveRow& row) { run(row); });
  return run.finish();
}

}  // namespace orrery
