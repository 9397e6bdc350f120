#include "hardware/cluster.hpp"

#include "base/check.hpp"

namespace orrery {

FlopsPerSecond Chip::peak(NumberFormat format) const {
  switch (format) {
    case NumberFormat::Fp32:
      return peak_fp32;
    case NumberFormat::Tf32:
      return peak_tf32;
    case NumberFormat::Bf16:
      return peak_bf16;
    case NumberFormat::Fp8:
      return peak_fp8;
    case NumberFormat::Fp4:
      return peak_fp4;
  }
  ORRERY_CHECK(false, "every number format has a peak");
}

}  // namespace orrery
