#include "export/megatron_lines.hpp"

#include <fmt/format.h>

namespace orrery {

void MegatronLines::set(const char* name, const std::string& value) {
  args_.lines.push_back(fmt::format("--{} {}", name, value));
}

void MegatronLines::set(const char* name, long long value) {
  args_.lines.push_back(fmt::format("--{} {}", name, value));
}

void MegatronLines::set_if(bool on, const char* name) {
  if (on) args_.lines.push_back(fmt::format("--{}", name));
}

}  // namespace orrery
