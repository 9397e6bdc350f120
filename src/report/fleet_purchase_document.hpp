#pragma once

#include <string>
#include <vector>

#include "fleet/buying/purchase_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// Which option is cheapest, by how much and how surely; the prices at which that turns; what the costs are made of and
/// depend on; and how the rental model did on quotes that it had not seen.
Document purchase_document(const PurchaseSpec& spec, const PurchaseStudy& study,
                           const std::vector<std::string>& assumptions);

/// "buying now", "waiting until 2026-01", "renting".
std::string option_name(const PurchaseSpec& spec, PurchaseOption option);

/// "$38.2M (80 %: $30.1M to $47.0M)".
std::string money_band_text(const FutureBand& band);

/// Bars of an output in the lowest and the highest third of each input, the widest first.
Chart sensitivity_chart(const std::string& title, const std::vector<std::string>& inputs,
                        const std::vector<Sensitivity>& sensitivities);
Table sensitivity_table(const std::string& title, const std::vector<std::string>& inputs,
                        const std::vector<Sensitivity>& sensitivities);

/// How the rental model did on quotes that it had not seen: a table of detail, and what to say of it.
Table rent_score_table();
std::string rent_score_text();

}  // namespace orrery
