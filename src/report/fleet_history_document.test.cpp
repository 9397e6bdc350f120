#include "report/fleet_history_document.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace orrery {
namespace {

TEST_CASE("document of history: hand-computed, each row says what is compared, its rule and its source") {
  HistoryFigure near{"near a rent", HistoryMeasure::Money, 105, 90, 130};
  near.truth = near.low = near.high = 100;
  near.least = 80;
  near.most = 120;
  near.source = "a report";
  HistoryFigure below = near, held = near;
  below.least = 0;
  below.most = 100;  // 105 is not below it.
  held.rule = HistoryRule::BandHolds;
  const Document document = fleet_history_document({{1, "an hour", "how", "band", {near, below, held}}}, {});
  check_document(document);
  const Table& table = document.tables.front();
  const auto cell = [&](std::size_t row, const char* key) {
    const auto column =
        std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) { return c.key == key; });
    REQUIRE(column != table.columns.end());
    return cell_text(table.rows.at(row).at(static_cast<std::size_t>(column - table.columns.begin())));
  };
  CHECK(cell(0, "has_to_be") == "$80.0 to $120");
  CHECK(cell(0, "passes") == "yes");
  CHECK(cell(1, "has_to_be") == "at most $100");
  CHECK(cell(1, "passes") == "no");
  CHECK(cell(2, "has_to_be") == "published in the band");
  CHECK(cell(2, "source") == "a report");
}

}  // namespace
}  // namespace orrery
