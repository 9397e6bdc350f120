#include "report/fleet_nation_document.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
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

TEST_CASE("document of a nation: words fit every policy, and a number that is none is told so") {
  ThreadPool pool(2);
  for (int p = 0; p < kNationPolicies; ++p) {
    NationSpec spec = small_nation();
    spec.surveys.back().gpus = Law::fixed(1961);  // Not rounded anywhere to 1,960.
    spec.policy = static_cast<NationPolicy>(p);
    NationResult result = simulate_nation(spec, {.replay = false}, pool);
    const double never = std::numeric_limits<double>::infinity();
    result.policies.at(static_cast<std::size_t>(p)).gpus_for_target = {1000, never, never};
    const Document document = fleet_nation_document(spec, result, {});
    std::string all = table_of(document, "policies").title;
    for (const std::string& line : document.answer) all += "\n" + line;
    CHECK(all.find("1,961 H100s of 2023-12-31") != std::string::npos);
    CHECK(all.find("1,960") == std::string::npos);
    CHECK(all.find(" a one") == std::string::npos);
    CHECK(all.find("as a ") == std::string::npos);
    CHECK(all.find("at most 30 % lack it with no number of GPUs under") != std::string::npos);
  }
}

TEST_CASE("document of a nation: hand-computed, whom a target of all firms leaves nothing to buy for") {
  NationSpec spec = small_nation();
  spec.target = 1;
  ThreadPool pool(1);
  const Document document = fleet_nation_document(spec, simulate_nation(spec, {.replay = false}, pool), {});
  CHECK(document.answer.at(1) ==
        "at most 100 % lack it with 0 (0 to 0) GPUs under fair-share, with 0 (0 to 0) GPUs under "
        "blocks as before");
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
