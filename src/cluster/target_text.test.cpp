// Texts of targets. Expected: hand-computed meanings and the places of mistakes.
#include "cluster/target_text.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace orrery;

namespace {

/// Message, column and length of the first mistake.
Diagnostic mistake(const std::string& text) {
  try {
    parse_target(text);
  } catch (const InputError& error) {
    return error.diagnostics().front();
  }
  return {};
}

}  // namespace

TEST_CASE("targets: hand-computed meanings") {
  Target target = parse_target("p90 wait < 4 h");
  CHECK(target.quantity == Target::Quantity::Wait);
  CHECK(target.quantile == doctest::Approx(0.9));
  CHECK(target.bound == doctest::Approx(4 * 3600));
  CHECK(target.at_most);
  CHECK(target.met(14'400));
  CHECK_FALSE(target.met(14'401));
  target = parse_target("  mean turnaround<=30 min of tenant a/b-1 ");
  CHECK(target.statistic == Target::Statistic::Mean);
  CHECK(target.bound == 1800);
  CHECK(target.tenant == "a/b-1");
  target = parse_target("p99.9 slowdown < 10 of jobs of 8+ GPUs of tenant vision");
  CHECK(target.quantile == doctest::Approx(0.999));
  CHECK(target.least_gpus == 8);
  CHECK(target.tenant == "vision");
  target = parse_target("max wait < 2 days of jobs of 2-4 GPUs");
  CHECK(target.statistic == Target::Statistic::Max);
  CHECK(target.least_gpus == 2);
  CHECK(target.most_gpus == 4);
  target = parse_target("utilisation > 70 %");
  CHECK_FALSE(target.at_most);
  CHECK(target.bound == doctest::Approx(0.7));
  CHECK(target.met(0.71));
}

TEST_CASE("targets: the text of a target reads back to it") {
  for (const char* text :
       {"p90 wait < 4 h", "p50 turnaround < 0.5 h of tenant a", "mean slowdown < 10 of jobs of 8+ GPUs",
        "max wait < 2 h of tenant b of jobs of 1 GPU", "p99.9 wait < 1 h of jobs of 2-4 GPUs", "utilisation > 0.7"}) {
    CHECK(target_text(parse_target(text)) == text);
    CHECK(parse_target(target_text(parse_target(text))) == parse_target(text));
  }
  CHECK(target_text(parse_target("median wait >= 90 s")) == "p50 wait > 90 s");
}

TEST_CASE("targets: mistakes have a place and a hint") {
  struct Case {
    const char* text;
    const char* message;
    std::size_t column, length;
    const char* hint;
  };
  const std::vector<Case> cases = {
      {"", "no target is given", 1, 1, "for example \"p90 wait < 4 h\""},
      {"p90 wiat < 4 h", "no figure is called `wiat`", 5, 4, "did you mean `wait`?"},
      {"wait < 4 h", "which wait?", 1, 4, "mean, median, p90, max wait"},
      {"p100 wait < 4 h", "`p100` is no quantile", 1, 4, "p50, p90, p99.9: from 0.001 to 99.999"},
      {"p90 wait 4 h", "`<` or `>` is expected here", 10, 1, "for example \"p90 wait < 4 h\""},
      {"p90 wait < 4", "`4` has no unit", 12, 1, "a time, for example \"2 us\""},
      {"p90 wait < of tenant a", "no bound is given", 12, 1, "for example \"p90 wait < 4 h\""},
      {"p90 slowdown < 0.5", "a slowdown is never below 1", 16, 3, "for example \"p99 slowdown < 10\""},
      {"utilisation > 140 %", "utilisation is at most 100 %", 15, 5, "for example \"70 %\" or \"0.7\""},
      {"p90 utilisation > 0.5", "utilisation is a mean over time", 1, 15, "for example \"utilisation > 70 %\""},
      {"mean wait < 1 h of tenant", "which tenant?", 26, 1, "for example \"of tenant vision\""},
      {"mean wait < 1 h of jobs of 9-8 GPUs", "`9-8` holds no job", 28, 3, "8+, 2-4 or 1"},
      {"mean wait < 1 h of jobs of x GPUs", "`x` is no number of GPUs", 28, 1, "8+, 2-4 or 1"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.text);
    const Diagnostic found = mistake(each.text);
    CHECK(found.message == each.message);
    CHECK(found.span.column == each.column);
    CHECK(found.span.length == each.length);
    CHECK(found.hint == each.hint);
  }
}
