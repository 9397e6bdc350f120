#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "report/html/html_chart.hpp"
#include "report/html/html_parts.hpp"
#include "report/html/html_table.hpp"
#include "report/html/page_assets.hpp"
#include "report/render.hpp"

using namespace orrery;

namespace {

using Shape = ChartSeries::Shape;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kHostile = "</script><script>alert(1)</script><b a='x' c=\"y\">&amp;\x01\xff";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

/// Elements that must be closed are, in the order in which they were opened; whether that is so.
bool is_balanced(const std::string& page) {
  const std::regex tag("<(/?)([a-z][a-z0-9]*)((?:\"[^\"]*\"|[^\">])*)>");
  std::vector<std::string> open;
  std::string markup = std::regex_replace(page, std::regex("<!doctype html>"), "");
  // What scripts and styles hold is no markup.
  for (const char* element : {"script", "style"}) {
    for (std::size_t at = 0; (at = markup.find(std::string("<") + element, at)) != std::string::npos;) {
      const std::size_t begin = markup.find('>', at) + 1, end = markup.find(std::string("</") + element, begin);
      if (end == std::string::npos) return false;
      markup.erase(begin, end - begin);
      at = begin;
    }
  }
  for (std::sregex_iterator it(markup.begin(), markup.end(), tag), last; it != last; ++it) {
    const std::string name = (*it)[2], attributes = (*it)[3];
    if ((*it)[1] == "/") {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
    } else if (name != "meta" && name != "link" && name != "img" && !attributes.ends_with("/")) {
      open.push_back(name);
    }
  }
  return open.empty();
}

Document sample() {
  Document document;
  document.command = "sample";
  document.answer = {"6.75 s a step", "and more"};
  document.fields = {{"step_time", "step", figure(Seconds(6.75))}, {"kept_back", "", count(4711)}};
  document.breakdowns = {
      {"breakdown", "time", figure(Seconds(8)), {{"compute", figure(Seconds(6))}, {"bubble", figure(Seconds(2))}}}};
  Table table{"layouts",
              "Layouts",
              {{"name", "layout"}, {"time", "time"}, {"raw", ""}},
              {{std::string("tp=8"), figure(Seconds(90)), number(0.5)}, {std::string("tp=4"), Cell{}, Cell{}}},
              "below",
              false};
  Table detail{
      "inputs", "Inputs", {{"input", "input"}, {"source", "source"}}, {{std::string("x"), std::string("unverified")}},
      "",       true};
  document.tables = {table, detail};
  document.notes = {"a note", "assumed: one (a; b); two"};
  document.warnings = {"a warning"};
  document.literals = {{"args", "Arguments", {"--a", "--b"}}};
  Chart chart;
  chart.key = "curve";
  chart.title = "a curve";
  chart.series = {{"one", Shape::Line, {{0, 1}, {1, 2}}}};
  document.charts = {chart};
  return document;
}

/// A document whose every text is `text`.
Document filled_with(const std::string& text) {
  Document document = sample();
  document.command = document.answer[0] = document.answer[1] = document.fields[0].title = text;
  document.fields[0].value = text;
  document.breakdowns[0].title = document.breakdowns[0].parts[0].first = text;
  for (Table& table : document.tables) {
    table.title = table.note = table.columns[0].title = text;
    table.rows[0][0] = text;
  }
  document.notes = {text, "assumed: " + text};
  document.warnings = {text};
  document.literals = {{"args", text, {text, text}}};
  document.scenario = text + "\n" + text;
  Chart& curve = document.charts[0];
  curve.title = curve.x.title = curve.y.title = curve.series[0].name = text;
  curve.levels = {{text, 1}};
  curve.marks = {{text, 1}};
  Chart grid;
  grid.key = "grid";
  grid.title = text;
  grid.grid = ChartGrid{text, text, {text}, {text}, {text, {}, {}, {}}, {1}};
  Chart spans;
  spans.key = "spans";
  spans.spans = ChartSpans{{text}, {{text, text, {{0, 1, 0, text, 0, 2}}}}};
  Chart bars;
  bars.key = "bars";
  bars.horizontal = true;
  bars.categories = {text};
  bars.series = {{text, Shape::Bars, {{0, 1}}}};
  document.charts.insert(document.charts.end(), {grid, spans, bars});
  Document below = document;
  document.levels = {below};
  return document;
}

}  // namespace

TEST_CASE("pages: hand-computed, the answer first, then charts, breakdown, tables, notes, sources, the command") {
  const std::string page = render_html(sample(), {"orrery sample", "[plan]\nx = 1\n", false});
  CHECK(page.starts_with("<!doctype html>\n"));
  CHECK(has(page, "<title>6.75 s a step - Orrery</title>"));
  std::size_t at = 0;
  for (const char* part : {"<h1>6.75\u00a0s a step</h1>", "<p class=\"answer\">and more</p>", "a warning",
                           "<dt>step</dt><dd>6.75 s</dd>", "id=\"charts\"", "id=\"breakdown\"", "id=\"tables\"",
                           "id=\"notes\"", "id=\"assumptions\"", "id=\"sources\"", "id=\"literals\"", "--a \\\n--b\n",
                           "id=\"again\"", "orrery sample\n", "[plan]\nx = 1\n", "<footer>", "uPlot"}) {
    CAPTURE(part);
    const std::size_t next = page.find(part, at);
    REQUIRE(next != std::string::npos);
    at = next;
  }
  CHECK_FALSE(has(page, "4711"));
  CHECK(has(page, "<li>one (a; b)</li>\n<li>two</li>"));
  CHECK(is_balanced(page));
  CHECK(page == render_html(sample(), {"orrery sample", "[plan]\nx = 1\n", false}));
}

TEST_CASE("pages: law, they ask nobody for anything: no address in their markup, and a policy that forbids it") {
  const std::string page = render_html(sample(), {});
  CHECK(has(page, "default-src 'none'; script-src '" + std::string(page_script_hash()) + "'"));
  const std::regex address("(?:src|href|action|url)\\s*=\\s*\"(?!data:|#)");
  CHECK_FALSE(std::regex_search(page, address));
  CHECK_FALSE(has(std::string(page_style()), "url("));
  CHECK(has(page, "<script>" + std::string(page_script()) + "</script>"));
}

TEST_CASE("pages: hand-computed, tables of detail and of sources") {
  const std::string page = render_html(sample(), {});
  CHECK(has(page, "<details>\n<summary>Inputs</summary>"));
  CHECK(has(render_html(sample(), {"", "", true}), "<details open>\n<summary>Inputs</summary>"));
  CHECK(has(page, "<span class=\"badge unverified\">unverified</span>"));
  CHECK(has(page, "<th scope=\"row\">tp=8</th><td class=\"n\" data-v=\"90\">90.0 s</td>"));
  CHECK(has(page, "<th scope=\"row\">tp=4</th><td class=\"n\">-</td>"));
  CHECK_FALSE(has(page, ">0.500<"));  // for machines only
}

TEST_CASE("pages: law, hostile texts stay texts wherever they stand") {
  const Document plain = filled_with("x");
  const Document hostile = filled_with(kHostile);
  const std::string page = render_html(hostile, {kHostile, kHostile, true});
  CHECK(is_balanced(page));
  // No element more than in a page of harmless texts.
  const std::string harmless = render_html(plain, {"x", "x", true});
  for (const char* element : {"<script", "</script", "<b ", "<svg", "<td", "<h2", "<rect"}) {
    CAPTURE(element);
    CHECK(times(page, element) == times(harmless, element));
  }
  CHECK_FALSE(has(page, "alert(1)</script><b"));
  CHECK_FALSE(has(page, "\x01"));
  CHECK_FALSE(has(page, "\xff"));
}

TEST_CASE("pages: law, random bytes as texts never break the markup") {
  std::mt19937 random(17);
  for (int trial = 0; trial < 200; ++trial) {
    std::string text(1 + random() % 40, ' ');
    const std::string spice = "<>&\"'/=;-!\n\\`$ abc\xc3\xa9";
    for (char& c : text) c = random() % 4 == 0 ? static_cast<char>(random() % 256) : spice[random() % spice.size()];
    CAPTURE(text);
    REQUIRE(is_balanced(render_html(filled_with(text), {text, text, false})));
  }
}

TEST_CASE("pages: hand-computed, below 1 MB with tables of 10,000 rows, which say where the rest is") {
  Document document = sample();
  document.tables.clear();
  for (int t = 0; t < 6; ++t) {
    Table table{"table_" + std::to_string(t), "", {{"name", "name"}, {"value", "value"}}, {}, "", false};
    for (int i = 0; i < 10000; ++i)
      table.rows.push_back({std::string(t == 0 ? 8 : 400, 'x') + std::to_string(i), number(i)});
    document.tables.push_back(std::move(table));
  }
  const std::string page = render_html(document, {});
  CHECK(page.size() < 1'000'000);
  CHECK(has(page, "The first 500 of 10,000 rows; --csv and --json have all."));
  CHECK(times(page, "--json has all.") == 5);
  CHECK(has(page, "xxxxxxxx499<"));
  CHECK_FALSE(has(page, "xxxxxxxx500<"));
}

TEST_CASE("pages: hand-computed, below 1 MB with charts of many points, which keep their peaks") {
  Document document = sample();
  document.charts.clear();
  for (int c = 0; c < 20; ++c) {
    Chart chart;
    chart.key = "chart_" + std::to_string(c);
    for (int s = 0; s < 3; ++s) {
      ChartSeries series{"series " + std::to_string(s), Shape::Step, {}};
      for (int i = 0; i < 20000; ++i) series.points.push_back({i / 3.0, i == 12345 ? 7e5 : std::sin(i) * 1e5});
      chart.series.push_back(std::move(series));
    }
    document.charts.push_back(std::move(chart));
  }
  const Chart few = thinned(document.charts[0], kMostHtmlPoints);
  CHECK(few.series[0].points.size() <= kMostHtmlPoints);
  CHECK(std::any_of(few.series[0].points.begin(), few.series[0].points.end(),
                    [](const ChartPoint& p) { return p.y == 7e5; }));
  CHECK(few.series[0].points.front().x == 0);
  CHECK(few.series[0].points.back().x == 19999 / 3.0);
  const std::string page = render_html(document, {});
  CHECK(page.size() < 1'000'000);
  CHECK(has(page, "Left out, so that the page stays small:"));
}

TEST_CASE("pages: law, areas that stand on each other keep the same places when they are thinned, and gaps stay gaps") {
  Chart chart;
  chart.stacked = true;
  std::mt19937 random(3);
  for (int s = 0; s < 3; ++s) {
    ChartSeries series{std::to_string(s), Shape::Area, {}};
    for (int i = 0; i < 5000; ++i) series.points.push_back({i * 1.0, static_cast<double>(random() % 100)});
    chart.series.push_back(std::move(series));
  }
  Chart gaps;
  gaps.series = {{"bars", Shape::Line, {}}};
  for (int i = 0; i < 3000; ++i) gaps.series[0].points.push_back({i % 3 == 2 ? kNan : i, i % 3 == 2 ? kNan : 1});
  CHECK(thinned(gaps, 100).series[0].points.size() == 3000);
  Document document;
  document.charts = {thinned(chart, 100)};
  document.charts[0].key = "areas";
  CHECK_NOTHROW(render_svg(document));
  CHECK(document.charts[0].series[2].points.size() <= 100);
}

TEST_CASE("charts of pages: hand-computed, their numbers for the script, and none of what is no curve") {
  Chart chart = sample().charts[0];
  chart.x = {"size", Figure::Kind::Quantity, Dimension::Size, ChartAxis::Scale::Log2};
  chart.y = {"rate", Figure::Kind::Quantity, Dimension::Bandwidth, ChartAxis::Scale::Linear};
  chart.series = {{"a<b", Shape::Line, {{1024, 1e9, 5e8, 2e9}, {2048, kNan}, {-1, 5}}}};
  const std::string html = html_chart(chart, "c", true, 3);
  const std::string open = "<script type=\"application/json\" class=\"curves\">";
  const std::size_t begin = html.find(open) + open.size();
  const std::string data = html.substr(begin, html.find("</script>") - begin);
  CHECK_FALSE(has(data, "<"));
  const auto json = nlohmann::json::parse(data);
  CHECK(json.at("series").at(0).at("name") == "a<b");
  CHECK(json.at("series").at(0).at("x") == nlohmann::json({1024, 2048}));
  CHECK(json.at("series").at(0).at("y") == nlohmann::json({1e9, nullptr}));
  CHECK(json.at("series").at(0).at("low") == nlohmann::json({5e8, nullptr}));
  CHECK(json.at("y").at("title") == "rate (GB/s)");
  CHECK(json.at("x").at("ticks").at(1) == nlohmann::json({1024, "1 KiB"}));
  CHECK(times(html, "<svg") == 2);  // for large and for small screens
  Chart bars = chart;               // Points without a place part them.
  bars.series[0].points.push_back({kNan, kNan});
  CHECK_FALSE(has(html_chart(bars, "c", true, 3), "<script"));
  chart.categories = {"a", "b", "c"};
  CHECK_FALSE(has(html_chart(chart, "c", true, 3), "<script"));
  CHECK_FALSE(needs_width(chart));
  chart.horizontal = true;
  CHECK(needs_width(chart));
}

TEST_CASE("breakdowns of pages: hand-computed, bars climb to the total and what is negative steps back") {
  const std::string html =
      html_parts({"cost",
                  "cost",
                  figure(Dollars(8)),
                  {{"a", figure(Dollars(6))}, {"b", figure(Dollars(4))}, {"c", figure(Dollars(-2))}}});
  // Of 0 to 10 on 200 pixels: 0 to 120, 120 to 200, back to 160.
  CHECK(has(html, "<rect class=\"f0\" x=\"0\" y=\"0\" width=\"120\" height=\"12\"/>"));
  CHECK(has(html, "<rect class=\"f0\" x=\"120\" y=\"0\" width=\"80\" height=\"12\"/>"));
  CHECK(has(html, "<rect class=\"f1\" x=\"160\" y=\"0\" width=\"40\" height=\"12\"/>"));
  CHECK(has(html, ">75.0 %<"));
  CHECK(has(html, ">-25.0 %<"));
  // Shares of shares would say nothing new, and parts of nothing are left out.
  const std::string shares = html_parts({"use", "", fraction(1), {{"a", fraction(1)}, {"b", fraction(0)}}});
  CHECK(has(shares, ">a</th><td class=\"n\">100.0 %</td><td class=\"climbs\">"));
  CHECK_FALSE(has(shares, ">b<"));
}

TEST_CASE("pages: hand-computed, the levels of a scenario are sections below, to which the top leads") {
  Document whole = sample();
  Document run = sample();
  run.command = "run";
  run.answer = {"done in 72.9 days"};
  whole.levels = {sample(), run};
  const std::string page = render_html(whole, {});
  CHECK(has(page, "<a href=\"#level-2-answer\">run</a>"));
  CHECK(has(page, "<h2 id=\"level-2-answer-h\">done in 72.9\u00a0days</h2>"));
  CHECK(has(page, "<section id=\"level-2-charts\">\n<h3>Charts</h3>"));
  CHECK(has(page, "<figure class=\"chart wide\" id=\"level-2-chart-curve\">\n<figcaption><h4>"));
  CHECK(times(page, "<h1>") == 1);
  CHECK(is_balanced(page));
}

TEST_CASE("pages: hand-computed, an empty document is a page too") {
  Document document;
  document.command = "nothing";
  const std::string page = render_html(document, {});
  CHECK(has(page, "<h1>nothing</h1>"));
  CHECK(is_balanced(page));
  CHECK_FALSE(has(page, "<section"));
}
