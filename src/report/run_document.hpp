#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/document.hpp"
#include "run/run.hpp"

namespace orrery {

/// What an answer of the run level rests on.
struct RunContext {
  std::vector<std::string> assumptions;
  std::string step;          ///< The step that is repeated, in a sentence; empty where its time was stated.
  bool interrupted = false;  ///< Fewer replications than asked for, because the user had enough.
  int asked = 0;             ///< Replications.
};

/// When a run is done, what it delivers, what it costs, what stopped it.
Document run_document(const RunSpec& spec, const RunResult& result, const RunContext& context);

/// Sentences for people, with what would help.
std::string never_text(const RunSpec& spec, const RunResult& result);

/// "hot spare"
std::string recovery_name(Recovery recovery);

/// A ledger as parts of GPU-hours, uses without any left out.
Parts ledger_parts(const std::string& key, const std::string& title, const Ledger& ledger);

}  // namespace orrery
