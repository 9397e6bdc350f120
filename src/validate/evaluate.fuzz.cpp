// Any bytes as a file of measurements: each row that is not rejected is interpreted, simulated and scored.
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>

#include "fuzz/check.hpp"
#include "fuzz/sound_step.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/interval.hpp"
#include "validate/validate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  try {
    const auto check = [](const RowEvaluation& row) {
      const RowScore& s = row.score;
      if (!s.skipped.empty()) return;
      fuzz::must(std::isfinite(s.predicted) && s.predicted > 0 && std::isfinite(s.relative_error));
      fuzz::must(s.low <= s.predicted && s.predicted <= s.high && s.low > 0);
    };
    validate_rows(in, "fuzz.csv", embedded_presets(), fuzz::sound_step, reference_intervals(), {}, check);
  } catch (const InputError&) {
  }
  return 0;
}
