#include "fleet/uncertainty/build_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "fleet/uncertainty/reference_table.hpp"

namespace orrery {
namespace {

BuildKind kind_of(const std::string& text) {
  if (text == "greenfield") return BuildKind::Greenfield;
  return text == "brownfield" ? BuildKind::Brownfield : BuildKind::Growth;
}

BuildPhase::Status status_of(const std::string& text) {
  if (text == "forecast") return BuildPhase::Status::Forecast;
  return text == "unhurried" ? BuildPhase::Status::Unhurried : BuildPhase::Status::Estimate;
}

BuildEvidence read_evidence() {
  BuildEvidence evidence;
  const auto watts = [](double megawatts) { return Watts(std::isnan(megawatts) ? 0 : megawatts * 1e6); };
  for (const ReferenceRow& row : reference_rows("build_phases")) {
    const auto from = parse_date(row.text("from")), to = parse_date(row.text("to"));
    ORRERY_CHECK(from && to && *from < *to, "a phase lies between two dates");
    evidence.phases.push_back({row.text("site"), kind_of(row.text("kind")), *from, *to, watts(row.number("mw_before")),
                               watts(row.number("mw")), status_of(row.text("status")), row.text("note")});
  }
  for (const ReferenceRow& row : reference_rows("build_surveys")) {
    const auto days = [&](const char* name) { return Seconds(row.number(name) * kDay); };
    evidence.surveys.push_back({row.text("id"), kind_of(row.text("kind")), watts(row.number("mw")), days("p10_days"),
                                days("p50_days"), days("p90_days"), row.text("source"), row.text("note")});
  }
  return evidence;
}

const BuildSurvey& survey(const BuildEvidence& evidence, std::string_view id) {
  const auto found = std::find_if(evidence.surveys.begin(), evidence.surveys.end(),
                                  [&](const BuildSurvey& one) { return one.id == id; });
  ORRERY_CHECK(found != evidence.surveys.end(), "the survey is there");
  return *found;
}

/// A law about `median` with the relative spread of a survey.
Law spread_like(const BuildSurvey& survey, double median) {
  return Law::spread(median * (survey.p10 / survey.p50), median, median * (survey.p90 / survey.p50));
}

double mean(const std::vector<double>& x) {
  double sum = 0;
  for (const double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

/// Quantile 0.9 of Student's t: any table, such as NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
double student_t90(std::size_t degrees) {
  constexpr std::array<double, 10> kTable = {3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372};
  ORRERY_CHECK(degrees >= 1, "a degree of freedom at least");
  return kTable[std::min(degrees, kTable.size()) - 1];
}

/// y = intercept + slope x with the slope held to 0 .. 1.
struct Line {
  double intercept = 0, slope = 0;
};
Line least_squares(const std::vector<double>& x, const std::vector<double>& y) {
  const double mx = mean(x), my = mean(y);
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mx) * (x[i] - mx);
    xy += (x[i] - mx) * (y[i] - my);
  }
  const double slope = std::clamp(xy / xx, 0.0, 1.0);
  return {my - slope * mx, slope};
}

}  // namespace

const BuildEvidence& build_evidence() {
  static const BuildEvidence evidence = read_evidence();
  return evidence;
}

BuildModel fit_build_model(const BuildEvidence& evidence, const std::string& without_site) {
  BuildModel model;
  model.name = "sites";
  model.shock = 0.5;
  std::vector<double> size, first, refit, growth;
  const auto add_first = [&](Watts power, Seconds time) {
    size.push_back(std::log(power / model.reference_power));
    first.push_back(std::log(time.raw()));
  };
  for (const BuildSurvey& one : evidence.surveys) {
    if (one.kind == BuildKind::Greenfield) add_first(one.power, one.p50);
    if (one.kind == BuildKind::Brownfield) refit.push_back(std::log(one.p50.raw()));
  }
  for (const BuildPhase& phase : evidence.phases) {
    if (phase.status != BuildPhase::Status::Estimate || phase.site == without_site) continue;
    if (phase.kind == BuildKind::Greenfield) add_first(phase.power, phase.duration());
    if (phase.kind == BuildKind::Brownfield) refit.push_back(std::log(phase.duration().raw()));
    if (phase.kind == BuildKind::Growth) growth.push_back(std::log(phase.duration().raw()));
  }
  ORRERY_CHECK(first.size() >= 2 && !refit.empty() && growth.size() >= 2, "there are sites enough to fit");

  const Line line = least_squares(size, first);
  model.size_exponent = line.slope;
  model.greenfield = spread_like(survey(evidence, "gigawatt"), std::exp(line.intercept));
  model.brownfield = spread_like(survey(evidence, "roof-to-operation"), std::exp(mean(refit)));
  const double middle = mean(growth), n = static_cast<double>(growth.size());
  double square = 0;
  for (const double value : growth) square += (value - middle) * (value - middle);
  const double reach = student_t90(growth.size() - 1) * std::sqrt(square / (n - 1) * (1 + 1 / n));
  model.growth = Law::spread(std::exp(middle - reach), std::exp(middle), std::exp(middle + reach));
  return model;
}

std::vector<BuildScore> score_build_model(const BuildEvidence& evidence) {
  std::vector<BuildScore> scores;
  for (const BuildPhase& phase : evidence.phases) {
    const BuildModel model = fit_build_model(evidence, phase.site);
    const Law law = build_duration(model, phase.kind, phase.power - phase.before);
    const double p10 = law.quantile(0.1), p50 = law.quantile(0.5), p90 = law.quantile(0.9);
    const double took = phase.duration().raw();
    scores.push_back({phase, Seconds(p10), Seconds(p50), Seconds(p90), took >= p10 && took <= p90});
  }
  return scores;
}

BuildCoverage build_coverage(const std::vector<BuildScore>& scores, BuildPhase::Status status) {
  BuildCoverage coverage;
  for (const BuildScore& score : scores) {
    if (score.phase.status != status) continue;
    ++coverage.of;
    coverage.inside += score.inside ? 1 : 0;
  }
  return coverage;
}

}  // namespace orrery
