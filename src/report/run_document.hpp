#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "run/result.hpp"
#include "run/spec.hpp"

namespace orrery {

/// What an answer of the run level rests on.
struct RunContext {
  int replications = 0;  ///< That were asked for; the result has fewer where it was interrupted or given up.
  std::string step;      ///< Where the step time comes from, in a sentence; empty: it was given.
  std::vector<std::string> assumptions;
};

/// How a run ends, when, and what its GPU-time goes to: the answer first, then the ledger that adds up to wall time x
/// GPUs held, causes by what they cost, nodes out of service, and the closed form beside the events.
Document run_document(const RunSpec& spec, const RunResult& result, const RunContext& context);

/// Whether it is an answer that the run ends: some replication finished.
bool finishes(const RunResult& result);

}  // namespace orrery
