#include <cstdint>
#include <sstream>
#include <string>

#include "validate/measured_row.hpp"

/// A file of measurements can be rejected; it cannot crash, hang or exhaust memory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  try {
    orrery::read_measured_rows(in, "fuzz.csv", [](const orrery::MeasuredRow&) {});
  } catch (const orrery::InputError&) {
  }
  return 0;
}
