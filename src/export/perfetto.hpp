#pragma once

#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "step/result.hpp"

namespace orrery {

/// One slice of a timeline.
struct TraceEvent {
  std::string track;     ///< The line that it is drawn on: "stage 3".
  std::string name;      ///< "F12".
  std::string category;  ///< "forward": tools filter and colour by it.
  Seconds start, duration;
};

/// The events in the Chrome trace event format (JSON object form, complete events "X"), which ui.perfetto.dev and
/// chrome://tracing open. Tracks appear in the order of their first event; times are microseconds, written so that they
/// read back exactly. `process` names the whole.
std::string perfetto_trace(const std::vector<TraceEvent>& events, const std::string& process);

/// The slots of a pipeline as events, one track a stage: F and B with the micro-batch's number, and the model chunk
/// where stages hold several.
std::vector<TraceEvent> pipeline_trace(const std::vector<PipelineEvent>& timeline);

}  // namespace orrery
