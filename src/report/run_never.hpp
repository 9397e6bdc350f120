#pragma once

#include <string>

#include "run/result.hpp"
#include "run/spec.hpp"

namespace orrery {

/// "no_progress"; "" where the run ends.
const char* never_key(NeverReason reason);
/// Why the run does not end, as a part of a sentence that an operator understands.
std::string never_because(const RunSpec& spec, const RunResult& result);
/// What to change so that it does.
std::string what_helps(const RunResult& result);

}  // namespace orrery
