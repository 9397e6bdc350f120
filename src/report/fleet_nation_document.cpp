#include "report/fleet_nation_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/unit_text.hpp"
#include "report/fleet_nation_charts.hpp"
#include "report/fleet_nation_tables.hpp"
#include "report/fleet_nation_text.hpp"

namespace orrery {
namespace {

const NationPolicyAnswer& answer_of(const NationResult& result, NationPolicy policy) {
  return result.policies.at(static_cast<std::size_t>(policy));
}

void add_answer(const NationSpec& spec, const NationResult& result, Document& document) {
  const NationSurvey& last = spec.surveys.back();
  const NationPolicyAnswer& before = answer_of(result, spec.reference);
  const NationPolicyAnswer& after = answer_of(result, spec.policy);
  std::string first =
      fmt::format("{} of {} firms lack compute with {} ({}), as the survey says", format_percent(last.short_share),
                  format_count(std::llround(spec.firms)), nation_chips_text(last), date_text(last.date));
  if (spec.policy != spec.reference)
    first += fmt::format("; {} would with the same GPUs shared by {}", nation_share_band(after.short_share),
                         nation_policy_words(spec.policy));
  document.answer.push_back(first);
  const auto takes = [&](const NationPolicyAnswer& its) {
    return std::isfinite(its.gpus_for_target.p50)
               ? fmt::format("{} GPUs under {}", nation_gpus_band(its.gpus_for_target), nation_policy_name(its.policy))
               : fmt::format("no number of GPUs under {}", nation_policy_name(its.policy));
  };
  std::string to = fmt::format("at most {} lack it with {}", nation_share_text(spec.target), takes(after));
  if (spec.policy != spec.reference) to += fmt::format(", with {} as before", takes(before));
  document.answer.push_back(to);
  for (const NationReading& its : result.readings) {
    if (its.reference != spec.policy || its.reference == spec.reference || its.fitting == 0) continue;
    document.answer.push_back(fmt::format(
        "if the firms of the survey shared so already, the same answers mean {} GPUs for that, and no policy "
        "leaves fewer than {} short on those of then",
        nation_gpus_band(its.gpus_for_target), nation_share_band(its.least_short)));
  }
  if (result.quarters.empty()) return;
  const NationQuarter& end = result.quarters.back();
  document.answer.push_back(
      fmt::format("in {}, with needs growing {} times a year: {} H100e for needs of {}; {} lack compute, the target is "
                  "kept in {} of "
                  "the draws",
                  month_text(end.date), format_significant(spec.growth.quantile(0.5), 3), nation_gpus_band(end.gpus),
                  nation_gpus_band(end.need), nation_share_band(end.after), format_percent(end.kept, 0)));
}

void add_notes(const NationSpec& spec, const NationResult& result, const std::vector<std::string>& assumptions,
               Document& document) {
  document.notes.push_back(fmt::format(
      "a firm lacks compute where it gets less than {} of the GPU-time that it needs; surveys asked for an opinion, "
      "and measured no wait",
      spec.served_below.is_fixed() ? nation_share_text(spec.served_below.quantile(0.5))
                                   : fmt::format("{} to {}", nation_share_text(spec.served_below.quantile(0.1)),
                                                 nation_share_text(spec.served_below.quantile(0.9)))));
  document.notes.push_back(fmt::format(
      "{} answers cannot tell apart how many firms need GPUs, how unequal needs are, how much is too little, and how "
      "GPUs were shared: of {} sets of values {} fit, and every interval is over them",
      spec.surveys.size() == 1 ? "one survey's" : "two surveys'", format_count(result.draws),
      format_count(static_cast<long long>(result.fitting.size()))));
  document.notes.push_back(
      fmt::format("GPUs were shared by {} when the surveys were made, which is taken and not known",
                  nation_policy_words(spec.reference)));
  if (result.replayed_jobs > 0) {
    double worst = 0, queue = 0;
    for (const NationPolicyAnswer& its : result.policies) {
      double& error = its.policy == NationPolicy::Fifo ? queue : worst;
      error = std::max(error, std::abs(its.fluid_short - its.replay_short));
    }
    document.notes.push_back(fmt::format(
        "shares by a fluid model, at most {:.0f} points of all firms from the replay of the middle set of values, "
        "under "
        "fifo, where all firms stand at the limit together, {:.0f}; its jobs have the sizes and {}run times of a "
        "published "
        "trace",
        100 * worst, 100 * queue,
        result.replay_stretch > 1 ? fmt::format("{} times the ", format_significant(result.replay_stretch, 3)) : ""));
  }
  if (!spec.supply.empty())
    document.notes.emplace_back(
        "supplies come as announced, late and in part, whatever they cost and whoever else wants them: `orrery fleet "
        "market` has a nation buy them with its money among all buyers, and comes to other dates");
  std::string assumed = "assumed: firms as many as in the last survey at all dates";
  for (const std::string& what : assumptions) assumed += "; " + what;
  if (spec.prices.currency != "USD")
    assumed += fmt::format("; {:g} {} a dollar", spec.prices.per_dollar, spec.prices.currency);
  document.notes.push_back(assumed);
}

Document no_fit_document(const NationSpec& spec, const NationResult& result) {
  Document document;
  document.command = "fleet share";
  document.answer = {
      fmt::format("cannot be done, because under {} no needs make {} of the firms lack compute with {}: none of {} "
                  "sets of values fits the surveys",
                  nation_policy_name(spec.reference), nation_share_text(spec.surveys.back().short_share),
                  nation_chips_text(spec.surveys.back()), format_count(result.draws))};
  if (spec.reference == NationPolicy::Fifo)
    document.answer.emplace_back("in one queue all wait alike: every firm with need lacks compute, or none");
  document.answer.emplace_back("another `reference`, a larger `need_share`, or other shares in the surveys");
  return document;
}

}  // namespace

Document fleet_nation_document(const NationSpec& spec, const NationResult& result,
                               const std::vector<std::string>& assumptions) {
  if (!result.fits()) return no_fit_document(spec, result);
  Document document;
  document.command = "fleet share";
  add_answer(spec, result, document);
  add_nation_tables(spec, result, document);
  add_notes(spec, result, assumptions, document);
  document.charts = nation_charts(spec, result);
  return document;
}

}  // namespace orrery
