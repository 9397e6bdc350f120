#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/buying/purchase.hpp"
#include "fleet/buying/purchase_fields.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// What a scenario says about a need for chips: [purchase], with [economics] and [[offers]].
struct PurchaseScenario {
  PurchaseInput input;
  Economics economics;
  std::vector<ChipOffer> offers;         ///< `chip` first, then those of the comparison.
  std::optional<Value> run;              ///< [run] as written, for the models of the comparison.
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone. Chips are
/// those of [[offers]], and where it does not name them, those of presets/offers.
///
/// Refuses needs of nothing, prices of nothing, chips that nobody knows or that are not sold yet, waiting that begins
/// before the decision or ends after the need, and more than one way to say how much is needed.
PurchaseScenario read_purchase_scenario(const Value& root, Diagnostics& diagnostics);

/// The question that a scenario without mistakes asks of an offer of its list.
PurchaseSpec purchase_spec(const PurchaseScenario& scenario, const ChipOffer& offer);

/// Every input of a scenario as `read_purchase_scenario` takes it, presets expanded and defaults written out.
Value purchase_scenario_table(const PurchaseScenario& scenario);

}  // namespace orrery
