#include "report/fleet_document.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/thread_pool.hpp"
#include "fleet/capacity/problems.hpp"
#include "fleet/capacity/study.hpp"
#include "fleet/capacity/test_fleets.hpp"

namespace orrery {
namespace {

FleetCase played(FleetSpec plan, const std::string& name = "plan") {
  ThreadPool pool(1);
  FleetResult result = simulate_fleet(plan, {.draws = 12}, pool);
  return {name, std::move(plan), std::move(result)};
}

bool answers(const Document& document, const std::string& words) {
  return std::any_of(document.answer.begin(), document.answer.end(),
                     [&](const std::string& sentence) { return sentence.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("fleet document: sound for random plans and their variants (law)") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/fleet document");
    FleetSpec plan = random_fleet(rng);
    plan.targets = {{FleetMeasure::H100e, 1e5, Date::of(2026, 1, 1)}, {FleetMeasure::Power, 1e12, {}}};
    REQUIRE(fleet_problems(plan).empty());
    FleetSpec other = plan;
    other.money.equity[0].amount *= 0.1;
    check_document(fleet_document(played(plan), {played(other, "a tenth of the money")}, {"something"}));
  }
}

TEST_CASE("fleet document: what cannot be done, and because of what") {
  FleetSpec plan = round_fleet();
  plan.targets = {{FleetMeasure::Power, 300e6, Date::of(2026, 6, 1)}};
  FleetCase c = played(plan);
  CHECK_FALSE(fleet_can_be_done(c));
  CHECK(answers(fleet_document(c, {}, {}), "cannot be done, because the sites of the plan hold 200 MW"));
  plan.targets = {{FleetMeasure::Gpus, 100'000, Date::of(2026, 1, 1)}};
  CHECK(fleet_can_be_done(played(plan)));
  plan.money.equity[0].amount = Dollars(1.25e9);
  c = played(plan);
  CHECK_FALSE(fleet_can_be_done(c));
  CHECK(answers(fleet_document(c, {}, {}), "because then money keeps"));
  // Halls that never have power.
  plan = round_fleet();
  plan.sites[0].power_with_building = false;
  plan.sites[0].grid = {{"grid", Watts(200e6), Date::of(2025, 1, 1), Law::fixed(5 * kYear)}};
  c = played(plan);
  CHECK_FALSE(fleet_can_be_done(c));
  CHECK(answers(fleet_document(c, {}, {}), "power 100 %"));
}

TEST_CASE("fleet document: every drawn input has a name for people") {
  Rng rng = Rng::stream(1, "test/fleet document");
  for (int i = 0; i < 20; ++i) {
    for (const UncertainInput& input : fleet_model(random_fleet(rng)).inputs)
      CHECK(fleet_input_name(input.name) != input.name);
  }
}

}  // namespace orrery
