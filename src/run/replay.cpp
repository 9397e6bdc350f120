#include <algorithm>
#include <map>
#include <utility>

#include "run/run.hpp"

namespace orrery {
namespace {

/// Detection of the most frequent kind of hardware that stops a job.
Law usual_detection(const RunSpec& spec) {
  const FaultClass* most = nullptr;
  for (const FaultClass& c : spec.faults.classes) {
    if (c.unit == "job" || c.effect != Effect::Stop) continue;
    if (most == nullptr || c.rate > most->rate) most = &c;
  }
  return most == nullptr ? Law() : most->detection;
}

}  // namespace

RunSpec with_replay(RunSpec spec, std::shared_ptr<const FaultTrace> trace) {
  const Law usual = usual_detection(spec);
  const std::vector<FaultClass> before = std::move(spec.faults.classes);
  spec.faults.classes.clear();
  for (const FaultClass& c : before) {
    if (c.unit == "job") spec.faults.classes.push_back(c);
  }
  std::map<std::string, int> of_kind;
  spec.replay_classes.clear();
  for (const TraceFault& fault : trace->faults) {
    const auto [known, is_new] = of_kind.try_emplace(fault.kind, static_cast<int>(spec.faults.classes.size()));
    if (is_new) {
      FaultClass c;
      c.name = fault.kind;
      const auto same =
          std::find_if(before.begin(), before.end(), [&](const FaultClass& one) { return one.name == fault.kind; });
      c.detection = same != before.end() ? same->detection : usual;
      spec.faults.classes.push_back(c);
    }
    spec.replay_classes.push_back(known->second);
  }
  spec.faults.scale = Law::fixed(1);
  spec.faults.bad = {};
  spec.replay = std::move(trace);
  spec.replay_anywhere = true;
  return spec;
}

}  // namespace orrery
