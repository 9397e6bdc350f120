#pragma once

#include <string>
#include <vector>

#include "fleet/market/market_study.hpp"
#include "fleet/nation/nation_in_market.hpp"
#include "report/document.hpp"

namespace orrery {

/// What the market's page is written from.
struct MarketAnswers {
  const MarketSpec& spec;  ///< The base.
  const std::vector<MarketVariant>& variants;
  const std::vector<MarketStudy>& studies;  ///< The base, then the variants.
  const std::vector<NationOfBuyer>& nations;

  const MarketStudy& base() const { return studies.front(); }
  std::string compared_years() const;  ///< "2026 to 2028"
};

// Words of the market's page, shared by its tables, its answer and its history.

std::string market_count_text(double count);            ///< Three digits: "13,100", "2.41 M".
std::string market_count_band(const MarketBand& band);  ///< "2.41 M (1.9 M to 3.1 M)"
std::string market_money_text(double dollars);          ///< "$13000", or "no price" where it is infinite.
std::string market_money_band(const MarketBand& band);
/// Of a share, less 1: "+12.5 %", and from ten times on "x 130"; of a price where there was none or will be none, in
/// words.
std::string market_change_text(double change, int decimals = 1);
/// The same of what a buyer gets: "from none" where it is infinite.
std::string market_gain_text(double change);
std::string market_gain_band(const MarketBand& band);
std::string market_change_band(const MarketBand& band);
std::string market_share_band(const MarketBand& band);
/// "2027-Q3", or "not before 2031" where it is infinite.
std::string market_quarter_text(const MarketSpec& spec, double quarter);

// Cells of its tables; null in JSON, under the same name, where a figure is infinite or none.

Cell market_money_cell(double value);
Cell market_share_cell(double value);
Cell market_count_cell(double value);

/// A band: three columns for machines, one for people.
void add_market_columns(Table& table, const std::string& key, const std::string& title);
void add_market_band(std::vector<Cell>& row, const MarketBand& band, std::string text, Cell (*cell)(double));
Table market_table(const char* key, std::string title, std::vector<Column> columns);

}  // namespace orrery
