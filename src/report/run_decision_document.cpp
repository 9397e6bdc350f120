#include "report/run_decision_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/run_charts.hpp"
#include "report/run_document.hpp"

namespace orrery {
namespace {

Cell when_done(const DecisionPoint& point) {
  return point.finishes ? Cell(figure(Seconds(point.wall.mean))) : Cell(std::string("never finishes"));
}

std::vector<Cell> point_row(const DecisionPoint& point, Figure value, bool best) {
  return {value,
          when_done(point),
          fraction(point.goodput.mean, 2),
          fraction(point.goodput.error, 2),
          fraction(point.closed_goodput, 2),
          large(point.held_gpu_seconds / 3600),
          fraction(point.useful_share, 2),
          best ? Cell(std::string("least GPU-hours")) : Cell()};
}

std::vector<Column> point_columns(const char* key, const char* title) {
  return {{key, title},
          {"wall", "done in"},
          {"goodput", "goodput"},
          {"goodput_error", "+-"},
          {"closed_goodput", "by formula"},
          {"gpu_hours_held", "GPU-hours held"},
          {"useful_share", "of them useful"},
          {"best", ""}};
}

/// How much less GPU-time the best point holds than what the spec has.
std::string saving_text(double best, double own) {
  if (!(own > 0) || std::abs(best / own - 1) < 5e-5) return "as it is";
  return fmt::format("{} of the GPU-hours saved", format_percent(1 - best / own, 2));
}

}  // namespace

void add_interval_study(const RunSpec& spec, const IntervalStudy& study, Document& document) {
  if (study.points.empty()) {
    document.notes.emplace_back("there are no checkpoints whose interval could be chosen");
    return;
  }
  const CheckpointLevel& level = spec.checkpoints[study.level];
  const DecisionPoint& best = study.points[study.best];
  document.answer.push_back(fmt::format(
      "checkpoints \"{}\": each {} is best of those simulated, {} goodput; optimum by formula {} (Young {}, Daly {})",
      level.name, format_time(Seconds(best.value)), format_percent(best.goodput.mean, 2), format_time(study.optimal),
      format_time(study.young), format_time(study.daly)));
  Table table{"intervals",
              fmt::format("intervals of checkpoints \"{}\"", level.name),
              point_columns("interval", "interval"),
              {},
              "",
              false};
  for (std::size_t i = 0; i < study.points.size(); ++i) {
    table.rows.push_back(point_row(study.points[i], figure(Seconds(study.points[i].value)), i == study.best));
  }
  document.tables.push_back(std::move(table));
  document.charts.push_back(interval_chart(spec, study));
}

void add_spares_study(const RunSpec& spec, const SparesStudy& study, Document& document) {
  if (study.points.empty()) return;
  const DecisionPoint& best = study.points[study.best];
  double own = 0;
  for (const DecisionPoint& point : study.points) {
    if (point.value == static_cast<double>(spec.policy.spares)) own = point.held_gpu_seconds;
  }
  document.answer.push_back(fmt::format(
      "spares: {} are best of those simulated ({}); in 99 % of the time no more than {} nodes are away at once, where "
      "a "
      "Poisson law would say {}",
      format_count(std::llround(best.value)), saving_text(best.held_gpu_seconds, own), study.p99, study.poisson_p99));
  Table table{"spares", "numbers of spares", point_columns("spares", "spares"), {}, "", false};
  for (std::size_t i = 0; i < study.points.size(); ++i) {
    table.rows.push_back(point_row(study.points[i], count(std::llround(study.points[i].value)), i == study.best));
  }
  document.tables.push_back(std::move(table));
  document.charts.push_back(spares_chart(study));
}

void add_policies(const RunSpec& spec, const std::vector<PolicyOutcome>& outcomes, Document& document) {
  if (outcomes.empty()) return;
  const auto finishes = [](const PolicyOutcome& outcome) {
    return outcome.result.finished > 0 &&
           outcome.result.finished == static_cast<int>(outcome.result.replications.size());
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    const bool cheaper = outcomes[i].result.ledger.total() < outcomes[best].result.ledger.total();
    const bool one = finishes(outcomes[i]), other = finishes(outcomes[best]);
    if (one != other ? one : cheaper) best = i;
  }
  document.answer.push_back(fmt::format(
      "policy: {} is best of those simulated on the same faults ({})", recovery_name(outcomes[best].policy.recovery),
      saving_text(outcomes[best].result.ledger.total(), outcomes.front().result.ledger.total())));
  Table table{
      "policies",
      "policies on the same faults",
      {{"policy", "policy"},
       {"wall", "done in"},
       {"wall_error", "+-"},
       {"goodput", "goodput"},
       {"stops", "stops of the job"},
       {"closed_goodput", "by formula"},
       {"gpu_hours_held", "GPU-hours held"},
       {"cost", "cost"},
       {"best", ""}},
      {},
      "usual forms of the others, with the spares and restart parts of the first: a queue of 20 min, a stall of 10 s "
      "for replicas and 1 min and 10 % of speed for a job that shrinks, two copies of redundant shards at twice the "
      "work",
      false};
  std::vector<std::pair<std::string, Ledger>> ledgers;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const PolicyOutcome& outcome = outcomes[i];
    const RunResult& result = outcome.result;
    const Cell cost = spec.prices.gpu > DollarsPerSecond(0) ? Cell(figure(run_cost(spec, result.ledger), 4)) : Cell();
    table.rows.push_back(
        {recovery_name(outcome.policy.recovery),
         finishes(outcome) ? Cell(figure(Seconds(result.wall.mean))) : Cell(std::string("never finishes")),
         figure(Seconds(result.wall.error)), fraction(result.goodput.mean, 2), number(result.stops.mean, 4),
         fraction(result.closed.goodput, 2), large(result.ledger.total() / 3600), cost,
         i == best ? Cell(std::string("least GPU-hours")) : Cell()});
    ledgers.emplace_back(recovery_name(outcome.policy.recovery), result.ledger);
  }
  document.tables.push_back(std::move(table));
  Chart chart = ledger_chart(ledgers);
  chart.key = "policies";
  chart.title = "where the GPU-time goes, by policy";
  document.charts.push_back(std::move(chart));
}

void add_tornado(const std::vector<TornadoBar>& bars, Document& document) {
  if (bars.empty()) {
    document.answer.emplace_back("no input changes the wall time: nothing fails");
    return;
  }
  const TornadoBar& first = bars.front();
  document.answer.push_back(fmt::format("what matters most: {}; halved {:+.2f} % of the wall time, doubled {:+.2f} %",
                                        first.input, 100 * first.at_half, 100 * first.at_double));
  Table table{"tornado",
              "wall time when an input is halved or doubled",
              {{"input", "input"},
               {"at_half", "halved"},
               {"at_double", "doubled"},
               {"closed_at_half", "halved, by formula"},
               {"closed_at_double", "doubled, by formula"}},
              {},
              "intervals by a rule are chosen anew; events on the same draws",
              false};
  for (const TornadoBar& bar : bars) {
    table.rows.push_back({bar.input, signed_fraction(bar.at_half, 2), signed_fraction(bar.at_double, 2),
                          signed_fraction(bar.closed_at_half, 2), signed_fraction(bar.closed_at_double, 2)});
  }
  document.tables.push_back(std::move(table));
  document.charts.push_back(tornado_chart(bars));
}

}  // namespace orrery
