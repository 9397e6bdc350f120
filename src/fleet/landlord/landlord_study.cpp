#include "fleet/landlord/landlord_study.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/statistics.hpp"
#include "base/unit_table.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {
namespace {

constexpr std::size_t kCapacities = 21;
constexpr int kPlansFirst = 9, kCovers = 6;
constexpr int kEconomicFutures = 60, kWalks = 40;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

class Futures {
 public:
  Futures(const LandlordSpec& spec, const std::vector<LandlordDraw>& draws, ThreadPool& pool)
      : spec_(spec), draws_(draws), pool_(pool) {}

  std::vector<LandlordOutcome> of(const LandlordPlan& plan) const { return of(spec_, plan); }
  std::vector<LandlordOutcome> of(const LandlordSpec& spec, const LandlordPlan& plan) const {
    return pool_.parallel_map(draws_.size(), [&](std::size_t i) { return play_landlord(spec, draws_[i], plan); });
  }
  double mean_npv(const LandlordPlan& plan) const {
    double sum = 0;
    for (const LandlordOutcome& o : of(plan)) sum += o.npv;
    return sum / static_cast<double>(draws_.size());
  }

 private:
  const LandlordSpec& spec_;
  const std::vector<LandlordDraw>& draws_;
  ThreadPool& pool_;
};

LandlordPoint point_of(double chips, const std::vector<LandlordOutcome>& outcomes) {
  LandlordPoint point;
  point.chips = chips;
  std::vector<double> npv;
  double wanted = 0, unserved = 0, built = 0, idle = 0;
  for (const LandlordOutcome& o : outcomes) {
    npv.push_back(o.npv);
    point.capital += o.capital;
    point.shortage += o.shortage;
    point.tenant_loss += o.tenant_loss;
    point.stranded += o.stranded;
    point.loses += o.npv < 0 ? 1 : 0;
    wanted += o.wanted;
    unserved += o.unserved;
    built += o.built;
    idle += o.idle;
  }
  const auto n = static_cast<double>(outcomes.size());
  for (double* mean : {&point.capital, &point.shortage, &point.tenant_loss, &point.stranded, &point.loses}) *mean /= n;
  point.mean_npv = mean_of(npv);
  point.npv = future_band(std::move(npv));
  point.unserved_share = wanted > 0 ? unserved / wanted : 0;
  point.idle_share = built > 0 ? idle / built : 0;
  return point;
}

FutureBand over(const std::vector<LandlordDraw>& draws, auto value) {
  std::vector<double> values;
  for (const LandlordDraw& draw : draws) values.push_back(value(draw));
  return future_band(std::move(values));
}

/// The highest of a function of one hump between two places, by golden section.
double summit(const std::function<double(double)>& f, double low, double high) {
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double a = high - golden * (high - low), b = low + golden * (high - low);
  double at_a = f(a), at_b = f(b);
  for (int round = 0; round < 25 && high - low > 1e-4 * high; ++round) {
    if (at_a < at_b) {
      low = a;
      a = b;
      at_a = at_b;
      at_b = f(b = low + golden * (high - low));
    } else {
      high = b;
      b = a;
      at_b = at_a;
      at_a = f(a = high - golden * (high - low));
    }
  }
  return (low + high) / 2;
}

/// Demand beyond what stands, at its height in the first years after the first delivery.
double unmet(const LandlordDraw& draw) {
  double most = 0;
  const std::size_t from = std::min(draw.main.size() - 1, static_cast<std::size_t>(draw.lead));
  const std::size_t until = std::min(draw.main.size(), from + 8);
  for (std::size_t q = from; q < until; ++q) most = std::max(most, draw.main[q] + draw.others[q] - draw.standing[q]);
  return most;
}

double main_unmet_at_delivery(const LandlordDraw& draw) {
  const std::size_t q = std::min(draw.main.size() - 1, static_cast<std::size_t>(draw.lead));
  return std::max(0.0, draw.main[q] - std::max(0.0, draw.standing[q] - draw.others[q]));
}

/// The place of the point that is least by `less`.
std::size_t least(const std::vector<LandlordPoint>& points, auto less) {
  return static_cast<std::size_t>(std::min_element(points.begin(), points.end(), less) - points.begin());
}
bool worth_more(const LandlordPoint& a, const LandlordPoint& b) {
  return a.mean_npv > b.mean_npv;
}

void study_capacities(const Futures& futures, double most, LandlordStudy& study) {
  std::vector<std::vector<LandlordOutcome>> all;
  const auto add = [&](std::size_t place, double chips) {
    const auto row = static_cast<std::ptrdiff_t>(place);
    const auto outcomes = all.insert(all.begin() + row, futures.of({chips, 0, 0}));
    study.points.insert(study.points.begin() + row, point_of(chips, *outcomes));
  };
  for (std::size_t i = 0; i < kCapacities; ++i) {
    // Finer where little is built: demand is as skewed.
    add(i, most * std::pow(static_cast<double>(i) / (kCapacities - 1), 2));
  }
  // The optimum lies between the neighbours of the best row, and becomes a row: its own figures are what it is worth.
  const std::size_t at = least(study.points, worth_more);
  const double low = study.points[at == 0 ? 0 : at - 1].chips;
  const double high = study.points[std::min(at + 1, study.points.size() - 1)].chips;
  const double chips = summit([&](double size) { return futures.mean_npv({size, 0, 0}); }, low, high);
  if (futures.mean_npv({chips, 0, 0}) > study.points[at].mean_npv)
    add(chips < study.points[at].chips ? at : at + 1, chips);
  const std::size_t draws = all.front().size();
  std::vector<double> best(draws);
  for (std::size_t d = 0; d < draws; ++d) {
    best[d] = all.front()[d].npv;
    for (const auto& outcomes : all) best[d] = std::max(best[d], outcomes[d].npv);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<double> regret;
    for (std::size_t d = 0; d < draws; ++d) regret.push_back(best[d] - all[i][d].npv);
    study.points[i].mean_regret = mean_of(regret);
    study.points[i].high_regret = quantile(regret, 0.9);
  }
  study.most_value = least(study.points, worth_more);
  study.least_regret = least(study.points, [](const auto& a, const auto& b) { return a.high_regret < b.high_regret; });
}

void study_stages(const Futures& futures, double most, int review, LandlordStudy& study) {
  study.staged = {study.best().chips, 0, 0};
  study.staged_npv = study.best().mean_npv;
  for (int i = 0; i < kPlansFirst; ++i) {
    for (int k = 0; k < kCovers; ++k) {
      const LandlordPlan plan{most * std::pow(i / (kPlansFirst - 1.0), 2), review, 0.6 + 0.35 * k};
      const double npv = futures.mean_npv(plan);
      if (npv <= study.staged_npv) continue;
      study.staged = plan;
      study.staged_npv = npv;
    }
  }
}

/// Years of contract from which on `npv` is not negative: between the first whole years where its sign turns, linear.
/// -1: it never is; 0: it is without a contract.
double least_contract(const std::vector<double>& npv) {
  if (npv.front() >= 0) return 0;
  for (std::size_t years = 1; years < npv.size(); ++years) {
    if (npv[years] >= 0) return static_cast<double>(years) - 1 + npv[years - 1] / (npv[years - 1] - npv[years]);
  }
  return -1;
}

LandlordSpec with_contract(LandlordSpec spec, double years) {
  spec.contract_years = years;
  return spec;
}

/// Economic futures from a Latin hypercube, each with its own walks: in each, the contract that makes the project
/// worth building on average over the walks.
void study_contract(const LandlordSpec& spec, const Futures& futures, double project, int longest, std::uint64_t seed,
                    ThreadPool& pool, LandlordStudy& study) {
  LandlordContractStudy& contract = study.contract;
  contract.chips = project;
  std::vector<double> means;
  for (int years = 0; years <= longest; ++years) {
    contract.by_years.push_back(point_of(project, futures.of(with_contract(spec, years), {project, 0, 0})));
    means.push_back(contract.by_years.back().mean_npv);
  }
  if (const double years = least_contract(means); years >= 0) contract.years = years;
  const int inputs = static_cast<int>(landlord_inputs(spec).size());
  const QuantileMatrix levels = latin_hypercube(seed, "fleet/landlord/contract", kEconomicFutures, inputs);
  const auto needed = pool.parallel_map(static_cast<std::size_t>(kEconomicFutures), [&](std::size_t i) {
    std::vector<double> npv(static_cast<std::size_t>(longest) + 1, 0.0);
    for (int walk = 0; walk < kWalks; ++walk) {
      // The same walks in every economic future: what differs is economics.
      Rng rng = Rng::stream(seed, "fleet/landlord/walks", static_cast<std::uint32_t>(walk));
      const LandlordDraw draw = draw_landlord(spec, levels.row(static_cast<int>(i)), rng);
      for (std::size_t years = 0; years < npv.size(); ++years)
        npv[years] += play_landlord(with_contract(spec, static_cast<double>(years)), draw, {project, 0, 0}).npv;
    }
    return least_contract(npv);
  });
  std::vector<double> found;
  for (const double years : needed) {
    if (years < 0) {
      contract.never += 1.0 / kEconomicFutures;
    } else {
      if (years == 0) contract.without += 1.0 / kEconomicFutures;
      found.push_back(years);
    }
  }
  if (!found.empty()) contract.band = future_band(std::move(found));
}

}  // namespace

LandlordStudy study_landlord(const LandlordSpec& spec, const LandlordQuestion& question, ThreadPool& pool) {
  LandlordStudy study;
  study.draws = question.draws;
  for (const UncertainInput& input : landlord_inputs(spec)) study.inputs.push_back(input.name);
  const QuantileMatrix levels =
      latin_hypercube(question.seed, "fleet/landlord", question.draws, static_cast<int>(study.inputs.size()));
  const auto draws = pool.parallel_map(static_cast<std::size_t>(question.draws), [&](std::size_t i) {
    Rng rng = Rng::stream(question.seed, "fleet/landlord/futures", static_cast<std::uint32_t>(i));
    return draw_landlord(spec, levels.row(static_cast<int>(i)), rng);
  });
  const Futures futures(spec, draws, pool);
  const double most = std::max(1.0, 1.25 * over(draws, unmet).p90);
  study_capacities(futures, most, study);
  study_stages(futures, most, question.review, study);
  const double lacking = over(draws, main_unmet_at_delivery).p50;
  const double project = question.project > 0 ? question.project : std::max(1.0, lacking);
  const int longest = std::max(1, static_cast<int>(std::lround(values_of(spec.economics).hardware_life.raw() / kYear)));
  study_contract(spec, futures, project, longest, question.seed, pool, study);
  study.uncontracted = point_of(study.best().chips, futures.of(with_contract(spec, 0), {study.best().chips, 0, 0}));

  std::vector<double> npv;
  for (const LandlordOutcome& o : futures.of({study.best().chips > 0 ? study.best().chips : project, 0, 0}))
    npv.push_back(o.npv);
  study.sensitivities = sensitivities(levels, npv);
  for (int quarter = 0; quarter < spec.quarters; ++quarter) {
    const auto q = static_cast<std::size_t>(quarter);
    study.main.push_back(over(draws, [&](const LandlordDraw& d) { return d.main[q]; }));
    study.others.push_back(over(draws, [&](const LandlordDraw& d) { return d.others[q]; }));
    study.standing.push_back(over(draws, [&](const LandlordDraw& d) { return d.standing[q]; }));
  }
  return study;
}

}  // namespace orrery
