#include "report/fleet_market_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

std::string share_text(double share) {
  return format_percent(share, std::abs(share) < 0.0995 ? 1 : 0);
}
Cell finite(double value, const Figure& figure) {
  return std::isfinite(value) ? Cell(figure) : Cell();
}

}  // namespace

std::string MarketAnswers::compared_years() const {
  return fmt::format("{} to {}", spec.input.compare_from.year(), Date(spec.input.compare_until.days() - 1).year());
}

std::string market_count_text(double count) {
  if (!std::isfinite(count)) return "-";
  if (count >= 999'500) return format_significant(count / 1e6, 3) + " M";
  if (std::abs(count) < 0.05) return "0";
  if (count < 100) return format_significant(count, 2);
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(count)) - 2));
  return format_count(std::llround(std::round(count / unit) * unit));
}
std::string market_count_band(const MarketBand& band) {
  return fmt::format("{} ({} to {})", market_count_text(band.p50), market_count_text(band.p10),
                     market_count_text(band.p90));
}
std::string market_money_text(double dollars) {
  if (std::isnan(dollars)) return "-";
  return std::isfinite(dollars) ? format_quantity(dollars, Dimension::Money, 3) : "no price";
}
std::string market_money_band(const MarketBand& band) {
  if (std::isnan(band.p50)) return "-";
  if (std::isinf(band.p10)) return market_money_text(band.p10);
  return fmt::format("{} ({} to {})", market_money_text(band.p50), market_money_text(band.p10),
                     market_money_text(band.p90));
}
std::string market_change_text(double change, int decimals) {
  if (std::isnan(change)) return "-";
  if (std::isinf(change)) return change > 0 ? "no price" : "a price for none";
  if (std::abs(change) < 0.0005) return "0";
  return change < 9 ? cell_text(signed_fraction(change, decimals)) : "x " + format_significant(1 + change, 2);
}
std::string market_gain_text(double change) {
  return std::isinf(change) ? std::string("from none") : market_change_text(change);
}
std::string market_gain_band(const MarketBand& band) {
  return fmt::format("{} ({} to {})", market_gain_text(band.p50), market_gain_text(band.p10),
                     market_gain_text(band.p90));
}
std::string market_change_band(const MarketBand& band) {
  if (std::isinf(band.p50) && band.p10 == band.p90) return market_change_text(band.p50);
  return fmt::format("{} ({} to {})", market_change_text(band.p50), market_change_text(band.p10),
                     market_change_text(band.p90));
}
std::string market_share_band(const MarketBand& band) {
  if (std::isnan(band.p50)) return "-";
  return fmt::format("{} ({} to {})", share_text(band.p50), share_text(band.p10), share_text(band.p90));
}
std::string market_quarter_text(const MarketSpec& spec, double quarter) {
  if (std::isinf(quarter)) return fmt::format("not before {}", spec.input.until.year());
  const auto index = static_cast<std::size_t>(std::lround(quarter));
  Date start = spec.input.start;
  for (std::size_t q = 0; q < index; ++q) start = next_quarter(start);
  return quarter_text(start);
}

Cell market_money_cell(double value) {
  return figure(Dollars(value));
}
Cell market_share_cell(double value) {
  return finite(value, fraction(value));
}
Cell market_count_cell(double value) {
  return finite(value, number(value, 4));
}

void add_market_columns(Table& table, const std::string& key, const std::string& title) {
  for (const char* quantile : {"p10", "p50", "p90"}) table.columns.push_back({fmt::format("{}_{}", key, quantile), ""});
  table.columns.push_back({"", title});
}
void add_market_band(std::vector<Cell>& row, const MarketBand& band, std::string text, Cell (*cell)(double)) {
  row.insert(row.end(), {cell(band.p10), cell(band.p50), cell(band.p90), std::move(text)});
}

Table market_table(const char* key, std::string title, std::vector<Column> columns) {
  Table table;
  table.key = key;
  table.title = std::move(title);
  table.columns = std::move(columns);
  return table;
}

}  // namespace orrery
