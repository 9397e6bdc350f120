#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fleet/nation/nation_spec.hpp"
#include "fleet/nation/nation_study.hpp"
#include "report/document.hpp"

namespace orrery {

// Words and cells of the nation's page, shared by its tables, its answer and the market's page.

std::string nation_share_text(double share);
std::string nation_share_band(const NationBand& band);
/// Numbers of GPUs to three digits; "none would do" where no number is enough.
std::string nation_gpus_text(double gpus);
std::string nation_gpus_band(const NationBand& band);
std::string nation_factor_band(const NationBand& band);
/// How GPUs were shared, are to be shared: after "by".
const char* nation_policy_words(NationPolicy policy);
/// "1,961 H100s": the chips that the firms had at a survey, as it counts them.
std::string nation_chips_text(const NationSurvey& survey);

/// Nothing, null in JSON, where the value is not finite.
Cell nation_cell(double value, const Figure& figure);
Cell nation_share_cell(double value);
Cell nation_number_cell(double value);

/// Cells of a band: three columns for machines, one for people.
void add_nation_band(std::vector<Cell>& row, const NationBand& band, const std::string& text,
                     const std::function<Cell(double)>& cell);
/// The row's cells of a quarter: GPUs, need, who lacks compute (under both policies where there are `two`), the target.
void add_nation_quarter(std::vector<Cell>& row, const NationQuarter& its, bool two);
void add_nation_band_columns(Table& table, const std::string& key, const std::string& title);

}  // namespace orrery
