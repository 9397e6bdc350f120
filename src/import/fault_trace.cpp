#include "import/fault_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/unit_table.hpp"
#include "base/unit_text.hpp"
#include "scenario/csv.hpp"
#include "scenario/field.hpp"
#include "scenario/json_reader.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostReported = 100;

/// A fault as it is written, before faults are checked against each other.
struct Written {
  std::string node, kind, detail;
  double start = 0;
  std::optional<double> end;
  Span span;
};

class Reader {
 public:
  Reader(Source source, const FaultTraceOptions& options) : source_(std::move(source)), options_(options) {}

  FaultTrace read(Diagnostics& diagnostics) {
    const auto first = source_->text.find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string::npos && (source_->text[first] == '[' || source_->text[first] == '{');
    if (is_json) {
      read_events();
    } else {
      read_rows();
    }
    FaultTrace trace;
    if (!found_.has_errors()) trace = assembled();
    for (const Diagnostic& d : found_.all()) diagnostics.error(d.message, d.span, d.hint);
    if (reported_ > kMostReported)
      diagnostics.error(fmt::format("and {} more mistakes", reported_ - kMostReported), Span{source_, 1, 1, 1});
    return found_.has_errors() ? FaultTrace{} : trace;
  }

 private:
  void wrong(std::string message, const Span& span, std::string hint = "") {
    if (++reported_ <= kMostReported) found_.error(std::move(message), span, std::move(hint));
  }
  bool in_time(double seconds, const Span& span) {
    if (seconds >= 0 && seconds <= kLongestTime) return true;
    wrong(seconds < 0 ? "a time is negative" : "a time is out of reach", span, "from the beginning of the record on");
    return false;
  }

  // JSON.
  const std::string* text_of(const Value& event, const char* key, bool required = true) {
    const Value* value = event.find(key);
    if (value != nullptr && value->string() != nullptr) return value->string();
    if (required || value != nullptr)
      wrong(value == nullptr ? fmt::format("an event has no `{}`", key) : fmt::format("`{}` is no text", key),
            value == nullptr ? event.span() : value->span());
    return nullptr;
  }
  struct Event {
    double at = 0;
    bool starts = false;
    std::string node, kind, detail;
    Span span;
  };
  std::optional<Event> event_of(const Value& value) {
    if (value.table() == nullptr) {
      wrong(fmt::format("an event is {}, expected a table", value.kind_name()), value.span());
      return std::nullopt;
    }
    Event event;
    event.span = value.span();
    const std::string* node = text_of(value, "node_id");
    const std::string* type = text_of(value, "event_type");
    const Value* time = value.find("event_time");
    const double* real = time == nullptr ? nullptr : time->real();
    const std::int64_t* whole = time == nullptr ? nullptr : time->integer();
    if (real == nullptr && whole == nullptr) {
      wrong("an event has no time", time == nullptr ? value.span() : time->span(), "`event_time`, in days");
      return std::nullopt;
    }
    event.at = kDay * (real != nullptr ? *real : static_cast<double>(*whole));
    if (node == nullptr || type == nullptr || !in_time(event.at, time->span())) return std::nullopt;
    event.node = *node;
    event.starts = *type == "fault_start";
    if (!event.starts && *type != "fault_end") {
      const std::string near = did_you_mean(*type, {"fault_start", "fault_end"});
      wrong(fmt::format("unknown event type `{}`", type->substr(0, 40)), value.find("event_type")->span(),
            near.empty() ? "fault_start or fault_end" : fmt::format("did you mean `{}`?", near));
      return std::nullopt;
    }
    if (const Value* fault = value.find("fault_type"); fault != nullptr && fault->table() != nullptr) {
      if (const std::string* kind = text_of(*fault, "Class", false)) event.kind = *kind;
      if (const std::string* detail = text_of(*fault, "Desc", false)) event.detail = *detail;
    }
    return event;
  }
  void read_events() {
    const Value root = read_json(source_, found_, kLargestText);
    if (found_.has_errors()) return;
    if (root.array() == nullptr) {
      wrong("a fault trace is a list of events", root.span());
      return;
    }
    std::vector<Event> events;
    for (const Value& value : *root.array()) {
      if (auto event = event_of(value)) events.push_back(std::move(*event));
    }
    // Events at one instant stay as they are written: a fault may last no time at all.
    std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
    std::map<std::string, std::size_t> open;
    for (const Event& event : events) {
      last_ = std::max(last_, event.at);
      const auto since = open.find(event.node);
      if (event.starts && since != open.end()) {
        wrong(fmt::format("node `{}` fails while it is out of service since day {}", event.node.substr(0, 40),
                          format_significant(faults_[since->second].start / kDay, 6)),
              event.span, "a fault_end between, or one of the two is there twice");
      } else if (event.starts) {
        open[event.node] = faults_.size();
        faults_.push_back({event.node, event.kind, event.detail, event.at, std::nullopt, event.span});
      } else if (since == open.end()) {
        wrong(fmt::format("node `{}` returns without having failed", event.node.substr(0, 40)), event.span,
              "a fault_start before");
      } else {
        faults_[since->second].end = event.at;
        open.erase(since);
      }
    }
  }

  // CSV.
  struct TimeColumn {
    int index = -1;
    double unit = 0;  ///< Seconds of a plain number; 0: texts with a unit.
  };
  TimeColumn time_column(const CsvReader& csv, const std::string& name) {
    for (const auto& [suffix, unit] : {std::pair{"", 0.0}, {"_days", kDay}, {"_hours", kHour}, {"_seconds", 1.0}}) {
      if (const int index = csv.column(name + suffix); index >= 0) return {index, unit};
    }
    return {};
  }
  std::optional<double> time_of(const CsvReader& csv, const TimeColumn& column) {
    const std::string text(csv.row()[static_cast<std::size_t>(column.index)]);
    const Span span = csv.span(static_cast<std::size_t>(column.index));
    const auto value = parse_quantity(text, column.unit > 0 ? Dimension::None : Dimension::Time);
    if (!value) {
      wrong(value.error().message, span, value.error().hint);
      return std::nullopt;
    }
    const double seconds = column.unit > 0 ? *value * column.unit : *value;
    return in_time(seconds, span) ? std::optional(seconds) : std::nullopt;
  }
  void read_rows() {
    std::istringstream in(source_->text);
    CsvReader csv(in, source_->name);
    const std::vector<std::string> header = csv.header(found_);
    if (found_.has_errors()) return;
    const std::vector<std::string> known = {"node", "start", "end", "kind", "detail"};
    const TimeColumn start = time_column(csv, "start"), end = time_column(csv, "end");
    const int node = csv.column("node"), kind = csv.column("kind"), detail = csv.column("detail");
    for (std::size_t i = 0; i < header.size(); ++i) {
      const int at = static_cast<int>(i);
      if (at == node || at == kind || at == detail || at == start.index || at == end.index) continue;
      const std::string near = did_you_mean(header[i], known);
      wrong(
          fmt::format("unknown column `{}`", header[i].substr(0, 40)), Span{source_, 1, 1, 1},
          near.empty() ? fmt::format("known are {}", fmt::join(known, ", ")) : fmt::format("did you mean `{}`?", near));
    }
    if (node < 0) wrong("no column says the node", Span{source_, 1, 1, 1}, "`node`");
    if (start.index < 0) wrong("no column says when a fault starts", Span{source_, 1, 1, 1}, "`start` or `start_days`");
    if (end.index < 0) wrong("no column says when a fault ends", Span{source_, 1, 1, 1}, "`end` or `end_days`");
    if (found_.has_errors()) return;
    while (csv.next(found_)) {
      Written fault;
      const auto cell = [&](int index) {
        return index < 0 ? std::string() : std::string(csv.row()[static_cast<std::size_t>(index)]);
      };
      fault.node = cell(node);
      fault.kind = cell(kind);
      fault.detail = cell(detail);
      fault.span = csv.span(static_cast<std::size_t>(start.index));
      if (fault.node.empty()) wrong("a fault has no node", csv.span(static_cast<std::size_t>(node)));
      const auto begins = time_of(csv, start);
      if (!begins) continue;
      fault.start = *begins;
      last_ = std::max(last_, *begins);
      if (!cell(end.index).empty()) {
        const auto ends = time_of(csv, end);
        if (!ends) continue;
        if (*ends < *begins) {
          wrong(fmt::format("the fault of `{}` ends before it starts", fault.node.substr(0, 40)),
                csv.span(static_cast<std::size_t>(end.index)));
          continue;
        }
        fault.end = *ends;
        last_ = std::max(last_, *ends);
      }
      faults_.push_back(std::move(fault));
    }
  }

  FaultTrace assembled() {
    FaultTrace trace;
    trace.name = source_->name;
    if (faults_.empty()) wrong("there is no fault in it", Span{source_, 1, 1, 1});
    trace.length = options_.length > Seconds(0) ? options_.length : Seconds(last_);
    if (!faults_.empty() && !(trace.length > Seconds(0)))
      wrong("the record has no length", Span{source_, 1, 1, 1}, "an event after its beginning");
    std::stable_sort(faults_.begin(), faults_.end(),
                     [](const Written& a, const Written& b) { return a.start < b.start; });
    std::map<std::string, int> numbers;
    std::map<int, std::pair<double, bool>> until;  // By node: end of its last fault, and whether that was open.
    for (const Written& fault : faults_) {
      const auto [found, is_new] = numbers.try_emplace(fault.node, static_cast<int>(numbers.size()));
      if (is_new) trace.nodes.push_back(fault.node);
      const int node = found->second;
      const auto before = until.find(node);
      const double end = fault.end.value_or(trace.length.raw());
      if (before != until.end() && (before->second.second || fault.start < before->second.first)) {
        wrong(fmt::format("node `{}` fails while it is out of service", fault.node.substr(0, 40)), fault.span,
              before->second.second ? "the fault before has no end" : "the fault before ends later");
        continue;
      }
      if (end > trace.length.raw() || fault.start > trace.length.raw()) {
        wrong(fmt::format("a fault of `{}` reaches behind the end of the record", fault.node.substr(0, 40)), fault.span,
              fmt::format("it ends after {}", format_time(trace.length)));
        continue;
      }
      until[node] = {end, !fault.end};
      TraceFault one;
      one.node = node;
      one.start = Seconds(fault.start);
      one.end = Seconds(end);
      one.open = !fault.end;
      one.kind = fault.kind.empty() ? "fault" : fault.kind;
      one.detail = fault.detail;
      trace.faults.push_back(std::move(one));
    }
    trace.node_count = options_.nodes > 0 ? options_.nodes : static_cast<int>(trace.nodes.size());
    if (static_cast<std::size_t>(trace.node_count) < trace.nodes.size()) {
      wrong(fmt::format("the trace names {} nodes, more than the machine's {}", trace.nodes.size(), trace.node_count),
            Span{source_, 1, 1, 1}, fmt::format("--nodes {}", trace.nodes.size()));
    }
    return trace;
  }

  Source source_;
  FaultTraceOptions options_;
  Diagnostics found_;
  std::size_t reported_ = 0;
  std::vector<Written> faults_;
  double last_ = 0;
};

}  // namespace

FaultTrace read_fault_trace(const Source& source, const FaultTraceOptions& options, Diagnostics& diagnostics) {
  return Reader(source, options).read(diagnostics);
}

FaultTrace read_fault_trace_file(const std::string& path, const FaultTraceOptions& options, Diagnostics& diagnostics) {
  return read_fault_trace(read_text_file(path), options, diagnostics);
}

}  // namespace orrery
