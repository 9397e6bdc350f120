#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace orrery {

/// A set of nodes out of 0 .. n-1 that finds its first member from any place on at once: bits, and above them bits
/// that say which words of the level below are not empty.
class NodeSet {
 public:
  explicit NodeSet(std::size_t nodes = 0) {
    do {
      nodes = (nodes + 63) / 64;
      levels_.emplace_back(nodes, 0);
    } while (nodes > 1);
  }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void insert(std::size_t node) {
    ++size_;
    for (std::vector<std::uint64_t>& level : levels_) {
      std::uint64_t& word = level[node / 64];
      const bool was_empty = word == 0;
      word |= std::uint64_t{1} << (node % 64);
      if (!was_empty) return;
      node /= 64;
    }
  }

  void erase(std::size_t node) {
    --size_;
    for (std::vector<std::uint64_t>& level : levels_) {
      std::uint64_t& word = level[node / 64];
      word &= ~(std::uint64_t{1} << (node % 64));
      if (word != 0) return;
      node /= 64;
    }
  }

  /// The first member at or behind `from`, or -1.
  std::int32_t first(std::size_t from = 0) const {
    for (std::size_t level = 0; level < levels_.size(); ++level) {
      const std::vector<std::uint64_t>& words = levels_[level];
      const std::size_t at = from / 64;
      if (at < words.size()) {
        const std::uint64_t rest = words[at] & (~std::uint64_t{0} << (from % 64));
        if (rest != 0) return descend(level, at * 64 + static_cast<std::size_t>(std::countr_zero(rest)));
      }
      from = at + 1;  // Nothing in this word: look in the words behind it, one level up.
    }
    return -1;
  }

  /// Members in begin .. end-1.
  int count(std::size_t begin, std::size_t end) const {
    int sum = 0;
    for (std::size_t at = begin / 64; at * 64 < end; ++at) {
      std::uint64_t word = levels_.front()[at];
      if (at * 64 < begin) word &= ~std::uint64_t{0} << (begin % 64);
      if (at * 64 + 64 > end) word &= ~std::uint64_t{0} >> (64 - end % 64);
      sum += std::popcount(word);
    }
    return sum;
  }

 private:
  std::int32_t descend(std::size_t level, std::size_t place) const {
    while (level > 0) {
      --level;
      place = place * 64 + static_cast<std::size_t>(std::countr_zero(levels_[level][place]));
    }
    return static_cast<std::int32_t>(place);
  }

  std::vector<std::vector<std::uint64_t>> levels_;
  int size_ = 0;
};

}  // namespace orrery
