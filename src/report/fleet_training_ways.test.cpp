#include <doctest/doctest.h>

#include "report/fleet_training_parts.hpp"

namespace orrery {

TEST_CASE("ways to train: hand-computed, where there is no way the answer says why for each chip") {
  CheapestSpec question;
  question.project = "a run";
  question.by = Date::of(2025, 7, 1);
  CheapestTraining none;
  none.excluded = {"b200 to buy: none is delivered before 2025-07-01", "b200 to rent: no quotes of it are known"};
  Document document;
  add_cheapest_answer(question, none, document);
  REQUIRE(document.answer.size() == 1);
  CHECK(document.answer[0] ==
        "a run by 2025-07-01 cannot be done, because there is no way on any chip: b200 to buy: none is delivered "
        "before 2025-07-01; b200 to rent: no quotes of it are known");
  // Where a way is late, its table has them as a note.
  none.nearest = TrainingChoice{};
  none.nearest->offer = "b200";
  document = {};
  add_cheapest_answer(question, none, document);
  CHECK(document.answer[0].find("no chip is in time; the nearest is to buy 0 b200") != std::string::npos);
  CHECK(document.answer[0].find("none is delivered") == std::string::npos);
}

}  // namespace orrery
