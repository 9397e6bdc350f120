#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace orrery {

/// Numbers in the order of a key that may change: a heap of four children a node that knows where each number is.
/// Equal keys come in any order, the same for the same calls.
class KeyedHeap {
 public:
  struct Entry {
    double key;
    std::uint32_t id;
  };

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const Entry& top() const { return heap_.front(); }

  /// Instead of what it holds. `ids`: all are below it.
  void assign(std::vector<Entry> entries, std::size_t ids) {
    heap_ = std::move(entries);
    position_.assign(ids, kAbsent);
    for (std::size_t i = 0; i < heap_.size(); ++i) position_[heap_[i].id] = static_cast<std::uint32_t>(i);
    order();
  }

  void clear() {
    for (const Entry& entry : heap_) position_[entry.id] = kAbsent;
    heap_.clear();
  }

  void pop() {
    position_[heap_.front().id] = kAbsent;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) down(0, last);
  }

  /// Adds a number, or moves it to another key.
  void set(std::uint32_t id, double key) {
    if (id >= position_.size()) position_.resize(id + std::size_t{1}, kAbsent);
    const Entry entry{key, id};
    std::size_t at = position_[id];
    if (at == kAbsent) {
      at = heap_.size();
      heap_.push_back(entry);
      up(at, entry);
    } else if (key < heap_[at].key) {
      up(at, entry);
    } else {
      down(at, entry);
    }
  }

  /// Of a number it holds, without restoring the order: for many at once, before `order()`.
  void set_unordered(std::uint32_t id, double key) { heap_[position_[id]].key = key; }
  void order() {
    for (std::size_t i = heap_.size() / kChildren + 1; i-- > 0;)
      if (i < heap_.size()) down(i, heap_[i]);
  }

 private:
  static constexpr std::size_t kChildren = 4;
  static constexpr auto kAbsent = std::numeric_limits<std::uint32_t>::max();

  void place(std::size_t at, const Entry& entry) {
    heap_[at] = entry;
    position_[entry.id] = static_cast<std::uint32_t>(at);
  }

  void up(std::size_t at, Entry entry) {
    while (at > 0) {
      const std::size_t parent = (at - 1) / kChildren;
      if (heap_[parent].key <= entry.key) break;
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
        if (heap_[i].key < heap_[least].key) least = i;
      if (entry.key <= heap_[least].key) break;
      place(at, heap_[least]);
      at = least;
    }
    place(at, entry);
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> position_;  // By number.
};

}  // namespace orrery
