#include "report/fleet_market_text.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/unit_text.hpp"
#include "report/document.hpp"

namespace orrery {
namespace {

std::string share_text(double share) {
  return format_percent(share, std::abs(share) < 0.0995 ? 1 : 0);
}

}  // namespace

std::string market_count_text(double count) {
  if (!std::isfinite(count)) return "-";
  if (count >= 999'500) return format_significant(count / 1e6, 3) + " M";
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
  return fmt::format("{} ({} to {})", market_money_text(band.p50), market_money_text(band.p10),
                     market_money_text(band.p90));
}
std::string market_change_text(double change, int decimals) {
  if (std::isnan(change)) return "-";
  if (std::isinf(change)) return "no price";
  if (std::abs(change) < 0.0005) return "0";
  return change < 9 ? cell_text(signed_fraction(change, decimals)) : "x " + format_significant(1 + change, 2);
}
std::string market_change_band(const MarketBand& band) {
  return fmt::format("{} ({} to {})", market_change_text(band.p50), market_change_text(band.p10),
                     market_change_text(band.p90));
}
std::string market_share_band(const MarketBand& band) {
  if (std::isnan(band.p50)) return "-";
  return fmt::format("{} ({} to {})", share_text(band.p50), share_text(band.p10), share_text(band.p90));
}
std::string market_quarter_text(const MarketSpec& spec, double quarter) {
  const auto index = static_cast<std::size_t>(std::lround(quarter));
  if (index >= spec.quarters()) return fmt::format("not before {}", spec.input.until.year());
  Date start = spec.input.start;
  for (std::size_t q = 0; q < index; ++q) start = next_quarter(start);
  return quarter_text(start);
}

}  // namespace orrery
