#include "run/replay_stream.hpp"

#include "base/check.hpp"

namespace orrery {

ReplayStream::ReplayStream(const RunSpec& spec, long long nodes, std::uint64_t seed, int replication)
    : trace_(spec.replay.get()), classes_(&spec.replay_classes), nodes_(nodes) {
  if (trace_ == nullptr || trace_->faults.empty()) return;
  ORRERY_CHECK(classes_->size() == trace_->faults.size(), "each fault of a trace has a class");
  if (replication > 0) {
    Rng key = Rng::stream(seed, "run/deal", static_cast<std::uint32_t>(replication));
    deal_.emplace(static_cast<std::uint64_t>(trace_->node_count), key.next_u64());
  }
  seek();
}

/// To the first fault from `index_` on that hits a node of the machine; through the whole trace at most once.
void ReplayStream::seek() {
  next_at_ = std::numeric_limits<double>::infinity();
  for (std::size_t tried = 0; tried <= trace_->faults.size(); ++tried) {
    if (index_ == trace_->faults.size()) {
      if (trace_->length <= Seconds(0)) return;
      index_ = 0;
      turn_start_ += trace_->length.raw();
    }
    const TraceFault& fault = trace_->faults[index_];
    const auto named = static_cast<std::uint64_t>(fault.node);
    node_ = static_cast<long long>(deal_ ? (*deal_)(named) : named);
    if (node_ < nodes_) {
      next_at_ = turn_start_ + fault.start.raw();
      return;
    }
    ++index_;
  }
}

ReplayStream::Struck ReplayStream::pop() {
  const TraceFault& fault = trace_->faults[index_];
  const Struck struck{node_, (*classes_)[index_], (fault.end - fault.start).raw()};
  ++index_;
  seek();
  return struck;
}

}  // namespace orrery
