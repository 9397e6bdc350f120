#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "validate/baseline.hpp"
#include "validate/evaluate.hpp"
#include "validate/interval.hpp"
#include "validate/measured_row.hpp"
#include "validate/presets.hpp"
#include "validate/score.hpp"

namespace orrery {

/// What is done beside scoring the rows.
struct ValidateOptions {
  bool baseline = false;  ///< Also fit and score the yardstick (baseline.hpp), on at most `kMaxBaselineRows`.
  /// Told behind every row how many bytes of the table have been read; may be empty.
  std::function<void(std::size_t bytes)> on_read;
};
inline constexpr std::size_t kMaxBaselineRows = 20'000;

/// Predicted against measured, for a whole file.
struct Validation {
  ScoreBook book;
  std::vector<BaselineScore> baseline;
  /// Configurations that could be scored, as the yardstick sees them: those of direct figures first, one a group.
  std::vector<BaselineRow> configurations;
};

/// Scores every row of a CSV with the columns of docs/conventions.md. Rows stream: each is handed to `on_row` (which
/// may be empty) as soon as it is scored, and only some hundred bytes a row are kept. Throws `InputError` for a file
/// that is not one; rows handed out before a mistake was found stand.
Validation validate_file(const std::string& path, const RowPresets& presets, const PredictStep& predict,
                         const IntervalTable& intervals, const ValidateOptions& options = {},
                         const std::function<void(const RowEvaluation&)>& on_row = {});

/// The same from a stream called `name` in messages.
Validation validate_rows(std::istream& in, const std::string& name, const RowPresets& presets,
                         const PredictStep& predict, const IntervalTable& intervals,
                         const ValidateOptions& options = {},
                         const std::function<void(const RowEvaluation&)>& on_row = {});

}  // namespace orrery
