#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "validate/embedded_presets.hpp"
#include "validate/evaluate.hpp"
#include "validate/split.hpp"

namespace orrery {
namespace {

/// The collected measurements, or nothing (said so) where they are not at hand.
std::filesystem::path open_rows() {
  const char* folder = std::getenv("ORRERY_DATA");
  const auto data =
      folder != nullptr ? std::filesystem::path(folder) : std::filesystem::path(ORRERY_SOURCE_DIR) / "../shared/data";
  const auto path = data / "training/open.csv";
  if (std::filesystem::exists(path)) return path;
  const char* required = std::getenv("ORRERY_REQUIRE_DATA");
  if (required != nullptr && std::string(required) == "1") FAIL(path.string() << " is missing");
  MESSAGE("skipped: " << path.string() << " is missing");
  return {};
}

TEST_CASE("open rows: published, every row is converted or skipped by name") {
  const auto path = open_rows();
  if (path.empty()) return;
  const RowPresets& presets = embedded_presets();
  std::map<std::string, std::size_t> reasons;
  std::size_t converted = 0, open_layout = 0;
  const std::size_t rows = read_measured_file(path.string(), [&](const MeasuredRow& row) {
    const auto meaning = interpret(row, presets, [](const StepSpec&) { return true; });
    if (!meaning) {
      ++reasons[meaning.error()];
      return;
    }
    ++converted;
    if (row.layers && row.tp && row.pp) ++open_layout;
    CHECK_MESSAGE(meaning->spec.layout.chips() == meaning->spec.cluster.chips, row.id);
    if (is_time(row.metric)) CHECK_MESSAGE(implied_step_time(row, *meaning).raw() > 0, row.id);
  });
  std::size_t skipped = 0;
  for (const auto& [reason, count] : reasons) {
    MESSAGE(count << " rows: " << reason);
    skipped += count;
  }
  MESSAGE(converted << " of " << rows << " rows converted");
  CHECK(converted + skipped == rows);
  CHECK(converted > rows * 4 / 5);
}

TEST_CASE("open rows: law, a block lies on one side of the split") {
  const auto path = open_rows();
  if (path.empty()) return;
  std::map<std::string, std::set<bool>> sides;
  std::size_t fit = 0;
  const std::size_t rows = read_measured_file(path.string(), [&](const MeasuredRow& row) {
    sides[block_of(row)].insert(is_fit_row(row));
    fit += is_fit_row(row) ? 1 : 0;
  });
  for (const auto& [block, on] : sides) CHECK_MESSAGE(on.size() == 1, block);
  CHECK(fit > rows / 3);
  CHECK(fit < rows * 2 / 3);
}

TEST_CASE("open rows: published, two figures of one run agree within 2 % for most sources") {
  const auto path = open_rows();
  if (path.empty()) return;
  // The step time that a source printed against the one that its utilisation stands for, by our counting.
  std::map<std::string, double> direct;
  std::size_t compared = 0, agree = 0;
  const auto each = [&](bool first) {
    read_measured_file(path.string(), [&](const MeasuredRow& row) {
      if (!is_time(row.metric) || is_direct_time(row.metric) != first || row.group.empty()) return;
      const auto meaning = interpret(row, embedded_presets(), [](const StepSpec&) { return true; });
      if (!meaning) return;
      const std::string run = row.family + row.group + row.source;
      if (first) {
        direct.emplace(run, implied_step_time(row, *meaning).raw());
      } else if (const auto found = direct.find(run); found != direct.end()) {
        ++compared;
        const double ratio = implied_step_time(row, *meaning).raw() / found->second;
        agree += ratio > 0.98 && ratio < 1.02 ? 1 : 0;
      }
    });
  };
  each(true);
  each(false);
  MESSAGE(agree << " of " << compared << " agree");
  CHECK(compared > 300);
  CHECK(agree > compared * 8 / 10);
}

}  // namespace
}  // namespace orrery
