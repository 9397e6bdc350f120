// Writes the measured tables of docs/accuracy.md between its markers. Run as `make accuracy`, from the repository, with
// the measurements beside it (or in ORRERY_DATA). Everything that it prints is of the part that nothing was fitted on.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>

#include "common/run_tool.hpp"
#include "docs/pages.hpp"
#include "fit/architectures.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/split.hpp"
#include "validate/step_fit.hpp"
#include "validate/validate.hpp"

namespace orrery {
namespace {

/// Rows with a target of their own.
struct Target {
  const char* rows;
  const char* goal;
  std::optional<double> mape;  ///< The target is met up to this.
  std::function<bool(const MeasuredRow&)> holds;
};

bool is_dense(const MeasuredRow& row) {
  return row.experts.value_or(0) <= 1;
}
bool starts(const std::string& text, const char* prefix) {
  return text.starts_with(prefix);
}
auto family(const std::string& name) {
  return [name](const MeasuredRow& row) { return row.family == name; };
}

const std::vector<Target>& targets() {
  using Row = MeasuredRow;
  static const std::vector<Target> all = {
      {"vTrain multi-node A100", "8 %", 0.08, family("vtrain-multi")},
      {"vTrain single-node A100", "8 %", 0.08, family("vtrain-single")},
      {"SC21 Table 1", "5 % (Calculon 10.3)", 0.05, family("narayanan21-t1")},
      {"Korthikanti Table 5 (reported, not chased)", "3.6 % (Calculon 3.65)", 0.036, family("korthikanti22-t5")},
      {"MegaScale's Megatron-LM rows", "8 %", 0.08,
       [](const Row& r) { return r.family == "megascale" && r.framework == "megatron-lm"; }},
      {"H100 dense BF16: DGX Cloud", "6 %", 0.06,
       [](const Row& r) { return r.family == "dgxc-h100" && r.precision == "bf16" && is_dense(r); }},
      {"H100 dense BF16: Megatron README, Llama 3", "8 %", 0.08,
       [](const Row& r) { return r.family == "megatron-readme" || r.family == "llama3-paper"; }},
      {"H100 dense FP8: NeMo, DGX Cloud, MLPerf, Megatron-Bridge", "7 %", 0.07,
       [](const Row& r) {
         const bool source = r.family == "nemo-h100" || r.family == "dgxc-h100" || starts(r.family, "mlperf") ||
                             r.family == "megatron-bridge-h100";
         return source && starts(r.precision, "fp8") && is_dense(r);
       }},
      {"B200, GB200 dense, BF16 to FP4", "8 %", 0.08,
       [](const Row& r) { return (r.chip == "B200-SXM-HGX" || r.chip == "GB200-NVL72") && is_dense(r); }},
      {"FSDP: llm-foundry A100", "8 %", 0.08, [](const Row& r) { return starts(r.family, "llm-foundry-a100"); }},
      {"FSDP: llm-foundry H100", "8 %", 0.08, family("llm-foundry-h100")},
      {"FSDP: torchtitan", "12 %", 0.12, family("torchtitan")},
      {"MoE, all chips", "12 %", 0.12, [](const Row& r) { return !is_dense(r); }},
      {"TPU v4, v5e, v5p", "10 %", 0.10, [](const Row& r) { return starts(r.chip, "TPU"); }},
      {"Trainium1", "10 %", 0.10, [](const Row& r) { return r.chip == "Trainium1"; }},
      {"all", "", std::nullopt, [](const Row&) { return true; }},
  };
  return all;
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}
std::string rounded(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}

/// The first summary of time (or memory) in a list of one name, if it has scored rows.
const Summary* summary_of(const std::vector<Summary>& all, const std::string& name, bool memory) {
  for (const Summary& s : all) {
    if (s.name == name && s.memory == memory) return &s;
  }
  return nullptr;
}

/// Everything measured, scored once.
struct Scores {
  std::vector<ScoreBook> books;  ///< One a target.
  Validation validation;
  std::map<std::string, double> left_out;  ///< By family: error when the family takes part in no fit.
};

std::map<std::string, double> left_out_errors(const std::vector<MeasuredRow>& rows) {
  std::vector<MeasuredRow> fit_rows;
  std::map<std::string, std::vector<MeasuredRow>> score_rows;
  for (const MeasuredRow& row : rows) {
    if (is_fit_row(row)) {
      fit_rows.push_back(row);
    } else {
      score_rows[row.family].push_back(row);
    }
  }
  const PredictStep predict = step_predictor();
  const std::vector<FitSample> all = fit_samples(fit_rows, embedded_presets(), predict);
  std::map<std::string, double> errors;
  for (const auto& [name, members] : score_rows) {
    std::vector<FitSample> scored = fit_samples(members, embedded_presets(), predict);
    if (scored.empty()) continue;
    std::vector<FitSample> others;
    std::copy_if(all.begin(), all.end(), std::back_inserter(others),
                 [&, &left = name](const FitSample& sample) { return sample.family != left; });
    const StepFit fit = fit_step(others, predict, shared_chips());
    double sum = 0;
    for (FitSample& sample : scored) {
      for (const StepConstant& constant : fit.constants) apply_constant(constant, sample.spec);
      sum += std::abs(predict(sample.spec)->step_time / sample.measured - 1.0);
    }
    errors[name] = sum / static_cast<double>(scored.size());
    std::cerr << "left out: " << name << '\n';
  }
  return errors;
}

Scores score_all(const std::string& path) {
  Scores scores;
  scores.books.resize(targets().size());
  const PredictStep predict = step_predictor();
  std::vector<MeasuredRow> rows;
  read_measured_file(path, [&](const MeasuredRow& row) {
    rows.push_back(row);
    const RowScore score = evaluate_row(row, embedded_presets(), predict, reference_intervals()).score;
    for (std::size_t i = 0; i < targets().size(); ++i) {
      if (targets()[i].holds(row)) scores.books[i].add(score);
    }
  });
  scores.validation =
      validate_file(path, embedded_presets(), predict, reference_intervals(), {.baseline = true, .on_read = {}});
  scores.left_out = left_out_errors(rows);
  return scores;
}

std::string target_table(const Scores& scores) {
  std::string text =
      "| rows | target | n | MAPE | median | bias | in 80 % | width | skipped | met |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < targets().size(); ++i) {
    const Target& target = targets()[i];
    const std::vector<Summary> all = scores.books[i].summaries(GroupBy::Everything, Side::Score);
    const Summary* s = summary_of(all, "all", false);
    if (s == nullptr || s->configurations == 0) continue;
    const char* met = !target.mape ? "" : s->mape <= *target.mape ? "yes" : "no";
    text += fmt::format("| {} | {} | {} | {} | {} | {:+.1f} % | {} | {} | {} | {} |\n", target.rows, target.goal,
                        s->configurations, percent(s->mape), percent(s->median), 100 * s->bias, rounded(s->coverage),
                        rounded(s->width), rounded(s->skipped_share()), met);
  }
  return text;
}

std::string memory_table(const Scores& scores) {
  std::string text =
      "| family | n | MAPE | median | bias | width | both sides, MAPE |\n|---|---|---|---|---|---|---|\n";
  const std::vector<Summary> both = scores.validation.book.summaries(GroupBy::Family, Side::Both);
  for (const Summary& s : scores.validation.book.summaries(GroupBy::Family, Side::Score)) {
    if (!s.memory || s.configurations == 0) continue;
    text +=
        fmt::format("| {} | {} | {} | {} | {:+.1f} % | {} | {} |\n", s.name, s.configurations, percent(s.mape),
                    percent(s.median), 100 * s.bias, rounded(s.width), percent(summary_of(both, s.name, true)->mape));
  }
  return text;
}

std::string ranking_table(const Scores& scores) {
  struct Sum {
    int sets = 0;
    double regret = 0, worst = 0, tau = 0;
  };
  std::map<std::string, Sum> families;
  for (const Ranking& r : scores.validation.book.rankings(5, Side::Score)) {
    Sum& sum = families[r.family];
    ++sum.sets;
    sum.regret += r.regret;
    sum.worst = std::max(sum.worst, r.regret);
    sum.tau += r.kendall_tau;
  }
  std::string text = "| family | sets | mean regret | worst | Kendall tau |\n|---|---|---|---|---|\n";
  for (const auto& [name, sum] : families) {
    text += fmt::format("| {} | {} | {} | {} | {:.2f} |\n", name, sum.sets, percent(sum.regret / sum.sets),
                        percent(sum.worst), sum.tau / sum.sets);
  }
  return text;
}

std::string family_table(const Scores& scores) {
  std::string text =
      "| family | n | skipped | MAPE | median | bias | in 80 % | width | Winkler | both sides, MAPE | left out of "
      "every "
      "fit | yardstick | yardstick, left out |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  const std::vector<Summary> both = scores.validation.book.summaries(GroupBy::Family, Side::Both);
  for (const Summary& s : scores.validation.book.summaries(GroupBy::Family, Side::Score)) {
    if (s.memory || s.configurations == 0) continue;
    const auto left_out = scores.left_out.find(s.name);
    const auto yardstick = std::find_if(scores.validation.baseline.begin(), scores.validation.baseline.end(),
                                        [&](const BaselineScore& b) { return b.family == s.name; });
    const bool has_yardstick = yardstick != scores.validation.baseline.end();
    text += fmt::format(
        "| {} | {} | {} | {} | {} | {:+.1f} % | {} | {} | {:.2f} | {} | {} | {} | {} |\n", s.name, s.configurations,
        rounded(s.skipped_share()), percent(s.mape), percent(s.median), 100 * s.bias, rounded(s.coverage),
        rounded(s.width), s.winkler, percent(summary_of(both, s.name, false)->mape),
        left_out == scores.left_out.end() ? "" : percent(left_out->second),
        has_yardstick ? percent(yardstick->mape) : "", has_yardstick ? percent(yardstick->left_out_mape) : "");
  }
  return text;
}

std::string group_table(const Scores& scores, GroupBy by) {
  std::string text =
      "| name | of | n | MAPE | median | bias | in 80 % | width | Winkler |\n|---|---|---|---|---|---|---|---|---|\n";
  for (const Summary& s : scores.validation.book.summaries(by, Side::Score)) {
    if (s.configurations == 0) continue;
    text += fmt::format("| {} | {} | {} | {} | {} | {:+.1f} % | {} | {} | {:.2f} |\n", s.name,
                        s.memory ? "memory" : "time", s.configurations, percent(s.mape), percent(s.median),
                        100 * s.bias, rounded(s.coverage), rounded(s.width), s.winkler);
  }
  return text;
}

std::string skipped_table(const Scores& scores) {
  std::string text = "| reason | rows |\n|---|---|\n";
  for (const auto& [reason, rows] : scores.validation.book.skipped())
    text += fmt::format("| {} | {} |\n", reason, rows);
  return text;
}

void run() {
  const Scores scores = score_all(measurements_folder() + "/training/open.csv");
  const auto write = [](const char* name, const std::string& table) {
    write_table("docs/accuracy.md", name, "make accuracy", table);
  };
  write("targets", target_table(scores));
  write("memory", memory_table(scores));
  write("ranking", ranking_table(scores));
  write("families", family_table(scores));
  write("chips", group_table(scores, GroupBy::Chip));
  write("regimes", group_table(scores, GroupBy::Regime));
  write("skipped", skipped_table(scores));
}

}  // namespace
}  // namespace orrery

int main() {
  return orrery::run_tool(orrery::run);
}
