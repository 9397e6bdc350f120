#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace orrery {

/// A plain set of nodes that is combined word by word, as Slurm's bitmaps are.
class NodeBits {
 public:
  explicit NodeBits(std::size_t nodes = 0, bool all = false)
      : nodes_(nodes), words_((nodes + 63) / 64, all ? ~std::uint64_t{0} : 0) {
    if (all && nodes % 64 != 0) words_.back() >>= 64 - nodes % 64;
  }

  std::size_t nodes() const { return nodes_; }
  bool has(std::size_t node) const { return (words_[node / 64] >> (node % 64) & 1U) != 0; }
  void set(std::size_t node) { words_[node / 64] |= std::uint64_t{1} << (node % 64); }
  void clear(std::size_t node) { words_[node / 64] &= ~(std::uint64_t{1} << (node % 64)); }

  NodeBits& operator&=(const NodeBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  NodeBits& operator|=(const NodeBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  NodeBits& operator-=(const NodeBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  int count() const {
    int sum = 0;
    for (const std::uint64_t word : words_) sum += std::popcount(word);
    return sum;
  }
  /// Members of both.
  int count_common(const NodeBits& other) const {
    int sum = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) sum += std::popcount(words_[i] & other.words_[i]);
    return sum;
  }
  bool contains(const NodeBits& other) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if ((other.words_[i] & ~words_[i]) != 0) return false;
    }
    return true;
  }
  /// The first member at or behind `from`; `nodes()` where there is none.
  std::size_t next(std::size_t from) const { return find(from, 0); }
  /// The first node at or behind `from` that is no member; `nodes()` where there is none.
  std::size_t next_gap(std::size_t from) const { return find(from, ~std::uint64_t{0}); }

  friend bool operator==(const NodeBits&, const NodeBits&) = default;

 private:
  std::size_t find(std::size_t from, std::uint64_t flip) const {
    if (from >= nodes_) return nodes_;
    std::size_t at = from / 64;
    std::uint64_t word = (words_[at] ^ flip) & (~std::uint64_t{0} << (from % 64));
    while (word == 0) {
      if (++at == words_.size()) return nodes_;
      word = words_[at] ^ flip;
    }
    const std::size_t found = at * 64 + static_cast<std::size_t>(std::countr_zero(word));
    return found < nodes_ ? found : nodes_;
  }

  std::size_t nodes_;
  std::vector<std::uint64_t> words_;
};

}  // namespace orrery
