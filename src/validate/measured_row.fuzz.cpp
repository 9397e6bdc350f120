#include <cstdint>
#include <sstream>
#include <string>

#include "validate/conventions.hpp"
#include "validate/evaluate.hpp"
#include "validate/measured_row.hpp"

namespace {

/// Enough of the world that rows of the corpus get past the look-ups.
const orrery::RowPresets& presets() {
  static const orrery::RowPresets fixed = [] {
    orrery::RowPresets p;
    orrery::RowPresets::Machine machine;
    machine.chip.name = "A100-SXM4-80GB";
    machine.chip.peak_bf16 = orrery::FlopsPerSecond(312e12);
    p.machines.push_back(machine);
    orrery::SoftwareProfile profile;
    profile.frameworks = {"megatron-lm"};
    profile.from = "2020";
    p.software.push_back(profile);
    return p;
  }();
  return fixed;
}

}  // namespace

/// A file of measurements can be rejected; it cannot crash, hang or exhaust memory. What its rows mean is asked too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  try {
    orrery::read_measured_rows(in, "fuzz.csv", [](const orrery::MeasuredRow& row) {
      const auto meaning = orrery::interpret(row, presets(), [](const orrery::StepSpec&) { return false; });
      if (meaning) orrery::implied_step_time(row, *meaning);
    });
  } catch (const orrery::InputError&) {
  }
  return 0;
}
