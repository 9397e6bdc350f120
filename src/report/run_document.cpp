#include "report/run_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "report/run_charts.hpp"
#include "report/run_never.hpp"
#include "run/first_order.hpp"

namespace orrery {
namespace {

constexpr double kHour = 3600;
/// Recovery, over the time between stops, up to which the closed form is trusted.
constexpr double kSoundShare = 0.6;

std::string hours_text(double gpu_seconds) {
  return cell_text(large(gpu_seconds / kHour, 3)) + " GPU-hours";
}

std::string machine_text(const RunSpec& spec) {
  std::string text = fmt::format("{} GPUs", format_count(spec.job.gpus));
  if (!spec.job.name.empty()) text = spec.job.name + " on " + text;
  if (spec.policy.spares > 0) text += fmt::format(" and {} spare nodes", format_count(spec.policy.spares));
  return text;
}

/// Over the replications that the result counts: those that finished, or all where none did.
template <class Value>
Spread spread_over(const RunResult& result, const Value& value) {
  std::vector<double> values;
  for (const Replication& run : result.replications) {
    if (run.finished || result.finished == 0) values.push_back(value(run));
  }
  return spread_of(values);
}

void add_ledger(const RunResult& result, Document& document) {
  const double held = result.ledger.total();
  if (held <= 0) return;
  Parts hours{"ledger_gpu_hours", "GPU-hours", large(held / kHour, 3), {}};
  Parts shares{"ledger", "where they go on average", fraction(1), {}};
  for (std::size_t i = 0; i < kGpuUses; ++i) {
    const auto use = static_cast<GpuUse>(i);
    hours.parts.emplace_back(gpu_use_name(use), large(result.ledger[use] / kHour, 3));
    shares.parts.emplace_back(gpu_use_name(use), fraction(result.ledger[use] / held));
  }
  document.breakdowns = {std::move(shares), std::move(hours)};
}

/// A row of the table of figures: mean, its error, and quantiles.
template <class Make>
void add_figure(Table& table, const std::string& key, const std::string& title, const Spread& spread,
                const Make& make) {
  // Runs that are all alike differ by rounding.
  const double error = spread.error < 1e-12 * spread.mean ? 0 : spread.error;
  table.rows.push_back(
      {key, title, make(spread.mean), make(error), make(spread.p5), make(spread.p50), make(spread.p95)});
}

void add_figures(const RunSpec& spec, const RunResult& result, Document& document) {
  Table table{"figures",
              "over the replications",
              {{"figure", ""},
               {"", "figure"},
               {"mean", "mean"},
               {"error", "error of it"},
               {"p5", "P5"},
               {"p50", "P50"},
               {"p95", "P95"}},
              {},
              "",
              false};
  const auto share = [](double value) { return fraction(value, 2); };
  const auto plain = [](double value) { return number(value); };
  add_figure(table, "wall", result.finished > 0 ? "completion time" : "time until it is given up", result.wall,
             [](double value) { return figure(Seconds(value)); });
  add_figure(table, "goodput", "goodput", result.goodput, share);
  add_figure(table, "ettr", "ETTR", result.ettr, share);
  if (spec.job.mfu > 0) {
    const Spread weighted =
        spread_over(result, [&](const Replication& run) { return spec.job.mfu * run.goodput(spec); });
    add_figure(table, "mfu_goodput", "MFU x goodput", weighted, share);
  }
  add_figure(table, "gpu_hours", "GPU-hours held",
             spread_over(result, [](const Replication& run) { return run.ledger.total() / kHour; }),
             [](double value) { return large(value, 3); });
  if (spec.prices.gpu.raw() > 0) {
    add_figure(table, "cost", "cost",
               spread_over(result, [&](const Replication& run) { return run_cost(spec, run.ledger).raw(); }),
               [](double value) { return figure(Dollars(value)); });
  }
  if (spec.prices.power.raw() > 0) {
    add_figure(table, "energy", "energy",
               spread_over(result, [&](const Replication& run) { return run_energy(spec, run.ledger).raw(); }),
               [](double value) { return figure(Joules(value)); });
  }
  add_figure(table, "stops", "stops", result.stops, plain);
  add_figure(table, "node_faults", "nodes that left service", result.node_faults, plain);
  add_figure(table, "group_stops", "stops of groups",
             spread_over(result, [](const Replication& run) { return run.group_stops; }), plain);
  add_figure(table, "scratch", "restarts from the beginning",
             spread_over(result, [](const Replication& run) { return run.scratch; }), plain);
  add_figure(table, "lost_checkpoint_levels", "restarts from a slower level",
             spread_over(result, [](const Replication& run) { return run.lost_checkpoint_levels; }), plain);
  add_figure(table, "longest_wait", "longest wait for a node",
             spread_over(result, [](const Replication& run) { return run.longest_wait; }),
             [](double value) { return figure(Seconds(value)); });
  // What never happened needs no line.
  std::erase_if(table.rows, [](const std::vector<Cell>& row) {
    const auto& key = std::get<std::string>(row.front());
    const bool optional =
        key == "group_stops" || key == "scratch" || key == "lost_checkpoint_levels" || key == "longest_wait";
    return optional && std::get<Figure>(row[2]).value == 0;
  });
  document.tables.push_back(std::move(table));
}

/// Name and unit of the class at `index` of the result's tallies.
std::pair<std::string, std::string> cause_name(const RunSpec& spec, std::size_t index) {
  const std::size_t classes = spec.faults.classes.size();
  if (index < classes) return {spec.faults.classes[index].name, spec.faults.classes[index].unit};
  return {index == classes ? "false alarms" : "faults that were missed, again", "node"};
}

/// Causes by the GPU-time that they cost.
void add_causes(const RunSpec& spec, const RunResult& result, Document& document) {
  std::vector<std::size_t> order(result.classes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return result.classes[a].gpu_seconds > result.classes[b].gpu_seconds;
  });
  double stops = 0, lost = 0;
  for (const ClassTally& tally : result.classes) stops += tally.stops, lost += tally.gpu_seconds;
  Table table{"causes",
              "what to fix first: causes by the GPU-time that they cost",
              {{"cause", "cause"},
               {"unit", "of a"},
               {"faults", "faults"},
               {"stops", "stops"},
               {"share_of_stops", "of all stops"},
               {"gpu_hours_lost", "GPU-hours lost"},
               {"share_of_lost", "of those lost"},
               {"share_of_held", "of those held"}},
              {},
              "",
              false};
  const double held = result.ledger.total();
  const auto share = [](double part, double whole) { return whole > 0 ? Cell{fraction(part / whole)} : Cell{}; };
  for (const std::size_t i : order) {
    const ClassTally& tally = result.classes[i];
    if (i >= spec.faults.classes.size() && tally.faults == 0) continue;
    const auto [name, unit] = cause_name(spec, i);
    table.rows.push_back({name, unit, number(tally.faults), number(tally.stops), share(tally.stops, stops),
                          large(tally.gpu_seconds / kHour, 3), share(tally.gpu_seconds, lost),
                          share(tally.gpu_seconds, held)});
  }
  if (!table.rows.empty()) document.tables.push_back(std::move(table));
}

void add_nodes_away(const RunSpec& spec, const RunResult& result, Document& document) {
  if (result.down_share.empty()) return;
  const auto most = [&](double q) { return static_cast<long long>(result.down_quantile(q)); };
  const double mean = mean_nodes_away(result.down_share);
  Table table{"nodes_away",
              "nodes out of service at once",
              {{"mean", "mean"},
               {"p50", "half of the time"},
               {"p90", "90 %"},
               {"p99", "99 %"},
               {"most", "most"},
               {"poisson_p99", "99 % by a Poisson law"},
               {"spares", "spares held"}},
              {},
              "",
              false};
  table.rows.push_back({number(mean), count(most(0.5)), count(most(0.9)), count(most(0.99)), count(most(1)),
                        count(poisson_quantile(mean, 0.99)), count(spec.policy.spares)});
  if (most(0.99) > spec.policy.spares) {
    table.note = fmt::format("{} spares would do for 99 % of the time", most(0.99));
  } else if (spec.policy.spares > most(1)) {
    table.note = fmt::format("{} of the spares were never needed", spec.policy.spares - most(1));
  }
  document.tables.push_back(std::move(table));
}

std::string validity_text(const ClosedForm& closed, bool sound) {
  if (!sound) return "outside its validity: trust the events";
  if (closed.exact) return "inside its validity, and exact for this run";
  return fmt::format("an estimate, for it has only to first order: {}", fmt::join(closed.beyond, ", "));
}

/// The closed form beside the events, and whether it can be trusted here.
void add_closed_form(const RunSpec& spec, const RunResult& result, Document& document) {
  constexpr double kNever = 1e6;  // Times the work: nobody waits so long.
  const ClosedForm& closed = result.closed;
  const bool ends = closed.wall < kNever * spec.job.work();
  const bool sound = closed.recovery_share < kSoundShare;
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("closed_wall", figure(closed.wall));
  silent("closed_goodput", fraction(closed.goodput));
  silent("closed_exact", closed.exact);
  silent("closed_valid", sound && closed.exact);
  silent("closed_beyond", fmt::format("{}", fmt::join(closed.beyond, "; ")));
  silent("recovery_share", fraction(closed.recovery_share));
  silent("recovery", figure(closed.recovery));
  silent("mean_time_between_stops", figure(closed.mean_time_between_stops));
  std::string text =
      ends ? fmt::format("closed form: {}, goodput {}", format_time(closed.wall), format_percent(closed.goodput))
           : std::string("closed form: never done");
  if (result.finished > 0 && ends) {
    const double difference = closed.wall.raw() / result.wall.mean - 1;
    silent("closed_difference", signed_fraction(difference, 2));
    text += fmt::format(", {:+.2f} % against the events, whose own error is {}", 100 * difference,
                        format_percent(result.wall.error / result.wall.mean, 2));
  }
  text += fmt::format("; recovery is {} of the time between stops{}; {}", format_percent(closed.recovery_share, 0),
                      sound ? "" : ", which is more than the 60 % up to which it holds", validity_text(closed, sound));
  document.notes.push_back(std::move(text));
}

const char* survives_name(Survives survives) {
  switch (survives) {
    case Survives::Process:
      return "stops that take no node";
    case Survives::Node:
      return "the loss of nodes";
    case Survives::Everything:
      return "everything";
  }
  ORRERY_CHECK(false, "every kind has a name");
}

void add_checkpoints(const RunSpec& spec, const RunResult& result, Document& document) {
  Table table{"checkpoints",
              "checkpoints",
              {{"level", "level"},
               {"interval", "every"},
               {"blocking", "blocks"},
               {"lag", "counts after"},
               {"load", "load"},
               {"survives", "outlives"}},
              {},
              "",
              spec.checkpoints.size() < 2};
  for (std::size_t i = 0; i < spec.checkpoints.size() && i < result.closed.intervals.size(); ++i) {
    const CheckpointLevel& level = spec.checkpoints[i];
    table.rows.push_back({level.name, figure(result.closed.intervals[i]), figure(level.blocking),
                          figure(level.blocking + level.lag), figure(level.load),
                          std::string(survives_name(level.survives))});
  }
  if (!table.rows.empty()) document.tables.push_back(std::move(table));
}

std::string interval_text(const RunSpec& spec, const RunResult& result) {
  const auto& intervals = result.closed.intervals;
  if (intervals.empty()) return "no checkpoints";
  if (intervals.front() >= spec.job.work())
    return fmt::format("the first checkpoint is due after {} of work, when all is done",
                       format_time(intervals.front()));
  return fmt::format("a checkpoint each {} of work", format_time(intervals.front()));
}

/// In medians: a few runs that wait long for nodes move a mean out of its own interval.
void answer_finished(const RunSpec& spec, const RunResult& result, Document& document) {
  const Spread& wall = result.wall;
  document.answer.push_back(fmt::format("done in {} (80 %: {} to {}): {}", format_time(Seconds(wall.p50)),
                                        format_time(Seconds(wall.p10)), format_time(Seconds(wall.p90)),
                                        machine_text(spec)));
  const double held = static_cast<double>(result.gpus_held) * wall.p50;
  std::string use =
      fmt::format("{} of the job's GPU-time is useful; {} held", format_percent(result.goodput.p50), hours_text(held));
  if (spec.prices.gpu.raw() > 0) use += ", " + format_money(spec.prices.gpu * Seconds(held));
  document.answer.push_back(std::move(use));
  const std::string stops = result.stops.p50 > 0
                                ? fmt::format("{} stops, one each {}", format_significant(result.stops.p50, 3),
                                              format_time(Seconds(wall.p50 / result.stops.p50)))
                                : std::string("no stops of the whole job");
  const double of_groups = spread_over(result, [](const Replication& run) { return run.group_stops; }).p50;
  const std::string beside = of_groups > 0
                                 ? fmt::format(" and {} of groups, one each {}", format_significant(of_groups, 3),
                                               format_time(Seconds(wall.p50 / of_groups)))
                                 : "";
  document.answer.push_back(fmt::format("{}{}; {}", stops, beside, interval_text(spec, result)));
  if (wall.mean > wall.p90) {
    document.answer.push_back(fmt::format("the mean is {}: a few runs wait long for nodes or hardly advance",
                                          format_time(Seconds(wall.mean))));
  }
  if (result.finished < static_cast<int>(result.replications.size())) {
    document.answer.push_back(fmt::format("only {} of {} replications finished; the others never, because {}",
                                          result.finished, result.replications.size(), never_because(spec, result)));
  }
}

void answer_never(const RunSpec& spec, const RunResult& result, Document& document) {
  document.answer.push_back(
      fmt::format("never finishes, because {}: {}", never_because(spec, result), machine_text(spec)));
  document.answer.push_back("what would help: " + what_helps(result));
  const Spread progress = spread_over(result, [](const Replication& run) { return run.progress; });
  document.fields.push_back({"progress", "", fraction(progress.mean)});
  document.notes.push_back(fmt::format("given up after {} on average, with {} of the work done",
                                       format_time(Seconds(result.wall.mean)), format_percent(progress.mean)));
}

void add_answer(const RunSpec& spec, const RunResult& result, Document& document) {
  if (result.replications.empty()) {
    document.answer.push_back(fmt::format("interrupted before a replication was done; by formula done in {}: {}",
                                          format_time(result.closed.wall), machine_text(spec)));
    return;
  }
  result.finished > 0 ? answer_finished(spec, result, document) : answer_never(spec, result, document);
  if (spec.deadline.raw() <= 0 || result.finished == 0) return;
  document.answer.push_back(fmt::format("chance of meeting the deadline of {}: {} (of {} replications)",
                                        format_time(spec.deadline), format_percent(result.deadline_met, 0),
                                        result.replications.size()));
  document.fields.push_back({"deadline", "", figure(spec.deadline)});
  document.fields.push_back({"deadline_met", "", fraction(result.deadline_met)});
}

}  // namespace

std::string recovery_name(Recovery recovery) {
  switch (recovery) {
    case Recovery::Restart:
      return "restart from the queue";
    case Recovery::HotSpare:
      return "hot spares";
    case Recovery::WarmPool:
      return "warm pool";
    case Recovery::ReplicaDrop:
      return "replicas drop out";
    case Recovery::Shrink:
      return "shrink";
    case Recovery::Redundant:
      return "redundant shards";
  }
  ORRERY_CHECK(false, "every recovery has a name");
}

bool finishes(const RunResult& result) {
  return result.finished > 0 || (result.replications.empty() && std::isfinite(result.closed.wall.raw()));
}

Document run_document(const RunSpec& spec, const RunResult& result, const RunContext& context) {
  Document document;
  document.command = "run";
  add_answer(spec, result, document);
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("finishes", finishes(result));
  silent("reason", std::string(never_key(result.reason)));
  silent("replications", count(static_cast<long long>(result.replications.size())));
  silent("replications_finished", count(result.finished));
  silent("gpus", count(spec.job.gpus));
  silent("gpus_held", count(result.gpus_held));
  silent("steps", number(spec.job.steps, 12));
  silent("wall_mean", figure(Seconds(result.wall.mean)));
  silent("wall_p50", figure(Seconds(result.wall.p50)));
  silent("wall_p10", figure(Seconds(result.wall.p10)));
  silent("wall_p90", figure(Seconds(result.wall.p90)));
  silent("goodput", fraction(result.goodput.mean));
  silent("goodput_p10", fraction(result.goodput.p10));
  silent("goodput_p50", fraction(result.goodput.p50));
  silent("goodput_p90", fraction(result.goodput.p90));
  silent("policy", recovery_name(spec.policy.recovery));
  silent("step_time", figure(spec.job.step_time));
  silent("work", figure(spec.job.work()));
  if (!result.replications.empty()) {
    add_ledger(result, document);
    add_figures(spec, result, document);
    add_causes(spec, result, document);
    add_checkpoints(spec, result, document);
    add_nodes_away(spec, result, document);
  }
  add_closed_form(spec, result, document);
  if (!context.step.empty()) document.notes.push_back("step: " + context.step);
  document.notes.push_back(
      "goodput: useful share of wall time x GPUs of the job, spares not counted; ETTR: the same, redundant work "
      "counted as useful");
  if (!context.assumptions.empty())
    document.notes.push_back(fmt::format("assumed: {}", fmt::join(context.assumptions, "; ")));
  if (result.capped) {
    document.warnings.push_back(fmt::format("each replication takes millions of events: {} of {} were simulated",
                                            result.replications.size(), context.asked));
  }
  if (context.interrupted) {
    document.warnings.push_back(fmt::format("interrupted: the answer rests on {} of {} replications",
                                            result.replications.size(), context.asked));
  }
  document.charts = run_charts(spec, result);
  return document;
}

}  // namespace orrery
