#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "step/result.hpp"
#include "validate/measured_row.hpp"

namespace orrery {

/// One measured row (of a step, or of a collective) against its prediction. Values are in the row's own metric and
/// unit; errors are always on time (a utilisation or a bandwidth is turned into the time that it implies), except for
/// memory, whose error is direct.
struct RowScore {
  std::string id, family, chip, group;
  std::string metric;  ///< What the row measured, by its name in the table.
  double measured = 0, predicted = 0;
  double low = 0, high = 0;   ///< 80 % interval in the row's metric, low <= high.
  double relative_error = 0;  ///< predicted / measured - 1, of step time or memory.
  std::string skipped;        ///< Why the row is not scored; empty when it is.
  // What the summaries need beyond that.
  double measured_base = 0, predicted_base = 0;  ///< Seconds, or GiB for memory.
  double low_base = 0, high_base = 0;
  bool memory = false;     ///< A figure of peak memory instead of time.
  bool direct = true;      ///< States the time itself, not through somebody's count of operations.
  std::string regime;      ///< What binds it: intervals are calibrated by it.
  bool fit_part = false;   ///< In the part that constants may be fitted on (see split.hpp).
  std::string layout_set;  ///< Rows of one set differ only in their layout: same model, chips, batch, software.
  std::string layout;
};

/// Errors of many configurations. Several figures of one run (its step time and its MFU) are one configuration: their
/// errors are averaged first, and where a run has a direct figure of time, those derived from it do not count.
struct Summary {
  std::string name;
  bool memory = false;  ///< Errors of peak memory instead of step time.
  std::size_t rows = 0, skipped = 0, configurations = 0;
  double mape = 0;      ///< Mean of |error|.
  double median = 0;    ///< Median of |error|.
  double bias = 0;      ///< Mean of the error; above 0 predicts too slow (or too much memory).
  double worst = 0;     ///< Largest |error|.
  double coverage = 0;  ///< Share of configurations inside their 80 % interval.
  double width = 0;     ///< Mean of (high - low) / predicted.
  double winkler = 0;   ///< Mean interval score at 80 % over the measured value: width + 10 x each miss.
  double row_mape = 0;  ///< Mean of |error| over rows, each counted once.
  double skipped_share() const { return rows == 0 ? 0.0 : static_cast<double>(skipped) / static_cast<double>(rows); }
};

enum class GroupBy { Everything, Family, Chip, Regime };
enum class Side { Both, Fit, Score };  ///< Which side of the split (split.hpp) counts.

/// How well predictions rank the layouts of one set.
struct Ranking {
  std::string set, family;
  std::size_t layouts = 0;
  double regret = 0;       ///< Measured time of the layout that we would pick over the best measured, minus 1.
  double kendall_tau = 0;  ///< Tau-b of predicted against measured times.
};

/// Collects row scores, some hundred bytes each, and summarises them.
class ScoreBook {
 public:
  void add(const RowScore& score);
  /// One summary a name (sorted), time before memory. Names without a scored row are kept: their share skipped is 1.
  std::vector<Summary> summaries(GroupBy by, Side side) const;
  /// Sets of at least `at_least` different layouts, sorted by name. Measurements of the same layout are averaged first.
  std::vector<Ranking> rankings(std::size_t at_least = 5, Side side = Side::Both) const;
  /// Rows by the reason that they are skipped for.
  std::map<std::string, std::size_t> skipped(Side side = Side::Both) const;
  std::size_t rows(Side side = Side::Both) const;
  /// Rows that are not skipped: without one there is no answer.
  std::size_t scored(Side side) const;

  /// One configuration after averaging: what intervals are fitted on.
  struct Configuration {
    std::string regime;
    bool memory = false;
    bool fit_part = false;
    double log_ratio = 0;  ///< Mean log(measured / predicted).
  };
  std::vector<Configuration> configurations() const;

 private:
  struct Sample {
    std::uint32_t family = 0, chip = 0, group = 0, set = 0, layout = 0, reason = 0, regime = 0;
    bool memory = false, direct = false, skipped = false, fit_part = false;
    double measured = 0, predicted = 0, low = 0, high = 0;
  };
  struct Names {
    std::unordered_map<std::string, std::uint32_t> index;
    std::vector<std::string> text;
    std::uint32_t operator()(const std::string& name);
  };
  /// Samples that count for time (or memory), by configuration.
  std::vector<std::vector<std::uint32_t>> grouped(const std::vector<std::uint32_t>& members, bool memory) const;
  Summary summarise(std::string name, bool memory, const std::vector<std::uint32_t>& members) const;

  std::vector<Sample> samples_;
  Names names_;
};

}  // namespace orrery
