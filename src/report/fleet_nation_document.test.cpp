#include "report/fleet_nation_document.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "fleet/nation/test_nation.hpp"

namespace orrery {
namespace {

const Table& table_of(const Document& document, const std::string& key) {
  const auto found =
      std::find_if(document.tables.begin(), document.tables.end(), [&](const Table& t) { return t.key == key; });
  REQUIRE(found != document.tables.end());
  return *found;
}

TEST_CASE("document of a nation: the survey's share stands first, and tables hold what the result says") {
  const NationSpec spec = small_nation();
  ThreadPool pool(2);
  const NationResult result = simulate_nation(spec, {.replay = false}, pool);
  const Document document = fleet_nation_document(spec, result, {"as told"});
  check_document(document);
  REQUIRE_FALSE(document.answer.empty());
  CHECK(document.answer.front().find("50.0 % of 300 firms lack compute with 400 H100s") == 0);
  CHECK(table_of(document, "policies").rows.size() == kNationPolicies);
  CHECK(table_of(document, "classes").rows.size() == 2);
  CHECK(table_of(document, "supply").rows.size() == 1);
  // Without a replay nobody is told of one.
  CHECK(
      std::none_of(document.tables.begin(), document.tables.end(), [](const Table& t) { return t.key == "replays"; }));
  CHECK(document.charts.size() == 5);
  CHECK(document.notes.back().find("as told") != std::string::npos);
}

TEST_CASE("document of a nation: what cannot be done, and why") {
  NationSpec spec = small_nation();
  spec.reference = NationPolicy::Fifo;
  ThreadPool pool(1);
  const Document document = fleet_nation_document(spec, simulate_nation(spec, {}, pool), {});
  check_document(document);
  CHECK(document.answer.front().find("cannot be done, because under fifo") == 0);
  CHECK(document.tables.empty());
}

}  // namespace
}  // namespace orrery
