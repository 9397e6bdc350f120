#pragma once

#include <string>

#include "cluster/trace_audit.hpp"
#include "import/job_trace/trace_report.hpp"
#include "report/document.hpp"

namespace orrery {

/// What reading a trace left out, mended or noticed: a table, and what the time is counted from as a note.
void add_trace_report(const TraceReport& report, Document& document);

/// A trace against its machine: what it asks for, which jobs can never start, what its edges hide. `names` says what
/// the machine is called in sentences; a machine without GPUs (none is given) leaves loads out.
void add_trace_audit(const TraceAudit& audit, Document& document);

}  // namespace orrery
