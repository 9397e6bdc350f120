#include "validate/step_fit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kLargestLogError = 0.4;  // About 50 %.
constexpr double kTypicalError = 0.07;    // Of a step.
// A constant that fewer configurations show is not fitted. Any measurement of a chip's clock beats what all start from.
constexpr std::size_t kFewestSamples = 6, kFewestClock = 1, kFewestShared = 4;
constexpr int kMostCycles = 12;

/// What may be fitted: the name, its bounds, what is expected of it before any step was measured, and where it stands.
struct Field {
  const char* name;
  double low, high;
  double expected, spread;  ///< Host times, which span decades: the spread is a factor.
  double (*get)(const StepSpec&);
  void (*set)(StepSpec&, double);
  bool shared = false;  ///< One value for all software that has it above 0.

  bool logarithmic() const { return high / low > 10; }
  /// Distance from what is expected, in spreads.
  double surprise(double x) const {
    return logarithmic() ? std::log(x / expected) / std::log(spread) : (x - expected) / spread;
  }
};

const std::vector<Field>& chip_fields() {
  static const std::vector<Field> fields = {
      {"sustained_clock", 0.5, 1.0, 0.8, 0.15,
       [](const StepSpec& s) { return s.cluster.chip.calibration.sustained_clock; },
       [](StepSpec& s, double x) { s.cluster.chip.calibration.sustained_clock = x; }},
      {"sustained_clock_fp8", 0.4, 1.0, 0.8, 0.15,
       [](const StepSpec& s) { return s.cluster.chip.calibration.sustained_clock_fp8; },
       [](StepSpec& s, double x) { s.cluster.chip.calibration.sustained_clock_fp8 = x; }},
      {"attention_backward_share", 0.4, 1.2, 0.8, 0.2,
       [](const StepSpec& s) { return s.cluster.chip.calibration.attention_backward_share; },
       [](StepSpec& s, double x) { s.cluster.chip.calibration.attention_backward_share = x; }},
      {"attention_flash_share", 0.4, 1.0, 0.7, 0.25,
       [](const StepSpec& s) { return s.cluster.chip.calibration.attention_flash_share; },
       [](StepSpec& s, double x) { s.cluster.chip.calibration.attention_flash_share = x; }},
      {"memory_efficiency", 0.5, 0.95, 0.9, 0.06,
       [](const StepSpec& s) { return s.cluster.chip.calibration.memory_efficiency; },
       [](StepSpec& s, double x) { s.cluster.chip.calibration.memory_efficiency = x; }},
  };
  return fields;
}

const std::vector<Field>& software_fields() {
  static const std::vector<Field> fields = {
      {"host_per_kernel", 2e-6, 60e-6, 8e-6, 4, [](const StepSpec& s) { return s.software.host_per_kernel.raw(); },
       [](StepSpec& s, double x) { s.software.host_per_kernel = Seconds(x); }},
      {"host_per_exchange", 1e-5, 2e-3, 3e-4, 4, [](const StepSpec& s) { return s.software.host_per_exchange.raw(); },
       [](StepSpec& s, double x) { s.software.host_per_exchange = Seconds(x); }, true},
      {"host_per_step", 1e-3, 200e-3, 15e-3, 4, [](const StepSpec& s) { return s.software.host_per_step.raw(); },
       [](StepSpec& s, double x) { s.software.host_per_step = Seconds(x); }},
  };
  return fields;
}

const Field& field_of(const StepConstant& constant) {
  const auto& fields = constant.of_chip ? chip_fields() : software_fields();
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == constant.name; });
  ORRERY_CHECK(found != fields.end(), "a fitted constant is a known one");
  return *found;
}

/// Whether a sample's time depends on the constant at all.
bool acts_on(const Field& field, StepSpec spec, const PredictStep& predict) {
  const auto before = predict(spec);
  field.set(spec, field.get(spec) > 0.5 * (field.low + field.high) ? field.low : field.high);
  const auto after = predict(spec);
  return before && after && std::abs(after->step_time / before->step_time - 1.0) > 0.01;
}

const std::string& owner_name(const StepConstant& constant, const StepSpec& spec) {
  return constant.of_chip ? spec.cluster.chip.name : spec.software.name;
}

bool belongs(const StepConstant& constant, const StepSpec& spec) {
  const Field& field = field_of(constant);
  if (field.shared) return field.get(spec) > 0;
  const auto& members = constant.members;
  return std::find(members.begin(), members.end(), owner_name(constant, spec)) != members.end();
}

/// Samples with the error of each, and the loss that they add up to.
class Fitter {
 public:
  Fitter(std::vector<FitSample> samples, const PredictStep& predict) : samples_(std::move(samples)), predict_(predict) {
    std::map<std::string, double> sizes;
    for (const FitSample& sample : samples_) sizes[sample.family] += 1;
    for (const auto& [family, size] : sizes) independent_ += std::sqrt(size);
    for (const FitSample& sample : samples_) weights_.push_back(1.0 / (std::sqrt(sizes[sample.family]) * independent_));
    for (const FitSample& sample : samples_) errors_.push_back(error(sample));
  }

  /// Mean error, each family weighing as the root of its size.
  double loss() const {
    double sum = 0;
    for (std::size_t i = 0; i < errors_.size(); ++i) sum += weights_[i] * errors_[i];
    return sum;
  }

  /// What a value costs that is not the expected one: a step's error is Laplacian with the scale kTypicalError, a
  /// constant normal around what is expected of it, and a family counts as the root of its size.
  double price_of_surprise(const Field& field, double value) const {
    const double z = field.surprise(value);
    return 0.5 * z * z * kTypicalError / independent_;
  }

  std::vector<std::size_t> members(const StepConstant& constant) const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      const StepSpec& spec = samples_[i].spec;
      if (belongs(constant, spec) && acts_on(field_of(constant), spec, predict_)) result.push_back(i);
    }
    return result;
  }

  /// Loss of the members if the constant had this value, and the price of the value itself.
  double trial(const StepConstant& constant, const std::vector<std::size_t>& members, double value) {
    const Field& field = field_of(constant);
    double sum = price_of_surprise(field, value);
    for (const std::size_t i : members) {
      const double kept = field.get(samples_[i].spec);
      field.set(samples_[i].spec, value);
      sum += weights_[i] * error(samples_[i]);
      field.set(samples_[i].spec, kept);
    }
    return sum;
  }

  void set(const StepConstant& constant, double value) {
    for (FitSample& sample : samples_) {
      StepConstant fixed = constant;
      fixed.value = value;
      apply_constant(fixed, sample.spec);
    }
    for (std::size_t i = 0; i < samples_.size(); ++i) errors_[i] = error(samples_[i]);
  }

  std::vector<StepConstant> constants(const std::vector<std::vector<std::string>>& architectures) const {
    std::set<std::string> software;
    std::map<std::string, std::vector<std::string>> chips;  // architectures by their first chip
    for (const FitSample& sample : samples_) {
      software.insert(sample.spec.software.name);
      const std::string& chip = sample.spec.cluster.chip.name;
      std::vector<std::string> members = {chip};
      for (const auto& architecture : architectures) {
        if (std::find(architecture.begin(), architecture.end(), chip) != architecture.end()) members = architecture;
      }
      chips.try_emplace(members.front(), members);
    }
    std::vector<StepConstant> result;
    const auto offer = [&](StepConstant constant, std::size_t fewest) {
      if (constant.samples >= fewest) result.push_back(std::move(constant));
    };
    for (const Field& field : software_fields()) {
      if (field.shared) {
        offer(constant_of(field, "all software", {}, false), kFewestShared);
        continue;
      }
      for (const std::string& name : software) offer(constant_of(field, name, {name}, false), kFewestSamples);
    }
    for (const auto& [first, members] : chips) {
      for (const Field& field : chip_fields()) {
        const bool clock = field.name == std::string_view("sustained_clock");
        offer(constant_of(field, first, members, true), clock ? kFewestClock : kFewestSamples);
      }
    }
    return result;
  }

 private:
  StepConstant constant_of(const Field& field, const std::string& owner, const std::vector<std::string>& sharing,
                           bool of_chip) const {
    StepConstant constant;
    constant.owner = owner;
    constant.members = sharing;
    constant.of_chip = of_chip;
    constant.name = field.name;
    constant.low = field.low;
    constant.high = field.high;
    constant.value = field.expected;
    constant.samples = members(constant).size();
    return constant;
  }

  double error(const FitSample& sample) const {
    const auto result = predict_(sample.spec);
    if (!result) return kLargestLogError;
    return std::min(kLargestLogError, std::abs(std::log(result->step_time / sample.measured)));
  }

  std::vector<FitSample> samples_;
  const PredictStep& predict_;
  double independent_ = 0;
  std::vector<double> weights_, errors_;
};

/// The best value of a constant on a grid that closes in on it. Host times span decades: their grid is logarithmic.
double search(Fitter& fitter, const StepConstant& constant, const std::vector<std::size_t>& members) {
  const bool logarithmic = field_of(constant).logarithmic();
  const auto forward = [&](double x) { return logarithmic ? std::log(x) : x; };
  const auto back = [&](double y) { return logarithmic ? std::exp(y) : y; };
  double best = forward(std::clamp(constant.value, constant.low, constant.high));
  double best_loss = fitter.trial(constant, members, back(best));
  double step = (forward(constant.high) - forward(constant.low)) / 4;
  for (int round = 0; round < 7; ++round, step /= 2) {
    for (const double candidate : {best - step, best + step}) {
      if (candidate < forward(constant.low) || candidate > forward(constant.high)) continue;
      const double loss = fitter.trial(constant, members, back(candidate));
      if (loss < best_loss - 1e-12) best_loss = loss, best = candidate;
    }
  }
  return back(best);
}

}  // namespace

void apply_constant(const StepConstant& constant, StepSpec& spec) {
  if (belongs(constant, spec)) field_of(constant).set(spec, constant.value);
}

std::vector<FitSample> fit_samples(const std::vector<MeasuredRow>& rows, const RowPresets& presets,
                                   const PredictStep& predict) {
  std::map<std::string, std::pair<bool, FitSample>> by_group;
  const FitsMemory fits = [&](const StepSpec& spec) {
    const auto result = predict(spec);
    return result && result->fits();
  };
  for (const MeasuredRow& row : rows) {
    if (!is_time(row.metric)) continue;
    auto meaning = interpret(row, presets, fits);
    // Nobody has published kernels in FP32 (TF32): such rows are scored, but say nothing of the constants of others.
    if (!meaning || meaning->spec.training.precision == Precision::Fp32) continue;
    const bool direct = is_direct_time(row.metric);
    FitSample sample{meaning->spec, row.family, implied_step_time(row, *meaning)};
    const std::string group = row.group.empty() ? row.id : row.group;
    const auto [place, is_new] = by_group.try_emplace(group, direct, sample);
    if (!is_new && direct && !place->second.first) place->second = {direct, std::move(sample)};
  }
  std::vector<FitSample> samples;
  for (auto& [group, entry] : by_group) samples.push_back(std::move(entry.second));
  return samples;
}

StepFit fit_step(std::vector<FitSample> samples, const PredictStep& predict,
                 const std::vector<std::vector<std::string>>& architectures) {
  Fitter fitter(std::move(samples), predict);
  StepFit fit;
  fit.constants = fitter.constants(architectures);
  std::vector<std::vector<std::size_t>> members;
  for (const StepConstant& constant : fit.constants) members.push_back(fitter.members(constant));
  for (const StepConstant& constant : fit.constants) fitter.set(constant, constant.value);
  fit.loss_before = fit.loss_after = fitter.loss();
  for (int cycle = 0; cycle < kMostCycles; ++cycle) {
    for (std::size_t i = 0; i < fit.constants.size(); ++i) {
      StepConstant& constant = fit.constants[i];
      constant.value = search(fitter, constant, members[i]);
      fitter.set(constant, constant.value);
    }
    const double gained = fit.loss_after - fitter.loss();
    fit.loss_after = fitter.loss();
    if (gained < 1e-4 * fit.loss_before) break;
  }
  return fit;
}

}  // namespace orrery
