#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/unit_table.hpp"
#include "report/html/html_chart.hpp"
#include "report/html/html_parts.hpp"
#include "report/html/html_table.hpp"
#include "report/html/page_assets.hpp"
#include "report/render.hpp"
#include "report/svg_frame.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

// Of a page below 1 MB: what its charts and tables may take.
constexpr std::size_t kChartBytes = 420'000, kTableBytes = 330'000;
constexpr std::string_view kAssumed = "assumed: ";

/// What belongs to the number before it.
bool is_unit(std::string_view word) {
  if (word == "%" || word == "K" || word == "M" || word == "B" || word == "T") return true;
  return std::any_of(all_units().begin(), all_units().end(), [&](const Unit& unit) { return unit.name == word; });
}

/// "a; b; c" as its parts; a semicolon in brackets parts nothing.
std::vector<std::string> clauses(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && depth > 0) --depth;
    if (depth == 0 && text.substr(i, 2) == "; ") {
      parts.emplace_back();
      ++i;
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

/// A sentence whose numbers stay with their units: "49.8 %" and "2.92 M" are not parted at the end of a line.
std::string sentence(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  const std::string escaped = xml_escaped(text);
  std::string result;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const bool behind_number = i > 0 && kDigits.find(escaped[i - 1]) != std::string_view::npos;
    const std::size_t end = std::min(escaped.find_first_of(" ,;:.()", i + 1), escaped.size());
    if (escaped[i] == ' ' && behind_number && is_unit(std::string_view(escaped).substr(i + 1, end - i - 1))) {
      result += "\u00a0";
    } else {
      result += escaped[i];
    }
  }
  return result;
}

std::string list(const std::vector<std::string>& items) {
  std::string text = "<ul>\n";
  for (const std::string& item : items) text += fmt::format("<li>{}</li>\n", sentence(item));
  return text + "</ul>\n";
}

std::string literal(const std::string& title, const std::string& text, int heading, bool wraps = false) {
  return fmt::format(
      "<div class=\"literal{3}\">\n<h{0}>{1}</h{0}>\n<pre tabindex=\"0\" aria-label=\"{1}\">{2}</pre>\n</div>\n",
      heading, xml_escaped(title), text, wraps ? " wraps" : "");
}

/// Lines to copy, each escaped by itself: escaping would take line ends for blanks.
std::string lines_text(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += xml_escaped(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

/// The sections of one document.
class Sections {
 public:
  Sections(const Document& document, const HtmlPage& page, std::string prefix, int heading)
      : document_(document), page_(page), prefix_(std::move(prefix)), heading_(heading) {}

  std::string html(std::size_t& charts_left, std::size_t& tables_left) {
    warnings();
    key_figures();
    charts(charts_left);
    section("breakdown", "Breakdown", breakdowns());
    std::string tables, sources;
    for (const Table& table : document_.tables) {
      if (table.rows.empty()) continue;
      (tells_sources(table) ? sources : tables) += one_table(table, tables_left);
    }
    section("tables", "Tables", tables);
    notes();
    section("sources", "Sources", sources);
    literals();
    return std::move(text_);
  }

 private:
  void section(const char* id, const std::string& title, const std::string& content) {
    if (content.empty()) return;
    text_ += fmt::format("<section id=\"{0}{1}\">\n<h{2}>{3}</h{2}>\n{4}</section>\n", prefix_, id, heading_, title,
                         content);
  }

  void warnings() {
    if (document_.warnings.empty()) return;
    text_ += fmt::format("<div class=\"warnings\" role=\"note\" aria-label=\"Warnings\">\n{}</div>\n",
                         list(document_.warnings));
  }

  void key_figures() {
    std::string items;
    for (const Field& field : document_.fields) {
      if (field.title.empty()) continue;
      items += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", xml_escaped(field.title),
                           xml_escaped(cell_text(field.value)));
    }
    if (!items.empty()) text_ += "<dl class=\"figures\">\n" + items + "</dl>\n";
  }

  void charts(std::size_t& left) {
    std::vector<bool> wide;
    for (const Chart& chart : document_.charts) wide.push_back(needs_width(chart));
    // One that would stand alone in its row takes the row.
    for (std::size_t i = 0; i < wide.size(); ++i) {
      if (wide[i]) continue;
      if (i + 1 < wide.size() && !wide[i + 1]) {
        ++i;
      } else {
        wide[i] = true;
      }
    }
    std::string figures;
    std::size_t omitted = 0;
    for (std::size_t i = 0; i < document_.charts.size(); ++i) {
      const Chart& chart = document_.charts[i];
      const std::string figure = html_chart(chart, prefix_ + "chart-" + chart.key, wide[i], heading_ + 1);
      if (figure.size() > left) {
        ++omitted;
        continue;
      }
      left -= figure.size();
      figures += figure;
    }
    if (!figures.empty()) figures = "<div class=\"charts\">\n" + figures + "</div>\n";
    if (omitted > 0)
      figures += fmt::format(
          "<p class=\"rest\">Left out, so that the page stays small: {} more charts, which --svg FILE draws.</p>\n",
          omitted);
    section("charts", "Charts", figures);
  }

  std::string breakdowns() const {
    std::string text;
    for (const Parts& breakdown : document_.breakdowns) {
      if (!breakdown.parts.empty()) text += html_parts(breakdown);
    }
    return text.empty() ? text : "<div class=\"side-by-side\">\n" + text + "</div>\n";
  }

  std::string one_table(const Table& table, std::size_t& left) const {
    const bool is_main = !document_.tables.empty() && &table == &document_.tables.front();
    const std::string text = html_table(table, is_main ? "--csv and --json have all" : "--json has all", left);
    if (!table.detail) return text;
    return fmt::format("<details{}>\n<summary>{}</summary>\n{}</details>\n", page_.explain ? " open" : "",
                       xml_escaped(table.title.empty() ? table.key : table.title), text);
  }

  void notes() {
    std::vector<std::string> plain, assumed;
    for (const std::string& note : document_.notes) {
      if (!note.starts_with(kAssumed)) {
        plain.push_back(note);
        continue;
      }
      const std::vector<std::string> parts = clauses(std::string_view(note).substr(kAssumed.size()));
      assumed.insert(assumed.end(), parts.begin(), parts.end());
    }
    section("notes", "Notes", plain.empty() ? "" : list(plain));
    section("assumptions", "Assumptions", assumed.empty() ? "" : list(assumed));
  }

  void literals() {
    std::string text;
    for (const Literal& one : document_.literals) {
      std::string lines;
      for (const std::string& line : one.lines)
        lines += xml_escaped(line) + (&line == &one.lines.back() ? "\n" : " \\\n");
      text += literal(one.title, lines, heading_ + 1);
    }
    section("literals", "To copy", text);
  }

  const Document& document_;
  const HtmlPage& page_;
  std::string prefix_;
  int heading_;
  std::string text_;
};

/// What one level of a whole scenario answered: a page within the page.
std::string level(const Document& document, const HtmlPage& page, const std::string& prefix, std::size_t& charts_left,
                  std::size_t& tables_left) {
  std::string text = fmt::format(
      "<section class=\"level\" id=\"{0}answer\" aria-labelledby=\"{0}answer-h\">\n<p "
      "class=\"brand\"><span>{1}</span></p>\n<h2 "
      "id=\"{0}answer-h\">{2}</h2>\n",
      prefix, xml_escaped(document.command),
      sentence(document.answer.empty() ? document.command : document.answer.front()));
  for (std::size_t i = 1; i < document.answer.size(); ++i)
    text += fmt::format("<p class=\"answer\">{}</p>\n", sentence(document.answer[i]));
  text += Sections(document, page, prefix, 3).html(charts_left, tables_left);
  for (std::size_t i = 0; i < document.levels.size(); ++i)
    text += level(document.levels[i], page, fmt::format("{}{}-", prefix, i + 1), charts_left, tables_left);
  return text + "</section>\n";
}

/// To the levels of a whole scenario, each far below the one before it.
std::string links(const Document& document) {
  if (document.levels.empty()) return "";
  std::string text = "<nav aria-label=\"Levels\">\n";
  for (std::size_t i = 0; i < document.levels.size(); ++i)
    text += fmt::format("<a href=\"#level-{}-answer\">{}</a>\n", i + 1, xml_escaped(document.levels[i].command));
  return text + "</nav>\n";
}

std::string again(const Document& document, const HtmlPage& page) {
  std::string text;
  if (!page.command_line.empty()) text += literal("Command", lines_text(page.command_line), 3, true);
  const std::string& scenario = document.scenario.empty() ? page.scenario : document.scenario;
  if (!scenario.empty()) text += literal("Scenario", lines_text(scenario), 3);
  if (text.empty()) return text;
  return "<section id=\"again\">\n<h2>The same answer again</h2>\n" + text + "</section>\n";
}

std::string head(const std::string& title) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{}'; style-src "
      "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n<meta name=\"generator\" "
      "content=\"orrery " ORRERY_VERSION
      "\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}{}</style>\n</head>\n",
      page_script_hash(), title, page_style(), svg_style_sheet());
}

}  // namespace

std::string render_html(const Document& document, const HtmlPage& page) {
  check_document(document);
  const std::string first = document.answer.empty() ? document.command : document.answer.front();
  std::string text = head(xml_escaped(first + " - Orrery"));
  text += fmt::format("<body>\n<header>\n<p class=\"brand\"><span>Orrery</span> {}</p>\n<h1>{}</h1>\n",
                      xml_escaped(document.command), sentence(first));
  for (std::size_t i = 1; i < document.answer.size(); ++i)
    text += fmt::format("<p class=\"answer\">{}</p>\n", sentence(document.answer[i]));
  text += links(document) + "</header>\n<main>\n";
  std::size_t charts_left = kChartBytes, tables_left = kTableBytes;
  text += Sections(document, page, "", 2).html(charts_left, tables_left);
  for (std::size_t i = 0; i < document.levels.size(); ++i)
    text += level(document.levels[i], page, fmt::format("level-{}-", i + 1), charts_left, tables_left);
  text += again(document, page);
  text += fmt::format("</main>\n<footer>\n<p>Orrery " ORRERY_VERSION
                      ": models of AI supercomputers. Figures are answers of a model, from the inputs that are listed "
                      "here.</p>\n<details>\n"
                      "<summary>Licences of what this page "
                      "carries</summary>\n<pre>{}</pre>\n</details>\n</footer>\n<script>{}</script>\n"
                      "</body>\n</html>\n",
                      lines_text(page_licences()), page_script());
  return text;
}

}  // namespace orrery
