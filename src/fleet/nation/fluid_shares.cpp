#include "fleet/nation/fluid_shares.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace orrery {
namespace {

/// Firms that get exactly what the limit of shortness is are not short, whatever rounding does.
constexpr double kRounding = 1e-9;

double firms_of(std::span<const FirmNeed> needs) {
  double sum = 0;
  for (const FirmNeed& need : needs) sum += need.firms;
  return sum;
}

std::vector<FirmShare> queue_shares(std::span<const FirmNeed> needs, double gpus) {
  const double all = total_need(needs);
  const double served = all > gpus ? gpus / all : 1;
  std::vector<FirmShare> shares;
  shares.reserve(needs.size());
  for (const FirmNeed& need : needs) shares.push_back({1, need.gpus * served, 0});
  return shares;
}

std::vector<FirmShare> block_shares(std::span<const FirmNeed> needs, double gpus) {
  double blocks = 0;
  for (const FirmNeed& need : needs) blocks += need.firms * need.block;
  const double chance = blocks > gpus ? gpus / blocks : 1;
  std::vector<FirmShare> shares;
  shares.reserve(needs.size());
  for (const FirmNeed& need : needs)
    shares.push_back({chance, std::min(need.gpus, static_cast<double>(need.block)), 0});
  return shares;
}

std::vector<FirmShare> quota_shares(std::span<const FirmNeed> needs, double gpus, const GangTimes& times) {
  constexpr double kMostQuota = 1 << 30;
  const double each = std::min(gpus / firms_of(needs), kMostQuota);
  const auto quota = static_cast<int>(each);
  const auto under = [&](const FirmNeed& need, int limit) {
    return std::min(need.gpus * times.within(need.gang, limit), static_cast<double>(limit));
  };
  std::vector<FirmShare> shares;
  shares.reserve(needs.size());
  for (const FirmNeed& need : needs) shares.push_back({each - quota, under(need, quota + 1), under(need, quota)});
  return shares;
}

std::vector<FirmShare> fair_shares(std::span<const FirmNeed> needs, double gpus) {
  const double level = water_level(needs, gpus);
  std::vector<FirmShare> shares;
  shares.reserve(needs.size());
  for (const FirmNeed& need : needs) shares.push_back({1, std::min(need.gpus, level), 0});
  return shares;
}

std::vector<FirmShare> credit_shares(std::span<const FirmNeed> needs, double gpus) {
  const double each = gpus / firms_of(needs);
  double paid = 0;
  for (const FirmNeed& need : needs) paid += need.firms * std::min(need.gpus, each);
  const double lacking = total_need(needs) - paid;
  const double rest = lacking > 0 ? std::min(1.0, std::max(0.0, gpus - paid) / lacking) : 1;
  std::vector<FirmShare> shares;
  shares.reserve(needs.size());
  for (const FirmNeed& need : needs) {
    const double own = std::min(need.gpus, each);
    shares.push_back({1, own + rest * (need.gpus - own), 0});
  }
  return shares;
}

std::vector<FirmShare> small_first_shares(std::span<const FirmNeed> needs, double gpus) {
  double left = gpus;
  std::vector<FirmShare> shares;
  shares.reserve(needs.size());
  for (const FirmNeed& need : needs) {
    const double served = std::min(1.0, left / (need.firms * need.gpus));
    left = std::max(0.0, left - need.firms * need.gpus);
    shares.push_back({served, need.gpus, 0});
  }
  return shares;
}

}  // namespace

const char* nation_policy_name(NationPolicy policy) {
  switch (policy) {
    case NationPolicy::Fifo:
      return "fifo";
    case NationPolicy::Blocks:
      return "blocks";
    case NationPolicy::Quotas:
      return "quotas";
    case NationPolicy::FairShare:
      return "fair-share";
    case NationPolicy::Credits:
      return "credits";
    case NationPolicy::SmallFirst:
      return "small-first";
  }
  return "";
}

double GangTimes::within(int gang, int limit) const {
  if (limit >= gang) return 1;
  if (limit < 1) return 0;
  double all = 0, some = 0;
  for (std::size_t k = 0; k < at_power.size() && (1LL << k) <= gang; ++k) {
    all += at_power[k];
    if ((1LL << k) <= limit) some += at_power[k];
  }
  return all > 0 ? some / all : 1;
}

double water_level(std::span<const FirmNeed> needs, double gpus) {
  double left = gpus, firms = firms_of(needs);
  for (const FirmNeed& need : needs) {
    if (need.gpus * firms >= left) return left / firms;
    left -= need.firms * need.gpus;
    firms -= need.firms;
  }
  return std::numeric_limits<double>::infinity();
}

std::vector<FirmShare> fluid_shares(std::span<const FirmNeed> needs, double gpus, NationPolicy policy,
                                    const GangTimes& times) {
  switch (policy) {
    case NationPolicy::Fifo:
      return queue_shares(needs, gpus);
    case NationPolicy::Blocks:
      return block_shares(needs, gpus);
    case NationPolicy::Quotas:
      return quota_shares(needs, gpus, times);
    case NationPolicy::FairShare:
      return fair_shares(needs, gpus);
    case NationPolicy::Credits:
      return credit_shares(needs, gpus);
    case NationPolicy::SmallFirst:
      break;
  }
  return small_first_shares(needs, gpus);
}

double firms_short(std::span<const FirmNeed> needs, std::span<const FirmShare> shares, double served_below) {
  double sum = 0;
  for (std::size_t i = 0; i < needs.size(); ++i) {
    const double enough = needs[i].gpus * served_below * (1 - kRounding);
    double chance = 0;
    if (shares[i].lucky < enough) chance += shares[i].chance;
    if (shares[i].unlucky < enough) chance += 1 - shares[i].chance;
    sum += needs[i].firms * chance;
  }
  return sum;
}

double least_firms_short(std::span<const FirmNeed> needs, double gpus, double served_below) {
  double left = gpus, sum = 0;
  for (const FirmNeed& need : needs) {
    const double takes = need.gpus * served_below;
    const double served = std::min(need.firms, left / takes);
    left -= served * takes;
    sum += need.firms - served;
  }
  return sum;
}

double gpus_used(std::span<const FirmNeed> needs, std::span<const FirmShare> shares) {
  double sum = 0;
  for (std::size_t i = 0; i < needs.size(); ++i) sum += needs[i].firms * shares[i].mean();
  return sum;
}

LorenzCurve lorenz_curve(std::span<const FirmNeed> needs, std::span<const FirmShare> shares) {
  std::vector<std::pair<double, double>> lots;  // GPUs, firms
  double firms = 0, all = 0;
  for (std::size_t i = 0; i < needs.size(); ++i) {
    const FirmShare& share = shares[i];
    lots.emplace_back(share.lucky, needs[i].firms * share.chance);
    lots.emplace_back(share.unlucky, needs[i].firms * (1 - share.chance));
    firms += needs[i].firms;
    all += needs[i].firms * share.mean();
  }
  std::sort(lots.begin(), lots.end());
  LorenzCurve curve{{0}, {0}, 0};
  double f = 0, g = 0, below = 0;
  for (const auto& [gpus, weight] : lots) {
    if (weight <= 0) continue;
    const double before = g;
    f += weight / firms;
    if (all > 0) g += gpus * weight / all;
    below += 0.5 * (before + g) * weight / firms;
    curve.firms.push_back(f);
    curve.gpu_time.push_back(g);
  }
  curve.gini = all > 0 ? 1 - 2 * below : 0;
  return curve;
}

}  // namespace orrery
