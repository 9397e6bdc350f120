#include "report/scale_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/run_document.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

constexpr double kHour = 3600, kDay = 86400;

/// Done in some replication.
bool is_done(const RunResult& result) {
  return result.finished > 0;
}

std::string policy_words(const RunPolicy& policy) {
  return policy.name.empty() ? recovery_name(policy.recovery) : policy.name;
}

double stops_per_day(const RunResult& result) {
  const double stops = result.stops.mean;
  return result.wall.mean > 0 ? stops / (result.wall.mean / kDay) : 0;
}

/// Useful work a second, in chips that were never held up.
double useful_chips(const ScalePoint& point, const RunResult& result) {
  return static_cast<double>(point.gpus) * point.step.mfu_full * result.goodput.mean;
}

double share_of(const ScalePoint& point, std::initializer_list<Part> parts) {
  Seconds sum;
  for (const Part part : parts) sum += point.step.breakdown[part];
  return sum / point.step.step_time;
}

std::string answer_sentence(const ScalePoint& point) {
  const RunResult& own = point.own();
  const RunResult& best = point.best_result();
  std::string text = fmt::format("{} GPUs: {} MFU", format_count(point.gpus), format_percent(point.step.mfu_full));
  if (is_done(own)) {
    text += fmt::format(", {} goodput (80 %: {} to {})", format_percent(own.goodput.p50),
                        format_percent(own.goodput.p10), format_percent(own.goodput.p90));
    text += fmt::format(", {} stops a day, done in {}", format_significant(stops_per_day(own), 3),
                        format_time(Seconds(own.wall.p50)));
  } else {
    text += ", never done";
  }
  if (point.best != 0 && is_done(best)) {
    text += fmt::format("; {}: {} goodput, {}", policy_words(point.policies[point.best].policy),
                        format_percent(best.goodput.p50), format_time(Seconds(best.wall.p50)));
  }
  return text;
}

/// Where more chips stop helping: growth of useful work for growth of chips between two sizes.
std::string return_sentence(const ScalePoint& small, const ScalePoint& large) {
  const double chips = static_cast<double>(large.gpus) / static_cast<double>(small.gpus);
  const double useful = useful_chips(large, large.best_result()) / useful_chips(small, small.best_result());
  const double same = useful_chips(large, large.own()) / useful_chips(small, small.own());
  return fmt::format("{} times the GPUs do {} times the useful work, {} times under the same policy",
                     format_significant(chips, 3), format_significant(useful, 3), format_significant(same, 3));
}

Table sizes_table(const std::vector<ScaleAnswer>& sizes) {
  Table table;
  table.key = "sizes";
  table.title = "The same training by the size of the machine";
  table.columns = {{"gpus", "GPUs"},
                   {"batch", "batch"},
                   {"layout", "layout"},
                   {"step_time", "step"},
                   {"mfu", "MFU"},
                   {"bubble", "bubble"},
                   {"communication", "exposed comm"},
                   {"between_stops", "between stops"},
                   {"stops_per_day", "stops a day"},
                   {"interval", "checkpoint each"},
                   {"spare_nodes", "spares"},
                   {"goodput", "goodput"},
                   {"wall_p10", ""},
                   {"wall_p50", "done in"},
                   {"wall_p90", "90 % done in"},
                   {"refused", ""}};
  for (const ScaleAnswer& size : sizes) {
    const ScalePoint& p = size.point;
    if (!size.refused.empty()) {
      std::vector<Cell> row(table.columns.size());
      row[0] = count(p.gpus);
      row[2] = size.refused;
      row.back() = size.refused;
      table.rows.push_back(std::move(row));
      continue;
    }
    const RunResult& own = p.own();
    const bool done = is_done(own);
    const auto when = [&](double seconds) { return done ? Cell{figure(Seconds(seconds))} : Cell{}; };
    const std::vector<Seconds>& intervals = own.closed.intervals;
    table.rows.push_back(
        {count(p.gpus), count(p.step_spec.training.global_batch), describe(p.step_spec.layout),
         figure(p.step.step_time), fraction(p.step.mfu_full), fraction(share_of(p, {Part::Bubble})),
         fraction(
             share_of(p, {Part::TensorComm, Part::ContextComm, Part::ExpertComm, Part::PipelineComm, Part::DataComm})),
         figure(own.closed.mean_time_between_stops), number(stops_per_day(own)),
         intervals.empty() ? Cell{} : Cell{figure(intervals.front())}, count(p.run_spec.policy.spares),
         fraction(own.goodput.p50), when(own.wall.p10), when(own.wall.p50), when(own.wall.p90), Cell{}});
  }
  return table;
}

Table policies_table(const std::vector<ScaleAnswer>& sizes) {
  Table table;
  table.key = "policies";
  table.title = "By policy, on the same faults";
  table.columns = {{"gpus", "GPUs"},           {"policy", "policy"},     {"goodput_p10", "10 %"},
                   {"goodput_p50", "goodput"}, {"goodput_p90", "90 %"},  {"wall_p50", "done in"},
                   {"gpu_hours", "GPU-hours"}, {"finished", "finished"}, {"best", "best"}};
  for (const ScaleAnswer& size : sizes) {
    if (!size.refused.empty()) continue;
    for (std::size_t i = 0; i < size.point.policies.size(); ++i) {
      const PolicyOutcome& outcome = size.point.policies[i];
      const RunResult& result = outcome.result;
      const bool done = is_done(result);
      const auto all = static_cast<double>(std::max<std::size_t>(1, result.replications.size()));
      table.rows.push_back(
          {count(size.point.gpus), policy_words(outcome.policy), fraction(result.goodput.p10),
           fraction(result.goodput.p50), fraction(result.goodput.p90),
           done ? Cell{figure(Seconds(result.wall.p50))} : Cell{std::string("never")},
           done ? Cell{large(static_cast<double>(result.gpus_held) * result.wall.mean / kHour, 3)} : Cell{},
           fraction(result.finished / all, 0), i == size.point.best});
    }
  }
  return table;
}

Table losses_table(const std::vector<ScaleAnswer>& sizes) {
  Table table;
  table.key = "losses";
  table.title = "What to mend first: what the GPU-time that is not useful goes to, and after which faults";
  table.columns = {{"gpus", "GPUs"},    {"policy", "policy"},       {"largest_loss", "most goes to"},
                   {"share", "of all"}, {"cause", "largest cause"}, {"cause_share", "of what faults cost"}};
  for (const ScaleAnswer& size : sizes) {
    if (!size.refused.empty()) continue;
    for (const std::size_t i : {std::size_t{0}, size.point.best}) {
      const PolicyOutcome& outcome = size.point.policies[i];
      const RunResult& result = outcome.result;
      if (result.ledger.total() <= 0) continue;
      const GpuUse loss = largest_loss(result.ledger);
      double all = 0;
      std::size_t most = 0;
      for (std::size_t c = 0; c < result.classes.size(); ++c) {
        all += result.classes[c].gpu_seconds;
        if (result.classes[c].gpu_seconds > result.classes[most].gpu_seconds) most = c;
      }
      const auto& names = size.point.run_spec.faults.classes;
      const bool known = all > 0 && most < names.size();
      table.rows.push_back({count(size.point.gpus), policy_words(outcome.policy), std::string(gpu_use_name(loss)),
                            fraction(result.ledger[loss] / result.ledger.total()),
                            known ? Cell{names[most].name} : Cell{},
                            known ? Cell{fraction(result.classes[most].gpu_seconds / all)} : Cell{}});
      if (size.point.best == 0) break;
    }
  }
  return table;
}

Chart goodput_chart(const std::vector<ScaleAnswer>& sizes) {
  Chart chart;
  chart.key = "by_size";
  chart.title = "Share of the GPU-time and of the peak that becomes useful work, by the size of the machine";
  chart.x = {"GPUs", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Log};
  chart.y = {"share", Figure::Kind::Fraction, Dimension::None, ChartAxis::Scale::Linear};
  ChartSeries own{"goodput, this policy", ChartSeries::Shape::Line, {}, 0};
  ChartSeries best{"goodput, best policy", ChartSeries::Shape::Line, {}, 1};
  ChartSeries mfu{"MFU of a step", ChartSeries::Shape::Line, {}, 2};
  for (const ScaleAnswer& size : sizes) {
    if (!size.refused.empty()) continue;
    const auto x = static_cast<double>(size.point.gpus);
    const Spread &g = size.point.own().goodput, &b = size.point.best_result().goodput;
    own.points.push_back({x, g.p50, g.p10, g.p90});
    best.points.push_back({x, b.p50, b.p10, b.p90});
    mfu.points.push_back({x, size.point.step.mfu_full});
  }
  chart.series = {std::move(own), std::move(best), std::move(mfu)};
  return chart;
}

}  // namespace

Document scale_document(const std::vector<ScaleAnswer>& sizes, const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "run scale";
  const ScalePoint* before = nullptr;
  for (const ScaleAnswer& size : sizes) {
    if (!size.refused.empty()) {
      document.answer.push_back(fmt::format("{} GPUs: {}", format_count(size.point.gpus), size.refused));
      continue;
    }
    document.answer.push_back(answer_sentence(size.point));
    if (before != nullptr && useful_chips(*before, before->own()) > 0)
      document.answer.push_back("  " + return_sentence(*before, size.point));
    before = &size.point;
  }
  document.tables = {sizes_table(sizes), policies_table(sizes), losses_table(sizes)};
  if (before != nullptr) document.charts.push_back(goodput_chart(sizes));
  document.notes.emplace_back(
      "useful work: GPUs x MFU x goodput of the policy that holds the least GPU-time on each size; goodput is the "
      "median "
      "over clusters as differently reliable as published ones");
  if (!assumptions.empty()) document.notes.push_back(fmt::format("assumed: {}", fmt::join(assumptions, "; ")));
  return document;
}

}  // namespace orrery
