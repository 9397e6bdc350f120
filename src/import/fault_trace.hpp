#pragma once

#include <string>

#include "base/diagnostic.hpp"
#include "run/trace.hpp"

namespace orrery {

/// What a reader of fault traces is told besides the text.
struct FaultTraceOptions {
  int nodes = 0;   ///< Of the machine; 0: those that the trace names.
  Seconds length;  ///< From the beginning of the record to its end; 0: to the last event.
};

/// Faults of nodes in one of two formats:
///
/// JSON as of stepfun-ai/InfiniteHBD-Trace: a list of {node_id, event_time in days, event_type "fault_start" or
/// "fault_end", fault_type {Level, Class, Desc}}, in any order; the kind is the class.
///
/// CSV with the columns node, start, end, kind (and detail, which may be missing). Times are texts with a unit
/// ("3.5 days"), or plain numbers where the header says the unit: start_days, start_hours, start_seconds, and the same
/// for end. An empty end is a fault that was open when the record ended.
///
/// Mistakes, all at once: ends before starts, an end without a start, a node that fails while it is already out, times
/// that are negative or behind the end of the record, rows given twice, more nodes than the machine has, unknown
/// columns and event types. A trace without a fault is one of them.
FaultTrace read_fault_trace(const Source& source, const FaultTraceOptions& options, Diagnostics& diagnostics);

/// The same from a file, which may be gzipped. Throws `InputError` where it cannot be read.
FaultTrace read_fault_trace_file(const std::string& path, const FaultTraceOptions& options, Diagnostics& diagnostics);

}  // namespace orrery
