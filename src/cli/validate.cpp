#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "report/validation_document.hpp"
#include "scenario/embedded.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/validate.hpp"

#include <algorithm>
#include <sstream>

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

}  // namespace

RunCommand declare_validate(CLI::App& app);

RunCommand declare_validate(CLI::App& app) {
  const auto inputs = std::make_shared<ValidateInputs>();
  app.add_option("--data", inputs->data, "CSV of measured rows (columns: docs/conventions.md) [the shipped table]")
      ->type_name("FILE");
  app.add_option("--part", inputs->part, "Rows that count: all, fit (constants were fitted on them) or score")
      ->check(CLI::IsMember({"all", "fit", "score"}));
  app.add_flag("--baseline", inputs->baseline, "Also fit and score a regression with nearest neighbours");
  return [inputs](const OutputFlags& flags) {
    ValidateOptions options;
    options.baseline = inputs->baseline;
    const bool list_rows = flags.format != OutputFormat::Terminal || flags.explain;
    std::vector<RowEvaluation> rows;
    const auto keep = [&](const RowEvaluation& row) {
      if (list_rows) rows.push_back(row);
    };
    const auto& presets = embedded_presets();
    Validation validation;
    if (inputs->data.empty()) {
      std::istringstream text{std::string(shipped_rows())};
      validation = validate_rows(text, "data/reference/measurements.csv", presets, step_predictor(),
                                 reference_intervals(), options, keep);
    } else {
      validation = validate_file(inputs->data, presets, step_predictor(), reference_intervals(), options, keep);
    }
    const Side side = inputs->part == "fit" ? Side::Fit : inputs->part == "score" ? Side::Score : Side::Both;
    const std::string source = inputs->data.empty() ? "shipped measurements" : inputs->data;
    emit(validation_document(validation, source, rows, side), flags);
    return kAnswer;
  };
}

}  // namespace orrery
