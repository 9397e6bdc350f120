#include "run/node_pool.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {

NodePool::NodePool(long long job_nodes, long long spares, int repair_crews)
    : job_nodes_(job_nodes),
      spares_(spares),
      crews_(repair_crews),
      in_job_(job_nodes),
      ready_(spares),
      untouched_spare_(job_nodes) {}

NodePool::State NodePool::state(long long node) const {
  const auto found = touched_.find(node);
  if (found != touched_.end()) return found->second.state;
  return node < job_nodes_ ? State::InJob : State::Spare;
}

NodePool::Node& NodePool::touch(long long node) {
  const auto [found, is_new] = touched_.try_emplace(node);
  if (is_new) found->second.state = node < job_nodes_ ? State::InJob : State::Spare;
  return found->second;
}

long long NodePool::group(long long node, long long group_nodes) const {
  const auto found = touched_.find(node);
  if (found != touched_.end() && found->second.group >= 0) return found->second.group;
  return node / group_nodes;
}

std::uint32_t NodePool::leave(long long node) {
  Node& it = touch(node);
  ORRERY_CHECK(it.state != State::Away, "a node leaves service once");
  --(it.state == State::InJob ? in_job_ : ready_);
  it.state = State::Away;
  away_.insert(node);
  return ++it.stay;
}

bool NodePool::back(long long node, std::uint32_t stay, bool replaced) {
  Node& it = touch(node);
  if (it.stay != stay || it.state != State::Away) return false;
  it.state = State::Spare;
  if (replaced) {
    it.replaced = true;
    it.faults.clear();
  }
  away_.erase(node);
  returned_.push_back(node);
  ++ready_;
  return true;
}

void NodePool::replace_any() {
  ORRERY_CHECK(!away_.empty(), "only a node that is away is replaced");
  const long long node = *away_.begin();
  back(node, touch(node).stay, true);
}

void NodePool::take_spare(long long group) {
  ORRERY_CHECK(ready_ > 0, "a spare is taken where there is one");
  while (!returned_.empty()) {
    const long long node = returned_.back();
    returned_.pop_back();
    Node& it = touch(node);
    if (it.state != State::Spare) continue;
    it.state = State::InJob;
    it.group = group;
    --ready_;
    ++in_job_;
    return;
  }
  // A spare that failed while it stood by, and came back, is among those that returned.
  const auto has_left = [&](long long node) {
    const auto found = touched_.find(node);
    return found != touched_.end() && found->second.stay > 0;
  };
  while (has_left(untouched_spare_)) ++untouched_spare_;
  ORRERY_CHECK(untouched_spare_ < nodes(), "spares are counted right");
  Node& it = touch(untouched_spare_++);
  it.state = State::InJob;
  it.group = group;
  --ready_;
  ++in_job_;
}

bool NodePool::was_replaced(long long node) const {
  const auto found = touched_.find(node);
  return found != touched_.end() && found->second.replaced;
}

int NodePool::note_fault(long long node, double now, double window) {
  std::vector<double>& faults = touch(node).faults;
  std::erase_if(faults, [&](double at) { return at < now - window; });
  faults.push_back(now);
  return static_cast<int>(faults.size());
}

bool NodePool::admit(const Patient& patient) {
  if (crews_ == 0 || busy_ < crews_) {
    ++busy_;
    return true;
  }
  queue_.push_back(patient);
  return false;
}

std::optional<NodePool::Patient> NodePool::discharge() {
  --busy_;
  if (queue_.empty() || (crews_ > 0 && busy_ >= crews_)) return std::nullopt;
  const Patient next = queue_.front();
  queue_.pop_front();
  ++busy_;
  return next;
}

}  // namespace orrery
