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
    if (spec.replay_anywhere) begin_at(key.uniform01() * trace_->length.raw());
  }
  seek();
}

/// Time 0 is that far into the trace: who is away then is lost at once, for what is left.
void ReplayStream::begin_at(double offset) {
  turn_start_ = -offset;
  for (; index_ < trace_->faults.size() && trace_->faults[index_].start.raw() < offset; ++index_) {
    const TraceFault& fault = trace_->faults[index_];
    const auto node = static_cast<long long>((*deal_)(static_cast<std::uint64_t>(fault.node)));
    if (fault.end.raw() > offset && node < nodes_)
      at_start_.push_back({node, (*classes_)[index_], fault.end.raw() - offset});
  }
}

/// To the first fault from `index_` on that hits a node of the machine; through the whole trace at most once.
void ReplayStream::seek() {
  if (!at_start_.empty()) {
    next_at_ = 0;
    return;
  }
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
  if (!at_start_.empty()) {
    const Struck struck = at_start_.back();
    at_start_.pop_back();
    seek();
    return struck;
  }
  const TraceFault& fault = trace_->faults[index_];
  const Struck struck{node_, (*classes_)[index_], (fault.end - fault.start).raw()};
  ++index_;
  seek();
  return struck;
}

}  // namespace orrery
