#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include "network/fabric_load.hpp"

namespace orrery {

/// A fabric that does the same to every group: 1 and no latency is an idle one; or what another load answered, kept
/// while the machine around it is changed.
class FixedLoad : public FabricLoad {
 public:
  explicit FixedLoad(double stretch, Seconds extra_latency = {}) : stretch_(stretch), extra_(extra_latency) {}
  double stretch(const Group&, Traffic) const override { return stretch_; }
  Seconds extra_latency(const Group&, Traffic) const override { return extra_; }

 private:
  double stretch_;
  Seconds extra_;
};

/// The mean over several draws of the same machine: of hashed paths, of random places.
class MeanLoad : public FabricLoad {
 public:
  /// At least one.
  explicit MeanLoad(std::vector<std::shared_ptr<const FabricLoad>> draws) : draws_(std::move(draws)) {}
  double stretch(const Group& group, Traffic traffic) const override {
    double sum = 0;
    for (const auto& draw : draws_) sum += draw->stretch(group, traffic);
    return sum / static_cast<double>(draws_.size());
  }
  Seconds extra_latency(const Group& group, Traffic traffic) const override {
    Seconds sum;
    for (const auto& draw : draws_) sum += draw->extra_latency(group, traffic);
    return sum / static_cast<double>(draws_.size());
  }

 private:
  std::vector<std::shared_ptr<const FabricLoad>> draws_;
};

/// Keeps the answers of another load; threads may ask at the same time.
class CachedLoad : public FabricLoad {
 public:
  explicit CachedLoad(std::shared_ptr<const FabricLoad> load) : load_(std::move(load)) {}
  double stretch(const Group& group, Traffic traffic) const override { return answer(group, traffic).stretch; }
  Seconds extra_latency(const Group& group, Traffic traffic) const override { return answer(group, traffic).extra; }

 private:
  struct Answer {
    double stretch;
    Seconds extra;
  };
  Answer answer(const Group& group, Traffic traffic) const {
    const auto key = std::make_tuple(group.ranks, group.ranks_per_domain, group.extent_chips, traffic);
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = known_.find(key); found != known_.end()) return found->second;
    }
    const Answer asked{load_->stretch(group, traffic), load_->extra_latency(group, traffic)};
    const std::lock_guard lock(mutex_);
    return known_.emplace(key, asked).first->second;
  }

  std::shared_ptr<const FabricLoad> load_;
  mutable std::mutex mutex_;
  mutable std::map<std::tuple<int, int, long long, Traffic>, Answer> known_;
};

}  // namespace orrery
