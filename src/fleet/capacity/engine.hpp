#pragma once

#include <cstddef>
#include <span>

#include "fleet/capacity/chip_books.hpp"
#include "fleet/capacity/future.hpp"
#include "fleet/capacity/model.hpp"
#include "fleet/capacity/purse.hpp"
#include "fleet/capacity/values.hpp"
#include "fleet/capacity/works.hpp"

namespace orrery {

/// Plays a plan step by step. Within a step:
///
/// 1. equity that is due comes in; chips that were on at its beginning earn and cost, loans are served;
/// 2. halls are begun as far as the money pledged by the time of paying covers them with their chips, and the money
///    pledged until the end their operation, or by date where a plan is
///    replayed; chips are ordered for the power expected when they come;
/// 3. halls are built and chips delivered, as far as cash and loans pay for them;
/// 4. chips go where halls have power; what is left over is idle.
///
/// A chip thus earns and costs from the step after the one in which it came.
class FleetEngine {
 public:
  explicit FleetEngine(const FleetModel& model);
  FleetEngine(const FleetEngine&) = delete;
  FleetEngine& operator=(const FleetEngine&) = delete;

  /// The future at these quantiles, one for each of the model's inputs, written over `future`. Allocates only the first
  /// time.
  void play(std::span<const double> quantiles, FleetFuture& future);

 private:
  double startable(const FleetModel::Phase& phase, std::size_t step) const;
  void begin_works(std::size_t step);
  void build(std::size_t step);
  void explain(std::size_t step, FleetFuture& future) const;
  void record(std::size_t step, FleetFuture& future) const;
  void add_year_cost(std::size_t step, const FleetPurse::Season& season, FleetFuture& future) const;

  const FleetModel& m_;
  FleetValues values_;
  FleetPurse purse_;
  FleetWorks works_;
  FleetChipBooks chips_;
  double running_ = 1;  ///< Share of the chips that cash keeps on, in this step.
};

}  // namespace orrery
