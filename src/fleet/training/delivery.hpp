#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/law.hpp"
#include "base/quantity.hpp"
#include "run/spec.hpp"
#include "step/search.hpp"

namespace orrery {

/// A quantity by its 10, 50 and 90 % quantiles: the median and the 80 % interval around it. Base units.
struct TrainingBand {
  double p10 = 0, p50 = 0, p90 = 0;

  friend bool operator==(const TrainingBand&, const TrainingBand&) = default;
};

/// What is assumed of a training of which no model is known: the share of the dense BF16 peak that a step reaches, and
/// the share of the time that is useful work. Of published runs (docs/fleet-training.md).
const Law& fallback_mfu();      ///< 0.40, 80 % of them 0.30 to 0.47.
const Law& fallback_goodput();  ///< 0.90, 80 % of them 0.75 to 0.97.

/// What is to be trained: a model and its tokens, or only a number of operations.
///
/// Operations are counted as published tables count them: 6 a token and (active) parameter, without attention and
/// without what is computed twice. An MFU of this level has them over the dense 16-bit peak, so that runs in FP8 can
/// pass what BF16 allows.
struct TrainingTask {
  std::string name;
  Flops compute;                       ///< Of the whole training.
  Law compute_factor = Law::fixed(1);  ///< How sure that is: estimates of closed models are off by factors.
  /// The model, its software and what it is trained on, on the chip of the pool; layout and number of chips are chosen.
  /// None: no step level, `mfu` is taken.
  std::optional<StepSpec> step;
  bool stands_in = false;      ///< `step` is another model of this size class: its MFU counts, its tokens do not.
  bool keeps_batch = false;    ///< The global batch is as stated; otherwise the nearest that the chips share.
  bool keeps_layout = false;   ///< The layout is that of `step`, which takes all chips of the pool; none is searched.
  std::optional<Law> mfu;      ///< Instead of the step level's.
  std::optional<Law> goodput;  ///< Instead of the run level's.
};

/// Chips of one kind at one place, all of them the job's.
struct TrainingPool {
  std::string name;
  Cluster cluster;                   ///< `cluster.chips` are all of the pool.
  Watts drawn_power;                 ///< Of a chip, on average: what `drawn_power` gives; 0: unknown.
  Law chips_factor = Law::fixed(1);  ///< How sure the number of chips is; what is used grows with it.
  bool spares_besides = false;       ///< Spare nodes are held besides those chips; otherwise they are taken from them.
};

/// What the levels below answer with.
struct TrainingLevels {
  /// Factor by which a step may be slower at the upper end of its 80 % interval; empty: as predicted.
  std::function<double(const StepResult&)> upper_factor;
  /// The run of so many steps: faults, checkpoints, restarts, spares; empty: the fall-back goodput.
  std::function<RunSpec(const StepSpec&, const StepResult&, double steps)> run_of;
  int refine = 20;       ///< Layouts whose pipeline is executed exactly, in each search.
  unsigned threads = 1;  ///< That share a search; the answer is the same for any number.
};

/// How fast a pool advances a task, whatever there is to be computed: what costs time to find, and what trainings of
/// one model on one pool share.
struct TrainingSpeed {
  long long chips_held = 0;  ///< With spares, and those that no layout uses.
  long long chips_used = 0;  ///< That compute.
  long long spare_nodes = 0;
  std::optional<PlannedLayout> step;  ///< The best layout found, where a model is known.
  long long global_batch = 0;         ///< Sequences, where a model is known.
  Seconds between_stops;              ///< Mean time between stops; 0: the run level was not asked.
  std::vector<double> mfu;            ///< Of a step, over the chips that compute: equally likely values.
  std::vector<double> goodput;        ///< Useful share of their time: equally likely values.
};

/// What a pool makes of a task.
struct Delivery {
  TrainingSpeed speed;
  TrainingBand mfu, goodput;
  TrainingBand rate;                   ///< Effective FLOP/s: what the training advances by.
  TrainingBand time;                   ///< Seconds, the uncertainty of the compute and of the chips included.
  TrainingBand chip_seconds;           ///< Of all chips held.
  std::vector<double> effort;          ///< Chip-seconds again, as equally likely values: what a price multiplies.
  TrainingBand energy;                 ///< Joules at the facility's power; 0 where that is unknown.
  std::vector<std::string> fallbacks;  ///< What was taken for want of a level, in sentences.
};

/// "Cannot be done, because".
struct CannotTrain {
  std::string reason;
  std::optional<Candidate> closest;  ///< The layout that comes closest, where a model does not fit.
};

/// Joins the levels: the best layout's MFU with its interval (step), the goodput at that number of chips (run, in
/// closed form, over clusters as differently reliable as published ones), and so days, chip-hours and energy.
///
/// A job takes whole nodes, and numbers of chips that layouts divide: the largest few at most as large as what spares
/// leave, and halves while fewer chips are faster. What it does not use is held all the same. Spares are as many as are
/// away at once in 99 % of the time; a cluster that fails more often holds more, at the cost of its job. The
/// uncertainties of compute, step and goodput are independent; their product is taken over equally likely points of
/// each. Some 0.1 to 1 s a call where a layout is searched, below 1 ms otherwise. Pure; may be called from several
/// threads.
///
/// Left out: ramps of batch or chips, long-context and post-training phases, evaluation, what people wait for.
Expected<Delivery, CannotTrain> deliver(const TrainingTask& task, const TrainingPool& pool,
                                        const TrainingLevels& levels);

/// The two halves of `deliver`: the speed, which is searched, and what follows from it for the task's compute.
/// `training_speed` does not read the compute but to settle how many steps a run has.
Expected<TrainingSpeed, CannotTrain> training_speed(const TrainingTask& task, const TrainingPool& pool,
                                                    const TrainingLevels& levels);
Delivery delivery_at(const TrainingSpeed& speed, const TrainingTask& task, const TrainingPool& pool);

/// Numbers of chips that a job on at most `chips` chips of nodes of `node_chips` may take: distinct, from the most
/// down; each a whole number of nodes in which the largest power of two grows while at most a tenth is left over.
std::vector<long long> job_sizes(long long chips, int node_chips);

/// The product of independent factors, each given by equally likely values: its quantiles, or at most `count` equally
/// likely values of it, in ascending order.
TrainingBand product_band(const std::vector<std::vector<double>>& factors);
std::vector<double> product_points(const std::vector<std::vector<double>>& factors, int count);

/// `count` equally likely points of a law: its quantiles at (i + 1/2) / count.
std::vector<double> equal_points(const Law& law, int count);

/// Where the latency of a step's sequence of operations bends and then ends what more chips can do (Epoch AI, "Data
/// movement bottlenecks", 2024): utilisation falls from 2e28 FLOP on, and no run of three months passes 2e31.
inline constexpr Flops kLatencyBends{2e28};
inline constexpr Flops kLatencyWall{2e31};

}  // namespace orrery
