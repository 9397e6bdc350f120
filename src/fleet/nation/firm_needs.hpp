#pragma once

#include <span>
#include <vector>

namespace orrery {

/// Firms that are alike: what each of them would keep busy if GPUs were free to take.
struct FirmNeed {
  double firms = 1;  ///< How many it stands for.
  double gpus = 0;   ///< Mean number of GPUs in use, above 0.
  int gang = 1;      ///< Largest job: GPUs at once.
  int block = 1;     ///< Whole GPUs that it applies for where GPUs are granted: its peak.
  double rank = 0;   ///< Of its need among firms with need, as a standard normal value: for what goes with it.
};

/// Who needs GPUs: `need_share` of the firms, their needs log-normal. The other firms need none.
struct NeedLaw {
  double firms = 1;
  double need_share = 1;
  double median = 1;  ///< GPUs, of firms with need.
  double sigma = 1;   ///< Of the logarithm.
  double burst = 2;   ///< A firm's peak over its mean use; its largest job is the power of two below.

  double firms_with_need() const { return firms * need_share; }
  double mean() const;  ///< GPUs of a firm with need.
};

/// The firms with need as `groups` strata of equal weight, least need first. Each has the mean need of its stratum, so
/// that the needs of all add up to those of the law however few the strata are.
std::vector<FirmNeed> firm_needs(const NeedLaw& law, int groups);

/// The same firms with a median of `median` instead: what does not depend on it is kept.
class FirmNeeds {
 public:
  FirmNeeds(const NeedLaw& law, int groups);
  std::span<const FirmNeed> at_median(double median);

 private:
  NeedLaw law_;
  std::vector<double> over_median_;
  std::vector<FirmNeed> needs_;
};

/// Largest job of a firm that keeps `gpus` busy, and the block that it applies for, which is never below its mean use.
void set_gang(FirmNeed& need, double burst);

/// GPUs that all need.
double total_need(std::span<const FirmNeed> needs);

/// Shares of firms by number of people. Sizes and needs go together as two normal values of this correlation would
/// (Gaussian copula); whether a firm needs GPUs at all does not depend on its size.
struct FirmSizes {
  std::vector<double> upto;  ///< Shares of the firms in this class or a smaller one; the last is 1.
  double correlation = 0;    ///< -1 .. 1, ends excluded.
  /// Probability of each class for a firm with this rank of need.
  std::vector<double> classes_at(double rank) const;
};

}  // namespace orrery
