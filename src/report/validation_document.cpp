#include "report/validation_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace orrery {
namespace {

Table summary_table(const ScoreBook& book, const std::vector<BaselineScore>& baseline, const char* key,
                    const char* title, GroupBy by, Side side) {
  Table table{key,
              title,
              {{"name", "name"},
               {"quantity", "of"},
               {"configurations", "n"},
               {"skipped", "skipped"},
               {"mape", "MAPE"},
               {"median", "median"},
               {"bias", "bias"},
               {"coverage", "in 80 %"},
               {"width", "width"},
               {"winkler", "Winkler"}},
              {},
              ""};
  const bool families = by == GroupBy::Family && !baseline.empty();
  if (families) {
    table.columns.push_back({"yardstick", "yardstick"});
    table.columns.push_back({"yardstick_left_out", "left out"});
  }
  for (const Summary& s : book.summaries(by, side)) {
    if (s.rows == 0) continue;
    std::vector<Cell> row = {s.name, std::string(s.memory ? "memory" : "time"),
                             count(static_cast<long long>(s.configurations)), fraction(s.skipped_share(), 0)};
    if (s.configurations == 0) {
      row.resize(table.columns.size());
    } else {
      for (const Cell& cell : {Cell(fraction(s.mape)), Cell(fraction(s.median)), Cell(signed_fraction(s.bias)),
                               Cell(fraction(s.coverage, 0)), Cell(fraction(s.width, 0)), Cell(number(s.winkler, 2))}) {
        row.push_back(cell);
      }
      if (families && !s.memory) {
        const auto found =
            std::find_if(baseline.begin(), baseline.end(), [&](const BaselineScore& b) { return b.family == s.name; });
        if (found != baseline.end()) {
          row.push_back(fraction(found->mape));
          row.push_back(fraction(found->left_out_mape));
        }
      }
      row.resize(table.columns.size());
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table ranking_table(const Validation& validation, Side side) {
  struct Sum {
    double regret = 0, tau = 0, worst = 0;
    long long sets = 0;
  };
  std::map<std::string, Sum> sums;
  for (const Ranking& ranking : validation.book.rankings(5, side)) {
    Sum& sum = sums[ranking.family];
    sum.regret += ranking.regret;
    sum.tau += ranking.kendall_tau;
    sum.worst = std::max(sum.worst, ranking.regret);
    ++sum.sets;
  }
  Table table{"ranking",
              "Ranking of layouts, in sets of five or more",
              {{"family", "family"},
               {"sets", "sets"},
               {"regret", "mean regret"},
               {"worst_regret", "worst"},
               {"kendall_tau", "Kendall tau"}},
              {},
              ""};
  for (const auto& [family, sum] : sums) {
    const auto n = static_cast<double>(sum.sets);
    table.rows.push_back(
        {family, count(sum.sets), fraction(sum.regret / n), fraction(sum.worst), number(sum.tau / n, 2)});
  }
  return table;
}

const char* part_name(Side side) {
  if (side == Side::Both) return "all rows";
  return side == Side::Fit ? "the part fitted on" : "the part not fitted on";
}

/// The sentence of an answer without a single error.
std::string why_no_score(const ScoreBook& book, Side side) {
  if (book.rows() == 0) return "no row could be scored: the table has none";
  const std::size_t rows = book.rows(side);
  if (rows == 0) return fmt::format("no row could be scored: none of {} is in {}", book.rows(), part_name(side));
  const auto skipped = book.skipped(side);
  const auto most = std::max_element(skipped.begin(), skipped.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return fmt::format("no row could be scored: all {} rows{} are skipped, most often because: {}", rows,
                     side == Side::Both ? "" : fmt::format(" of {}", part_name(side)), most->first);
}

/// Published collectives that are named beside a row.
constexpr std::size_t kNearest = 2;

/// The cells of a row that steps and collectives share.
std::vector<Cell> score_cells(const RowScore& s, const std::string& fills) {
  const Cell nothing;
  const bool scored = s.skipped.empty();
  return {s.id,
          s.family,
          s.chip,
          s.metric,
          number(s.measured, 6),
          scored ? Cell(number(s.predicted, 6)) : nothing,
          scored ? Cell(number(s.low, 6)) : nothing,
          scored ? Cell(number(s.high, 6)) : nothing,
          scored ? Cell(signed_fraction(s.relative_error)) : nothing,
          scored ? nothing : Cell(s.skipped),
          scored ? Cell(fills) : nothing,
          std::string(s.fit_part ? "fit" : "score"),
          scored ? Cell(s.regime) : nothing,
          s.group};
}

Table skipped_table(const ScoreBook& book, Side side) {
  Table skipped{"skipped", "Skipped rows", {{"reason", "reason"}, {"rows", "rows"}}, {}, ""};
  for (const auto& [reason, n] : book.skipped(side)) {
    skipped.rows.push_back({reason, count(static_cast<long long>(n))});
  }
  return skipped;
}

Table yardstick_table(const CollectiveValidation& validation) {
  Table table{"yardstick",
              "NCCL's own constants beside ours (exchanges of experts left out)",
              {{"regime", "regime"}, {"rows", "n"}, {"mape", "MAPE"}, {"yardstick", "NCCL's"}},
              {},
              ""};
  for (const CollectiveYardstick& each : validation.yardstick) {
    table.rows.push_back(
        {each.regime, count(static_cast<long long>(each.rows)), fraction(each.model), fraction(each.nccl)});
  }
  return table;
}

}  // namespace

Table row_table() {
  return {"rows",
          "Rows",
          {{"id", "id"},
           {"family", "family"},
           {"chip", "chip"},
           {"metric", "metric"},
           {"measured", "measured"},
           {"predicted", "predicted"},
           {"low", "low"},
           {"high", "high"},
           {"relative_error", "error"},
           {"skipped", "skipped because"},
           {"fills", "fills"},
           {"part", ""},
           {"regime", ""},
           {"group", ""}},
          {},
          "",
          true};
}

Table collective_row_table() {
  Table table = row_table();
  table.columns.push_back({"algorithm", "algorithm"});
  table.columns.push_back({"nearest", "nearest published"});
  return table;
}

void add_row(Table& table, const RowEvaluation& row) {
  std::string fills;
  for (const AppliedFill& fill : row.meaning.fills) {
    fills += fmt::format("{}{}={}", fills.empty() ? "" : "; ", convention(fill.fill).field, fill.value);
  }
  table.rows.push_back(score_cells(row.score, fills));
}

void add_row(Table& table, const CollectiveEvaluation& row, const std::vector<CollectiveReference>& references) {
  std::string fills;
  for (const auto& [field, value] : row.meaning.fills) {
    fills += fmt::format("{}{}={}", fills.empty() ? "" : "; ", field, value);
  }
  std::vector<Cell> cells = score_cells(row.score, fills);
  if (row.score.skipped.empty()) {
    cells.emplace_back(row.algorithm);
    std::string nearest;
    for (const CollectiveReference* each : nearest_collectives(row.meaning, references, kNearest)) {
      nearest += fmt::format("{}{} ({:+.1f} %)", nearest.empty() ? "" : "; ", each->id, 100 * each->relative_error);
    }
    cells.emplace_back(nearest);
  }
  cells.resize(table.columns.size());
  table.rows.push_back(std::move(cells));
}

Document validation_document(const Validation& validation, const std::string& source, std::optional<Table> rows,
                             Side side) {
  Document document;
  document.command = "validate";
  const char* part = part_name(side);
  for (const Summary& s : validation.book.summaries(GroupBy::Everything, side)) {
    if (s.configurations == 0) continue;
    document.answer.push_back(fmt::format(
        "{}: {} of {} configurations ({}; {} of the rows skipped): MAPE {}, median {}, {} inside the 80 % interval of "
        "mean width {}",
        source, s.memory ? "peak memory" : "step time", s.configurations, part, format_percent(s.skipped_share(), 0),
        format_percent(s.mape), format_percent(s.median), format_percent(s.coverage, 0), format_percent(s.width, 0)));
  }
  if (document.answer.empty()) document.answer.push_back(source + ": " + why_no_score(validation.book, side));
  if (rows) document.tables.push_back(std::move(*rows));
  document.tables.push_back(
      summary_table(validation.book, validation.baseline, "families", "By family", GroupBy::Family, side));
  document.tables.push_back(
      summary_table(validation.book, validation.baseline, "chips", "By chip", GroupBy::Chip, side));
  document.tables.push_back(
      summary_table(validation.book, validation.baseline, "regimes", "By regime", GroupBy::Regime, side));
  document.tables.push_back(ranking_table(validation, side));
  document.tables.push_back(skipped_table(validation.book, side));
  return document;
}

Document collective_document(const CollectiveValidation& validation, const std::string& source,
                             std::optional<Table> rows, Side side, bool yardstick) {
  Document document;
  document.command = "validate";
  for (const Summary& s : validation.book.summaries(GroupBy::Everything, side)) {
    if (s.configurations == 0) continue;
    document.answer.push_back(fmt::format(
        "{}: time of {} collectives ({}; {} of the rows skipped): MAPE {}, median {}, {} inside the 80 % "
        "interval of mean width {}",
        source, s.configurations, part_name(side), format_percent(s.skipped_share(), 0), format_percent(s.mape),
        format_percent(s.median), format_percent(s.coverage, 0), format_percent(s.width, 0)));
  }
  if (document.answer.empty()) document.answer.push_back(source + ": " + why_no_score(validation.book, side));
  if (rows) document.tables.push_back(std::move(*rows));
  document.tables.push_back(summary_table(validation.book, {}, "families", "By source", GroupBy::Family, side));
  document.tables.push_back(summary_table(validation.book, {}, "chips", "By chip", GroupBy::Chip, side));
  document.tables.push_back(summary_table(validation.book, {}, "regimes", "By regime", GroupBy::Regime, side));
  if (yardstick) document.tables.push_back(yardstick_table(validation));
  document.tables.push_back(skipped_table(validation.book, side));
  return document;
}

}  // namespace orrery
