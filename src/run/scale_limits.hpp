#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "run/scale.hpp"

namespace orrery {

/// What keeps a training on a large machine from doing more useful work.
enum class ScaleLimit {
  Batch,      ///< Too few sequences a step: pipelines run empty, and little work hides each exchange.
  Latency,    ///< Exposed communication that infinitely fast links would leave.
  Bandwidth,  ///< Of all links between chips.
  Faults,     ///< Stops, what they lose, and what guards against them.
};
inline constexpr std::size_t kScaleLimits = 4;
const char* scale_limit_name(ScaleLimit limit);

/// By limit, times as much useful work as the machine would do were this one away and the others as they are: 1 where
/// it costs nothing, infinite where the training is never done with it. They overlap (a larger batch hides
/// communication too) and do not multiply up.
struct ScaleGains {
  std::array<double, kScaleLimits> times{1, 1, 1, 1};

  double& operator[](ScaleLimit limit) { return times[static_cast<std::size_t>(limit)]; }
  double operator[](ScaleLimit limit) const { return times[static_cast<std::size_t>(limit)]; }
  /// The one that costs most.
  ScaleLimit most() const;
};

/// A batch that leaves little to gain, over the one that is trained with.
inline constexpr long long kAmpleBatch = 16;

/// Gains of a point. The ample batch is laid out in the best of `layouts`, as many replicas as the chips hold; other
/// links keep the point's own. `seed` as `network_model` takes it.
ScaleGains scale_gains(const ScalePoint& point, const std::vector<Layout>& layouts, std::uint64_t seed);

/// Times the useful work that twice the chips do between two points, were each doubling between them alike: 2 where
/// nothing is lost.
double doubling(double few_chips, double work_of_few, double many_chips, double work_of_many);

}  // namespace orrery
