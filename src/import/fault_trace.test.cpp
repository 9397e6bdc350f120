#include "import/fault_trace.hpp"

#include <doctest/doctest.h>
#include <memory>
#include <string>

namespace orrery {
namespace {

struct Read {
  FaultTrace trace;
  std::vector<Diagnostic> mistakes;
};

Read read(const std::string& text, FaultTraceOptions options = {}) {
  auto source = std::make_shared<SourceText>();
  source->name = "faults";
  source->text = text;
  Diagnostics diagnostics;
  Read result;
  result.trace = read_fault_trace(source, options, diagnostics);
  result.mistakes = diagnostics.all();
  return result;
}

std::string first_mistake(const std::string& text, FaultTraceOptions options = {}) {
  const Read result = read(text, options);
  return result.mistakes.empty() ? "" : result.mistakes.front().message;
}

std::string event(const char* node, const char* time, const char* type) {
  return std::string(R"({"node_id": ")") + node + R"(", "event_time": )" + time + R"(, "event_type": ")" + type +
         R"(", "fault_type": {"Level": "Hardware Failure", "Class": "GPU", "Desc": "xid"}})";
}

}  // namespace

TEST_CASE("fault traces: JSON, hand-computed") {
  const Read result = read("[" + event("a", "1.5", "fault_start") + "," + event("b", "1", "fault_start") + "," +
                           event("a", "2", "fault_end") + "]");
  REQUIRE(result.mistakes.empty());
  REQUIRE(result.trace.faults.size() == 2);
  CHECK(result.trace.node_count == 2);
  CHECK(result.trace.length.raw() == doctest::Approx(2 * 86400));
  // By start; the other is open until the end of the record.
  CHECK(result.trace.nodes[static_cast<std::size_t>(result.trace.faults[0].node)] == "b");
  CHECK(result.trace.faults[0].open);
  CHECK(result.trace.faults[0].end.raw() == doctest::Approx(2 * 86400));
  CHECK(result.trace.faults[1].start.raw() == doctest::Approx(1.5 * 86400));
  CHECK_FALSE(result.trace.faults[1].open);
  CHECK(result.trace.faults[1].kind == "GPU");
  CHECK(result.trace.faults[1].detail == "xid");
}

TEST_CASE("fault traces: CSV in texts and in plain numbers (hand-computed)") {
  for (const char* text : {"node,start,end,kind\na,36 h,2 days,GPU\nb,1 day,,NIC\n",
                           "node,start_hours,end_days,kind,detail\na,36,2,GPU,xid\nb,24,,NIC,\n"}) {
    const Read result = read(text, {10, {}});
    REQUIRE(result.mistakes.empty());
    REQUIRE(result.trace.faults.size() == 2);
    CHECK(result.trace.node_count == 10);
    CHECK(result.trace.faults[0].kind == "NIC");
    CHECK(result.trace.faults[0].open);
    CHECK(result.trace.faults[1].start.raw() == doctest::Approx(129600));
    CHECK(result.trace.faults[1].end.raw() == doctest::Approx(172800));
  }
}

TEST_CASE("fault traces: mistakes are named") {
  CHECK(first_mistake("node,start,end,kind\na,3 h,2 h,GPU\n") == "the fault of `a` ends before it starts");
  CHECK(first_mistake("node,start,end,kind\na,3 h,6 h,GPU\na,5 h,7 h,GPU\n") ==
        "node `a` fails while it is out of service");
  CHECK(first_mistake("node,start,end,kind\na,3 h,6 h,GPU\na,3 h,6 h,GPU\n") ==
        "node `a` fails while it is out of service");
  CHECK(first_mistake("node,start,end,kind\na,3 h,,GPU\na,5 h,7 h,GPU\n") ==
        "node `a` fails while it is out of service");
  CHECK(first_mistake("node,start,end,kind\na,3,6,GPU\n") == "`3` has no unit");
  CHECK(first_mistake("node,start,end,kind\na,-3 h,6 h,GPU\n") == "a time is negative");
  CHECK(first_mistake("node,start,end,kind\n,3 h,6 h,GPU\n") == "a fault has no node");
  CHECK(first_mistake("node,strat,end,kind\na,3 h,6 h,GPU\n") == "unknown column `strat`");
  CHECK(first_mistake("node,start,end,kind\n") == "there is no fault in it");
  CHECK(first_mistake("node,start,end,kind\na,3 h,6 h,GPU\nb,3 h,6 h,GPU\n", {1, {}}) ==
        "the trace names 2 nodes, more than the machine's 1");
  CHECK(first_mistake("node,start,end,kind\na,3 h,6 h,GPU\n", {1, Seconds(4 * 3600)}) ==
        "a fault of `a` reaches behind the end of the record");
  CHECK(first_mistake("[" + event("a", "1", "fault_end") + "]") == "node `a` returns without having failed");
  CHECK(first_mistake("[" + event("a", "1", "fault_start") + "," + event("a", "2", "fault_start") + "]") ==
        "node `a` fails while it is out of service since day 1.00000");
  CHECK(first_mistake("[" + event("a", "1", "fault_strt") + "]") == "unknown event type `fault_strt`");
  CHECK(first_mistake("[3]") == "an event is a whole number, expected a table");
  CHECK(first_mistake("{}") == "a fault trace is a list of events");
  // All at once.
  CHECK(read("node,start,end,kind\na,3 h,2 h,GPU\nb,4 h,1 h,GPU\n").mistakes.size() == 2);
}

}  // namespace orrery
