#include "fleet/history/history.hpp"

#include <doctest/doctest.h>
#include <cstdio>
namespace orrery {
TEST_CASE("history: print") {
  for (const HistoryCheck& check : history_checks({})) {
    std::printf("%s: %s\n", check.name.c_str(), check.passes() ? "pass" : "MISS");
    for (const HistoryFigure& f : check.figures)
      std::printf("   %-50s %.5g (%.5g %.5g) truth %.5g band %.5g %.5g %s %d\n", f.name.c_str(), f.predicted, f.p10,
                  f.p90, f.truth, f.least, f.most, f.passes() ? "pass" : "MISS", static_cast<int>(f.circle));
  }
}
}  // namespace orrery
