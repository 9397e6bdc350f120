// How much slower (or faster) a job is spread than packed, against measurements.
//
// Protocol: a cluster's constants (bandwidths, latencies, overlap) are fitted on half of the models; the effects of the
// other half are predicted from their step time on one GPU and their published parameters alone. Every way to halve the
// models counts, so that each pair is predicted by several fits, none of which saw its model.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cluster/effects/interconnect_fit.hpp"
#include "support/data_file.hpp"
#include "support/placement_profiles.hpp"

using namespace orrery;
using namespace orrery::test;

namespace {

struct Score {
  const PlacementPair* pair;
  double predicted;  ///< Step time spread over step time packed.

  double error() const { return std::abs(predicted / pair->effect() - 1); }
  /// Of a prediction that placement does not matter.
  double blind_error() const { return std::abs(1 / pair->effect() - 1); }
  bool matters() const { return std::abs(pair->effect() - 1) > 0.1; }
  bool right_way() const { return (predicted > 1) == (pair->effect() > 1); }
};

/// What the step time is known on.
enum class Known { OneGpu, Packed };

/// Samples of some models on one cluster: at most 200 of each, evenly spaced, and each model weighs the same.
std::vector<StepSample> samples_of(const PlacementProfiles& profiles, const std::string& cluster,
                                   const std::set<std::string>& models, Known known) {
  std::vector<StepSample> samples;
  for (const std::string& model : models) {
    std::vector<StepSample> own;
    if (known == Known::OneGpu) {
      for (const auto& step : profiles.steps) {
        if (step.cluster == cluster && step.model == model) own.push_back(step.sample);
      }
    } else {
      for (const PlacementPair& pair : profiles.pairs) {
        if (pair.cluster == cluster && pair.model == model)
          own.push_back({pair.gradients, pair.packed, pair.spread, pair.packed_step, pair.spread_step, 1});
      }
    }
    const std::size_t stride = (own.size() + 199) / 200;
    const std::size_t used = stride == 0 ? 0 : (own.size() + stride - 1) / stride;
    for (std::size_t i = 0; i < own.size(); i += stride) {
      own[i].weight = 1.0 / static_cast<double>(used);
      samples.push_back(own[i]);
    }
  }
  return samples;
}

double predict(const PlacementPair& pair, const Interconnect& network, Known known) {
  if (known == Known::Packed)
    return moved_step(network, pair.gradients, pair.packed_step, pair.packed, pair.spread) / pair.packed_step;
  const auto step = [&](const PlacementSpread& to) {
    return moved_step(network, pair.gradients, pair.one_gpu_step, {}, to);
  };
  return step(pair.spread) / step(pair.packed);
}

/// Every half of the models once on each side, every cluster by itself.
std::vector<Score> scores_of(const PlacementProfiles& profiles, Known known) {
  std::map<std::string, std::set<std::string>> models_of;
  for (const PlacementPair& pair : profiles.pairs) models_of[pair.cluster].insert(pair.model);
  std::vector<Score> scores;
  for (const auto& [cluster, models] : models_of) {
    const std::vector<std::string> list(models.begin(), models.end());
    std::vector<bool> fitted(list.size(), false);
    std::fill(fitted.begin(), fitted.begin() + static_cast<std::ptrdiff_t>(list.size() / 2), true);
    do {
      std::set<std::string> half;
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (fitted[i]) half.insert(list[i]);
      }
      const Interconnect network = fit_interconnect(samples_of(profiles, cluster, half, known)).network;
      for (const PlacementPair& pair : profiles.pairs) {
        if (pair.cluster == cluster && half.count(pair.model) == 0)
          scores.push_back({&pair, predict(pair, network, known)});
      }
    } while (std::prev_permutation(fitted.begin(), fitted.end()));
  }
  return scores;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

struct Summary {
  double median = 0;
  double median_matter = 0, blind_matter = 0;
  double right_way = 0;  ///< Share of those that matter.
};

Summary summary_of(const std::vector<Score>& scores) {
  std::vector<double> errors, errors_matter, blind_matter;
  double right = 0;
  for (const Score& score : scores) {
    errors.push_back(score.error());
    if (!score.matters()) continue;
    errors_matter.push_back(score.error());
    blind_matter.push_back(score.blind_error());
    right += score.right_way() ? 1 : 0;
  }
  const double matter = static_cast<double>(errors_matter.size());
  return {median(errors), median(errors_matter), median(blind_matter), matter > 0 ? right / matter : 1};
}

/// `most` and the others are the worst scores that pass.
void check(const PlacementProfiles& profiles, Known known, double most, double most_matter, double right_way) {
  const std::vector<Score> scores = scores_of(profiles, known);
  const Summary all = summary_of(scores);
  CHECK(all.median < most);
  // Of the pairs whose step times differ by more than 10 %.
  CHECK(all.median_matter < most_matter);
  CHECK(all.median_matter < all.blind_matter);
  CHECK(all.right_way > right_way);
}

}  // namespace

TEST_CASE("placement effects: published, step-time profiles of Pollux and Sia") {
  const auto data = data_folder();
  if (!data) return;
  const PlacementProfiles profiles = read_step_profiles(*data / "traces" / "sia_step_time_profiles.tar.xz");
  CHECK(profiles.pairs.size() == 5366);
  check(profiles, Known::OneGpu, 0.10, 0.15, 0.85);
  check(profiles, Known::Packed, 0.10, 0.15, 0.85);
}

TEST_CASE("placement effects: published, Gavel's consolidated and unconsolidated throughputs") {
  const auto data = data_folder();
  if (!data) return;
  const PlacementProfiles profiles = read_gavel_profiles(*data / "traces" / "gavel_simulation_throughputs.json.xz");
  CHECK(profiles.pairs.size() == 165);
  // The rates of one V100 are those of another machine (two are up to three times as fast as one), so that only what is
  // known from the packed rate meets the target.
  check(profiles, Known::OneGpu, 0.20, 0.22, 0.80);
  check(profiles, Known::Packed, 0.15, 0.15, 0.85);
}
