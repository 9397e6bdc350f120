#include "fleet/training/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/unit_text.hpp"
#include "network/hierarchical.hpp"
#include "run/closed_form.hpp"
#include "run/first_order.hpp"
#include "step/batch.hpp"

namespace orrery {
namespace {

constexpr int kPoints = 24;  ///< Of each uncertain factor.
constexpr int kEffortPoints = 64;
constexpr double kMostLeftOver = 0.1;  ///< Share of the chips that a job leaves for the sake of dividing well.
constexpr std::size_t kMostSizes = 2;  ///< Numbers of chips that are searched.
/// No measured step passes this share of the dense 16-bit peak by much: half of the chips cannot be faster than all
/// where all reach more than half of it.
constexpr double kHighestMfu = 0.7;

FlopsPerSecond peak_of(const TrainingPool& pool) {
  return pool.cluster.chip.peak(NumberFormat::Bf16);
}

/// A layout on some of a pool's chips.
struct SizedStep {
  StepSpec spec;
  PlannedLayout planned;

  double tokens_per_second() const { return planned.result.tokens_per_second(); }
};

double flops_per_token(const StepSpec& spec) {
  return 6 * parameters(spec.model).active;
}

double step_mfu(const SizedStep& step) {
  const double peak = step.spec.cluster.chip.peak(NumberFormat::Bf16).raw();
  return flops_per_token(step.spec) * step.tokens_per_second() / (static_cast<double>(step.spec.cluster.chips) * peak);
}

/// What layouts of large trainings are chosen from: less than `orrery plan` looks at, for a few per cent of the speed.
SearchSpace usual_space() {
  SearchSpace space;
  space.micro_batch = {1, 2, 4, 8};
  space.zero = {1, 3};
  space.sequence_parallel = {true};
  space.expert_tp = {1};
  space.max_tp = 32;
  space.max_cp = 16;
  return space;
}

/// The best layout on exactly `chips` of the pool, or the one that is stated.
Expected<SizedStep, NothingFits> step_on(const TrainingTask& task, const TrainingPool& pool,
                                         const TrainingLevels& levels, long long chips) {
  StepSpec spec = *task.step;
  spec.cluster = pool.cluster;
  spec.cluster.chips = chips;
  const HierarchicalModel network(spec.cluster);
  if (task.keeps_layout) {
    const auto result = simulate_step(spec, network);
    if (!result) return Unexpected<NothingFits>(NothingFits{result.error().reason, std::nullopt, {}});
    if (!result->fits())
      return Unexpected<NothingFits>(
          NothingFits{"the layout that is stated does not fit",
                      Candidate{spec.layout, overlaps_of(spec.software), {result->step_time, result->peak_memory()}},
                      {}});
    const PlannedLayout planned{spec.layout, overlaps_of(spec.software), *result};
    return SizedStep{std::move(spec), planned};
  }
  if (!task.keeps_batch) spec.training.global_batch = shared_batch(spec.training.global_batch, chips);
  PlanOptions search;
  search.space = usual_space();
  search.top = 1;
  search.refine = levels.refine;
  search.upper_factor = levels.upper_factor;
  search.threads = levels.threads;
  auto plan = plan_layouts(spec, network, search);
  if (!plan) return Unexpected<NothingFits>(std::move(plan.error()));
  spec.layout = plan->best.front().layout;
  set_overlaps(spec.software, plan->best.front().overlaps);
  return SizedStep{std::move(spec), std::move(plan->best.front())};
}

/// Chips that are spare in 99 % of the time, so that the job seldom waits for one.
long long spare_chips(const RunSpec& run) {
  const long long nodes = run.job.gpus / std::max(1, run.machine.gpus_per_node);
  return poisson_quantile(std::min(mean_nodes_away(run), static_cast<double>(nodes)), 0.99) * run.machine.gpus_per_node;
}

/// The same of a run that would take all of the pool.
long long spares_needed(const TrainingTask& task, const TrainingPool& pool, const TrainingLevels& levels) {
  if (!levels.run_of || task.goodput || task.keeps_layout || pool.spares_besides) return 0;
  StepSpec spec = *task.step;
  spec.cluster = pool.cluster;
  StepResult step;
  step.step_time = Seconds(1);
  return spare_chips(levels.run_of(spec, step, 1));
}

/// The run of a step, on a pool whose other chips are its spares.
RunSpec run_on(const TrainingTask& task, const TrainingPool& pool, const TrainingLevels& levels,
               const SizedStep& step) {
  const double tokens_per_step = static_cast<double>(step.spec.training.global_batch) * step.spec.training.sequence;
  const double steps = std::max(1.0, task.compute.raw() / flops_per_token(step.spec) / tokens_per_step);
  RunSpec run = levels.run_of(step.spec, step.planned.result, steps);
  run.job.step_factor = Law::fixed(1);
  if (!pool.spares_besides)
    run.policy.spares = (pool.cluster.chips - step.spec.cluster.chips) / std::max(1, run.machine.gpus_per_node);
  return run;
}

/// Goodput of a run where parts fail `factor` times as often as usual: clusters that fail more often hold more spares,
/// if need be from the job's own chips.
double goodput_at(RunSpec run, const TrainingPool& pool, double factor) {
  run.faults.scale = Law::fixed(factor);
  const long long spares = spare_chips(run);
  run.policy.spares = std::max(run.policy.spares, spares / run.machine.gpus_per_node);
  const double left =
      pool.spares_besides ? 1 : static_cast<double>(pool.cluster.chips - spares) / static_cast<double>(run.job.gpus);
  return closed_form(run).goodput * std::clamp(left, 0.0, 1.0);
}

/// Numbers of chips below `chips` that divide in many layouts, from the most down: a node times 1, 2, 3, 4, 6, 8, 12
/// ... Those of fewer chips are among those of more, so that more chips are seldom slower.
std::vector<long long> smooth_sizes(long long chips, int node) {
  std::vector<long long> sizes;
  for (long long unit = node; unit < chips; unit *= 2) {
    sizes.push_back(unit);
    if (unit % 2 == 0 && unit / 2 * 3 < chips && unit > node) sizes.push_back(unit / 2 * 3);
  }
  std::sort(sizes.rbegin(), sizes.rend());
  return sizes;
}

/// The best layout on at most so many chips: fewer where a batch is spread too thin, or where stops eat what more chips
/// bring, on good and bad clusters alike.
Expected<SizedStep, CannotTrain> best_step(const TrainingTask& task, const TrainingPool& pool,
                                           const TrainingLevels& levels, long long available) {
  std::optional<SizedStep> best;
  std::optional<NothingFits> nothing;
  double best_rate = 0;  // FLOP/s, stops included.
  const bool asks_run = levels.run_of && !task.goodput;
  const auto attempt = [&](long long chips) {
    auto step = step_on(task, pool, levels, chips);
    if (!step) {
      if (!nothing) nothing = std::move(step.error());
      return false;
    }
    double rate = step->tokens_per_second() * flops_per_token(step->spec);
    if (asks_run) {
      const RunSpec run = run_on(task, pool, levels, *step);
      double goodput = 0;
      for (const double level : {0.1, 0.5, 0.9}) goodput += goodput_at(run, pool, run.faults.scale.quantile(level)) / 3;
      rate *= goodput;
    }
    if (best && rate <= best_rate) return false;
    best = std::move(*step);
    best_rate = rate;
    return true;
  };
  const bool exact = pool.spares_besides || task.keeps_layout;
  const int node = std::max(1, pool.cluster.node.chips);
  const std::vector<long long> sizes = exact ? std::vector<long long>{available} : job_sizes(available, node);
  for (const long long chips : sizes) attempt(chips);
  int worse = 0;  // One size may divide badly where the next does not.
  for (const long long chips : smooth_sizes(available, node)) {
    if (exact || worse == 2) break;
    if (best && best_rate >= kHighestMfu * static_cast<double>(chips) * peak_of(pool).raw()) break;
    worse = attempt(chips) || !best ? 0 : worse + 1;
  }
  if (best) return std::move(*best);
  CannotTrain cannot{fmt::format("{} fits on {} {} in no layout", task.step->model.name, format_count(available),
                                 available == 1 ? "chip" : "chips"),
                     std::nullopt};
  if (nothing) {
    cannot.reason += ": " + nothing->reason;
    cannot.closest = nothing->closest;
  }
  return Unexpected<CannotTrain>(std::move(cannot));
}

std::vector<double> law_points(const Law& law) {
  return equal_points(law, law.is_fixed() ? 1 : kPoints);
}

/// Of a goodput: no draw of a law passes 1.
std::vector<double> share_points(const Law& law) {
  std::vector<double> points = law_points(law);
  for (double& point : points) point = std::min(point, 1.0);
  return points;
}

std::string law_text(const char* what, const Law& law) {
  return law.is_fixed() ? fmt::format("{} of {:.3g}", what, law.quantile(0.5))
                        : fmt::format("{} of {:.2g} ({:.2g} to {:.2g})", what, law.quantile(0.5), law.quantile(0.1),
                                      law.quantile(0.9));
}

/// Each value stands for the middle of its share of all: Hazen's plotting position.
double sorted_quantile(const std::vector<double>& sorted, double q) {
  const double last = static_cast<double>(sorted.size()) - 1;
  const double place = std::clamp(q * (last + 1) - 0.5, 0.0, last);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<double> inverse(std::vector<double> values) {
  for (double& value : values) value = 1 / value;
  return values;
}

void add_fallbacks(const TrainingTask& task, const TrainingSpeed& speed, std::vector<std::string>& fallbacks) {
  if (!speed.step && !task.mfu)
    fallbacks.push_back(fmt::format("no model of {} is known: {}", task.name, law_text("an MFU", fallback_mfu())));
  if (speed.step && task.stands_in)
    fallbacks.push_back(fmt::format("{} has the MFU of {}", task.name, task.step->model.name));
  if (speed.between_stops == Seconds(0) && !task.goodput)
    fallbacks.push_back(fmt::format("no run of {} is known: {}", task.name, law_text("a goodput", fallback_goodput())));
}

}  // namespace

const Law& fallback_mfu() {
  static const Law law = Law::spread(0.30, 0.40, 0.47);
  return law;
}

const Law& fallback_goodput() {
  static const Law law = Law::spread(0.75, 0.90, 0.97);
  return law;
}

std::vector<double> equal_points(const Law& law, int count) {
  std::vector<double> points;
  for (int i = 0; i < count; ++i) points.push_back(law.quantile((i + 0.5) / count));
  return points;
}

std::vector<double> product_points(const std::vector<std::vector<double>>& factors, int count) {
  std::vector<double> products = {1};
  for (const std::vector<double>& factor : factors) {
    std::vector<double> next;
    next.reserve(products.size() * factor.size());
    for (const double product : products)
      for (const double value : factor) next.push_back(product * value);
    products = std::move(next);
  }
  std::sort(products.begin(), products.end());
  if (products.size() <= static_cast<std::size_t>(count)) return products;
  std::vector<double> points;
  for (int i = 0; i < count; ++i) points.push_back(sorted_quantile(products, (i + 0.5) / count));
  return points;
}

TrainingBand product_band(const std::vector<std::vector<double>>& factors) {
  const std::vector<double> products = product_points(factors, std::numeric_limits<int>::max());
  return {sorted_quantile(products, 0.1), sorted_quantile(products, 0.5), sorted_quantile(products, 0.9)};
}

std::vector<long long> job_sizes(long long chips, int node_chips) {
  std::vector<long long> sizes;
  const long long node = std::max(1, node_chips);
  if (chips < node) return {std::max(1LL, chips)};
  for (long long unit = node; unit <= chips; unit *= 2) {
    const long long size = chips / unit * unit;
    if (static_cast<double>(chips - size) > kMostLeftOver * static_cast<double>(chips)) break;
    if (sizes.empty() || size != sizes.back()) sizes.push_back(size);
  }
  // The more twos the better it divides; the first is kept, since all chips are to be used where that is possible.
  if (sizes.size() > kMostSizes)
    sizes.erase(sizes.begin() + 1, sizes.end() - static_cast<std::ptrdiff_t>(kMostSizes - 1));
  return sizes;
}

Expected<TrainingSpeed, CannotTrain> training_speed(const TrainingTask& task, const TrainingPool& pool,
                                                    const TrainingLevels& levels) {
  const auto cannot = [](std::string reason) {
    return Unexpected<CannotTrain>(CannotTrain{std::move(reason), std::nullopt});
  };
  TrainingSpeed speed;
  speed.chips_held = speed.chips_used = pool.cluster.chips;
  if (pool.cluster.chips < 1) return cannot("there are no chips");
  if (!(peak_of(pool).raw() > 0)) return cannot(fmt::format("{} has no 16-bit unit", pool.cluster.chip.name));
  if (task.goodput) speed.goodput = share_points(*task.goodput);
  if (!task.step || task.mfu) {
    speed.mfu = law_points(task.mfu ? *task.mfu : fallback_mfu());
    if (!task.goodput) speed.goodput = share_points(fallback_goodput());
    return speed;
  }
  const int node = std::max(1, pool.cluster.node.chips);
  const long long spares = std::clamp(spares_needed(task, pool, levels), 0LL, std::max(0LL, speed.chips_held - node));
  auto step = best_step(task, pool, levels, speed.chips_held - spares);
  if (!step) return Unexpected<CannotTrain>(std::move(step.error()));
  speed.chips_used = step->spec.cluster.chips;
  speed.spare_nodes = (speed.chips_held - speed.chips_used) / node;
  speed.global_batch = step->spec.training.global_batch;
  const double upper = levels.upper_factor ? std::max(1.0, levels.upper_factor(step->planned.result)) : 1;
  const Law slowness = Law::lognormal(1, std::log(upper) / normal_quantile(0.9));
  for (const double slower : equal_points(slowness, upper > 1 ? kPoints : 1))
    speed.mfu.push_back(step_mfu(*step) / slower);
  if (levels.run_of && !task.goodput) {
    const RunSpec run = run_on(task, pool, levels, *step);
    if (pool.spares_besides) speed.spare_nodes = run.policy.spares;
    for (const double factor : law_points(run.faults.scale)) speed.goodput.push_back(goodput_at(run, pool, factor));
    speed.between_stops = closed_form(run).mean_time_between_stops;
    const bool ends = std::all_of(speed.goodput.begin(), speed.goodput.end(), [](double g) { return g > 0; });
    if (!ends)
      return cannot(
          fmt::format("the job stops so often on {} chips that it may never end", format_count(speed.chips_used)));
  } else if (!task.goodput) {
    speed.goodput = share_points(fallback_goodput());
  }
  speed.step = std::move(step->planned);
  return speed;
}

Delivery delivery_at(const TrainingSpeed& speed, const TrainingTask& task, const TrainingPool& pool) {
  Delivery all;
  all.speed = speed;
  add_fallbacks(task, speed, all.fallbacks);
  const double peak = static_cast<double>(speed.chips_used) * peak_of(pool).raw();
  const std::vector<double> chips = law_points(pool.chips_factor), compute = law_points(task.compute_factor);
  all.mfu = product_band({speed.mfu});
  all.goodput = product_band({speed.goodput});
  all.rate = product_band({speed.mfu, speed.goodput, chips, {peak}});
  const std::vector<double> slowness = inverse(speed.mfu), losses = inverse(speed.goodput);
  all.time = product_band({slowness, losses, compute, inverse(chips), {task.compute.raw() / peak}});
  // Twice the chips take half as long: their number drops out of chip-hours.
  const auto held = static_cast<double>(speed.chips_held);
  all.effort = product_points({slowness, losses, compute, {held * task.compute.raw() / peak}}, kEffortPoints);
  all.chip_seconds = product_band({all.effort});
  const double watts = pool.drawn_power.raw();
  all.energy = {all.chip_seconds.p10 * watts, all.chip_seconds.p50 * watts, all.chip_seconds.p90 * watts};
  return all;
}

Expected<Delivery, CannotTrain> deliver(const TrainingTask& task, const TrainingPool& pool,
                                        const TrainingLevels& levels) {
  if (!(task.compute.raw() > 0))
    return Unexpected<CannotTrain>(CannotTrain{"nothing says how much is to be computed", std::nullopt});
  auto speed = training_speed(task, pool, levels);
  if (!speed) return Unexpected<CannotTrain>(std::move(speed.error()));
  return delivery_at(*speed, task, pool);
}

}  // namespace orrery
