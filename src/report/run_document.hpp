#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "run/result.hpp"
#include "run/spec.hpp"

namespace orrery {

/// What an answer of the run level rests on.
struct RunContext {
  std::vector<std::string> assumptions;
  std::string step;          ///< The step that is repeated, in a sentence; empty where its time was stated.
  bool interrupted = false;  ///< The user had enough: fewer replications than asked for.
  int asked = 0;             ///< Replications.
};

/// How a run ends, when, and what its GPU-time goes to: the answer first, then the ledger that adds up to wall time x
/// GPUs held, causes by what they cost, nodes out of service, and the closed form beside the events.
Document run_document(const RunSpec& spec, const RunResult& result, const RunContext& context);

/// Whether it is an answer that the run ends: some replication finished.
bool finishes(const RunResult& result);

/// "hot spares".
std::string recovery_name(Recovery recovery);

}  // namespace orrery
