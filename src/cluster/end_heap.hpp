#pragma once

#include <cstdint>
#include <vector>

#include "cluster/job_table.hpp"

namespace orrery {

/// Ends of running jobs, the earliest first, ties by row: a heap of four children a node in which every entry knows its
/// place, so that a preempted job leaves at once.
class EndHeap {
 public:
  struct Entry {
    Millis time = 0;
    JobId job = kNoJob;
    std::int32_t run = 0;  ///< Number of the run, counted from 0.
  };
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const Entry& top() const { return heap_.front(); }
  void push(Entry entry);
  void pop() { erase(heap_.front().run); }
  void erase(std::int32_t run);

 private:
  static bool before(const Entry& a, const Entry& b) { return a.time != b.time ? a.time < b.time : a.job < b.job; }
  void put(std::size_t place, const Entry& entry);
  void rise(std::size_t place, Entry entry);
  void sink(std::size_t place, Entry entry);

  std::vector<Entry> heap_;
  std::vector<std::int32_t> places_;  ///< Of each run in `heap_`.
};

}  // namespace orrery
