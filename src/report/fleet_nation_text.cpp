#include "report/fleet_nation_text.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/unit_text.hpp"

namespace orrery {

std::string nation_share_text(double share) {
  return format_percent(share, share < 0.1 ? 1 : 0);
}
std::string nation_share_band(const NationBand& band) {
  return fmt::format("{} ({} to {})", nation_share_text(band.p50), nation_share_text(band.p10),
                     nation_share_text(band.p90));
}
/// Numbers of GPUs to three digits.
std::string nation_gpus_text(double gpus) {
  if (!std::isfinite(gpus)) return "none would do";
  if (gpus <= 0) return "0";
  if (gpus < 1) return format_significant(gpus, 2);
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(gpus)) - 2));
  return format_count(static_cast<long long>(std::llround(gpus / unit) * std::llround(unit)));
}
std::string nation_gpus_band(const NationBand& band) {
  return fmt::format("{} ({} to {})", nation_gpus_text(band.p50), nation_gpus_text(band.p10),
                     nation_gpus_text(band.p90));
}
std::string nation_factor_band(const NationBand& band) {
  if (std::isnan(band.p50)) return "any or none";  // It does not hang on the factor.
  return fmt::format("{} ({} to {})", format_significant(band.p50, 3), format_significant(band.p10, 3),
                     format_significant(band.p90, 3));
}
const char* nation_policy_words(NationPolicy policy) {
  switch (policy) {
    case NationPolicy::Fifo:
      return "one queue, first come first served";
    case NationPolicy::Blocks:
      return "whole blocks to those who came first";
    case NationPolicy::Quotas:
      return "equal quotas";
    case NationPolicy::FairShare:
      return "a fair share of one pool";
    case NationPolicy::Credits:
      return "equal credits";
    case NationPolicy::SmallFirst:
      return "need, the smallest first";
  }
  return "";
}

std::string nation_chips_text(const NationSurvey& survey) {
  const std::string many = format_count(std::llround(survey.gpus.quantile(0.5)));
  return survey.chip == "h100-sxm" ? many + " H100s" : fmt::format("{} chips of {}", many, survey.chip);
}

void add_nation_band(std::vector<Cell>& row, const NationBand& band, const std::string& text,
                     const std::function<Cell(double)>& cell) {
  row.push_back(cell(band.p10));
  row.push_back(cell(band.p50));
  row.push_back(cell(band.p90));
  row.emplace_back(text);
}
void add_nation_band_columns(Table& table, const std::string& key, const std::string& title) {
  for (const char* quantile : {"p10", "p50", "p90"}) table.columns.push_back({fmt::format("{}_{}", key, quantile), ""});
  table.columns.push_back({"", title});
}
Cell nation_cell(double value, const Figure& figure) {
  return std::isfinite(value) ? Cell(figure) : Cell();
}
Cell nation_share_cell(double value) {
  return nation_cell(value, fraction(value));
}
Cell nation_number_cell(double value) {
  return nation_cell(value, number(value));
}

void add_nation_quarter(std::vector<Cell>& row, const NationQuarter& its, bool two) {
  add_nation_band(row, its.gpus, nation_gpus_band(its.gpus), nation_number_cell);
  add_nation_band(row, its.need, nation_gpus_band(its.need), nation_number_cell);
  if (two) add_nation_band(row, its.before, nation_share_band(its.before), nation_share_cell);
  add_nation_band(row, its.after, nation_share_band(its.after), nation_share_cell);
  row.emplace_back(fraction(its.kept, 0));
}

}  // namespace orrery
