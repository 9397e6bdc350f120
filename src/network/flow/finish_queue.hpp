#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace orrery {

/// Flows by the time at which they end: a heap of four children a node, whose entries move when their time changes.
class FinishQueue {
 public:
  struct Entry {
    double time;
    std::uint32_t flow;
    bool before(const Entry& other) const { return time != other.time ? time < other.time : flow < other.flow; }
  };

  /// `flows`: numbers below this may be pushed.
  FinishQueue(std::vector<Entry> entries, std::size_t flows) : heap_(std::move(entries)), position_(flows) {
    for (std::size_t i = 0; i < heap_.size(); ++i) position_[heap_[i].flow] = static_cast<std::uint32_t>(i);
    for (std::size_t i = heap_.size() / kChildren + 1; i-- > 0;)
      if (i < heap_.size()) down(i, heap_[i]);
  }

  bool empty() const { return heap_.empty(); }
  const Entry& top() const { return heap_.front(); }

  void pop() {
    const Entry last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) down(0, last);
  }

  /// The flow is in the queue.
  void move(std::uint32_t flow, double time) {
    const std::size_t at = position_[flow];
    const Entry entry{time, flow};
    if (entry.before(heap_[at])) {
      up(at, entry);
    } else {
      down(at, entry);
    }
  }

 private:
  static constexpr std::size_t kChildren = 4;

  void place(std::size_t at, const Entry& entry) {
    heap_[at] = entry;
    position_[entry.flow] = static_cast<std::uint32_t>(at);
  }

  void up(std::size_t at, Entry entry) {
    while (at > 0) {
      const std::size_t parent = (at - 1) / kChildren;
      if (!entry.before(heap_[parent])) break;
      place(at, heap_[parent]);
      at = parent;
    }
    place(at, entry);
  }

  void down(std::size_t at, Entry entry) {
    for (;;) {
      const std::size_t first = at * kChildren + 1;
      if (first >= heap_.size()) break;
      std::size_t least = first;
      for (std::size_t i = first + 1; i < first + kChildren && i < heap_.size(); ++i)
        if (heap_[i].before(heap_[least])) least = i;
      if (!heap_[least].before(entry)) break;
      place(at, heap_[least]);
      at = least;
    }
    place(at, entry);
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> position_;  // By flow, while it is in the heap.
};

}  // namespace orrery
