#include "report/fleet_purchase_document.hpp"

#include <doctest/doctest.h>

namespace orrery {

TEST_CASE("document of buying: hand-computed, inputs are called by words") {
  const std::vector<Sensitivity> sensitivities = {{1, 0.5, -2e6, 3e6, 0}, {0, 0.1, 1e6, 2e6, 0}};
  const Table table =
      sensitivity_table("what it depends on", {"economics.cost_of_capital", "use of own chips"}, sensitivities);
  REQUIRE(table.rows.size() == 2);
  CHECK(cell_text(table.rows[0][0]) == "use of own chips");
  CHECK(cell_text(table.rows[1][0]) == "cost of capital");
  CHECK(cell_text(table.rows[0][2]) == "$3.00M");
  CHECK(sensitivity_chart("", {"economics.cost_of_capital"}, {{0, 1, 0, 1, 0}}).categories.front() ==
        "cost of capital");
}

}  // namespace orrery
