#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/progress.hpp"
#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "report/validation_chart.hpp"
#include "report/validation_document.hpp"
#include "scenario/embedded.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/validate.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <sstream>
#include <utility>

namespace orrery {
namespace {

struct ValidateInputs {
  std::string data;
  std::string part = "all";
  bool baseline = false;
};

/// The curated table that the program ships.
std::string_view shipped_rows() {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path == "data/reference/measurements.csv") return file.text;
  }
  return {};
}

/// Bytes of a file; 0 where that is not known, as of a pipe.
std::size_t size_of(const std::string& path) {
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(path, unknown);
  return unknown ? 0 : static_cast<std::size_t>(bytes);
}

/// Scores the rows, with a bar on the terminal where there are many.
Validation validated(const ValidateInputs& inputs, const std::function<void(const RowEvaluation&)>& on_row) {
  const auto& presets = embedded_presets();
  const auto& intervals = reference_intervals();
  ValidateOptions options;
  options.baseline = inputs.baseline;
  if (inputs.data.empty()) {
    std::istringstream text{std::string(shipped_rows())};
    return validate_rows(text, "data/reference/measurements.csv", presets, step_predictor(), intervals, options,
                         on_row);
  }
  Progress progress("validate", size_of(inputs.data), progress_writer());
  options.on_read = [&](std::size_t bytes) { progress.reached(bytes); };
  return validate_file(inputs.data, presets, step_predictor(), intervals, options, on_row);
}

}  // namespace

RunCommand declare_validate(CLI::App& app);

RunCommand declare_validate(CLI::App& app) {
  const auto is_part = [](const std::string& word) {
    const bool known = word == "all" || word == "fit" || word == "score";
    return known ? std::string() : fmt::format("`{}` is none of all, fit and score", word.substr(0, 40));
  };
  const auto inputs = std::make_shared<ValidateInputs>();
  app.add_option("--data", inputs->data, "CSV of measured rows (columns: docs/conventions.md) [the shipped table]")
      ->type_name("FILE");
  app.add_option("--part", inputs->part, "Rows that count: all, fit (constants were fitted on them) or score")
      ->type_name("PART")
      ->check(is_part);
  app.add_flag("--baseline", inputs->baseline, "Also fit and score a regression with nearest neighbours");
  return [inputs](const OutputFlags& flags) {
    const bool list_rows = flags.format != OutputFormat::Terminal || flags.explain;
    std::optional<Table> rows;
    if (list_rows) rows = row_table();
    const Side side = inputs->part == "fit" ? Side::Fit : inputs->part == "score" ? Side::Score : Side::Both;
    ValidationChart chart(side);
    const auto keep = [&](const RowEvaluation& row) {
      if (rows) add_row(*rows, row);
      chart.add(row.score);
    };
    const Validation validation = validated(*inputs, keep);
    const std::string source = inputs->data.empty() ? "shipped measurements" : inputs->data;
    Document document = validation_document(validation, source, std::move(rows), side);
    if (!flags.svg.empty()) {
      if (chart.rows() > kMostDrawnRows)
        throw InputError(
            fmt::format("{} rows are too many to draw", format_count(static_cast<long long>(chart.rows()))), {},
            fmt::format("at most {}", format_count(kMostDrawnRows)));
      document.charts.push_back(chart.chart());
    }
    emit(document, flags);
    return validation.book.scored(side) > 0 ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
