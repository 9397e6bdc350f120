#include "fleet/uncertainty/build_fit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/diagnostic.hpp"

namespace orrery {
namespace {

double days(Seconds time) {
  return time.raw() / 86400;
}
double days(const Law& law, double level) {
  return law.quantile(level) / 86400;
}

const BuildScore& score_of(const std::vector<BuildScore>& scores, const std::string& site, BuildKind kind) {
  return *std::find_if(scores.begin(), scores.end(),
                       [&](const BuildScore& s) { return s.phase.site == site && s.phase.kind == kind; });
}

}  // namespace

TEST_CASE("build time: hand-computed, laws by kind and size") {
  BuildModel model;
  model.greenfield = Law::spread(100, 200, 400);
  model.size_exponent = 0.5;
  model.brownfield = Law::spread(50, 60, 70);
  model.growth = Law::spread(10, 20, 30);
  // Four times the reference power: twice as long.
  CHECK(build_duration(model, BuildKind::Greenfield, Watts(400e6)).quantile(0.5) == doctest::Approx(400));
  CHECK(build_duration(model, BuildKind::Greenfield, Watts(400e6)).quantile(0.9) == doctest::Approx(800));
  CHECK(build_duration(model, BuildKind::Brownfield, Watts(400e6)).quantile(0.1) == doctest::Approx(50));
  CHECK(build_duration(model, BuildKind::Growth, Watts(400e6)).quantile(0.9) == doctest::Approx(30));
}

TEST_CASE("build time: hand-computed, a fit of a line through logarithms and a band by Student's t") {
  BuildEvidence evidence;
  const auto survey = [](const char* id, BuildKind kind, double mw, double p10, double p50, double p90) {
    return BuildSurvey{id, kind, Watts(mw * 1e6), Seconds(p10 * 86400), Seconds(p50 * 86400), Seconds(p90 * 86400),
                       "", ""};
  };
  evidence.surveys = {survey("gigawatt", BuildKind::Greenfield, 10000, 400, 800, 1200),
                      survey("roof-to-operation", BuildKind::Brownfield, 0, 50, 100, 300)};
  const auto phase = [&](const char* site, BuildKind kind, int took, double mw) {
    evidence.phases.push_back({site, kind, Date(0), Date(took), Watts(0), Watts(mw * 1e6)});
  };
  phase("a", BuildKind::Greenfield, 400, 100);  // 100 MW to 10 GW: twice as long, exponent ln 2 / ln 100 = 0.1505
  phase("b", BuildKind::Brownfield, 400, 100);  // with 100 days: 200
  phase("c", BuildKind::Growth, 100, 100);
  phase("d", BuildKind::Growth, 400, 100);
  evidence.phases.push_back(
      {"e", BuildKind::Greenfield, Date(0), Date(9000), Watts(0), Watts(1e9), BuildPhase::Status::Forecast});
  const BuildModel model = fit_build_model(evidence);
  CHECK(days(model.greenfield, 0.5) == doctest::Approx(400));
  CHECK(days(model.greenfield, 0.1) == doctest::Approx(200));
  CHECK(model.size_exponent == doctest::Approx(0.150515));
  CHECK(days(model.brownfield, 0.5) == doctest::Approx(200));
  CHECK(days(model.brownfield, 0.9) == doctest::Approx(600));
  // ln 100 and ln 400: mean ln 200, deviation ln 4 / sqrt 2; times 3.078 sqrt(1 + 1/2) = 3.6954.
  CHECK(days(model.growth, 0.5) == doctest::Approx(200));
  CHECK(std::log(days(model.growth, 0.9) / 200) ==
        doctest::Approx(3.078 * std::sqrt(1.5) * std::log(4) / std::sqrt(2)));
}

TEST_CASE("build time: published, the preset is what the fit gives") {
  const BuildModel fitted = fit_build_model(build_evidence()), preset = build_model_preset();
  for (const double level : {0.1, 0.5, 0.9}) {
    CAPTURE(level);
    CHECK(days(preset.greenfield, level) == doctest::Approx(days(fitted.greenfield, level)).epsilon(0.005));
    CHECK(days(preset.brownfield, level) == doctest::Approx(days(fitted.brownfield, level)).epsilon(0.005));
    CHECK(days(preset.growth, level) == doctest::Approx(days(fitted.growth, level)).epsilon(0.005));
  }
  CHECK(preset.size_exponent == doctest::Approx(fitted.size_exponent).epsilon(0.005));
  CHECK(preset.reference_power == fitted.reference_power);
  CHECK_THROWS_AS(build_model_preset("sitse"), InputError);
}

TEST_CASE("build time: published, the 80 % band on sites that the fit has not seen") {
  const auto scores = score_build_model(build_evidence());
  const BuildCoverage ran = build_coverage(scores, BuildPhase::Status::Estimate);
  // Nine phases of five sites: as few as there are.
  CHECK(ran.of == 9);
  const double share = static_cast<double>(ran.inside) / ran.of;
  CHECK(share >= 0.7);
  CHECK(share <= 0.9);
  // Abilene's second building came 90 days after the first, sooner than the others' steps make likely.
  CHECK_FALSE(score_of(scores, "Abilene", BuildKind::Growth).inside);
  CHECK(score_of(scores, "Colossus 1", BuildKind::Brownfield).inside);
  CHECK(days(score_of(scores, "Colossus 1", BuildKind::Brownfield).p50) == doctest::Approx(150));  // The survey alone.
  // Sites that grew over three years without hurry are no build times; counted, two more would be outside.
  const BuildCoverage unhurried = build_coverage(scores, BuildPhase::Status::Unhurried);
  CHECK(unhurried.of == 2);
  CHECK(unhurried.inside == 0);
  // Announced steps are larger than those that were seen, and mostly take longer than the law of small ones.
  const BuildCoverage announced = build_coverage(scores, BuildPhase::Status::Forecast);
  CHECK(announced.of == 11);
  CHECK(announced.inside < 8);
}

}  // namespace orrery
