#pragma once

#include <string>
#include <vector>

#include "support/kernel_tables.hpp"

namespace orrery {

/// Chips of one architecture share their constants: those of kernels from the member whose kernels were measured, those
/// of whole steps from the rows of all members.
struct Architecture {
  const char* measured;
  test::TableFiles tables;  ///< Empty: nobody has published kernel times.
  std::vector<std::string> members;
  bool has_experts = false;  ///< Its tables hold evenly routed experts.
};
const std::vector<Architecture>& architectures();

/// The chips that share constants of whole steps.
std::vector<std::vector<std::string>> shared_chips();

/// Where the measurements lie: ORRERY_DATA, or beside the repository.
std::string measurements_folder();

}  // namespace orrery
