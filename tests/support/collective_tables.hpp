#pragma once

#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "network/collective.hpp"

namespace orrery::test {

/// A time of nccl-tests on one server, from the nccl tables of kernels/ (ai-dynamo/aiconfigurator, Apache-2.0).
struct CollectiveTableRow {
  const char* node;  ///< Preset.
  Collective collective;
  int ranks;
  Bytes payload;
  Seconds time;
};

/// The tables of A100 (NCCL 2.27.3), H100 and B200 (2.29.2), half precision; empty where the folder is missing.
std::vector<CollectiveTableRow> collective_tables();

}  // namespace orrery::test
