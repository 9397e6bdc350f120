#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace orrery {

/// A mean with its 95 % interval.
struct MeanInterval {
  double mean = 0;
  double low = 0, high = 0;  ///< NaN: one block says nothing about its own error.
};

enum class IntervalMethod : std::uint8_t {
  BatchMeans,  ///< Student's t over the blocks, which are taken for independent: weeks of a long replay, or seeds.
  Bootstrap,   ///< Percentiles of means of blocks drawn with replacement: no shape is assumed, but blocks should be
               ///< many.
};

struct ComparisonOptions {
  IntervalMethod method = IntervalMethod::BatchMeans;
  int resamples = 2000;
  std::uint64_t seed = 0;
};

/// Quantile 0.975 of Student's t with so many degrees of freedom, at least 1.
double student_t975(int degrees);

/// Mean of the blocks. Blocks that are NaN (a week without jobs) are left out; NaN where none is left.
MeanInterval mean_of_blocks(std::span<const double> blocks, const ComparisonOptions& options = {});

/// One policy's figures, block by block: the same weeks or seeds in the same order for every policy.
struct PolicyBlocks {
  std::string policy;
  std::vector<std::vector<double>> figures;  ///< [figure][block]
};

struct PolicyFigure {
  MeanInterval value;
  MeanInterval difference;  ///< To the first policy, paired by block.
  bool differs = false;     ///< The interval of the difference leaves out 0.
};

/// Figures of policies side by side: [policy][figure]. Pairing takes out what all policies have in common, a busy week:
/// differences are known better than the figures.
std::vector<std::vector<PolicyFigure>> compare_policies(std::span<const PolicyBlocks> policies,
                                                        const ComparisonOptions& options = {});

}  // namespace orrery
