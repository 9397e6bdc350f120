#include "report/scale_document.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace orrery {

TEST_CASE("document of scale: hand-computed, a size that is never done loses all to faults, in words") {
  ScaleAnswer answer;
  answer.point.gpus = 16384;
  answer.point.step.mfu_full = 0.4;
  answer.point.policies = {PolicyOutcome{}};  // No replication is done.
  answer.gains[ScaleLimit::Bandwidth] = 1.25;
  answer.gains[ScaleLimit::Faults] = std::numeric_limits<double>::infinity();
  const Document document = scale_document({answer}, {});
  REQUIRE_FALSE(document.answer.empty());
  CHECK(document.answer.back() ==
        "16,384 GPUs: 40.0 % MFU, never done; all is lost to faults (it is never done with them), then network "
        "bandwidth (1.25)");
  const Table& limits = document.tables.at(1);
  REQUIRE(limits.key == "limits");
  CHECK(cell_text(limits.rows.at(0).at(3)) == "faults");
  CHECK(cell_text(limits.rows.at(0).back()) == "never done");
}

}  // namespace orrery
