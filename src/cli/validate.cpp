#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/progress.hpp"
#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "report/validation_chart.hpp"
#include "report/validation_document.hpp"
#include "scenario/embedded.hpp"
#include "validate/collective_validate.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/validate.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace orrery {
namespace {

struct ValidateInputs {
  std::string data;
  std::string part = "all";
  bool baseline = false;
  std::string collective_data;
};

constexpr const char* kShippedSteps = "data/reference/measurements.csv";
constexpr const char* kShippedCollectives = "data/reference/collectives.csv";

/// A curated table that the program ships.
std::string_view shipped_rows(std::string_view path) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path == path) return file.text;
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
    std::istringstream text{std::string(shipped_rows(kShippedSteps))};
    return validate_rows(text, kShippedSteps, presets, step_predictor(), intervals, options, on_row);
  }
  Progress progress("validate", size_of(inputs.data), progress_writer());
  options.on_read = [&](std::size_t bytes) { progress.reached(bytes); };
  return validate_file(inputs.data, presets, step_predictor(), intervals, options, on_row);
}

Side side_of(const ValidateInputs& inputs) {
  return inputs.part == "fit" ? Side::Fit : inputs.part == "score" ? Side::Score : Side::Both;
}

int run_collectives(const ValidateInputs& inputs, const OutputFlags& flags) {
  const auto& presets = embedded_presets();
  std::optional<Table> rows;
  if (flags.format != OutputFormat::Terminal || flags.explain) rows = collective_row_table();
  const auto references = rows ? collective_references(presets) : std::vector<CollectiveReference>{};
  const auto keep = [&](const CollectiveEvaluation& row) {
    if (rows) add_row(*rows, row, references);
  };
  const Side side = side_of(inputs);
  const std::string& path = inputs.collective_data;
  const CollectiveValidation validation = [&] {
    if (path.empty()) {
      std::istringstream text{std::string(shipped_rows(kShippedCollectives))};
      return validate_collectives(text, kShippedCollectives, presets, collective_intervals(), side, {}, keep);
    }
    Progress progress("validate", size_of(path), progress_writer());
    return validate_collective_file(
        path, presets, collective_intervals(), side, [&](std::size_t bytes) { progress.reached(bytes); }, keep);
  }();
  emit(collective_document(validation, path.empty() ? "shipped collectives" : path, std::move(rows), side,
                           inputs.baseline),
       flags);
  return validation.book.scored(side) > 0 ? kAnswer : kNoFeasibleAnswer;
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
  app.add_flag("--baseline", inputs->baseline,
               "Also score a yardstick: a regression with nearest neighbours; of collectives NCCL's own constants");
  CLI::Option* collectives =
      app.add_option("--collectives", inputs->collective_data,
                     "Score collectives: a CSV (columns: docs/collectives.md) [the shipped table]")
          ->type_name("FILE")
          ->expected(0, 1);
  return [inputs, collectives](const OutputFlags& flags) {
    if (collectives->count() > 0 && !inputs->data.empty())
      throw InputError("`--collectives` and `--data` exclude each other", {}, "one table at a time");
    if (collectives->count() > 0) return run_collectives(*inputs, flags);
    const bool list_rows = flags.format != OutputFormat::Terminal || flags.explain;
    std::optional<Table> rows;
    if (list_rows) rows = row_table();
    const Side side = side_of(*inputs);
    ValidationChart chart(side);
    const auto keep = [&](const RowEvaluation& row) {
      if (rows) add_row(*rows, row);
      chart.add(row.score);
    };
    const Validation validation = validated(*inputs, keep);
    const std::string source = inputs->data.empty() ? "shipped measurements" : inputs->data;
    Document document = validation_document(validation, source, std::move(rows), side);
    const bool is_drawable = chart.rows() <= kMostDrawnRows;
    if (!flags.svg.empty() || (!flags.html.empty() && is_drawable)) {
      if (!is_drawable)
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
