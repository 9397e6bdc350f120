#include "fleet/nation/nation_study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "base/statistics.hpp"

namespace orrery {
namespace {

constexpr double kYear = 365.25 * 86400;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Every policy, in the order of `NationPolicy`.
std::vector<NationPolicy> every_policy() {
  std::vector<NationPolicy> all;
  for (int p = 0; p < kNationPolicies; ++p) all.push_back(static_cast<NationPolicy>(p));
  return all;
}

/// One band for each of the values that each draw gives, in their order.
template <class Row>
std::vector<NationBand> bands_of(const std::vector<Row>& rows) {
  std::vector<NationBand> bands;
  for (std::size_t k = 0; !rows.empty() && k < rows.front().size(); ++k) {
    std::vector<double> values;
    for (const Row& row : rows) values.push_back(row[k]);
    bands.push_back(band_of(std::move(values)));
  }
  return bands;
}

template <class Value>
NationBand band_over(const std::vector<NationDraw>& draws, const Value& value) {
  std::vector<double> values;
  for (const NationDraw& draw : draws) values.push_back(value(draw));
  return band_of(std::move(values));
}

std::vector<FirmNeed> needs_at(const NationSpec& spec, const NationDraw& draw, double after) {
  NeedLaw law = draw.law(spec);
  law.median *= std::pow(draw.growth_after, after / kYear);
  return firm_needs(law, kFirmGroups);
}

double share_short(const NationSpec& spec, const NationDraw& draw, std::span<const FirmNeed> needs, double gpus,
                   NationPolicy policy, const GangTimes& times) {
  return firms_short(needs, fluid_shares(needs, gpus, policy, times), draw.served_below) / spec.firms;
}

double gpus_or_never(const NationSpec& spec, const NationDraw& draw, std::span<const FirmNeed> needs,
                     NationPolicy policy, const GangTimes& times) {
  return gpus_for_shortage(needs, policy, draw.served_below, spec.target * spec.firms, times).value_or(kInfinity);
}

/// Share of the GPU-time that goes to firms between two shares of the list, which stands in order of need.
double share_between(std::span<const FirmNeed> needs, std::span<const FirmShare> shares, double from, double to) {
  const auto n = static_cast<double>(needs.size());
  double some = 0;
  for (std::size_t i = 0; i < needs.size(); ++i) {
    const double place = (static_cast<double>(i) + 0.5) / n;
    if (place >= from && place < to) some += needs[i].firms * shares[i].mean();
  }
  const double all = gpus_used(needs, shares);
  return all > 0 ? some / all : 0;
}

/// What each draw says of each policy on the GPUs of the last survey.
void answer_policies(const NationSpec& spec, const GangTimes& times, ThreadPool& pool, NationResult& result) {
  const std::vector<NationPolicy> policies = every_policy();
  constexpr std::size_t kFigures = 6;
  const std::size_t classes = spec.classes.size();
  const std::size_t row = kFigures + classes;
  const auto rows = pool.parallel_map(result.fitting.size(), [&](std::size_t i) {
    const NationDraw& draw = result.fitting[i];
    const std::vector<FirmNeed> needs = needs_at(spec, draw, 0);
    std::vector<std::vector<double>> by_rank;
    for (const FirmNeed& need : needs) by_rank.push_back(spec.sizes.classes_at(need.rank));
    std::vector<double> values;
    for (const NationPolicy policy : policies) {
      const std::vector<FirmShare> shares = fluid_shares(needs, draw.gpus, policy, times);
      values.push_back(firms_short(needs, shares, draw.served_below) / spec.firms);
      values.push_back(gpus_or_never(spec, draw, needs, policy, times));
      values.push_back(lorenz_curve(needs, shares).gini);
      values.push_back(gpus_used(needs, shares) / draw.gpus);
      values.push_back(share_between(needs, shares, 0, 0.5));
      values.push_back(share_between(needs, shares, 0.9, 1.1));
      std::vector<double> lacking(classes);
      for (std::size_t k = 0; k < needs.size(); ++k) {
        const double firms = firms_short({&needs[k], 1}, {&shares[k], 1}, draw.served_below);
        for (std::size_t c = 0; c < classes; ++c) lacking[c] += firms * by_rank[k][c];
      }
      for (std::size_t c = 0; c < classes; ++c) {
        const double before = c == 0 ? 0 : spec.sizes.upto[c - 1];
        values.push_back(lacking[c] / (spec.firms * (spec.sizes.upto[c] - before)));
      }
    }
    values.push_back(least_firms_short(needs, draw.gpus, draw.served_below) / spec.firms);
    return values;
  });
  const std::vector<NationBand> bands = bands_of(rows);
  for (std::size_t p = 0; p < policies.size(); ++p) {
    const NationBand* b = &bands[p * row];
    NationPolicyAnswer answer;
    answer.policy = policies[p];
    answer.short_share = b[0];
    answer.gpus_for_target = b[1];
    answer.gini = b[2];
    answer.use = b[3];
    answer.small_half = b[4];
    answer.largest = b[5];
    result.policies.push_back(std::move(answer));
  }
  result.least_short = bands.back();
  for (std::size_t c = 0; c < classes; ++c) {
    NationClassAnswer answer;
    answer.name = spec.classes[c];
    answer.firms = spec.firms * (spec.sizes.upto[c] - (c == 0 ? 0 : spec.sizes.upto[c - 1]));
    for (std::size_t p = 0; p < policies.size(); ++p) answer.short_share.push_back(bands[p * row + kFigures + c]);
    result.classes.push_back(std::move(answer));
  }
}

/// Who gets what under the central set of values: GPUs of each class of firms, Lorenz curves.
void describe_central(const NationSpec& spec, const GangTimes& times, NationResult& result) {
  const NationDraw& draw = *result.central;
  const std::vector<FirmNeed> needs = needs_at(spec, draw, 0);
  for (NationPolicyAnswer& answer : result.policies) {
    const std::vector<FirmShare> shares = fluid_shares(needs, draw.gpus, answer.policy, times);
    answer.fluid_short = firms_short(needs, shares, draw.served_below) / spec.firms;
    result.lorenz.emplace_back(answer.policy, lorenz_curve(needs, shares));
    for (NationClassAnswer& its : result.classes) its.gpus.push_back(0);
    for (std::size_t k = 0; k < needs.size(); ++k) {
      const std::vector<double> classes = spec.sizes.classes_at(needs[k].rank);
      for (std::size_t c = 0; c < classes.size(); ++c)
        result.classes[c].gpus.back() += needs[k].firms * classes[c] * shares[k].mean();
    }
  }
  for (const FirmNeed& need : needs) {
    const std::vector<double> classes = spec.sizes.classes_at(need.rank);
    for (std::size_t c = 0; c < classes.size(); ++c) {
      result.classes[c].with_need += need.firms * classes[c];
      result.classes[c].need += need.firms * classes[c] * need.gpus;
    }
  }
}

/// The central set again, event by event: each firm with need a tenant of one machine.
void replay_central(const NationSpec& spec, const NationOptions& options, ThreadPool& pool, NationResult& result) {
  const NationDraw& draw = *result.central;
  const auto firms = static_cast<int>(std::llround(draw.law(spec).firms_with_need()));
  const auto gpus = static_cast<long long>(std::llround(draw.gpus));
  if (firms < 1 || gpus < 1) return;
  std::vector<FirmNeed> needs = firm_needs(draw.law(spec), firms);
  for (FirmNeed& need : needs) need.firms = 1;
  NationReplayOptions replayed;
  replayed.jobs = spec.jobs;
  replayed.jobs.stretch = stretch_for(needs, spec.jobs, options.replay_jobs);
  replayed.served_below = draw.served_below;
  replayed.seed = options.seed;
  std::vector<NationReplay> replays = replay_nation(needs, gpus, every_policy(), replayed, pool);
  result.replay_stretch = replayed.jobs.stretch;
  result.replayed_jobs = replays.front().jobs;
  for (std::size_t p = 0; p < replays.size(); ++p) {
    result.policies[p].replay_short = replays[p].firms_short / spec.firms;
    result.policies[p].replay = std::move(replays[p]);
  }
}

NationReading reading_of(const NationSpec& spec, NationPolicy reference, const std::vector<NationDraw>& draws,
                         const GangTimes& times, ThreadPool& pool) {
  const auto rows = pool.parallel_map(draws.size(), [&](std::size_t i) {
    const NationDraw& draw = draws[i];
    const std::vector<FirmNeed> needs = needs_at(spec, draw, 0);
    return std::vector<double>{total_need(needs), draw.growth_between,
                               share_short(spec, draw, needs, draw.gpus, spec.policy, times),
                               gpus_or_never(spec, draw, needs, spec.policy, times),
                               least_firms_short(needs, draw.gpus, draw.served_below) / spec.firms};
  });
  NationReading reading;
  reading.reference = reference;
  reading.fitting = static_cast<int>(draws.size());
  if (draws.empty()) return reading;
  const std::vector<NationBand> bands = bands_of(rows);
  reading.need = bands[0];
  reading.growth = bands[1];
  reading.short_share = bands[2];
  reading.gpus_for_target = bands[3];
  reading.least_short = bands[4];
  return reading;
}

/// The last survey's day, the quarters after it, and the last day.
std::vector<Date> dates_of(const NationSpec& spec) {
  std::vector<Date> dates = {spec.surveys.back().date};
  // A quarter that begins within a month of the survey tells nothing new.
  constexpr Seconds kMonth{31 * 86400.0};
  for (Date date = next_quarter(dates.front() + kMonth); date < spec.until; date = next_quarter(date))
    dates.push_back(date);
  if (dates.back() < spec.until) dates.push_back(spec.until);
  return dates;
}

/// Share short under the reference and under the policy aimed at if the first supplies had come at the last survey.
std::pair<NationBand, NationBand> at_once(const NationSpec& spec, const std::vector<NationDraw>& draws,
                                          std::size_t supplies, const GangTimes& times, ThreadPool& pool) {
  const auto rows = pool.parallel_map(draws.size(), [&](std::size_t i) {
    const NationDraw& draw = draws[i];
    double gpus = draw.gpus;
    for (std::size_t k = 0; k < supplies; ++k) gpus += draw.arrivals[k].h100e;
    const std::vector<FirmNeed> needs = needs_at(spec, draw, 0);
    return std::vector<double>{share_short(spec, draw, needs, gpus, spec.reference, times),
                               share_short(spec, draw, needs, gpus, spec.policy, times)};
  });
  const std::vector<NationBand> bands = bands_of(rows);
  return {bands[0], bands[1]};
}

void add_milestones(const NationSpec& spec, const GangTimes& times, ThreadPool& pool, NationResult& result) {
  const Date begin = spec.surveys.back().date;
  for (std::size_t k = 0; k < spec.supply.size(); ++k) {
    NationMilestone milestone;
    milestone.name = spec.supply[k].name;
    const NationBand when = band_over(result.fitting, [&](const NationDraw& d) { return d.arrivals[k].after; });
    milestone.p10 = begin + Seconds(when.p10);
    milestone.p50 = begin + Seconds(when.p50);
    milestone.p90 = begin + Seconds(when.p90);
    milestone.h100e = band_over(result.fitting, [&](const NationDraw& d) { return d.arrivals[k].h100e; });
    milestone.chips = spec.supply[k].gpus + (k > 0 ? result.milestones.back().chips : 0);
    std::tie(milestone.before, milestone.after) = at_once(spec, result.fitting, k + 1, times, pool);
    milestone.power = spec.supply[k].power * spec.supply[k].gpus;
    milestone.then = nation_at(spec, result.fitting, milestone.p50, true, pool);
    result.milestones.push_back(std::move(milestone));
  }
}

void add_curve(const NationSpec& spec, const GangTimes& times, ThreadPool& pool, NationResult& result) {
  NationCurve& curve = result.curve;
  curve.policies = {spec.reference};
  if (spec.policy != spec.reference) curve.policies.push_back(spec.policy);
  const double gpus = result.central ? result.central->gpus : result.fitting.front().gpus;
  constexpr int kPoints = 25;
  for (int k = 0; k < kPoints; ++k) curve.gpus.push_back(gpus * std::pow(1000.0, k / (kPoints - 1.0)) / 4);
  for (const NationPolicy policy : curve.policies) {
    const auto rows = pool.parallel_map(result.fitting.size(), [&](std::size_t i) {
      const NationDraw& draw = result.fitting[i];
      const std::vector<FirmNeed> needs = needs_at(spec, draw, 0);
      std::vector<double> shares;
      for (const double some : curve.gpus) shares.push_back(share_short(spec, draw, needs, some, policy, times));
      return shares;
    });
    curve.short_share.push_back(bands_of(rows));
  }
}

NationLack lack_under(const NationSpec& spec, NationPolicy policy, const std::vector<NationDraw>& draws,
                      const GangTimes& times, ThreadPool& pool) {
  const auto rows = pool.parallel_map(draws.size(), [&](std::size_t i) {
    const NationDraw& draw = draws[i];
    const double all = gpus_or_never(spec, draw, needs_at(spec, draw, 0), policy, times);
    const double lacking = std::max(0.0, all - draw.gpus);
    return std::vector<double>{lacking, lacking * draw.purchase, lacking * draw.power, lacking * draw.rent * kYear};
  });
  const std::vector<NationBand> bands = bands_of(rows);
  return {policy, bands[0], bands[1], bands[2], bands[3]};
}

}  // namespace

NationBand band_of(std::vector<double> values) {
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return {kNothing, kNothing, kNothing};
  std::sort(values.begin(), values.end());
  // Between order statistics, but never halfway to infinity.
  const auto at = [&](double q) {
    const double place = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    const double part = place - static_cast<double>(below);
    if (part == 0 || values[below] == values[above]) return values[below];
    return values[below] + part * (values[above] - values[below]);
  };
  return {at(0.1), at(0.5), at(0.9)};
}

NationQuarter nation_at(const NationSpec& spec, const std::vector<NationDraw>& draws, Date date, bool with_growth,
                        ThreadPool& pool) {
  const GangTimes times = gang_times(spec.jobs.trace);
  const double after = (date - spec.surveys.back().date).raw();
  const auto rows = pool.parallel_map(draws.size(), [&](std::size_t i) {
    const NationDraw& draw = draws[i];
    const double gpus = gpus_at(draw, after);
    FirmNeeds needs(draw.law(spec), kFirmGroups);
    double growth = std::numeric_limits<double>::quiet_NaN();
    if (with_growth && after > 0 && gpus > 0) {
      const auto most =
          median_for_shortage(needs, gpus, spec.policy, draw.served_below, spec.target * spec.firms, spec.firms, times);
      if (most) growth = std::pow(*most / draw.median, kYear / after);
    }
    const std::span<const FirmNeed> now = needs.at_median(draw.median * std::pow(draw.growth_after, after / kYear));
    return std::vector<double>{gpus, total_need(now), share_short(spec, draw, now, gpus, spec.reference, times),
                               share_short(spec, draw, now, gpus, spec.policy, times), growth};
  });
  const std::vector<NationBand> bands = bands_of(rows);
  NationQuarter quarter;
  quarter.date = date;
  quarter.gpus = bands[0];
  quarter.need = bands[1];
  quarter.before = bands[2];
  quarter.after = bands[3];
  quarter.growth_kept = bands[4];
  for (const std::vector<double>& row : rows) {
    quarter.kept_before += row[2] <= spec.target ? 1 : 0;
    quarter.kept += row[3] <= spec.target ? 1 : 0;
  }
  quarter.kept /= static_cast<double>(rows.size());
  quarter.kept_before /= static_cast<double>(rows.size());
  return quarter;
}

NationResult simulate_nation(const NationSpec& spec, const NationOptions& options, ThreadPool& pool) {
  const GangTimes times = gang_times(spec.jobs.trace);
  NationResult result;
  result.draws = spec.draws;
  result.fitting = fitted_draws(spec, spec.reference, options.seed, pool);
  if (!result.fits()) return result;
  result.central = central_draw(spec, spec.reference);
  if (!result.central) result.central = result.fitting[result.fitting.size() / 2];
  const auto need = [&](const NationDraw& draw) {
    const NeedLaw law = draw.law(spec);
    return law.firms_with_need() * law.mean();
  };
  result.need = band_over(result.fitting, need);
  result.need_per_firm = band_over(result.fitting, [](const NationDraw& draw) { return draw.median; });
  result.growth = band_over(result.fitting, [](const NationDraw& draw) { return draw.growth_between; });
  answer_policies(spec, times, pool, result);
  describe_central(spec, times, result);
  if (options.replay) replay_central(spec, options, pool, result);
  for (const NationPolicy reference : {NationPolicy::Blocks, NationPolicy::Credits, NationPolicy::FairShare})
    result.readings.push_back(
        reading_of(spec, reference, fitted_draws(spec, reference, options.seed, pool), times, pool));
  add_curve(spec, times, pool, result);
  for (const Date date : dates_of(spec))
    result.quarters.push_back(nation_at(spec, result.fitting, date, date == spec.until, pool));
  add_milestones(spec, times, pool, result);
  result.lacks.push_back(lack_under(spec, spec.reference, result.fitting, times, pool));
  if (spec.policy != spec.reference) result.lacks.push_back(lack_under(spec, spec.policy, result.fitting, times, pool));
  return result;
}

}  // namespace orrery
