#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "validate/collective_evaluate.hpp"

namespace orrery {

/// Errors of NCCL's constants alone beside the model's, over rows of one kind.
struct CollectiveYardstick {
  std::string regime;
  std::size_t rows = 0;
  double model = 0, nccl = 0;  ///< Mean of |error|.
};

/// Predicted against measured, for a whole table of collectives.
struct CollectiveValidation {
  ScoreBook book;
  std::vector<CollectiveYardstick> yardstick;  ///< By regime, then "all"; rows of the asked side alone.
};

/// Told behind every row how many bytes of the table have been read; may be empty.
using OnBytes = std::function<void(std::size_t bytes)>;
using OnCollective = std::function<void(const CollectiveEvaluation&)>;

/// Scores every row of a table of collectives; rows stream, as in `validate_file`. Throws `InputError` for a file that
/// is not one. `side` says of which rows the yardstick counts.
CollectiveValidation validate_collective_file(const std::string& path, const RowPresets& presets,
                                              const IntervalTable& intervals, Side side, const OnBytes& on_bytes = {},
                                              const OnCollective& on_row = {});
/// The same from a stream called `name` in messages.
CollectiveValidation validate_collectives(std::istream& in, const std::string& name, const RowPresets& presets,
                                          const IntervalTable& intervals, Side side, const OnBytes& on_bytes = {},
                                          const OnCollective& on_row = {});

}  // namespace orrery
