#include "cluster/end_heap.hpp"

#include <algorithm>

namespace orrery {
namespace {

constexpr std::size_t kChildren = 4;

}  // namespace

void EndHeap::put(std::size_t place, const Entry& entry) {
  heap_[place] = entry;
  places_[static_cast<std::size_t>(entry.run)] = static_cast<std::int32_t>(place);
}

void EndHeap::rise(std::size_t place, Entry entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / kChildren;
    if (!before(entry, heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void EndHeap::sink(std::size_t place, Entry entry) {
  while (true) {
    const std::size_t first = kChildren * place + 1;
    if (first >= heap_.size()) break;
    std::size_t least = first;
    const std::size_t end = std::min(first + kChildren, heap_.size());
    for (std::size_t child = first + 1; child < end; ++child) {
      if (before(heap_[child], heap_[least])) least = child;
    }
    if (!before(heap_[least], entry)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, entry);
}

void EndHeap::push(Entry entry) {
  const auto run = static_cast<std::size_t>(entry.run);
  if (places_.size() <= run) places_.resize(run + 1, -1);
  heap_.push_back(entry);
  rise(heap_.size() - 1, entry);
}

void EndHeap::erase(std::int32_t run) {
  const auto place = static_cast<std::size_t>(places_[static_cast<std::size_t>(run)]);
  places_[static_cast<std::size_t>(run)] = -1;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  if (place > 0 && before(last, heap_[(place - 1) / kChildren])) {
    rise(place, last);
  } else {
    sink(place, last);
  }
}

}  // namespace orrery
