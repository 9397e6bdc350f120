#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/law.hpp"
#include "fleet/training/compute_growth.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// A training, finished or planned: what is known of it. Presets: presets/projects. Closed models are estimates, which
/// their `flop` carries as a law; they are never scored.
struct TrainingProject {
  std::string name{};  ///< "GPT-4"
  std::string developer{};
  std::optional<Date> released;
  std::optional<Law> flop;  ///< Of the whole training, 6 a token and active parameter; or tokens of a model.
  std::optional<double> tokens;
  std::string model{};              ///< Its own transformer, as `orrery step` takes it; empty: not public.
  std::string stand_in{};           ///< A model of its size class, whose MFU is taken instead.
  std::optional<Law> mfu, goodput;  ///< Stated: no level is asked.
};

/// Chips of one kind of a fleet.
struct FleetPool {
  std::string offer{};        ///< "h100-sxm": a preset of presets/offers, or one of [[offers]].
  Law chips = Law::fixed(0);  ///< Two sources that disagree are a range.
};

/// Who has which chips at a date. Presets: presets/fleets.
struct TrainingFleet {
  std::string name{};
  std::string owner{};
  Date date;
  std::vector<FleetPool> pools;
};

/// "How is this trained by then at the least cost?"
struct CheapestQuestion {
  std::string project{};              ///< One of [train] projects, by name.
  Date by;                            ///< When it has to be done.
  Date from;                          ///< When the decision is made: nothing is ordered or rented before.
  double confidence = 0.5;            ///< Chance that it is done by then.
  double most_share = 0.25;           ///< Of a quarter's world output that one buyer gets; as many can be rented.
  std::string buyer{};                ///< Own silicon of this owner may be used too.
  std::vector<std::string> offers{};  ///< Empty: all of [[offers]], or the usual ones.
};

/// [train]: which trainings on which fleets, and what else is asked.
struct TrainInput {
  std::vector<TrainingProject> projects;
  std::vector<TrainingFleet> fleets;
  bool levels = true;               ///< Ask the step and run levels where a model is known; otherwise fall back.
  std::optional<Law> mfu, goodput;  ///< Where no level is asked; without: the fall-backs.
  double share = 1;                 ///< Of a fleet that works on one training.
  double use = 0.85;                ///< Share of its hours in which a chip that is owned is in use.
  Seconds horizon{100 * 86400.0};   ///< For the largest model that a fleet trains.
  std::string loss = "chinchilla-corrected";
  ComputeGrowth growth;
  std::optional<CheapestQuestion> cheapest;
};

const Schema<TrainInput>& train_schema();                  ///< [train]
const Schema<TrainingProject>& training_project_schema();  ///< presets/projects
const Schema<TrainingFleet>& training_fleet_schema();      ///< presets/fleets

}  // namespace orrery
