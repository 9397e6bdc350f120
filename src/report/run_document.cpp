#include "report/run_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "report/run_charts.hpp"
#include "run/first_order.hpp"

namespace orrery {
namespace {

Figure days(double seconds) {
  return figure(Seconds(seconds));
}

/// "16,384 GPUs"
std::string machine_text(const RunSpec& spec) {
  const std::string gpus = fmt::format("{} GPUs", format_count(spec.job.gpus));
  return spec.job.name.empty() ? gpus : fmt::format("{} on {}", spec.job.name, gpus);
}

std::string share_text(double share) {
  return format_percent(share, share > 0.999 ? 2 : 1);
}

/// Named figures with their spread over the replications.
void add_outcome(Table& table, const char* name, const Spread& spread, Figure (*as)(double)) {
  table.rows.push_back(
      {std::string(name), as(spread.mean), as(spread.p5), as(spread.p50), as(spread.p95), as(spread.error)});
}

Table outcome_table(const RunSpec& spec, const RunResult& result) {
  Table table{"outcomes",
              "over the replications",
              {{"outcome", ""},
               {"mean", "mean"},
               {"p5", "5 % below"},
               {"p50", "half below"},
               {"p95", "95 % below"},
               {"error", "error of the mean"}},
              {},
              "",
              false};
  const auto share = [](double value) { return fraction(value, 2); };
  const auto plain = [](double value) { return number(value, 4); };
  add_outcome(table, "wall time", result.wall, days);
  add_outcome(table, "goodput", result.goodput, share);
  if (spec.policy.recovery == Recovery::Redundant)
    add_outcome(table, "effective training time ratio", result.ettr, share);
  if (spec.job.mfu > 0) {
    Spread weighted = result.goodput;
    for (double* value : {&weighted.mean, &weighted.p5, &weighted.p50, &weighted.p95, &weighted.error})
      *value *= spec.job.mfu;
    add_outcome(table, "MFU of the run", weighted, share);
  }
  add_outcome(table, "stops", result.stops, plain);
  add_outcome(table, "nodes lost", result.node_faults, plain);
  std::vector<double> held, cost, energy;
  for (const Replication& run : result.replications) {
    if (result.finished > 0 && !run.finished) continue;
    held.push_back(run.ledger.total() / 3600);
    cost.push_back(run_cost(spec, run.ledger).raw());
    energy.push_back(run_energy(spec, run.ledger).raw());
  }
  add_outcome(table, "GPU-hours held", spread_of(held), [](double value) { return large(value); });
  if (spec.prices.gpu > DollarsPerSecond(0))
    add_outcome(table, "cost", spread_of(cost), [](double value) { return figure(Dollars(value), 4); });
  if (spec.prices.power > Watts(0))
    add_outcome(table, "energy", spread_of(energy), [](double value) { return figure(Joules(value), 4); });
  return table;
}

/// What stopped the job, by GPU-time lost.
Table cause_table(const RunSpec& spec, const RunResult& result) {
  Table table{"causes",
              "what to fix first",
              {{"cause", "cause"},
               {"faults", "faults"},
               {"stops", "stops"},
               {"share_of_stops", "of all"},
               {"gpu_hours_lost", "GPU-hours lost"},
               {"share_of_lost", "of what faults cost"}},
              {},
              "",
              false};
  double stops = 0, lost = 0;
  for (const ClassTally& tally : result.classes) {
    stops += tally.stops;
    lost += tally.gpu_seconds;
  }
  std::vector<std::size_t> order(result.classes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return result.classes[a].gpu_seconds > result.classes[b].gpu_seconds;
  });
  for (const std::size_t i : order) {
    const ClassTally& tally = result.classes[i];
    if (tally.faults == 0 && tally.stops == 0) continue;
    const std::size_t own = spec.faults.classes.size();
    const std::string name = i < own ? spec.faults.classes[i].name : i == own ? "false alarm" : "missed, again";
    table.rows.push_back({name, number(tally.faults, 4), number(tally.stops, 4),
                          fraction(stops > 0 ? tally.stops / stops : 0), large(tally.gpu_seconds / 3600),
                          fraction(lost > 0 ? tally.gpu_seconds / lost : 0)});
  }
  return table;
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

Table checkpoint_table(const RunSpec& spec, const RunResult& result) {
  Table table{"checkpoints",
              "checkpoints",
              {{"level", "level"},
               {"interval", "interval"},
               {"blocking", "blocks"},
               {"lag", "counts after"},
               {"load", "load"},
               {"survives", "outlives"}},
              {},
              "",
              false};
  for (std::size_t i = 0; i < spec.checkpoints.size(); ++i) {
    const CheckpointLevel& level = spec.checkpoints[i];
    table.rows.push_back({level.name, figure(result.closed.intervals[i]), figure(level.blocking), figure(level.lag),
                          figure(level.load), std::string(survives_name(level.survives))});
  }
  return table;
}

void add_spares(const RunSpec& spec, const RunResult& result, Document& document) {
  double mean = 0;
  for (std::size_t k = 0; k < result.down_share.size(); ++k) mean += static_cast<double>(k) * result.down_share[k];
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
  table.rows.push_back({number(mean), count(result.down_quantile(0.5)), count(result.down_quantile(0.9)),
                        count(result.down_quantile(0.99)), count(static_cast<long long>(result.down_share.size()) - 1),
                        count(poisson_quantile(mean, 0.99)), count(spec.policy.spares)});
  document.tables.push_back(std::move(table));
}

/// The closed form beside the events, and whether to trust it here.
std::string closed_form_text(const RunResult& result) {
  const ClosedForm& closed = result.closed;
  if (!std::isfinite(closed.wall.raw())) return "by formula the run never ends";
  const double off = closed.wall.raw() / result.wall.mean - 1;
  std::string text = fmt::format("by formula {}, {:+.1f} % of the events' mean; ", format_time(closed.wall), 100 * off);
  if (closed.recovery_share > 0.6) {
    text +=
        fmt::format("recovery takes {} of the time between stops, beyond the 60 % up to which the formula is tested",
                    format_percent(closed.recovery_share, 0));
  } else if (closed.exact) {
    text += "the formula is exact for this run";
  } else {
    text += fmt::format("the formula takes to first order, or does not know: {}", fmt::join(closed.beyond, ", "));
  }
  return text;
}

void add_notes(const RunResult& result, const RunContext& context, Document& document) {
  if (!context.step.empty()) document.notes.push_back("step: " + context.step);
  document.notes.push_back(closed_form_text(result));
  document.notes.emplace_back(
      "goodput: useful share of the GPU-time of the job's GPUs, spares not counted; effective training time over wall "
      "time is the same, unless shards are computed twice");
  if (!context.assumptions.empty())
    document.notes.push_back(fmt::format("assumed: {}", fmt::join(context.assumptions, "; ")));
}

void add_answer(const RunSpec& spec, const RunResult& result, Document& document) {
  const Spread& wall = result.wall;
  document.answer.push_back(fmt::format("{}: done in {}, 80 % interval {} to {}", machine_text(spec),
                                        format_time(Seconds(wall.mean)), format_time(Seconds(wall.p10)),
                                        format_time(Seconds(wall.p90))));
  std::string delivers =
      fmt::format("{} goodput, {} of work", share_text(result.goodput.mean), format_time(spec.job.work()));
  if (result.stops.mean > 0) {
    delivers += fmt::format("; {} stops, one each {}", format_significant(result.stops.mean, 3),
                            format_time(Seconds(wall.mean / result.stops.mean)));
  } else {
    delivers += "; no stop";
  }
  delivers += fmt::format("; {} GPU-hours held", cell_text(large(result.ledger.total() / 3600, 3)));
  if (spec.prices.gpu > DollarsPerSecond(0)) delivers += ", " + format_money(run_cost(spec, result.ledger));
  document.answer.push_back(std::move(delivers));
  if (spec.deadline > Seconds(0)) {
    document.answer.push_back(fmt::format("done within {}: {} of {} replications", format_time(spec.deadline),
                                          format_percent(result.deadline_met, 0), result.replications.size()));
  }
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
  ORRERY_CHECK(false, "every policy has a name");
}

Parts ledger_parts(const std::string& key, const std::string& title, const Ledger& ledger) {
  Parts parts{key, title, large(ledger.total() / 3600), {}};
  for (std::size_t i = 0; i < kGpuUses; ++i) {
    const auto use = static_cast<GpuUse>(i);
    const double hours = ledger[use] / 3600;
    parts.parts.emplace_back(gpu_use_name(use), large(std::abs(hours) < 1e-12 * ledger.total() ? 0 : hours));
  }
  return parts;
}

std::string never_text(const RunSpec& spec, const RunResult& result) {
  const std::string between = format_time(result.closed.mean_time_between_stops);
  switch (result.reason) {
    case NeverReason::NoProgress:
      return fmt::format("never finishes: it stops each {} on average, and no {} is ever done in between. {}", between,
                         result.closed.intervals.empty() ? std::string("run without a checkpoint")
                                                         : fmt::format("interval of {} between two checkpoints",
                                                                       format_time(result.closed.intervals.front())),
                         "Shorter intervals, faster restarts or fewer faults would help");
    case NeverReason::CheckpointsLag:
      return fmt::format(
          "never finishes: checkpoints are taken, but none counts before the next stop, each {} on average. More "
          "bandwidth, or a level in memory, would help",
          between);
    case NeverReason::NoNodes:
      return fmt::format(
          "never finishes: too few nodes are left, and none comes back. Spares, repairs or nodes from outside "
          "(run.policy.outside) would help; it holds {} spares",
          format_count(spec.policy.spares));
    case NeverReason::TooSlow: {
      double progress = 0;
      for (const Replication& run : result.replications) {
        progress += run.progress / static_cast<double>(result.replications.size());
      }
      return fmt::format(
          "never finishes: after {} it has done {} of its work. It stops each {} and takes {} to compute again; where "
          "it "
          "waits for nodes, more spares help",
          format_time(Seconds(result.wall.mean)), format_percent(progress, 2), between,
          format_time(result.closed.recovery));
    }
    case NeverReason::TooManyEvents:
      return fmt::format(
          "never finishes: faults are so many that their number passes what is simulated; it stops each {} on average",
          between);
    case NeverReason::None:
      break;
  }
  return "never finishes";
}

Document run_document(const RunSpec& spec, const RunResult& result, const RunContext& context) {
  Document document;
  document.command = "run";
  const bool finishes = result.finished > 0;
  if (finishes) {
    add_answer(spec, result, document);
  } else {
    document.answer.push_back(fmt::format("{}: {}", machine_text(spec), never_text(spec, result)));
  }
  const int given_up = static_cast<int>(result.replications.size()) - result.finished;
  if (finishes && given_up > 0) {
    document.warnings.push_back(fmt::format("{} of {} replications never finish and are not in the means; one {}",
                                            given_up, result.replications.size(), never_text(spec, result)));
  }
  if (context.interrupted) {
    document.warnings.push_back(
        fmt::format("interrupted: {} of {} replications", result.replications.size(), context.asked));
  }
  document.fields = {
      {"finishes", "", finishes},
      {"replications", "", count(static_cast<long long>(result.replications.size()))},
      {"finished", "", count(result.finished)},
      {"gpus", "", count(spec.job.gpus)},
      {"gpus_held", "", count(result.gpus_held)},
      {"step_time", "", figure(spec.job.step_time)},
      {"steps", "", number(spec.job.steps, 12)},
      {"work", "", figure(spec.job.work())},
      {"wall_mean", "", days(result.wall.mean)},
      {"wall_p10", "", days(result.wall.p10)},
      {"wall_p90", "", days(result.wall.p90)},
      {"goodput", "", fraction(result.goodput.mean)},
      {"stops", "", number(result.stops.mean, 6)},
      {"policy", "", recovery_name(spec.policy.recovery)},
      {"spares", "", count(spec.policy.spares)},
      {"deadline_met", "", spec.deadline > Seconds(0) ? Cell(fraction(result.deadline_met)) : Cell()},
      {"closed_form_wall", "", figure(result.closed.wall)},
      {"closed_form_exact", "", result.closed.exact},
      {"mean_time_between_stops", "", figure(result.closed.mean_time_between_stops)},
      {"recovery", "", figure(result.closed.recovery)},
      {"recovery_share", "", fraction(result.closed.recovery_share)},
  };
  document.breakdowns.push_back(ledger_parts("ledger", "where the GPU-hours go", result.ledger));
  document.tables.push_back(outcome_table(spec, result));
  document.tables.push_back(cause_table(spec, result));
  if (!spec.checkpoints.empty()) document.tables.push_back(checkpoint_table(spec, result));
  add_spares(spec, result, document);
  add_notes(result, context, document);
  if (finishes) document.charts.push_back(completion_chart(spec, result));
  document.charts.push_back(ledger_chart({{recovery_name(spec.policy.recovery), result.ledger}}));
  if (result.down_share.size() > 1) document.charts.push_back(nodes_away_chart(result));
  return document;
}

}  // namespace orrery
