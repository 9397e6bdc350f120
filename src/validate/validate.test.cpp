#include "validate/validate.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace orrery {
namespace {

RowPresets one_machine() {
  RowPresets presets;
  RowPresets::Machine machine;
  machine.chip.name = "A100-SXM4-80GB";
  machine.chip.peak_bf16 = 312_TFLOP_per_s;
  machine.chip.memory = 80_GiB;
  machine.chip.memory_bandwidth = 2_TB_per_s;
  machine.node.scale_out_bandwidth = 25_GB_per_s;
  presets.machines.push_back(machine);
  SoftwareProfile profile;
  profile.frameworks = {"megatron-lm"};
  profile.from = "2020";
  presets.software.push_back(profile);
  return presets;
}

/// Half the peak, whatever the layout.
Expected<StepResult, std::string> half_peak(const StepSpec& spec) {
  StepResult result;
  const double tokens = static_cast<double>(spec.training.global_batch) * spec.training.sequence;
  result.step_time = training_flops(spec.model, tokens, spec.training.sequence, AttentionFlops::Full) /
                     (0.5 * static_cast<double>(spec.cluster.chips) * spec.cluster.chip.peak_bf16);
  result.memory_budget = spec.cluster.chip.memory;
  return result;
}

std::string table(int rows) {
  std::string text;
  for (const std::string& column : measured_columns()) text += (text.empty() ? "" : ",") + column;
  for (int i = 0; i < rows; ++i) {
    const int chips = 8 << (i % 4);
    text += "\n" + std::to_string(i) + ",f" + std::to_string(i % 3) + ",s,GPT " + std::to_string(i % 7) +
            "B,24,2048,16,16,8192,51200,2048,,,A100,8," + std::to_string(chips) + ",1,1,1,1,1,,0,1," +
            std::to_string(chips * 4) + ",0,full,bf16," + (i % 2 == 0 ? "mfu,0.4" : "tokens_per_s_per_gpu,15000") +
            ",,g" + std::to_string(i / 2) + ",A100-SXM4-80GB,megatron-lm,2022," + (i % 10 == 9 ? "lora" : "pretrain") +
            ",0,128,,full,312,";
  }
  return text + "\n";
}

TEST_CASE("validate: hand-computed, an MFU of 0.4 against a model at 0.5 is 20 % too fast") {
  std::istringstream in(table(1));
  std::vector<RowScore> scores;
  validate_rows(in, "t.csv", one_machine(), half_peak, {}, {},
                [&](const RowEvaluation& row) { scores.push_back(row.score); });
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].skipped == "");
  CHECK(scores[0].predicted == doctest::Approx(0.5));
  CHECK(scores[0].relative_error == doctest::Approx(-0.2));
  CHECK(scores[0].low == scores[0].high);  // no interval was fitted
}

TEST_CASE("validate: law, every row is scored or skipped, skipped ones are no hits, the yardstick runs") {
  std::istringstream in(table(400));
  std::size_t seen = 0;
  const Validation v =
      validate_rows(in, "t.csv", one_machine(), half_peak, {}, {true, {}}, [&](const RowEvaluation&) { ++seen; });
  CHECK(seen == 400);
  CHECK(v.book.rows() == 400);
  CHECK(v.book.skipped().at("fine-tuning task lora: not modelled") == 40);
  const auto all = v.book.summaries(GroupBy::Everything, Side::Both);
  REQUIRE(all.size() == 1);
  CHECK(all[0].skipped == 40);
  CHECK(all[0].coverage < 0.01);
  CHECK_FALSE(v.baseline.empty());
  CHECK(v.baseline.back().family == "all");
}

TEST_CASE("validate: law, rows that are all skipped leave nothing scored on either side") {
  std::string text = table(20);
  for (std::size_t at = 0; (at = text.find("pretrain", at)) != std::string::npos;) text.replace(at, 8, "lora");
  std::istringstream in(text);
  std::size_t told = 0;
  ValidateOptions options;
  options.on_read = [&told](std::size_t bytes) {
    CHECK(bytes > told);
    told = bytes;
  };
  const Validation v = validate_rows(in, "t.csv", one_machine(), half_peak, {}, options);
  CHECK(told == text.size());
  CHECK(v.book.rows() == 20);
  CHECK(v.book.rows(Side::Fit) + v.book.rows(Side::Score) == 20);
  for (const Side side : {Side::Both, Side::Fit, Side::Score}) CHECK(v.book.scored(side) == 0);
}

TEST_CASE("validate: law, a mistake stops the scoring") {
  std::istringstream in(table(3) + "broken,row\n");
  CHECK_THROWS_AS(validate_rows(in, "t.csv", one_machine(), half_peak, {}), InputError);
}

}  // namespace
}  // namespace orrery
