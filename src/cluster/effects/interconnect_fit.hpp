#pragma once

#include <vector>

#include "cluster/effects/step_time.hpp"

namespace orrery {

/// The same step measured on two placements: what constants of an interconnect are fitted on. From one GPU to several,
/// or from a packed placement to one that is spread.
struct StepSample {
  Bytes gradients;
  PlacementSpread from, to;
  Seconds from_step, to_step;
  double weight = 1;
};

struct InterconnectFit {
  Interconnect network;
  double error = 0;  ///< Weighted mean of |ln(predicted / measured)| of `to_step`, at most 1 a sample.
};

/// The constants under which steps are least wrong, each within its physical bounds: bandwidths 0.1 to 600 GB/s,
/// latencies 1 us to 5 ms, overlap 1 to 10 (as Pollux bounds it), crowding 0 to 0.5. Uplinks are not fitted.
///
/// Simplex search (Nelder and Mead 1965) from three starts: slow links, shared hosts and fast links. Deterministic.
/// Constants that no sample depends on stay near their start.
InterconnectFit fit_interconnect(const std::vector<StepSample>& samples);

}  // namespace orrery
