// Fits Orrery's own constants on the open measurements and writes them where they are read: the [calibration] tables of
// presets/chips/, the host times of presets/software/ and the intervals of data/reference/. Run as `make fit`, from the
// repository, with the measurements beside it (or in ORRERY_DATA). --step-only keeps the kernels' constants.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <set>

#include "base/file.hpp"
#include "common/run_tool.hpp"
#include "fit/architectures.hpp"
#include "scenario/preset.hpp"
#include "step/kernels/fit_kernels.hpp"
#include "support/kernel_tables.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/evaluate.hpp"
#include "validate/interval.hpp"
#include "validate/split.hpp"
#include "validate/step_fit.hpp"
#include "validate/validate.hpp"

namespace orrery {
namespace {

constexpr std::uint64_t kFolds = 5;
constexpr Seconds kUnfittedExchange{500e-6};

void fit_kernel_constants(RowPresets& presets) {
  for (const Architecture& architecture : architectures()) {
    if (architecture.tables.chip.empty()) continue;
    KernelTable table{test::gemm_rows(architecture.tables), test::attention_rows(architecture.tables),
                      test::expert_rows(architecture.tables, "balanced")};
    Chip chip = presets.machine(architecture.measured)->chip;
    chip.calibration = ChipCalibration{};  // a second fit starts where the first did
    const KernelFit fit = fit_kernels(table, chip);
    std::cout << fmt::format("{}: kernels fitted, mean log error {:.3f}\n", architecture.measured, fit.loss);
    for (RowPresets::Machine& machine : presets.machines) {
      const auto& members = architecture.members;
      if (std::find(members.begin(), members.end(), machine.chip.name) == members.end()) continue;
      const ChipCalibration before = machine.chip.calibration;
      machine.chip.calibration = fit.calibration;
      machine.chip.calibration.attention_backward_share = before.attention_backward_share;
      machine.chip.calibration.attention_flash_share = before.attention_flash_share;
      machine.chip.calibration.sustained_clock = before.sustained_clock;
      machine.chip.calibration.sustained_clock_fp8 = before.sustained_clock_fp8;
      if (table.experts.empty()) machine.chip.calibration.grouped_efficiency = before.grouped_efficiency;
    }
  }
}

StepFit fit_step_constants(RowPresets& presets, const std::vector<MeasuredRow>& rows) {
  // Nobody has published kernel times of these systolic arrays: their products are taken to reach the peak, and what is
  // lost shows in the clock.
  for (RowPresets::Machine& machine : presets.machines) {
    if (machine.chip.vendor == "Google") machine.chip.calibration.tensor_efficiency = 1.0;
  }
  const StepFit fit = fit_step(fit_samples(rows, presets, step_predictor()), step_predictor(), shared_chips());
  for (const StepConstant& constant : fit.constants) {
    StepSpec spec;
    for (RowPresets::Machine& machine : presets.machines) {
      spec.cluster.chip = machine.chip;
      apply_constant(constant, spec);
      machine.chip = spec.cluster.chip;
    }
    for (SoftwareProfile& profile : presets.software) {
      spec.software = profile.software;
      apply_constant(constant, spec);
      profile.software = spec.software;
    }
  }
  return fit;
}

void print(const StepFit& fit) {
  std::cout << fmt::format("step: loss {:.4f} -> {:.4f}\n", fit.loss_before, fit.loss_after);
  for (const StepConstant& constant : fit.constants) {
    std::cout << fmt::format("  {:24} {:26} {:.4g}  ({} configurations)\n", constant.owner, constant.name,
                             constant.value, constant.samples);
  }
}

/// What nobody has fitted: a fold starts there, lest a constant that it cannot show keeps what the other folds gave.
void forget_step_constants(RowPresets& presets) {
  for (RowPresets::Machine& machine : presets.machines) {
    ChipCalibration& c = machine.chip.calibration;
    const ChipCalibration unknown;
    c.sustained_clock = unknown.sustained_clock;
    c.sustained_clock_fp8 = unknown.sustained_clock_fp8;
    c.attention_backward_share = unknown.attention_backward_share;
    c.attention_flash_share = unknown.attention_flash_share;
    c.memory_efficiency = unknown.memory_efficiency;
  }
  for (SoftwareProfile& profile : presets.software) {
    Software& s = profile.software;
    s.host_per_kernel = Software{}.host_per_kernel;
    s.host_per_step = Software{}.host_per_step;
    if (s.host_per_exchange.raw() > 0) s.host_per_exchange = kUnfittedExchange;
  }
}

/// Every row of the fit part, predicted with constants fitted on the other folds of it. Folds are of whole blocks.
std::vector<ScoreBook::Configuration> cross_validated(const RowPresets& presets, const std::vector<MeasuredRow>& rows) {
  ScoreBook book;
  for (std::uint64_t fold = 0; fold < kFolds; ++fold) {
    const auto inside = [fold](const MeasuredRow& row) {
      return stable_hash("fold|" + block_of(row)) % kFolds == fold;
    };
    std::vector<MeasuredRow> others;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(others), [&](const auto& row) { return !inside(row); });
    RowPresets fitted = presets;
    forget_step_constants(fitted);
    fit_step_constants(fitted, others);
    for (const MeasuredRow& row : rows) {
      if (inside(row)) book.add(evaluate_row(row, fitted, step_predictor(), IntervalTable{}).score);
    }
  }
  return book.configurations();
}

/// The constants of a chip as TOML: only those that something was fitted on, each saying on what; the others keep the
/// program's defaults. `steps` names those of whole steps; `kernels` is null where no kernel tables exist.
std::string calibration_text(const Chip& chip, const std::set<std::string>& steps, const Architecture* kernels) {
  const ChipCalibration& c = chip.calibration;
  std::string text;
  const auto add = [&](const char* name, const std::string& value, bool of_kernels) {
    const bool of_steps = steps.count(name) > 0;
    if (!of_steps && !(of_kernels && kernels != nullptr)) return;
    const std::string what = of_steps ? "steps" : fmt::format("kernels of {}", kernels->measured);
    text += fmt::format("{} = {{ value = {}, source = \"make fit: measured {}\" }}\n", name, value, what);
  };
  const auto number = [&](const char* name, double value, bool of_kernels) {
    add(name, fmt::format("{:.4g}", value), of_kernels);
  };
  number("tensor_efficiency", c.tensor_efficiency, true);
  number("tensor_efficiency_fp8", c.tensor_efficiency_fp8, chip.peak_fp8.raw() > 0);
  number("tensor_efficiency_fp4", c.tensor_efficiency_fp4, chip.peak_fp4.raw() > 0);
  number("k_loop_fill", c.k_loop_fill, true);
  number("wave_weight", c.wave_weight, true);
  number("operand_bytes_per_flop", c.operand_bytes_per_flop, true);
  number("grouped_efficiency", c.grouped_efficiency, kernels != nullptr && kernels->has_experts);
  number("memory_efficiency", c.memory_efficiency, true);
  add("kernel_latency", fmt::format("\"{:.3g} us\"", c.kernel_latency.raw() * 1e6), true);
  number("attention_efficiency", c.attention_efficiency, true);
  number("attention_softmax_flops", c.attention_softmax_flops, true);
  add("attention_block_latency", fmt::format("\"{:.3g} us\"", c.attention_block_latency.raw() * 1e6), true);
  number("attention_backward_share", c.attention_backward_share, false);
  number("attention_flash_share", c.attention_flash_share, false);
  number("sustained_clock", c.sustained_clock, false);
  number("sustained_clock_fp8", c.sustained_clock_fp8, false);
  if (chip.vendor == "Google" && !text.empty()) {
    text = fmt::format("tensor_efficiency = {{ value = {:.4g}, unverified = true }}\n", c.tensor_efficiency) + text;
  }
  return text.empty() ? text : "\n# Fitted by `make fit` (docs/kernels.md, docs/accuracy.md).\n[calibration]\n" + text;
}

/// The text without its calibration, which stands at the end.
std::string without_calibration(const std::string& text) {
  const std::size_t comment = text.find("\n# Fitted by `make fit`");
  return comment == std::string::npos ? text : text.substr(0, comment);
}

std::string with_line(const std::string& text, const std::string& key, const std::string& line) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1);
    const std::string current = text.substr(begin, end - begin + 1);
    if (!current.starts_with(key + " =")) result += current;
    begin = end + 1;
  }
  return result + line + "\n";
}

void write_presets(const RowPresets& presets, const StepFit& fit) {
  const auto steps_of = [&](const std::string& chip) {
    std::set<std::string> names;
    for (const StepConstant& constant : fit.constants) {
      const auto& members = constant.members;
      const bool member = std::find(members.begin(), members.end(), chip) != members.end();
      if (constant.of_chip && member) names.insert(constant.name);
    }
    return names;
  };
  const auto kernels_of = [](const std::string& chip) -> const Architecture* {
    for (const Architecture& architecture : architectures()) {
      const auto& members = architecture.members;
      const bool member = std::find(members.begin(), members.end(), chip) != members.end();
      if (member && !architecture.tables.chip.empty()) return &architecture;
    }
    return nullptr;
  };
  for (const std::string& stem : preset_names("chips")) {
    const std::string path = "presets/chips/" + stem + ".toml";
    const std::string text = read_text_file(path)->text;
    for (const RowPresets::Machine& machine : presets.machines) {
      if (text.find("name = \"" + machine.chip.name + "\"") == std::string::npos) continue;
      const std::string& name = machine.chip.name;
      write_file_atomically(
          path, without_calibration(text) + calibration_text(machine.chip, steps_of(name), kernels_of(name)));
    }
  }
  for (const SoftwareProfile& profile : presets.software) {
    const std::string path = "presets/software/" + profile.software.name + ".toml";
    std::string text = read_text_file(path)->text;
    const auto time = [&](const char* key, Seconds value) {
      const bool fitted_here =
          std::any_of(fit.constants.begin(), fit.constants.end(), [&](const StepConstant& constant) {
            const auto& members = constant.members;
            const bool member =
                members.empty() || std::find(members.begin(), members.end(), profile.software.name) != members.end();
            return !constant.of_chip && constant.name == key && member;
          });
      const char* mark = fitted_here ? "source = \"make fit\"" : "unverified = true";
      const bool long_time = value.raw() >= 1e-3;
      text = with_line(text, key,
                       fmt::format("{} = {{ value = \"{:.3g} {}\", {} }}", key, value.raw() * (long_time ? 1e3 : 1e6),
                                   long_time ? "ms" : "us", mark));
    };
    time("host_per_kernel", profile.software.host_per_kernel);
    time("host_per_step", profile.software.host_per_step);
    if (profile.software.host_per_exchange.raw() > 0 && text.find("host_per_exchange") != std::string::npos) {
      time("host_per_exchange", profile.software.host_per_exchange);
    }
    write_file_atomically(path, text);
  }
}

void run(bool kernels) {
  const std::string data = measurements_folder();
  RowPresets presets = embedded_presets();
  if (kernels) fit_kernel_constants(presets);
  std::vector<MeasuredRow> rows;
  read_measured_file(data + "/training/open.csv", [&](const MeasuredRow& row) {
    if (is_fit_row(row)) rows.push_back(row);
  });
  const std::vector<ScoreBook::Configuration> held_out = cross_validated(presets, rows);
  forget_step_constants(presets);
  const StepFit fit = fit_step_constants(presets, rows);
  print(fit);
  write_presets(presets, fit);
  write_file_atomically("data/reference/intervals.csv", to_csv(fit_intervals(held_out)));
  const Validation scored = validate_file(data + "/training/open.csv", presets, step_predictor(), IntervalTable{});
  for (const Side side : {Side::Fit, Side::Score}) {
    for (const Summary& s : scored.book.summaries(GroupBy::Everything, side)) {
      std::cout << fmt::format("{} part, {}: {} configurations, MAPE {:.1f} %, median {:.1f} %\n",
                               side == Side::Fit ? "fit" : "score", s.memory ? "memory" : "time", s.configurations,
                               100 * s.mape, 100 * s.median);
    }
  }
}

}  // namespace
}  // namespace orrery

int main(int argc, char** argv) {
  return orrery::run_tool([&] { orrery::run(argc < 2 || std::string(argv[1]) != "--step-only"); });
}
