#include "export/perfetto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "base/check.hpp"

namespace orrery {
namespace {

/// A JSON string. Names are ours or presets' and UTF-8; control characters are escaped.
std::string json_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

double microseconds(Seconds time) {
  ORRERY_CHECK(std::isfinite(time.raw()), "times of a trace are finite");
  return time.raw() * 1e6;
}

}  // namespace

std::string perfetto_trace(const std::vector<TraceEvent>& events, const std::string& process) {
  std::string text = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
  const auto out = std::back_inserter(text);
  fmt::format_to(out, R"({{"ph":"M","pid":1,"name":"process_name","args":{{"name":{}}}}})", json_string(process));
  std::map<std::string, int> tracks;
  for (const TraceEvent& event : events) {
    const auto [track, is_new] = tracks.emplace(event.track, static_cast<int>(tracks.size()) + 1);
    const int id = track->second;
    if (is_new) {
      fmt::format_to(out,
                     ",\n"
                     R"({{"ph":"M","pid":1,"tid":{},"name":"thread_name","args":{{"name":{}}}}})",
                     id, json_string(event.track));
      fmt::format_to(out,
                     ",\n"
                     R"({{"ph":"M","pid":1,"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
                     id, id);
    }
    fmt::format_to(out,
                   ",\n"
                   R"({{"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"name":{},"cat":{}}})",
                   id, microseconds(event.start), microseconds(event.duration), json_string(event.name),
                   json_string(event.category));
  }
  return text + "\n]}\n";
}

std::vector<TraceEvent> pipeline_trace(const std::vector<PipelineEvent>& timeline) {
  const bool interleaved =
      std::any_of(timeline.begin(), timeline.end(), [](const PipelineEvent& event) { return event.chunk > 0; });
  std::vector<PipelineEvent> ordered = timeline;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const PipelineEvent& a, const PipelineEvent& b) { return a.stage < b.stage; });
  std::vector<TraceEvent> events;
  events.reserve(ordered.size());
  for (const PipelineEvent& event : ordered) {
    std::string name = fmt::format("{}{}", event.backward ? 'B' : 'F', event.micro_batch);
    if (interleaved) name += fmt::format(" chunk {}", event.chunk);
    events.push_back({fmt::format("stage {}", event.stage), std::move(name), event.backward ? "backward" : "forward",
                      event.start, event.duration});
  }
  return events;
}

}  // namespace orrery
