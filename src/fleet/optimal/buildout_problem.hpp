#pragma once

#include <string>
#include <vector>

#include "base/quantity.hpp"

namespace orrery {

/// A chip on the menu of a build-out plan. Lists go by step, counted from 0 at the start of the plan.
struct BuildoutChip {
  std::string name;
  double h100e = 0;       ///< H100-equivalents of one.
  FlopsPerSecond usable;  ///< Of one that is on: peak x MFU x goodput x allocation.
  Watts power;            ///< Of the facility, for one that is on.
  /// Step from whose deliveries on there is what is ordered in each step; one behind the plan's end: it comes too late.
  std::vector<int> arrival;
  std::vector<Dollars> price;    ///< Of one with its share of servers, network and storage, by the step of the order.
  std::vector<double> ceiling;   ///< Chips that may be delivered in each step: share of the world's output.
  std::vector<Dollars> revenue;  ///< What one that was on at the step's beginning earns in it.
  std::vector<int> retired;      ///< Step at whose end goes out of service what was delivered in each step.
  double block = 1;              ///< Chips that are bought together, where blocks are kept whole.
};

/// Work on a phase that begins in one step: when its halls stand and how it is paid.
struct BuildoutStart {
  int step = 0;
  int stands = 0;              ///< Step at whose end the halls take chips.
  std::vector<double> shares;  ///< Of the cost, paid in `step` and those after it.
  /// Index of the start of the phase before, on whose end this one follows without a pause; -1: at the step's
  /// beginning.
  int follows = -1;
};

/// A part of a site that is built as one, or, where phases may be split, in parts.
struct BuildoutPhase {
  std::string name;
  Watts power;  ///< Of the facility.
  Dollars cost;
  /// Index of the phase of the same site, among those before, that has to stand in the step before; -1: none.
  int after = -1;
  std::vector<BuildoutStart> starts;  ///< In which work may begin, in order of their steps.
  int origin = -1;                    ///< Place among the phases that the scenario lists for the site.
};

struct BuildoutSite {
  std::string name;
  int chip = -1;  ///< Index of the only chip that stands here; -1: any.
  std::vector<BuildoutPhase> phases;
  std::vector<Watts> feed;  ///< Power that there is at the end of each step; infinite: all that the halls need.
  /// [chip][step]: electricity of one that was on at the step's beginning.
  std::vector<std::vector<Dollars>> electricity;
};

struct BuildoutMoney {
  std::vector<Dollars> equity;    ///< That comes in each step.
  std::vector<Dollars> promised;  ///< Debt that may have been drawn by each step; never falls.
  double debt_share = 0;          ///< Of what halls and chips cost in a step that may be drawn in it.
  std::vector<double> interest;   ///< In each step, of what was owed at its beginning.
  std::vector<double> repaid;     ///< In each step, of what was drawn before, until all of it is.
  double reinvest = 1;            ///< Share of what is left of revenue that stays in the plan.
  double deposit = 0;             ///< Share of the price that is paid on order; the rest on delivery.
  std::vector<double> upkeep;     ///< In each step: staff and spares as a share of what hardware in service cost.
  std::vector<double> worth;      ///< Of a dollar of each step, in dollars of the start: by the cost of capital.
};

/// Capacity that is rented instead of bought, in H100-equivalents, step by step.
struct BuildoutRental {
  std::vector<Dollars> price;   ///< Of one for a whole step.
  std::vector<double> ceiling;  ///< That can be had in each step.
  FlopsPerSecond usable;        ///< Of one.
};

/// What a plan is chosen by.
enum class BuildoutGoal {
  MostH100e,  ///< Owned H100-equivalents that are on at the end of step `by`.
  MostFlop,   ///< Usable operations until the end of step `by`, rented ones too, by `flop_worth`.
  LeastCost,  ///< Present value of what is paid for halls, chips, running and renting, with the target reached in `by`.
  Earliest,   ///< The first step at whose end the target is reached, and the least cost of that.
};

struct BuildoutAim {
  BuildoutGoal goal = BuildoutGoal::MostH100e;
  int by = 0;                      ///< Step.
  double h100e = 0;                ///< Target: owned and on at the end of a step; 0: none.
  Flops flop;                      ///< Target: usable operations up to the end of a step, rented ones too; 0: none.
  std::vector<double> flop_worth;  ///< Of an operation in each step.
  bool whole_phases = false;       ///< A phase is begun as a whole or not at all.
  bool whole_blocks = false;       ///< Chips are ordered in whole blocks.
  double delay_quantile = 0.5;     ///< Of build times and of waits for power, where all else is at its median.
};

/// A build-out plan's question in numbers, all of them given: what a fleet may be built of, and what limits it.
///
/// Within a step, as the capacity engine has it: equity comes; chips that were on at its beginning compute, earn and
/// cost, loans are served; halls are built and chips delivered; chips are placed where halls have power.
struct BuildoutProblem {
  std::vector<std::string> steps;  ///< Their names: "2026-Q1".
  std::vector<Seconds> lengths;
  std::vector<BuildoutChip> chips;
  std::vector<BuildoutSite> sites;
  BuildoutMoney money;
  BuildoutRental rental;  ///< Empty lists: nothing can be rented.
  BuildoutAim aim;

  int count() const { return static_cast<int>(steps.size()); }
};

/// What makes a problem unsound, in sentences: lists of other lengths than the steps, numbers that are negative or
/// not finite, deliveries before orders, a target without a number. Empty where all is well.
std::vector<std::string> buildout_problems(const BuildoutProblem& problem);

}  // namespace orrery
