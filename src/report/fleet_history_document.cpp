#include "report/fleet_history_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/unit_table.hpp"

namespace orrery {
namespace {

Figure measured(double value, HistoryMeasure measure) {
  switch (measure) {
    case HistoryMeasure::Count:
      return large(value, 3);
    case HistoryMeasure::Money:
      return figure(Dollars(value));
    case HistoryMeasure::HourlyPrice:
      return figure(DollarsPerSecond(value));
    case HistoryMeasure::Power:
      return figure(Watts(value));
    case HistoryMeasure::Time:
      return figure(Seconds(value));
    case HistoryMeasure::Share:
      break;
  }
  return fraction(value);
}

const char* circle_name(HistoryCircle circle) {
  switch (circle) {
    case HistoryCircle::No:
      return "no";
    case HistoryCircle::Partly:
      return "partly";
    case HistoryCircle::Yes:
      break;
  }
  return "yes";
}

/// The rule that a figure has to keep: "$0.704B to $1.06B", "at most $2.99/h", "in the 80 % band".
std::string rule_text(const HistoryFigure& f) {
  if (f.rule == HistoryRule::BandHolds) return "published in the band";
  const std::string most = cell_text(measured(f.most, f.measure));
  return f.least <= 0 ? "at most " + most : fmt::format("{} to {}", cell_text(measured(f.least, f.measure)), most);
}

/// A check counts as far from a circle as its farthest figure is.
HistoryCircle circle_of(const HistoryCheck& check) {
  HistoryCircle least = HistoryCircle::Yes;
  for (const HistoryFigure& figure : check.figures) least = std::min(least, figure.circle);
  return least;
}

void add_checks(const std::vector<HistoryCheck>& checks, Document& document) {
  Table table{"figures",
              "predicted and published",
              {{"number", "#"},
               {"check", "check"},
               {"figure", "figure"},
               {"predicted", "predicted"},
               {"p10", "10 %"},
               {"p90", "90 %"},
               {"published", "published"},
               {"error", "error"},
               {"has_to_be", "predicted has to be"},
               {"passes", ""},
               {"", "holds"},
               {"circular", "circular"},
               {"published_low", ""},
               {"published_high", ""},
               {"published_is_forecast", ""},
               {"source", "source of the published"}},
              {},
              "",
              false};
  Table rules{"rules",
              "how each is predicted and what it has to keep",
              {{"number", "#"}, {"passes", ""}, {"band", "has to be"}, {"how", "predicted from"}},
              {},
              "",
              true};
  for (const HistoryCheck& check : checks) {
    for (const HistoryFigure& f : check.figures) {
      table.rows.push_back({count(check.number), check.name, f.name + (f.forecast ? " (a forecast itself)" : ""),
                            measured(f.predicted, f.measure), measured(f.p10, f.measure), measured(f.p90, f.measure),
                            measured(f.truth, f.measure), signed_fraction(f.error(), 0), rule_text(f), f.passes(),
                            std::string(f.passes() ? "yes" : "MISS"), std::string(circle_name(f.circle)),
                            measured(f.low, f.measure), measured(f.high, f.measure), f.forecast, f.source});
    }
    rules.rows.push_back({count(check.number), check.passes(), check.band, check.how});
  }
  document.tables.push_back(std::move(table));
  document.tables.push_back(std::move(rules));
}

void add_builds(const std::vector<BuildScore>& builds, Document& document) {
  Table table{"build_times",
              "build times, each predicted without its own site",
              {{"site", "site"},
               {"kind", "begins with"},
               {"power", "power"},
               {"took", "took"},
               {"p10", "10 %"},
               {"p50", "predicted"},
               {"p90", "90 %"},
               {"inside", ""},
               {"", "inside"},
               {"status", "of a date that is"}},
              {},
              "",
              true};
  for (const BuildScore& score : builds) {
    const BuildPhase& phase = score.phase;
    const char* kind = phase.kind == BuildKind::Greenfield   ? "an empty field"
                       : phase.kind == BuildKind::Brownfield ? "a shell"
                                                             : "a running phase";
    const char* status = phase.status == BuildPhase::Status::Estimate   ? "estimated"
                         : phase.status == BuildPhase::Status::Forecast ? "forecast"
                                                                        : "of an unhurried site";
    table.rows.push_back({phase.site, std::string(kind), figure(phase.power - phase.before), figure(phase.duration()),
                          figure(score.p10), figure(score.p50), figure(score.p90), score.inside,
                          std::string(score.inside ? "yes" : "no"), std::string(status)});
  }
  document.tables.push_back(std::move(table));
}

/// Errors of all figures that are no comparison of unlike things, with their bands.
Chart error_chart(const std::vector<HistoryCheck>& checks) {
  Chart chart;
  chart.key = "errors";
  chart.title = "predicted against published, with 80 % bands";
  chart.y = {"error", Figure::Kind::Signed};
  chart.horizontal = true;
  ChartSeries series{"predicted", ChartSeries::Shape::Bars, {}};
  for (const HistoryCheck& check : checks) {
    for (const HistoryFigure& f : check.figures) {
      if (f.compares || f.circle == HistoryCircle::Yes) continue;
      // A long name tells by itself what it is of.
      chart.categories.push_back(f.name.size() > 20 ? fmt::format("{} {}", check.number, f.name)
                                                    : fmt::format("{} {}: {}", check.number, check.name, f.name));
      series.points.push_back({0, f.error(), f.p10 / f.truth - 1, f.p90 / f.truth - 1});
    }
  }
  chart.series.push_back(std::move(series));
  return chart;
}

/// How long sites took, and what a fit without them says.
Chart build_chart(const std::vector<BuildScore>& builds) {
  Chart chart;
  chart.key = "sites";
  chart.title = "sites as built, and as a fit without them predicts (80 % bands)";
  chart.x = {"date", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Date};
  chart.spans = ChartSpans{{"built", "announced", "predicted"}, {}};
  for (const BuildScore& score : builds) {
    const BuildPhase& phase = score.phase;
    if (phase.status == BuildPhase::Status::Unhurried) continue;
    const double from = phase.from.days();
    const auto after = [&](Seconds time) { return from + time.raw() / kDay; };
    ChartSpan took{from, static_cast<double>(phase.to.days()), phase.status == BuildPhase::Status::Forecast ? 1U : 0U,
                   ""};
    ChartSpan predicted{from, after(score.p50), 2, "", after(score.p10), after(score.p90)};
    chart.spans->rows.push_back({cell_text(figure(phase.power - phase.before)), phase.site, {took, predicted}});
  }
  return chart;
}

}  // namespace

Document fleet_history_document(const std::vector<HistoryCheck>& checks, const std::vector<BuildScore>& builds) {
  Document document;
  document.command = "fleet history";
  const auto passed = std::count_if(checks.begin(), checks.end(), [](const HistoryCheck& c) { return c.passes(); });
  const auto partly = std::count_if(checks.begin(), checks.end(), [](const HistoryCheck& c) {
    return circle_of(c) != HistoryCircle::Yes &&
           std::any_of(c.figures.begin(), c.figures.end(),
                       [](const HistoryFigure& f) { return f.circle != HistoryCircle::No; });
  });
  const auto round = std::count_if(checks.begin(), checks.end(),
                                   [](const HistoryCheck& c) { return circle_of(c) == HistoryCircle::Yes; });
  document.answer.push_back(fmt::format("{} of {} checks against history hold", passed, checks.size()));
  document.answer.push_back(fmt::format(
      "{} of the {} are circular: they only show that what was put in comes out; {} more are partly circular", round,
      checks.size(), partly));
  const BuildCoverage ran = build_coverage(builds, BuildPhase::Status::Estimate),
                      announced = build_coverage(builds, BuildPhase::Status::Forecast);
  document.answer.push_back(fmt::format(
      "build times: the 80 % band holds {} of {} phases of sites that its fit has not seen", ran.inside, ran.of));
  const HistoryCoverage coverage = history_coverage(checks);
  document.answer.push_back(fmt::format(
      "80 % bands hold {} of {} published figures that are in no part circular, no forecasts and of the same "
      "kind, and {} of {} that are partly circular",
      coverage.inside, coverage.of, coverage.partly_inside, coverage.partly_of));
  document.fields = {{"passed", "", count(passed)},
                     {"checks", "", count(static_cast<long long>(checks.size()))},
                     {"circular", "", count(round)},
                     {"bands_inside", "", count(coverage.inside)},
                     {"bands_of", "", count(coverage.of)},
                     {"partly_circular", "", count(partly)},
                     {"partly_inside", "", count(coverage.partly_inside)},
                     {"partly_of", "", count(coverage.partly_of)},
                     {"builds_inside", "", count(ran.inside)},
                     {"builds_of", "", count(ran.of)}};
  add_checks(checks, document);
  add_builds(builds, document);
  document.charts = {error_chart(checks), build_chart(builds)};
  for (const HistoryCheck& check : checks) {
    for (const HistoryFigure& f : check.figures)
      if (!f.passes() && !f.miss.empty())
        document.notes.push_back(fmt::format("#{} {} misses: {}", check.number, f.name, f.miss));
  }
  std::vector<std::string> told;
  for (const HistoryCheck& check : checks) {
    for (const HistoryFigure& f : check.figures) {
      if (f.circle == HistoryCircle::No || std::count(told.begin(), told.end(), f.circle_why) > 0) continue;
      told.push_back(f.circle_why);
      document.notes.push_back(fmt::format("#{} is {}circular: {}", check.number,
                                           f.circle == HistoryCircle::Partly ? "partly " : "", f.circle_why));
    }
  }
  document.notes.push_back(fmt::format(
      "of the phases that were only announced ({} of them) the band holds {}: they are larger than those that "
      "were seen, and no truth",
      announced.of, announced.inside));
  return document;
}

}  // namespace orrery
