#include <cstdint>
#include <sstream>
#include <string>

#include "base/diagnostic.hpp"
#include "validate/collective_evaluate.hpp"
#include "validate/embedded_presets.hpp"

/// A table of collectives can be rejected; it cannot crash, hang or exhaust memory. Its rows are predicted too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  try {
    orrery::read_collective_rows(in, "fuzz.csv", [](const orrery::CollectiveRow& row) {
      orrery::evaluate_collective(row, orrery::embedded_presets(), orrery::collective_intervals());
    });
  } catch (const orrery::InputError&) {
  }
  return 0;
}
