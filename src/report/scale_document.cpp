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

/// Of the whole job, or of a replica while the others go on.
double stops_per_day(const RunResult& result) {
  double stops = 0, days = 0;
  for (const Replication& each : result.replications) {
    if (is_done(result) && !each.finished) continue;
    stops += each.stops + each.group_stops;
    days += each.wall.raw() / kDay;
  }
  return days > 0 ? stops / days : 0;
}

/// Useful operations a second: what the chips reach of their peak in the time that is not lost.
double useful_flops(const ScalePoint& point, const RunResult& result) {
  return static_cast<double>(point.gpus) * point.step.peak.raw() * point.step.mfu_full * result.goodput.p50;
}

double share_of(const ScalePoint& point, std::initializer_list<Part> parts) {
  Seconds sum;
  for (const Part part : parts) sum += point.step.breakdown[part];
  return sum / point.step.step_time;
}

/// "most is lost to faults (2.07 times the useful work without), then batch (1.34)": the two limits that cost most.
std::string binding_words(const ScaleGains& gains) {
  const ScaleLimit first = gains.most();
  ScaleGains others = gains;
  others[first] = 1;
  const ScaleLimit second = others.most();
  const std::string most = std::isfinite(gains[first])
                               ? fmt::format("most is lost to {} ({} times the useful work without)",
                                             scale_limit_name(first), format_significant(gains[first], 3))
                               : fmt::format("all is lost to {} (it is never done with them)", scale_limit_name(first));
  return fmt::format("{}, then {} ({})", most, scale_limit_name(second), format_significant(gains[second], 3));
}

std::string answer_sentence(const ScaleAnswer& answer) {
  const ScalePoint& point = answer.point;
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
  return fmt::format("{}; {}", text, binding_words(answer.gains));
}

/// Times the useful work of twice the GPUs between two sizes, under the best policy of each.
double doubling_between(const ScalePoint& few, const ScalePoint& many) {
  return doubling(static_cast<double>(few.gpus), useful_flops(few, few.best_result()), static_cast<double>(many.gpus),
                  useful_flops(many, many.best_result()));
}

std::string growth_sentence(const ScalePoint& few, const ScalePoint& many) {
  const auto times = [&](double before, double after) { return format_significant(after / before, 3); };
  const double same_before = useful_flops(few, few.own()), same_after = useful_flops(many, many.own());
  std::string text = fmt::format("{} times the GPUs ({} to {}) do {} times the useful work",
                                 times(static_cast<double>(few.gpus), static_cast<double>(many.gpus)),
                                 format_count(few.gpus), format_count(many.gpus),
                                 times(useful_flops(few, few.best_result()), useful_flops(many, many.best_result())));
  if ((few.best != 0 || many.best != 0) && same_before > 0)
    text += fmt::format(", {} times if {} is the policy on both", times(same_before, same_after),
                        policy_words(few.policies.front().policy));
  return text;
}

/// Where more GPUs stop helping: growth over all sizes, and what twice the GPUs do at the small and at the large end.
std::vector<std::string> return_sentences(const std::vector<const ScalePoint*>& points) {
  std::vector<std::string> sentences;
  if (points.size() < 2) return sentences;
  sentences.push_back(growth_sentence(*points.front(), *points.back()));
  if (points.size() < 3) return sentences;
  std::string curve = "twice the GPUs do";
  for (std::size_t i = 1; i < points.size(); ++i) {
    curve += fmt::format("{} {}{} up to {}", i > 1 ? "," : "",
                         format_significant(doubling_between(*points[i - 1], *points[i]), 3),
                         i > 1 ? "" : " times the useful work", format_count(points[i]->gpus));
  }
  sentences.push_back(std::move(curve));
  return sentences;
}

Table limits_table(const std::vector<ScaleAnswer>& sizes) {
  Table table;
  table.key = "limits";
  table.title = "Where more GPUs stop helping, under the best policy: useful work, and times as much without one limit";
  table.columns = {
      {"gpus", "GPUs"},   {"useful", "useful work"}, {"doubling", "times for twice the GPUs"}, {"binds", "binds"},
      {"batch", "batch"}, {"latency", "latency"},    {"bandwidth", "network bandwidth"},       {"faults", "faults"}};
  table.note = fmt::format(
      "batch: {} times as large, in the best of these layouts; latency: exposed communication that infinitely fast "
      "links would leave; bandwidth: such links in the same layout; faults: no stop. The gains overlap and do not "
      "multiply up",
      kAmpleBatch);
  const ScalePoint* before = nullptr;
  for (const ScaleAnswer& size : sizes) {
    if (!size.refused.empty()) continue;
    const auto gain = [&](ScaleLimit limit) {
      return std::isfinite(size.gains[limit]) ? Cell{number(size.gains[limit])} : Cell{std::string("never done")};
    };
    const double useful = useful_flops(size.point, size.point.best_result());
    const bool grown = before != nullptr && useful > 0 && useful_flops(*before, before->best_result()) > 0;
    table.rows.push_back({count(size.point.gpus), figure(FlopsPerSecond(useful)),
                          grown ? Cell{number(doubling_between(*before, size.point))} : Cell{},
                          std::string(scale_limit_name(size.gains.most())), gain(ScaleLimit::Batch),
                          gain(ScaleLimit::Latency), gain(ScaleLimit::Bandwidth), gain(ScaleLimit::Faults)});
    before = &size.point;
  }
  return table;
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
                   {"between_stops", "work between stops"},
                   {"stops_per_day", "stops a day"},
                   {"interval", "checkpoint each"},
                   {"spare_nodes", "spares"},
                   {"goodput", "goodput"},
                   {"wall_p10", ""},
                   {"wall_p50", "done in"},
                   {"wall_p90", "90 % done in"},
                   {"refused", ""}};
  table.note =
      "work between stops: on average over clusters, by formula, while the job computes; stops a day: over all "
      "replications, of wall time, those of groups too";
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

/// Useful work against what the chips' peak alone would give.
Chart useful_chart(const std::vector<ScaleAnswer>& sizes) {
  Chart chart;
  chart.key = "useful_work";
  chart.title = "Useful work by the size of the machine: what the peak promises, and what is left of it";
  chart.x = {"GPUs", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Log};
  chart.y = {"operations a second", Figure::Kind::Quantity, Dimension::FlopRate, ChartAxis::Scale::Log};
  ChartSeries peak{"at the peak", ChartSeries::Shape::Line, {}, 3};
  ChartSeries steps{"in steps without a stop", ChartSeries::Shape::Line, {}, 2};
  ChartSeries best{"useful, best policy", ChartSeries::Shape::Line, {}, 1};
  ChartSeries own{"useful, this policy", ChartSeries::Shape::Line, {}, 0};
  for (const ScaleAnswer& size : sizes) {
    if (!size.refused.empty()) continue;
    const ScalePoint& p = size.point;
    const auto x = static_cast<double>(p.gpus);
    const double all = x * p.step.peak.raw();
    peak.points.push_back({x, all});
    steps.points.push_back({x, all * p.step.mfu_full});
    best.points.push_back({x, useful_flops(p, p.best_result())});
    own.points.push_back({x, useful_flops(p, p.own())});
  }
  chart.series = {std::move(peak), std::move(steps), std::move(best), std::move(own)};
  return chart;
}

}  // namespace

Document scale_document(const std::vector<ScaleAnswer>& sizes, const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "run scale";
  std::vector<const ScalePoint*> points;
  for (const ScaleAnswer& size : sizes) {
    if (size.refused.empty() && useful_flops(size.point, size.point.best_result()) > 0) points.push_back(&size.point);
  }
  document.answer = return_sentences(points);
  for (const ScaleAnswer& size : sizes) {
    document.answer.push_back(size.refused.empty()
                                  ? answer_sentence(size)
                                  : fmt::format("{} GPUs: {}", format_count(size.point.gpus), size.refused));
  }
  document.tables = {sizes_table(sizes), limits_table(sizes), policies_table(sizes), losses_table(sizes)};
  if (!points.empty()) document.charts = {useful_chart(sizes), goodput_chart(sizes)};
  document.notes.emplace_back(
      "useful work: GPUs x their peak x MFU x goodput of the policy that holds the least GPU-time on each size; "
      "goodput is the median over clusters as differently reliable as published ones");
  if (!assumptions.empty()) document.notes.push_back(fmt::format("assumed: {}", fmt::join(assumptions, "; ")));
  return document;
}

}  // namespace orrery
