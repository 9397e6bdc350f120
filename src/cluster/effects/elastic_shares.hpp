#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace orrery {

/// How fast a kind of elastic job works.
struct ElasticCurve {
  std::int32_t least = 1, most = 1;  ///< GPUs that it can run on.
  std::vector<double> rates;         ///< With least, least + 1, .. most GPUs.
};

/// GPUs of each job; 0: it has to wait. `jobs` are numbers of `curves`, in the order in which they are served.
///
/// Each job gets its least if that is left. What remains goes where it raises the mean of order `fairness` of speedups
/// most, a GPU or, where several together are worth more, several at a time (along the concave envelope of each curve):
/// exact for concave curves except for a last step that does not fit. Speedup is over an equal part of the machine
/// within the job's range (Pollux, OSDI 2021, section 4.2; Pollux itself searches with a genetic algorithm).
std::vector<std::int32_t> elastic_shares(const std::vector<ElasticCurve>& curves, const std::vector<std::size_t>& jobs,
                                         long long gpus, double fairness);

}  // namespace orrery
