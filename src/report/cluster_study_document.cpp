#include "report/cluster_study_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/cluster_charts.hpp"

namespace orrery {
namespace {

std::string time_text(double seconds) {
  return seconds < 1 ? "at once" : "in " + format_time(Seconds(seconds));
}

/// "61.1 min to 4.94 h".
std::string range_text(const StartForecast& forecast, double low, double high) {
  const auto end = [&](double wait) {
    return std::isfinite(wait) ? format_time(Seconds(wait)) : "more than " + format_time(Seconds(forecast.horizon));
  };
  return end(low) + " to " + end(high);
}

Figure target_figure_of(const Target& target, double value) {
  switch (target.quantity) {
    case Target::Quantity::Wait:
    case Target::Quantity::Turnaround:
      return figure(Seconds(value));
    case Target::Quantity::Utilisation:
      return fraction(value);
    case Target::Quantity::Slowdown:
      break;
  }
  return number(value);
}

Cell known(const Target& target, double value) {
  return std::isfinite(value) ? Cell{target_figure_of(target, value)} : Cell{};
}

std::string point_text(const SizeStudy& study, const SizePoint& point) {
  return fmt::format("{} {}{}", target_figure(study.target), point.at_least ? "no less than " : "",
                     cell_text(target_figure_of(study.target, point.value.mean)));
}

/// A wait below which a share of the replays started the job, of sorted waits: the first that makes it up.
double wait_quantile(const StartForecast& forecast, double share) {
  const auto n = static_cast<double>(forecast.waits.size());
  const auto place = static_cast<std::size_t>(std::max(0.0, std::ceil(share * n) - 1));
  return forecast.waits[std::min(place, forecast.waits.size() - 1)];
}

std::string start_text(const StartForecast& forecast, double wait) {
  return std::isfinite(wait) ? time_text(wait) : "later than in " + format_time(Seconds(forecast.horizon));
}

}  // namespace

Document cluster_size_document(const SizeStudy& study) {
  Document document;
  document.command = "cluster size";
  const std::string target = target_text(study.target);
  const auto& points = study.points;
  if (points.empty()) {
    document.answer.push_back(fmt::format("no machine was tried for {}", target));
  } else if (study.answer < 0) {
    document.answer.push_back(fmt::format("none of the machines tried keeps {} under {}; {} GPUs, the largest, have {}",
                                          target, study.policy, format_count(points.back().gpus),
                                          point_text(study, points.back())));
  } else {
    const SizePoint& best = points[static_cast<std::size_t>(study.answer)];
    document.answer.push_back(fmt::format("{} GPUs on {} nodes keep {} under {}: {}", format_count(best.gpus),
                                          format_count(best.nodes), target, study.policy, point_text(study, best)));
    document.answer.push_back(
        fmt::format("load {}, utilisation {}", format_percent(best.load), format_percent(best.utilisation)));
    if (study.answer > 0) {
      const SizePoint& below = points[static_cast<std::size_t>(study.answer) - 1];
      document.answer.push_back(
          fmt::format("{} GPUs are too few: {}", format_count(below.gpus), point_text(study, below)));
    } else {
      document.notes.emplace_back("fewer GPUs were not tried and may do as well");
    }
    if (study.gpus_now > 0)
      document.answer.push_back(
          fmt::format("that is {:+.1f} % of the {} GPUs of today",
                      100 * (static_cast<double>(best.gpus) / static_cast<double>(study.gpus_now) - 1),
                      format_count(study.gpus_now)));
  }
  const bool found = study.answer >= 0;
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("target", target);
  silent("policy", study.policy);
  silent("met", found);
  silent("gpus", found ? Cell{count(points[static_cast<std::size_t>(study.answer)].gpus)} : Cell{});
  silent("nodes", found ? Cell{count(points[static_cast<std::size_t>(study.answer)].nodes)} : Cell{});
  Table table{"points",
              "machines tried",
              {{"gpus", "GPUs"},
               {"nodes", "nodes"},
               {"load", "load"},
               {"utilisation", "utilisation"},
               {"value", ""},
               {"value_is_bound", ""},
               {"", target_figure(study.target)},
               {"low", "95 %: from"},
               {"high", "to"},
               {"met", "met"}},
              {},
              "",
              false};
  for (const SizePoint& point : points) {
    const Cell value = known(study.target, point.value.mean);
    table.rows.push_back({count(point.gpus), count(point.nodes), fraction(point.load), fraction(point.utilisation),
                          value, point.at_least, point.at_least ? Cell{"> " + cell_text(value)} : value,
                          known(study.target, point.value.low), known(study.target, point.value.high), point.met});
  }
  document.tables.push_back(std::move(table));
  document.notes.emplace_back("the answer is the smallest machine from which on all larger ones tried keep the target");
  if (points.size() > 1) document.charts = {size_chart(study), knee_chart(study)};
  return document;
}

Document cluster_when_document(const StartForecast& forecast) {
  Document document;
  document.command = "cluster when";
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("job", forecast.job);
  silent("policy", forecast.policy);
  silent("replays", count(static_cast<long long>(forecast.waits.size())));
  if (forecast.waits.empty()) {
    document.answer.push_back(fmt::format("nothing was replayed for {}", forecast.job));
    return document;
  }
  const double p10 = wait_quantile(forecast, 0.1), p50 = wait_quantile(forecast, 0.5),
               p90 = wait_quantile(forecast, 0.9);
  if (p90 < 1) {
    document.answer.push_back(fmt::format("starts at once: {}, under {}", forecast.job, forecast.policy));
  } else {
    document.answer.push_back(fmt::format("starts {} (80 %: {}): {}, under {}", start_text(forecast, p50),
                                          range_text(forecast, p10, p90), forecast.job, forecast.policy));
  }
  if (forecast.jobs_ahead > 0)
    document.answer.push_back(fmt::format("{} jobs of {} GPU-hours wait before it", format_count(forecast.jobs_ahead),
                                          cell_text(large(forecast.gpu_hours_ahead, 3))));
  if (std::isfinite(forecast.unhindered) && p50 > forecast.unhindered && p50 >= 1)
    document.answer.push_back(fmt::format("if nobody were submitted after it: {}", time_text(forecast.unhindered)));
  const auto started =
      std::count_if(forecast.waits.begin(), forecast.waits.end(), [](double wait) { return std::isfinite(wait); });
  const double share = static_cast<double>(started) / static_cast<double>(forecast.waits.size());
  if (share < 1)
    document.notes.push_back(fmt::format("it starts within {} in {} of the replays",
                                         format_time(Seconds(forecast.horizon)), format_percent(share, 0)));
  const auto wait = [&](const char* key, double value) {
    silent(key, std::isfinite(value) ? Cell{figure(Seconds(value))} : Cell{});
  };
  wait("wait_p10", p10);
  wait("wait_p50", p50);
  wait("wait_p90", p90);
  wait("wait_unhindered", forecast.unhindered);
  silent("share_started", fraction(share));
  silent("jobs_ahead", count(forecast.jobs_ahead));
  silent("gpu_hours_ahead", large(forecast.gpu_hours_ahead));
  Table quantiles{"starts", "when it starts", {{"share", "of the replays"}, {"wait", "within"}}, {}, "", false};
  for (const double q : {0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95}) {
    const double value = wait_quantile(forecast, q);
    quantiles.rows.push_back({fraction(q, 0), std::isfinite(value) ? Cell{figure(Seconds(value))} : Cell{}});
  }
  document.tables.push_back(std::move(quantiles));
  Table causes{"waits_for", "what it waits for", {{"what", "what"}, {"share", "of its wait"}}, {}, "", false};
  for (const StartForecast::Cause& cause : forecast.waits_for)
    causes.rows.push_back({cause.what, fraction(cause.share, 0)});
  if (!causes.rows.empty()) document.tables.push_back(std::move(causes));
  document.notes.push_back(fmt::format("{} replays that differ in what is submitted after it", forecast.waits.size()));
  if (p90 >= 1 && started > 0) document.charts.push_back(start_chart(forecast));
  return document;
}

}  // namespace orrery
