#include "report/expect_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

/// Stretches of sizes that a sentence lists; of more the rest is counted.
constexpr std::size_t kMostStretches = 3;
/// Significant digits of times and bandwidths in nccl-tests' units.
constexpr int kDigits = 4;

const char* standing_name(Standing standing) {
  switch (standing) {
    case Standing::Inside:
      return "inside";
    case Standing::Short:
      return "short";
    case Standing::Ahead:
      return "ahead";
  }
  ORRERY_CHECK(false, "every standing has a name");
}

double bus_factor_of(const ExpectRun& run) {
  return bus_factor(run.question.collective, run.result.model.group.ranks);
}
BytesPerSecond bus_bandwidth(const ExpectRun& run, const ExpectRow& row, Seconds time) {
  return bus_factor_of(run) * (row.expected.payload / time);
}

/// As nccl-tests prints them: microseconds, and 1e9 bytes a second.
Figure in_us(Seconds time) {
  return number(time.raw() * 1e6, kDigits);
}
Figure in_gb(BytesPerSecond rate, int digits = kDigits) {
  return number(rate.raw() / 1e9, digits);
}
std::string range_text(const ExpectRun& run, const ExpectRow& row) {
  return fmt::format("{} .. {}", format_significant(bus_bandwidth(run, row, row.range.high).raw() / 1e9, 3),
                     format_significant(bus_bandwidth(run, row, row.range.low).raw() / 1e9, 3));
}

std::string size_text(Bytes size) {
  return exact_quantity(size.raw(), Dimension::Size);
}

/// "all-reduce over 1,024 GPUs".
std::string subject(const ExpectRun& run) {
  const NetworkResult& model = run.result.model;
  const std::string gpus = fmt::format("{} GPUs", format_count(model.group.ranks));
  return fmt::format(
      "{} over {}", collective_name(run.question.collective),
      model.groups > 1 ? fmt::format("{} groups of {} at once", format_count(model.groups), gpus) : gpus);
}

std::size_t count_of(const ExpectResult& result, Standing standing) {
  return static_cast<std::size_t>(std::count_if(result.rows.begin(), result.rows.end(), [&](const ExpectRow& row) {
    return row.measured && row.standing == standing;
  }));
}

/// "between 64 KiB and 2 MiB, at 1 GiB": the stretches of neighbouring sizes that stand so; empty for none.
std::string stretches(const ExpectResult& result, Standing standing) {
  const auto& rows = result.rows;
  if (count_of(result, standing) == rows.size()) return "at every size";
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < rows.size(); ++begin) {
    if (rows[begin].standing != standing) continue;
    std::size_t end = begin;
    while (end + 1 < rows.size() && rows[end + 1].standing == standing) ++end;
    const Bytes first = rows[begin].expected.payload, last = rows[end].expected.payload;
    all.push_back(first == last ? fmt::format("at {}", size_text(first))
                                : fmt::format("between {} and {}", size_text(first), size_text(last)));
    begin = end;
  }
  if (all.size() > kMostStretches) {
    const std::size_t rest = all.size() - kMostStretches;
    all.resize(kMostStretches);
    return fmt::format("{}, and at {} more", fmt::join(all, ", "), rest);
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

/// A median of |log ratio| as the share that it is off by.
std::string error_text(double error) {
  return format_percent(std::expm1(error));
}

std::string reached_text(const ExpectResult& result) {
  const auto percent = [](double share) { return format_percent(share, 0); };
  if (!result.reached_large) return fmt::format("{} of what is expected below 1 MiB", percent(*result.reached_small));
  std::string text = fmt::format("{} of what is expected from 1 MiB up", percent(*result.reached_large));
  if (result.reached_small) text += fmt::format(", {} below", percent(*result.reached_small));
  return text;
}

std::string comparison(const ExpectRun& run) {
  const ExpectResult& result = run.result;
  std::string text = fmt::format("{} reaches {}", subject(run), reached_text(result));
  const std::string fallen = stretches(result, Standing::Short), ahead = stretches(result, Standing::Ahead);
  if (!fallen.empty()) text += fmt::format("; falls short {}", fallen);
  if (!ahead.empty()) text += fmt::format("; is faster than the 80 % range {}", ahead);
  if (fallen.empty() && ahead.empty()) text += "; every size is inside the 80 % range";
  return text;
}

/// What the shortfall looks like; empty where there is none.
std::string explanation(const ExpectResult& result) {
  const bool is_short = count_of(result, Standing::Short) > 0;
  if (result.equally_good == 0) {
    if (!is_short) return "";
    return result.explanations.empty()
               ? "no usual change of the machine would show here"
               : fmt::format("none of {} usual changes of the machine explains it", result.explanations.size());
  }
  const Explanation& best = result.explanations.front();
  std::vector<std::string> sides;
  const auto side = [&](const std::optional<double>& with, const std::optional<double>& without, const char* where) {
    if (with && *without - *with >= kLeastGain)
      sides.push_back(fmt::format("{} instead of {} {}", error_text(*with), error_text(*without), where));
  };
  side(best.error.large, result.error.large, "from 1 MiB up");
  side(best.error.small, result.error.small, "below 1 MiB");
  std::string text =
      fmt::format("looks like {}: the median time is then off by {}", best.change, fmt::join(sides, " and "));
  for (std::size_t i = 1; i < result.equally_good; ++i) {
    text += fmt::format("{} {}", i == 1 ? "; no worse:" : ",", result.explanations[i].change);
  }
  if (!is_short) text += "; but no size falls short of the range, so it may be the model's own error";
  return text;
}

std::string expectation(const ExpectRun& run) {
  const ExpectRow& largest = run.result.rows.back();
  const ExpectRow& smallest = run.result.rows.front();
  return fmt::format("{} should reach {} GB/s bus bandwidth at {} (80 % range {}), and take {} us at {}", subject(run),
                     format_significant(largest.expected.bus_bandwidth.raw() / 1e9, kDigits),
                     size_text(largest.expected.payload), range_text(run, largest),
                     format_significant(smallest.expected.time.raw() * 1e6, kDigits),
                     size_text(smallest.expected.payload));
}

bool is_measured(const ExpectRun& run) {
  return run.result.rows.front().measured.has_value();
}

/// The cells of a row in `size_table`.
std::vector<Cell> size_cells(std::size_t number_of_run, const ExpectRun& run, const ExpectRow& row) {
  const NetworkRow& expected = row.expected;
  const Figure from = in_gb(bus_bandwidth(run, row, row.range.high), 3),
               to = in_gb(bus_bandwidth(run, row, row.range.low), 3);
  std::vector<Cell> cells = {count(static_cast<long long>(number_of_run)), figure(expected.payload)};
  const auto add = [&](std::initializer_list<Cell> more) { cells.insert(cells.end(), more); };
  if (row.measured) {
    const BytesPerSecond reached = bus_bandwidth(run, row, *row.measured);
    const std::string standing = standing_name(row.standing);
    add({figure(*row.measured), figure(reached), standing, in_us(*row.measured), in_us(expected.time), in_gb(reached),
         in_gb(expected.bus_bandwidth), from, to, fraction(row.reached(), 0),
         row.standing == Standing::Inside ? std::string() : standing});
  } else {
    add({in_us(expected.time), in_gb(expected.algorithm_bandwidth), in_gb(expected.bus_bandwidth), from, to});
  }
  add({expected.algorithm, figure(expected.time), figure(expected.algorithm_bandwidth), figure(expected.bus_bandwidth),
       figure(row.range.low), figure(row.range.high)});
  return cells;
}

/// Columns without a key show nccl-tests' units to people; machines get base units.
Table size_table(const std::vector<ExpectRun>& runs) {
  const bool measured = is_measured(runs.front());
  Table table{
      "sizes",
      measured ? "measured and expected" : "expected",
      {{"run", runs.size() > 1 ? "run" : ""}, {"size", "size"}},
      {},
      "times in us, bandwidths in GB/s (1e9 bytes a second), as nccl-tests prints them; from .. to: busbw's 80 % "
      "range",
      false};
  const auto add = [&](std::initializer_list<Column> more) {
    table.columns.insert(table.columns.end(), more.begin(), more.end());
  };
  if (measured) {
    add({{"measured_time", ""},
         {"measured_bus_bandwidth", ""},
         {"standing", ""},
         {"", "time"},
         {"", "expected"},
         {"", "busbw"},
         {"", "expected"},
         {"", "from"},
         {"", "to"},
         {"reached", "reached"},
         {"", "range"}});
  } else {
    add({{"", "time"}, {"", "algbw"}, {"", "busbw"}, {"", "from"}, {"", "to"}});
  }
  add({{"algorithm", "algorithm"},
       {"expected_time", ""},
       {"expected_algorithm_bandwidth", ""},
       {"expected_bus_bandwidth", ""},
       {"low_time", ""},
       {"high_time", ""}});
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (const ExpectRow& row : runs[r].result.rows) table.rows.push_back(size_cells(r + 1, runs[r], row));
  }
  return table;
}

Cell share(const std::optional<double>& error) {
  return error ? Cell(fraction(std::expm1(*error))) : Cell{};
}

Table explanation_table(const std::vector<ExpectRun>& runs) {
  Table table{"explanations",
              "median error of the time, if",
              {{"run", runs.size() > 1 ? "run" : ""},
               {"change", "the machine"},
               {"error_large", "from 1 MiB up"},
               {"error_small", "below 1 MiB"},
               {"fits", "fits clearly better"}},
              {},
              "",
              true};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const ExpectResult& result = runs[r].result;
    const Figure number_of_run = count(static_cast<long long>(r + 1));
    table.rows.push_back({number_of_run, std::string("is as it should be"), share(result.error.large),
                          share(result.error.small), Cell{}});
    for (const Explanation& each : result.explanations) {
      table.rows.push_back({number_of_run, each.change, share(each.error.large), share(each.error.small), each.fits});
    }
    table.detail &= result.equally_good == 0;
  }
  return table;
}

/// One line a run; people read most of it in the answer.
Table run_table(const std::vector<ExpectRun>& runs) {
  Table table{"runs",
              "runs",
              {{"run", "run"},
               {"place", "at"},
               {"collective", "collective"},
               {"machine", "machine"},
               {"gpus", ""},
               {"group", "ranks"},
               {"groups", "groups"},
               {"fidelity", ""},
               {"reached_large", ""},
               {"reached_small", ""},
               {"inside", "inside"},
               {"short", "short"},
               {"ahead", "ahead"},
               {"explanation", ""},
               {"equally_good", ""}},
              {},
              "inside, short, ahead: sizes by the 80 % range",
              true};
  const auto reached = [](const std::optional<double>& value) { return value ? Cell(fraction(*value)) : Cell{}; };
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const ExpectRun& run = runs[r];
    const ExpectResult& result = run.result;
    const auto standing = [&](Standing each) -> Cell {
      return is_measured(run) ? Cell(count(static_cast<long long>(count_of(result, each)))) : Cell{};
    };
    table.rows.push_back({count(static_cast<long long>(r + 1)), run.place.empty() ? Cell{} : Cell(run.place),
                          collective_name(run.question.collective), machine_text(run.question.cluster),
                          count(run.question.cluster.chips), count(result.model.group.ranks),
                          count(result.model.groups), std::string(fidelity_name(result.model.fidelity)),
                          reached(result.reached_large), reached(result.reached_small), standing(Standing::Inside),
                          standing(Standing::Short), standing(Standing::Ahead),
                          result.equally_good > 0 ? Cell(result.explanations.front().change) : Cell{},
                          count(static_cast<long long>(result.equally_good))});
  }
  return table;
}

/// Bus bandwidth against size: the expected line in its range, and what was measured.
Chart bandwidth_chart(const ExpectRun& run, std::size_t number_of_run) {
  Chart chart;
  chart.key =
      number_of_run == 0 ? "expected_bus_bandwidth" : fmt::format("expected_bus_bandwidth_{}", number_of_run + 1);
  chart.title = fmt::format("{}, with the 80 % range", subject(run));
  chart.x = {"size", Figure::Kind::Quantity, DimensionOf<Bytes>::value, ChartAxis::Scale::Log2};
  chart.y = {"bus bandwidth", Figure::Kind::Quantity, DimensionOf<BytesPerSecond>::value, ChartAxis::Scale::Linear};
  ChartSeries expected{"expected", ChartSeries::Shape::Line, {}, 0};
  ChartSeries measured{"measured", ChartSeries::Shape::Markers, {}, 1};
  for (const ExpectRow& row : run.result.rows) {
    const double size = row.expected.payload.raw();
    if (row.measured) measured.points.push_back({size, bus_bandwidth(run, row, *row.measured).raw()});
    if (!expected.points.empty() && expected.points.back().x == size) continue;
    expected.points.push_back({size, row.expected.bus_bandwidth.raw(), bus_bandwidth(run, row, row.range.high).raw(),
                               bus_bandwidth(run, row, row.range.low).raw()});
  }
  chart.series.push_back(std::move(expected));
  if (!measured.points.empty()) chart.series.push_back(std::move(measured));
  return chart;
}

}  // namespace

Document expect_document(const std::vector<ExpectRun>& runs) {
  ORRERY_CHECK(!runs.empty(), "something is expected");
  Document document;
  document.command = "network expect";
  for (const ExpectRun& run : runs) {
    document.answer.push_back(is_measured(run) ? comparison(run) : expectation(run));
    if (std::string text = explanation(run.result); is_measured(run) && !text.empty())
      document.answer.push_back(std::move(text));
  }
  const auto machine = [](const ExpectRun& run) { return machine_text(run.question.cluster); };
  const bool is_one = std::all_of(runs.begin(), runs.end(),
                                  [&](const ExpectRun& run) { return machine(run) == machine(runs.front()); });
  if (is_one) document.fields = {{"machine", "machine", machine(runs.front())}};
  document.tables = {size_table(runs)};
  if (is_measured(runs.front())) document.tables.push_back(explanation_table(runs));
  document.tables.push_back(run_table(runs));
  for (std::size_t r = 0; r < runs.size(); ++r) document.charts.push_back(bandwidth_chart(runs[r], r));
  const auto note = [&](std::string text) {
    const bool is_new = std::find(document.notes.begin(), document.notes.end(), text) == document.notes.end();
    if (is_new) document.notes.push_back(std::move(text));
  };
  for (const ExpectRun& run : runs) {
    note(fabric_text(run.question, run.result.model));
    for (const std::string& each : run.context.assumptions) note("assumed: " + each);
  }
  // Of several runs, each has its own nearest measurements: `--run` shows them.
  if (runs.size() == 1) add_nearby(runs.front().context, document);
  return document;
}

}  // namespace orrery
