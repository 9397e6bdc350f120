#include "export/perfetto.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace orrery;

TEST_CASE("trace: law, the text is JSON and the times read back") {
  const std::vector<TraceEvent> events = {{"stage 0", "F0", "forward", Seconds(0), Seconds(1.25e-3)},
                                          {"stage 1", "F\"0\"\n", "forward", Seconds(1.0 / 3), Seconds(0.1)},
                                          {"stage 0", "B0", "backward", Seconds(7), Seconds(2e-9)}};
  const auto json = nlohmann::json::parse(perfetto_trace(events, "a \\ \"plan\""));
  std::vector<nlohmann::json> slices;
  std::size_t names = 0;
  for (const auto& event : json.at("traceEvents")) {
    if (event.at("ph") == "X") slices.push_back(event);
    if (event.at("ph") == "M" && event.at("name") == "thread_name") ++names;
  }
  REQUIRE(slices.size() == events.size());
  CHECK(names == 2);
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(slices[i].at("ts").get<double>() == events[i].start.raw() * 1e6);
    CHECK(slices[i].at("dur").get<double>() == events[i].duration.raw() * 1e6);
    CHECK(slices[i].at("name") == events[i].name);
  }
  CHECK(slices[0].at("tid") == slices[2].at("tid"));
  CHECK(slices[0].at("tid") != slices[1].at("tid"));
}

TEST_CASE("trace: hand-computed, the slots of a pipeline") {
  std::vector<PipelineEvent> timeline = {{1, 0, 3, false, Seconds(1), Seconds(2)},
                                         {0, 0, 3, true, Seconds(5), Seconds(4)}};
  auto events = pipeline_trace(timeline);
  REQUIRE(events.size() == 2);
  CHECK(events[0].track == "stage 0");
  CHECK(events[0].name == "B3");
  CHECK(events[0].category == "backward");
  CHECK(events[1].name == "F3");
  timeline[0].chunk = 1;
  CHECK(pipeline_trace(timeline)[1].name == "F3 chunk 1");
}

TEST_CASE("trace: an empty timeline is an empty trace") {
  CHECK(nlohmann::json::parse(perfetto_trace({}, "nothing")).at("traceEvents").size() == 1);
}
