#include "cluster/effects/elastic_shares.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <tuple>

#include "base/check.hpp"

namespace orrery {
namespace {

/// From one corner of a curve's concave envelope to the next.
struct Step {
  std::int32_t gpus = 0;  ///< More.
  double slope = 0;       ///< Worth of each of them.
};

/// What a mean of that order sums.
double worth(double speedup, double order) {
  return order == 0 ? std::log(speedup) : std::pow(speedup, order) / order;
}

std::vector<Step> envelope(const ElasticCurve& curve, std::int32_t fair, double order) {
  const auto rate = [&](std::int32_t gpus) { return curve.rates[static_cast<std::size_t>(gpus - curve.least)]; };
  struct Corner {
    std::int32_t gpus;
    double worth;
  };
  const auto slope = [](const Corner& a, const Corner& b) { return (b.worth - a.worth) / (b.gpus - a.gpus); };
  std::vector<Corner> corners;
  for (std::int32_t gpus = curve.least; gpus <= curve.most; ++gpus) {
    if (!(rate(gpus) > 0)) continue;
    const Corner corner{gpus, worth(rate(gpus) / rate(fair), order)};
    // Steps of one slope stay apart, whatever rounding makes of them.
    constexpr double kEqual = 1 - 1e-9;
    while (corners.size() > 1 &&
           slope(corners[corners.size() - 2], corners.back()) < kEqual * slope(corners.back(), corner))
      corners.pop_back();
    corners.push_back(corner);
  }
  std::vector<Step> steps;
  for (std::size_t i = 1; i < corners.size(); ++i) {
    const double gain = slope(corners[i - 1], corners[i]);
    if (!(gain > 0)) break;
    steps.push_back({corners[i].gpus - corners[i - 1].gpus, gain});
  }
  return steps;
}

}  // namespace

std::vector<std::int32_t> elastic_shares(const std::vector<ElasticCurve>& curves, const std::vector<std::size_t>& jobs,
                                         long long gpus, double fairness) {
  std::vector<std::vector<Step>> steps;
  const long long equal = gpus / std::max<long long>(1, static_cast<long long>(jobs.size()));
  for (const ElasticCurve& curve : curves) {
    ORRERY_CHECK(curve.least >= 1 && curve.most >= curve.least && curve.rates.front() > 0, "a curve begins");
    const long long fair = std::clamp<long long>(equal, curve.least, curve.most);
    steps.push_back(envelope(curve, static_cast<std::int32_t>(fair), fairness));
  }
  std::vector<std::int32_t> shares(jobs.size(), 0);
  // The steepest next step first, and of equal ones that of the first job.
  struct Next {
    double slope;
    std::size_t job, step;
    bool operator<(const Next& other) const { return std::tuple(slope, other.job) < std::tuple(other.slope, job); }
  };
  std::priority_queue<Next> next;
  const auto offer = [&](std::size_t job, std::size_t step) {
    const std::vector<Step>& of_job = steps[jobs[job]];
    if (step < of_job.size()) next.push({of_job[step].slope, job, step});
  };
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    const std::int32_t least = curves[jobs[job]].least;
    if (least > gpus) continue;
    shares[job] = least;
    gpus -= least;
    offer(job, 0);
  }
  while (gpus > 0 && !next.empty()) {
    const Next taken = next.top();
    next.pop();
    const Step& step = steps[jobs[taken.job]][taken.step];
    if (step.gpus > gpus) continue;
    shares[taken.job] += step.gpus;
    gpus -= step.gpus;
    offer(taken.job, taken.step + 1);
  }
  return shares;
}

}  // namespace orrery
