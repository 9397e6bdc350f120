// The document of an allocation study. Expected: laws (what machines and people are told is what the study holds),
// hand-computed sentences.
#include "report/allocation_document.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/thread_pool.hpp"
#include "report/render.hpp"

namespace orrery {
namespace {

AllocationCurve curve_up_to(double most, long long placed) {
  AllocationCurve curve;
  for (int load = 0; load <= 130; ++load) curve.allocated.push_back(std::min<double>(load, most));
  curve.arrived = 20;
  curve.placed = placed;
  curve.end.usable = 1000;
  curve.end.by_cause = {0, 4000, 2000, 500, 0, 0};
  return curve;
}

AllocationStudy sample() {
  AllocationStudy study;
  study.rules = {SharingRule::Random, SharingRule::Fgd, SharingRule::BestFit};
  study.seeds = {42, 43};
  study.curves = {{curve_up_to(80, 10), curve_up_to(84, 11)},
                  {curve_up_to(95, 15), curve_up_to(96, 16)},
                  {curve_up_to(92, 14), curve_up_to(92, 14)}};
  study.gpus = 1000;
  study.nodes = 125;
  study.pods = 17;
  study.target_pods = 5;
  study.impossible = 2;
  return study;
}

}  // namespace

TEST_CASE("allocation document: sentences, hand-computed") {
  const Document document = allocation_document(sample());
  REQUIRE(document.answer.size() == 2);
  CHECK(document.answer[0] ==
        "fgd allocates 95.50 % of 1,000 GPUs when pods for 130 % of them have arrived, 3.50 points more than best-fit "
        "and "
        "13.50 points more than random");
  CHECK(document.answer[1] == "between fgd and random lie 135 GPUs");
  REQUIRE(document.warnings.size() == 1);
  CHECK(document.warnings[0] == "2 of 17 pods fit on no node even when it is empty: they count as load");
}

TEST_CASE("allocation document: what machines get is the study") {
  const AllocationStudy study = sample();
  const Document document = allocation_document(study);
  check_document(document);
  const nlohmann::json json = nlohmann::json::parse(render_json(document));
  const nlohmann::json& policies = json["policies"];
  const nlohmann::json& curves = json["curves"];
  REQUIRE(policies.size() == 3);
  REQUIRE(curves.size() == 6);
  CHECK(policies[1]["policy"] == "fgd");
  CHECK(policies[1]["load_130"].get<double>() == doctest::Approx(0.955));
  CHECK(policies[1]["load_50"].get<double>() == doctest::Approx(0.5));
  CHECK(policies[0]["spread"].get<double>() == doctest::Approx(0.04));
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const AllocationCurve& curve = study.curves[i / 2][i % 2];
    CHECK(curves[i]["seed"] == study.seeds[i % 2]);
    CHECK(curves[i]["placed"] == curve.placed);
    for (std::size_t load = 0; load <= 130; ++load) {
      CHECK(curves[i]["load_" + std::to_string(load)].get<double>() == doctest::Approx(curve.allocated[load] / 100));
    }
  }
}

TEST_CASE("allocation document: people get it too, one policy and seed as well") {
  AllocationStudy one = sample();
  one.rules.resize(1);
  one.seeds.resize(1);
  one.curves.resize(1);
  one.curves[0].resize(1);
  const Document document = allocation_document(one);
  check_document(document);
  CHECK(document.answer.size() == 1);
  for (const Document& d : {document, allocation_document(sample())}) {
    CHECK(render_terminal(d, {}).find("130 %") != std::string::npos);
    CHECK(render_svg(d).find("<svg") != std::string::npos);
    CHECK(render_csv(d).find("load_131") == std::string::npos);
  }
}

}  // namespace orrery
