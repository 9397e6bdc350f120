#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "run/scale.hpp"
#include "run/scale_limits.hpp"

namespace orrery {

/// What one size answered; where no layout fits, or the job is no sound one on it, why.
struct ScaleAnswer {
  ScalePoint point;
  ScaleGains gains;
  std::string refused;  ///< Empty: `point` is answered.
};

/// The same training on machines of several sizes: what each makes of it, where more stop helping, what to mend first.
/// `sizes` in ascending order, not empty.
Document scale_document(const std::vector<ScaleAnswer>& sizes, const std::vector<std::string>& assumptions);

}  // namespace orrery
