#pragma once

#include <string>
#include <utility>

#include "validate/conventions.hpp"

namespace orrery {

/// When selective recomputation begins (arXiv:2205.05198).
inline constexpr const char* kSelectiveSince = "2022-05";

/// Turns one row into a step, by the table of conventions. Each part returns "" or the reason that the row is skipped
/// for; its files are named after what they fill: machine and software, model, layout.
class Interpreter {
 public:
  Interpreter(const MeasuredRow& row, const RowPresets& presets, const FitsMemory& fits)
      : row_(row), presets_(presets), fits_(fits) {}

  Expected<Interpretation, std::string> run();

 private:
  StepSpec& spec() { return result_.spec; }
  void filled(Fill fill, std::string value) { result_.fills.push_back({fill, std::move(value)}); }
  /// Whether the software is of that date or later; undated software counts as today's.
  bool dated_from(const char* date) const { return row_.framework_date.empty() || row_.framework_date >= date; }

  std::string known_kind();
  std::string counts();  ///< How the row's figure was counted.

  // interpreter_machine.cpp
  std::string machine();
  std::string precision();
  std::string software();
  /// The switches of a profile that the row says otherwise.
  void stated_switches(const std::string& date);

  // interpreter_model.cpp
  std::string architecture();
  /// The preset whose series, hidden size and heads the row shares; of several the one nearest in layers, then in width
  /// and vocabulary.
  const Transformer* same_model() const;
  const Transformer* same_series() const;
  /// Norms, positions, biases and tying where no preset of the size is known.
  void style();
  /// Width of a query, key or value head; false where it cannot be told.
  bool head_dim(const Transformer* preset);
  void mlp(const Transformer* preset);
  void truncate(const Transformer& preset);

  // interpreter_layout.cpp
  std::string layout();
  void expert_parallel();
  void sharding();
  std::string batch();
  std::string interleaving();
  void recompute();

  const MeasuredRow& row_;
  const RowPresets& presets_;
  const FitsMemory& fits_;
  Interpretation result_;
  bool eager_ = false;  ///< The row says that nothing was compiled.
  long long slices_ = 1;
};

}  // namespace orrery
