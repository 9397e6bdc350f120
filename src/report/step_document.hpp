#pragma once

#include <vector>

#include "report/document.hpp"
#include "step/more_chips.hpp"
#include "step/search.hpp"
#include "step/step.hpp"
#include "validate/evaluate.hpp"
#include "validate/nearest.hpp"

namespace orrery {

/// A published measurement near the question, and what the model says of it.
struct NearbyRow {
  const ReferenceMeasurement* reference = nullptr;
  RowScore score;
};

/// What an answer of the step level rests on.
struct StepContext {
  std::vector<NearbyRow> nearby;
  std::vector<std::string> assumptions;
};

/// One layout explained.
Document step_document(const StepSpec& spec, const StepResult& result, const StepContext& context);

/// The best layouts of a search.
Document plan_document(const StepSpec& spec, const Plan& plan, const StepContext& context);

/// No layout fits: why, and what comes closest.
Document nothing_fits_document(const StepSpec& spec, const NothingFits& none,
                               const std::vector<std::string>& assumptions);

/// The layout that fits, beside the one that was asked for and does not.
void add_closest(const StepResult& asked, const PlannedLayout& closest, Document& document);

/// How many chips would do for what fits on none, with the layout there.
void add_enough_chips(const StepSpec& spec, const EnoughChips& enough, Document& document);

}  // namespace orrery
