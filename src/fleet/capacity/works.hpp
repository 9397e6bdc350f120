#pragma once

#include <cstddef>
#include <vector>

#include "fleet/capacity/model.hpp"
#include "fleet/capacity/values.hpp"

namespace orrery {

/// Halls and power of one future: what is being built, what stands, and what is expected.
///
/// A phase is begun in parts, as money is found for them; each part is done when its work has had the drawn duration of
/// the phase, and pays evenly over it. What is expected of the share of the work or of the wait that is left is its
/// planned pace at first, and more and more the pace seen so far: delays show as they happen, and not before.
class FleetWorks {
 public:
  FleetWorks(const FleetModel& model, const FleetValues& values);

  void reset();

  /// Power of a phase that has not been begun.
  double unbegun(std::size_t phase) const { return m_->phases[phase].power - begun_[phase]; }
  /// When work on a phase can begin: `kNeverSeconds` as long as the phase that it follows does not stand.
  double ready(std::size_t phase) const;
  /// Begins a part of a phase. Where the phase became ready in the step before, its work has gone on since then.
  void begin(std::size_t phase, double power, std::size_t step);

  double due(std::size_t step) const;            ///< Dollars of the work that can be done in a step.
  void advance(std::size_t step, double share);  ///< Does a share (0 .. 1) of it.

  double hall_power(std::size_t site) const { return halls_[site]; }  ///< Standing.
  double feed_power(std::size_t site, double at) const;               ///< Infinite where it comes with the building.
  double energised(std::size_t site, double at) const;
  double begun_power(std::size_t site) const { return site_begun_[site]; }

  double unpaid() const;                             ///< Dollars of all work begun and not done.
  double unpaid_until(double by, double now) const;  ///< Of which falls due by then, at the planned pace.

  /// Power of all that was begun times the time from its end, as expected, until a moment.
  double watt_seconds(double now, double until) const;

  /// Looks ahead from the beginning of a step.
  void foresee(std::size_t step);
  /// Power expected at a site at the end of a step, as last foreseen.
  double expected(std::size_t site, std::size_t step) const;

  double phase_end(std::size_t phase) const;  ///< `kNeverSeconds` as long as a part of it does not stand.

  /// Of the halls planned to stand at a site at the end of a step, what is missing by cause (watts).
  struct Missing {
    double planned = 0, money = 0, build = 0, power = 0;
  };
  /// Finds what is missing at the end of a step. What is late because the phase before it is has that one's cause.
  void find_causes(std::size_t step);
  /// As last found.
  const Missing& missing(std::size_t site) const { return missing_[site]; }

 private:
  struct Work {
    std::size_t phase = 0;
    double power = 0, begun = 0;
    double clock = 0;              ///< Until when it was worked on.
    double done = 0, stalled = 0;  ///< Seconds of work that were done, and that were lost for lack of money.
    bool standing = false;
  };
  double length(const Work& work) const { return v_->build[work.phase]; }
  double cost(const Work& work) const { return work.power * v_->hall_cost; }
  double doable(const Work& work, std::size_t step) const;
  double expected_end(const Work& work, double now) const;
  std::size_t step_at_end(double time) const;  ///< The first that ends no earlier; `steps` behind the last.

  const FleetModel* m_;
  const FleetValues* v_;
  std::vector<Work> works_;
  std::vector<double> begun_, stood_, last_end_;  // By phase.
  std::vector<double> open_;                      // From when on a phase that stands can be followed.
  std::vector<double> free_end_;                  // When a phase stands that money never holds up.
  std::vector<double> held_;                      // Seconds that lack of money held a phase up, and those before it.
  std::vector<std::size_t> free_step_;            // The step at whose end it stands if nothing is short.
  std::vector<Missing> missing_;                  // By site.
  std::vector<double> halls_, site_begun_;        // By site.
  std::vector<double> hall_ahead_, feed_ahead_;   // By site, then step.
};

}  // namespace orrery
