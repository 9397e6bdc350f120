#pragma once

#include <utility>
#include <vector>

#include "cluster/scheduler.hpp"

namespace orrery {

/// Several observers that hear the same replay, in their order.
class ObserverList final : public Observer {
 public:
  explicit ObserverList(std::vector<Observer*> observers) : observers_(std::move(observers)) {}

  void submitted(Millis now, JobId job) override {
    for (Observer* const observer : observers_) observer->submitted(now, job);
  }
  void started(Millis now, JobId job, std::span<const Slice> slices) override {
    for (Observer* const observer : observers_) observer->started(now, job, slices);
  }
  void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) override {
    for (Observer* const observer : observers_) observer->stopped(now, job, slices, reason);
  }
  void passed(Millis now, long long free) override {
    for (Observer* const observer : observers_) observer->passed(now, free);
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace orrery
