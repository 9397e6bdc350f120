#pragma once

#include "hardware/cluster.hpp"

namespace orrery {

/// The rates of a chip for tiled products, and the search for the fastest tile: what plain and grouped products share.
class Tiling {
 public:
  /// `speed` scales the tensor efficiency: kernels less tuned than those of plain products.
  Tiling(NumberFormat format, const Chip& chip, double speed = 1.0);

  /// Seconds for `copies` equal products of m x n x k that run as one kernel, without launch latency.
  ///
  /// `traffic`    bytes through main memory.
  /// `split_k`    whether units may share the K loop of a tile.
  double best(double m, double n, double k, double copies, double traffic, bool split_k) const;

  /// The same for groups of unequal rows: `row_tiles[i]` tiles of the i-th height (64, 128, 256) in all groups.
  double best_grouped(const double (&row_tiles)[3], double n, double k, double traffic) const;

  double operand_size() const { return operand_; }

 private:
  double waves(double tiles) const;
  double step(int rows, int columns) const;
  double with_memory(double compute, double traffic) const;

  static constexpr int kSizes = 3;  ///< Tile edges: 64, 128, 256.
  double operand_;                  ///< Bytes of one operand element.
  double fill_;                     ///< Elements of K.
  double units_, wave_weight_;
  double memory_rate_, operand_rate_, latency_;
  double step_[kSizes][kSizes];  ///< Seconds for one element of K of one tile on one unit; 0: no such tile.
};

}  // namespace orrery
