// Writes a page with every kind of chart, a table of 10,000 rows and names that try to break out: for the browser
// tests.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>

#include "base/date.hpp"
#include "base/file.hpp"
#include "report/render.hpp"

using namespace orrery;

namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;

constexpr const char* kHostile =
    "</script><script>window.broken = 1</script><img src=x onerror='window.broken=1'>\"&amp;";

double day(int year, int month) {
  return Date::of(year, month, 1).days();
}

Chart fan() {
  Chart chart;
  chart.key = "fan";
  chart.title = "H100-equivalents energised, 80 % interval";
  chart.x = {"", Figure::Kind::Number, Dimension::None, Scale::Date};
  chart.y = {"H100-equivalents", Figure::Kind::Large, Dimension::None, Scale::Linear};
  ChartSeries plan{"plan", Shape::Line, {}}, built{"forecast", Shape::Line, {}}, seen{"counted", Shape::Markers, {}};
  for (int q = 0; q < 16; ++q) {
    const double at = day(2025 + q / 4, 1 + 3 * (q % 4)), grown = 40e3 * std::exp(0.22 * q);
    plan.points.push_back({at, 60e3 * std::exp(0.22 * q)});
    built.points.push_back({at, grown, grown * 0.7, grown * 1.25});
    if (q < 6 && q % 2 == 0) seen.points.push_back({at, grown * 1.04, grown * 0.95, grown * 1.1});
  }
  chart.series = {std::move(built), std::move(plan), std::move(seen)};
  chart.levels = {{"a million", 1e6}};
  chart.marks = {{"today", day(2026, 5)}};
  return chart;
}

Chart constraints() {
  Chart chart;
  chart.key = "constraints";
  chart.title = "What binds in each quarter";
  chart.y = {"share of the draws", Figure::Kind::Fraction, Dimension::None, Scale::Linear};
  chart.stacked = true;
  ChartSeries chips{"chips", Shape::Bars, {}}, power{"power", Shape::Bars, {}}, money{"money", Shape::Bars, {}};
  for (int q = 0; q < 16; ++q) {
    chart.categories.push_back(quarter_text(Date::of(2025 + q / 4, 1 + 3 * (q % 4), 1)));
    const double a = 0.8 / (1 + q * 0.3), b = (1 - a) * 0.7;
    chips.points.push_back({0, a});
    power.points.push_back({0, b});
    money.points.push_back({0, 1 - a - b});
  }
  chart.series = {std::move(chips), std::move(power), std::move(money)};
  return chart;
}

Chart sites() {
  Chart chart;
  chart.key = "sites";
  chart.title = "When each site has power and halls";
  chart.x = {"", Figure::Kind::Number, Dimension::None, Scale::Date};
  const double none = std::nan("");
  chart.spans = ChartSpans{{"permits", "shell and cooling", "grid connection", "chips installed"},
                           {{"phase 1",
                             "Abilene",
                             {{day(2024, 6), day(2024, 11), 0, "permits", none, none},
                              {day(2024, 11), day(2025, 9), 1, "200 MW", day(2025, 7), day(2025, 12)},
                              {day(2025, 1), day(2025, 11), 2, "", none, none},
                              {day(2025, 10), day(2026, 3), 3, "", day(2026, 1), day(2026, 8)}}},
                            {"phase 2",
                             "Abilene",
                             {{day(2025, 3), day(2026, 6), 1, "1,000 MW", day(2026, 3), day(2026, 11)},
                              {day(2025, 6), day(2026, 9), 2, "", none, none}}},
                            {kHostile,
                             "Milam County",
                             {{day(2025, 9), day(2026, 3), 0, "", none, none},
                              {day(2026, 3), day(2027, 6), 1, "", day(2026, 12), day(2028, 1)}}}}};
  chart.marks = {{"today", day(2026, 5)}};
  return chart;
}

Chart days_to_train() {
  Chart chart;
  chart.key = "days_to_train";
  chart.title = "Days to train";
  ChartGrid grid{"model",
                 "fleet",
                 {"GPT-4 class", "Grok-2 class", "Gemini class", "Llama 3.1 405B", kHostile},
                 {"Microsoft and OpenAI", "Meta", "Google (TPU)", "Amazon and Anthropic", "xAI", "all of them"},
                 {"time", Figure::Kind::Quantity, Dimension::Time, Scale::Log},
                 {}};
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    for (std::size_t c = 0; c < grid.columns.size(); ++c)
      grid.values.push_back(r == 4 && c == 1
                                ? std::nan("")
                                : 86400 * 1.5 *
                                      std::exp(0.9 * static_cast<double>(r) + 0.5 * static_cast<double>((c * 7) % 5)));
  }
  chart.grid = std::move(grid);
  return chart;
}

Chart tornado() {
  Chart chart;
  chart.key = "tornado";
  chart.title = "What half and double of an input do to the completion time";
  chart.horizontal = true;
  chart.y = {"change of the completion time", Figure::Kind::Signed, Dimension::None, Scale::Linear};
  chart.categories = {"faults of GPUs", "time until the grid connection is energised", "checkpoint bandwidth",
                      "spares"};
  chart.series = {{"half", Shape::Bars, {{0, -0.12}, {0, -0.08}, {0, 0.05}, {0, 0.02}}},
                  {"double", Shape::Bars, {{0, 0.31}, {0, 0.2}, {0, -0.03}, {0, -0.01}}}};
  return chart;
}

Chart curve() {
  Chart chart;
  chart.key = "bandwidth";
  chart.title = "Bus bandwidth by size";
  chart.x = {"size", Figure::Kind::Quantity, Dimension::Size, Scale::Log2};
  chart.y = {"bus bandwidth", Figure::Kind::Quantity, Dimension::Bandwidth, Scale::Linear};
  ChartSeries line{"predicted", Shape::Line, {}, 0}, dots{"measured", Shape::Markers, {}, 0};
  for (int e = 10; e <= 34; ++e) {
    const double size = std::exp2(e), rate = 380e9 * size / (size + 3e7);
    line.points.push_back({size, rate, rate * 0.85, rate * 1.15});
    if (e % 4 == 0) dots.points.push_back({size, rate * 0.94});
  }
  chart.series = {std::move(line), std::move(dots)};
  chart.levels = {{"line rate", 400e9}};
  return chart;
}

Chart areas() {
  Chart chart;
  chart.key = "use";
  chart.title = "GPUs by tenant";
  chart.x = {"time", Figure::Kind::Quantity, Dimension::Time, Scale::Linear};
  chart.y = {"GPUs", Figure::Kind::Count, Dimension::None, Scale::Linear};
  chart.stacked = true;
  for (int s = 0; s < 3; ++s) {
    ChartSeries area{"tenant " + std::to_string(s + 1), Shape::Area, {}};
    for (int i = 0; i <= 60; ++i) area.points.push_back({i * 86400.0, 300 + 200 * std::sin(0.2 * i + 2 * s)});
    chart.series.push_back(std::move(area));
  }
  return chart;
}

Document sample() {
  Document document;
  document.command = "sample";
  document.answer = {std::string("A page with everything ") + kHostile, "한국어 답: 2027년 2분기까지 1,200 MW"};
  document.fields = {{"capacity", "capacity", figure(Watts(1.2e9))}, {"name", kHostile, std::string(kHostile)}};
  document.breakdowns = {{"cost",
                          "cost of a GPU-hour",
                          figure(Dollars(3.1)),
                          {{"chips", figure(Dollars(1.9))},
                           {"network", figure(Dollars(0.5))},
                           {"power", figure(Dollars(0.4))},
                           {"buildings", figure(Dollars(0.5))},
                           {"grants", figure(Dollars(-0.2))}}}};
  Table rows{"rows", "Many rows", {{"name", "name"}, {"value", "value"}, {"share", "share"}, {"text", "text"}},
             {},     "a note",    false};
  for (int i = 0; i < 10000; ++i) {
    rows.rows.push_back({"row " + std::to_string(i), figure(Seconds(std::fmod(i * 7919.0, 1e4))),
                         i % 7 == 0 ? Cell{} : Cell{fraction(i / 1e4)}, std::string(i == 3 ? kHostile : "plain")});
  }
  Table sources{
      "inputs",
      "Inputs",
      {{"input", "input"}, {"value", "value"}, {"source", "source"}, {"status", "status"}},
      {{std::string("price"), std::string("30000 USD"), std::string("annual report 2024"), std::string("estimate")},
       {std::string("power"), std::string("1.2 GW"), std::string("unverified"), std::string("forecast")}},
      "",
      false};
  document.tables = {std::move(rows), std::move(sources)};
  document.notes = {"a note; with two clauses", "assumed: one thing (of two; or three); another"};
  document.warnings = {std::string("look out: ") + kHostile};
  document.literals = {{"arguments", "Arguments", {"--one 1", "--two '" + std::string(kHostile) + "'"}}};
  document.charts = {fan(), curve(), constraints(), areas(), sites(), days_to_train(), tornado()};
  document.scenario = "[fleet]\nbudget = \"500 B USD\"\n# " + std::string(kHostile) + "\n";
  Document below;
  below.command = "step";
  below.answer = {"6.75 s a step"};
  below.charts = {curve()};
  below.notes = {"assumed: nothing"};
  document.levels = {std::move(below)};
  return document;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: orrery_sample_page FILE\n", stderr);
    return 2;
  }
  write_file_atomically(argv[1], render_html(sample(), {"orrery sample --name '<b>'", "", false}));
  return 0;
}
