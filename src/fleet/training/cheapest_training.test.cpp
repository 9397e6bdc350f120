#include "fleet/training/cheapest_training.hpp"

#include <doctest/doctest.h>

#include "base/diagnostic.hpp"
#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"
#include "hardware/hardware_fields.hpp"

namespace orrery {
namespace {

/// A chip at an MFU of 40 %, always up, with a rent of $2/h, ten weeks of lead time and as many as anybody wants.
CheapestChip chip_of(const char* name, double rent = 2) {
  Diagnostics diagnostics;
  CheapestChip chip;
  chip.offer = offer_preset(name);
  chip.offer.rent = {DatedSeries::Shape::Curve, {{Date::of(2020, 1, 1), Law::fixed(rent / kHour)}}, Law::fixed(1)};
  chip.offer.lead_time = {DatedSeries::Shape::Curve, {{Date::of(2020, 1, 1), Law::fixed(70 * kDay)}}, Law::fixed(1)};
  chip.offer.output = {DatedSeries::Shape::Steps, {{Date::of(2020, 1, 1), Law::fixed(1e8)}}, Law::fixed(1)};
  chip.cluster = load_cluster(name, diagnostics);
  chip.task.name = "a run";
  chip.task.compute = Flops(1e24);
  chip.task.mfu = Law::fixed(0.4);
  chip.task.goodput = Law::fixed(1);
  REQUIRE_FALSE(diagnostics.has_errors());
  return chip;
}

CheapestSpec question() {
  CheapestSpec spec;
  spec.project = "a run";
  spec.from = Date::of(2025, 1, 1);
  spec.by = Date::of(2025, 7, 1);
  spec.economics = economics_preset();
  return spec;
}

const TrainingChoice* way(const CheapestTraining& all, Tenure tenure) {
  for (const TrainingChoice& each : all.choices)
    if (each.tenure == tenure) return &each;
  return nullptr;
}

TEST_CASE("cheapest training: hand-computed rent") {
  CheapestSpec spec = question();
  spec.chips = {chip_of("h100-sxm")};
  ThreadPool pool(1);
  const CheapestTraining all = cheapest_training(spec, pool);
  const TrainingChoice* rent = way(all, Tenure::Rent);
  REQUIRE(rent != nullptr);
  // 1e24 / (989.4 TFLOP/s x 0.4) = 2.5268e9 chip-seconds = 701,900 chip-hours at $2.
  CHECK(rent->cost.p50 == doctest::Approx(2 * 1e24 / (989.4e12 * 0.4) / 3600));
  CHECK(rent->hour.raw() * 3600 == doctest::Approx(2));
  // 181 days: 2.5268e9 / (181 x 86,400) = 161.6 chips at least; 192 are the next of 8 times 1, 2, 3, 4, 6, ...
  CHECK(rent->chips >= 192);
  CHECK(rent->done <= spec.by);
  CHECK(rent->ordered == rent->start);
}

TEST_CASE("cheapest training: bought chips come after their lead time, and cost what an hour of use does") {
  CheapestSpec spec = question();
  spec.use = 0.8;
  spec.chips = {chip_of("h100-sxm")};
  ThreadPool pool(1);
  const CheapestTraining all = cheapest_training(spec, pool);
  const TrainingChoice* buy = way(all, Tenure::Buy);
  REQUIRE(buy != nullptr);
  CHECK((buy->start - buy->ordered).raw() == doctest::Approx(70 * kDay));
  const double hour =
      chip_cost(known_at(spec.chips[0].offer, spec.from), buy->ordered, values_of(spec.economics), 0.8).total().raw();
  CHECK(buy->hour.raw() == doctest::Approx(hour));
  // The median over what is uncertain lies near what medians give.
  CHECK(buy->cost.p50 == doctest::Approx(hour * 1e24 / (989.4e12 * 0.4)).epsilon(0.15));
  CHECK(buy->cost.p10 < buy->cost.p50);
  CHECK(buy->cost.p90 > buy->cost.p50);
}

TEST_CASE("cheapest training: law, what comes after the decision is not looked at") {
  CheapestSpec spec = question();
  spec.chips = {chip_of("h100-sxm")};
  ThreadPool pool(1);
  const CheapestTraining before = cheapest_training(spec, pool);
  ChipOffer& offer = spec.chips[0].offer;
  for (DatedSeries* series : {&offer.price, &offer.lead_time, &offer.rent}) {
    std::erase_if(series->points, [&](const DatedValue& point) { return spec.from < point.date; });
    series->points.push_back({Date::of(2025, 3, 1), Law::fixed(series->at(spec.from) / 10)});
  }
  const CheapestTraining after = cheapest_training(spec, pool);
  REQUIRE(before.choices.size() == after.choices.size());
  for (std::size_t i = 0; i < before.choices.size(); ++i) CHECK(before.choices[i].cost == after.choices[i].cost);
}

TEST_CASE("cheapest training: law, the price at which the answer turns does turn it") {
  CheapestSpec spec = question();
  spec.chips = {chip_of("h100-sxm", 0.5)};
  ThreadPool pool(1);
  const CheapestTraining all = cheapest_training(spec, pool);
  REQUIRE(all.choices.size() == 2);
  REQUIRE(all.choices[0].tenure == Tenure::Rent);
  const double turning = 0.5 * all.choices[0].turns_at;
  spec.chips = {chip_of("h100-sxm", turning * 0.999)};
  CHECK(cheapest_training(spec, pool).choices[0].tenure == Tenure::Rent);
  spec.chips = {chip_of("h100-sxm", turning * 1.001)};
  CHECK(cheapest_training(spec, pool).choices[0].tenure == Tenure::Buy);
}

TEST_CASE("cheapest training: law, more time never costs more, and more threads change nothing") {
  CheapestSpec spec = question();
  spec.chips = {chip_of("h100-sxm"), chip_of("a100-80gb")};
  double before = 0;
  for (const int month : {12, 9, 6, 4}) {
    spec.by = Date::of(2025, month, 1);
    ThreadPool one(1), two(2);
    const CheapestTraining all = cheapest_training(spec, one), same = cheapest_training(spec, two);
    REQUIRE_FALSE(all.choices.empty());
    CHECK(all.choices[0].cost.p50 >= before * (1 - 1e-9));
    CHECK(all.choices[0].cost == same.choices[0].cost);
    before = all.choices[0].cost.p50;
  }
}

TEST_CASE("cheapest training: what cannot be done says what comes nearest") {
  CheapestSpec spec = question();
  spec.chips = {chip_of("h100-sxm")};
  spec.chips[0].offer.rent = {};
  // 500 chips a quarter: 125 for one buyer, so 96; 2.5268e9 / 96 s = 305 days.
  spec.chips[0].offer.output = {DatedSeries::Shape::Steps, {{Date::of(2020, 1, 1), Law::fixed(2000)}}, Law::fixed(1)};
  ThreadPool pool(1);
  const CheapestTraining all = cheapest_training(spec, pool);
  CHECK(all.choices.empty());
  REQUIRE(all.nearest);
  CHECK(all.nearest->chips == 96);
  CHECK(all.nearest->start == Date::of(2025, 3, 12));
  CHECK(all.nearest->done == Date::of(2025, 3, 12) + Seconds(305 * kDay));
  CHECK(all.excluded.size() == 2);
  // Not before its launch, however early it is ordered.
  spec.chips = {chip_of("b200")};
  spec.from = Date::of(2023, 1, 1);
  spec.by = Date::of(2023, 12, 31);
  const CheapestTraining early = cheapest_training(spec, pool);
  CHECK(early.choices.empty());
  CHECK_FALSE(early.nearest);
  CHECK(early.excluded.at(0) == "b200 to buy: none is delivered before 2023-12-31");
}

TEST_CASE("cheapest training: law, nobody rents chips before their launch, nor more than are made") {
  CheapestSpec spec = question();
  spec.chips = {chip_of("h100-sxm")};
  ThreadPool pool(1);
  // Quoted since 2020, launched in April.
  spec.chips[0].offer.launch = Date::of(2025, 4, 1);
  const CheapestTraining after = cheapest_training(spec, pool);
  REQUIRE(way(after, Tenure::Rent) != nullptr);
  CHECK(way(after, Tenure::Rent)->start >= Date::of(2025, 4, 1));
  spec.chips[0].offer.launch = spec.by;
  const CheapestTraining never = cheapest_training(spec, pool);
  CHECK(way(never, Tenure::Rent) == nullptr);
  CHECK(never.excluded.at(1) == "h100-sxm to rent: none is there before 2025-07-01");
  // A quarter of a quarter's 16 is one chip, less than a node.
  spec = question();
  spec.chips = {chip_of("h100-sxm")};
  spec.chips[0].offer.output = {DatedSeries::Shape::Steps, {{Date::of(2020, 1, 1), Law::fixed(16)}}, Law::fixed(1)};
  const CheapestTraining few = cheapest_training(spec, pool);
  CHECK(few.choices.empty());
  CHECK(few.excluded.at(1) == "h100-sxm to rent: 25 % of what a quarter brings are 1 at most, too few");
}

TEST_CASE("cheapest training: own silicon is its owner's") {
  CheapestSpec spec = question();
  spec.chips = {chip_of("tpu-v5p")};
  ThreadPool pool(1);
  CHECK(way(cheapest_training(spec, pool), Tenure::Buy) == nullptr);
  spec.buyer = "Google";
  CHECK(way(cheapest_training(spec, pool), Tenure::Buy) != nullptr);
}

}  // namespace
}  // namespace orrery
