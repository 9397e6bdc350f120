#include "fleet/training/mixed_delivery.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace orrery {
namespace {

double middle(const std::vector<double>& points) {
  return product_band({points}).p50;
}

double peak_rate(const PoolTask& each) {
  return each.pool.cluster.chip.peak(NumberFormat::Bf16).raw();
}

/// FLOP/s of the steps of a pool, stops left out.
double step_rate(const PoolTask& each, const TrainingSpeed& speed) {
  return middle(speed.mfu) * static_cast<double>(speed.chips_used) * peak_rate(each);
}

/// The same, stops included.
double useful_rate(const PoolTask& each, const TrainingSpeed& speed) {
  return step_rate(each, speed) * middle(speed.goodput);
}

/// Value i of a list of equally likely ones; a single one stands for all.
double at(const std::vector<double>& points, std::size_t i) {
  return points.size() == 1 ? points.front() : points[i];
}

/// Weighted sums of equally likely values that are high and low together.
std::vector<double> common_sum(const std::vector<std::vector<double>>& lists, const std::vector<double>& weights) {
  std::size_t count = 1;
  for (const auto& list : lists) count = std::max(count, list.size());
  std::vector<double> sums(count, 0.0);
  for (std::size_t k = 0; k < lists.size(); ++k) {
    std::vector<double> sorted = lists[k];
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < count; ++i) sums[i] += weights[k] * at(sorted, i);
  }
  return sums;
}

/// Sequences of the batch that pool `k` gets; at least one.
PoolTask with_share(const PoolTask& each, double share) {
  PoolTask part = each;
  if (!part.task.step) return part;
  long long& batch = part.task.step->training.global_batch;
  batch = std::max(1LL, std::llround(share * static_cast<double>(batch)));
  part.task.keeps_batch = false;
  return part;
}

/// Speeds of all pools when each has its share of the batch; nothing where one of them cannot run it.
std::optional<MixedSpeed> together(const std::vector<PoolTask>& pools, const std::vector<std::size_t>& parts,
                                   const std::vector<TrainingSpeed>& alone, const TrainingLevels& levels) {
  MixedSpeed mixed;
  mixed.pools = parts;
  double all = 0, chips = 0, slowest = 0;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const double rate = step_rate(pools[parts[k]], alone[k]);
    const double per_chip = rate / static_cast<double>(alone[k].chips_used);
    all += rate;
    chips += static_cast<double>(alone[k].chips_used);
    slowest = k == 0 ? per_chip : std::min(slowest, per_chip);
  }
  mixed.by_the_chip = slowest * chips / all;
  double step = 0;  // Of the slowest pool, over what it would be were all as fast as planned.
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const PoolTask& each = pools[parts[k]];
    const double planned = step_rate(each, alone[k]);
    mixed.batch_shares.push_back(planned / all);
    const PoolTask part = with_share(each, planned / all);
    auto speed = training_speed(part.task, part.pool, levels);
    if (!speed) return std::nullopt;
    // A share is rounded to what the pool's chips divide.
    const double got = each.task.step ? static_cast<double>(speed->global_batch) /
                                            static_cast<double>(each.task.step->training.global_batch)
                                      : planned / all;
    step = std::max(step, std::max(got, planned / all) * all / step_rate(each, *speed));
    mixed.speeds.push_back(std::move(*speed));
  }
  // All wait for the slowest: each goes at the pace that ends the step with it.
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const double pace = mixed.batch_shares[k] * all / step / step_rate(pools[parts[k]], mixed.speeds[k]);
    for (double& mfu : mixed.speeds[k].mfu) mfu *= pace;
  }
  return mixed;
}

/// Of all pools, where a stop of one stops all.
double total_rate(const MixedSpeed& speed, const std::vector<PoolTask>& pools) {
  double rate = 0, lost = 0;
  for (std::size_t k = 0; k < speed.pools.size(); ++k) {
    rate += step_rate(pools[speed.pools[k]], speed.speeds[k]);
    lost += 1 - middle(speed.speeds[k].goodput);
  }
  return rate * std::max(0.0, 1 - lost);
}

}  // namespace

Expected<MixedSpeed, CannotTrain> mixed_speed(const std::vector<PoolTask>& pools, const TrainingLevels& levels) {
  MixedSpeed all;
  std::vector<TrainingSpeed> alone;
  std::optional<CannotTrain> cannot;
  if (pools.empty()) return Unexpected<CannotTrain>(CannotTrain{"there are no chips", std::nullopt});
  for (std::size_t i = 0; i < pools.size(); ++i) {
    auto speed = training_speed(pools[i].task, pools[i].pool, levels);
    if (speed) {
      all.pools.push_back(i);
      alone.push_back(std::move(*speed));
    } else {
      all.idle.push_back({i, speed.error().reason});
      if (!cannot) cannot = std::move(speed.error());
    }
  }
  if (all.pools.empty()) return Unexpected<CannotTrain>(std::move(*cannot));
  // The fastest pool alone is what a mixture has to beat.
  std::size_t fastest = 0;
  for (std::size_t k = 1; k < alone.size(); ++k) {
    if (useful_rate(pools[all.pools[k]], alone[k]) > useful_rate(pools[all.pools[fastest]], alone[fastest]))
      fastest = k;
  }
  MixedSpeed one{{all.pools[fastest]}, {alone[fastest]}, {1.0}, 1, all.idle};
  if (alone.size() == 1) return one;
  // Shares of a batch make each pool slower, so that this is more than they can reach together.
  const MixedSpeed at_best{all.pools, alone, {}, 1, {}};
  std::optional<MixedSpeed> mixed;
  if (total_rate(at_best, pools) > total_rate(one, pools)) mixed = together(pools, all.pools, alone, levels);
  if (mixed && total_rate(*mixed, pools) > total_rate(one, pools)) {
    mixed->idle = std::move(all.idle);
    return std::move(*mixed);
  }
  for (std::size_t k = 0; k < alone.size(); ++k) {
    if (k != fastest) one.idle.push_back({all.pools[k], "all would be slower with it"});
  }
  return one;
}

Delivery mixed_delivery(const MixedSpeed& speed, const std::vector<PoolTask>& pools) {
  const PoolTask& first = pools[speed.pools.front()];
  if (speed.pools.size() == 1) return delivery_at(speed.speeds.front(), first.task, first.pool);
  // One pool that stands for all: so many chips at their mean peak, at the mean of their utilisations.
  TrainingSpeed joined = speed.speeds.front();
  joined.step.reset();
  double peak = 0, chips = 0, watts = 0, stops = 0;
  joined.chips_held = joined.chips_used = joined.spare_nodes = joined.global_batch = 0;
  std::vector<double> weights, ones, held;
  std::vector<std::vector<double>> mfu, lost, factors;
  for (std::size_t k = 0; k < speed.pools.size(); ++k) {
    const PoolTask& each = pools[speed.pools[k]];
    const TrainingSpeed& part = speed.speeds[k];
    const double own = static_cast<double>(part.chips_used) * peak_rate(each);
    weights.push_back(own);
    ones.push_back(1);
    peak += own;
    chips += static_cast<double>(part.chips_used);
    watts += static_cast<double>(part.chips_held) * each.pool.drawn_power.raw();
    if (part.between_stops > Seconds(0)) stops += 1 / part.between_stops.raw();
    joined.chips_held += part.chips_held;
    joined.chips_used += part.chips_used;
    joined.spare_nodes += part.spare_nodes;
    joined.global_batch += part.global_batch;
    mfu.push_back(part.mfu);
    std::vector<double> loss = part.goodput;
    for (double& value : loss) value = 1 - value;
    lost.push_back(std::move(loss));
    factors.push_back(equal_points(each.pool.chips_factor, each.pool.chips_factor.is_fixed() ? 1 : 16));
  }
  for (double& weight : weights) weight /= peak;
  joined.mfu = common_sum(mfu, weights);
  joined.goodput = common_sum(lost, ones);
  for (double& value : joined.goodput) value = std::max(0.01, 1 - value);
  joined.between_stops = Seconds(stops > 0 ? 1 / stops : 0);
  TrainingPool all = first.pool;
  all.cluster.chip.peak_bf16 = FlopsPerSecond(peak / chips);
  all.drawn_power = Watts(watts / static_cast<double>(joined.chips_held));
  std::vector<double> sure = common_sum(factors, weights);
  if (sure.size() > 1) all.chips_factor = Law::empirical(std::move(sure));
  Delivery delivery = delivery_at(joined, first.task, all);
  delivery.fallbacks.clear();
  for (std::size_t k = 0; k < speed.pools.size(); ++k) {
    const PoolTask& each = pools[speed.pools[k]];
    for (std::string& said : delivery_at(speed.speeds[k], each.task, each.pool).fallbacks) {
      if (std::find(delivery.fallbacks.begin(), delivery.fallbacks.end(), said) == delivery.fallbacks.end())
        delivery.fallbacks.push_back(std::move(said));
    }
  }
  return delivery;
}

}  // namespace orrery
