#pragma once

#include <string>
#include <vector>

#include "network/expect.hpp"
#include "report/document.hpp"
#include "report/network_document.hpp"

namespace orrery {

/// One curve that is expected, and what a run of a benchmark showed of it.
struct ExpectRun {
  std::string place;  ///< "run.log:12", where it was measured; empty: nothing was.
  NetworkSpec question;
  ExpectResult result;
  NetworkContext context;
};

/// What an operator should see in nccl-tests, and, run by run, what a log shows instead. At least one run.
Document expect_document(const std::vector<ExpectRun>& runs);

}  // namespace orrery
