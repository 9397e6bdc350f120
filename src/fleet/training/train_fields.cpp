#include <limits>

#include "fleet/training/train_input.hpp"

namespace orrery {
namespace {

constexpr double kMostFlop = 1e36;
constexpr double kMostChips = 1e9;

const Schema<FleetPool>& fleet_pool_schema() {
  static const Schema<FleetPool> schema = [] {
    Schema<FleetPool> s("pools", "Chips of one kind of a fleet.");
    s.text("offer", &FleetPool::offer,
           {.help = "The kind of chip: a preset offer, or one of [[offers]].", .example = "h100-sxm", .required = true})
        .law("chips", &FleetPool::chips, Dimension::None,
             bounded("Their number; sources that disagree are a range.", "uniform(150e3, 235e3)", 1, kMostChips, true));
    return s;
  }();
  return schema;
}

const Schema<CheapestQuestion>& cheapest_schema() {
  using C = CheapestQuestion;
  static const Schema<C> schema = [] {
    Schema<C> s("cheapest", "The cheapest way to train a project by a date.");
    s.text("project", &C::project,
           {.help = "One of the projects, by its name.", .example = "Llama 3.1 405B", .required = true})
        .date("by", &C::by, {.help = "When it has to be done.", .example = "2025-12-31", .required = true})
        .date("from", &C::from, {.help = "When the decision is made.", .example = "2025-01-01", .required = true})
        .number("confidence", &C::confidence, bounded("Chance that it is done by then.", "0.9", 0.05, 0.95))
        .number("most_share", &C::most_share,
                bounded("Of a quarter's world output that one buyer gets.", "0.25", 1e-6, 1))
        .text("buyer", &C::buyer, described("Whose own silicon may be used too.", "Google"))
        .texts("offers", &C::offers,
               otherwise(described("Kinds of chip to choose from.", "[\"h100-sxm\", \"b200\"]"),
                         "all of [[offers]], or the usual ones"));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<TrainingProject>& training_project_schema() {
  using P = TrainingProject;
  static const Schema<P> schema = [] {
    Schema<P> s("projects", "A training, finished or planned.");
    s.text("name", &P::name, {.help = "What answers call it.", .example = "GPT-4", .required = true})
        .text("developer", &P::developer, described("Who trained it.", "OpenAI"))
        .date("released", &P::released, described("When it came out.", "2023-03-14"))
        .law("flop", &P::flop, Dimension::None,
             otherwise(bounded("Operations of the whole training, 6 a token and active parameter.",
                               "spread(8.2e24, 2.1e25, 4.4e25)", 1e15, kMostFlop),
                       "6 x tokens x active parameters of the model"))
        .number("tokens", &P::tokens, bounded("Tokens that the model is trained on.", "15.6e12", 1, 1e18))
        .text("model", &P::model,
              described("Its own transformer: a preset, or a file as --model takes it.", "llama-3.1-405b"))
        .text("stand_in", &P::stand_in,
              described("A model of its size class, whose MFU is taken where its own is not public.", "llama-3.1-405b"))
        .law("mfu", &P::mfu, Dimension::None,
             otherwise(bounded("Share of the dense 16-bit peak that a step reaches.", "0.40", 1e-4, 1.5),
                       "the step level's, or [train]'s"))
        .law("goodput", &P::goodput, Dimension::None,
             otherwise(bounded("Share of the time that is useful work.", "0.9", 1e-3, 1),
                       "the run level's, or [train]'s"))
        .ignore("training")
        .ignore("software")
        .ignore("preset");
    return s;
  }();
  return schema;
}

const Schema<TrainingFleet>& training_fleet_schema() {
  using F = TrainingFleet;
  static const Schema<F> schema = [] {
    Schema<F> s("fleets", "Who has which chips at a date.");
    s.text("name", &F::name, {.help = "What answers call it.", .example = "Microsoft 2023", .required = true})
        .text("owner", &F::owner,
              described("Whose they are; own silicon is counted at what it costs to make.", "Google"))
        .date("date", &F::date, {.help = "When that is so.", .example = "2023-12-31", .required = true})
        .list("pools", &F::pools, fleet_pool_schema(), described("Its chips, kind by kind.", ""))
        .ignore("preset");
    return s;
  }();
  return schema;
}

const Schema<TrainInput>& train_schema() {
  using T = TrainInput;
  static const Schema<T> schema = [] {
    Schema<T> s("train", "Trainings on fleets: days, cost and energy, and the cheapest way to one by a date.");
    s.list("projects", &T::projects, training_project_schema(),
           described("What is trained: names of preset projects, or tables.", "[\"gpt-4\"]"))
        .list("fleets", &T::fleets, training_fleet_schema(),
              described("On what: names of preset fleets, or tables.", "[\"xai-2024-09\"]"))
        .boolean("levels", &T::levels, described("Ask the step and run levels where a model is known.", "false"))
        .law("mfu", &T::mfu, Dimension::None,
             otherwise(bounded("Where the step level is not asked.", "0.40", 1e-4, 1.5), "0.40, 80 % 0.30 to 0.47"))
        .law("goodput", &T::goodput, Dimension::None,
             otherwise(bounded("Where the run level is not asked.", "0.9", 1e-3, 1), "0.90, 80 % 0.75 to 0.97"))
        .number("share", &T::share, bounded("Of a fleet that works on one training.", "0.5", 1e-6, 1))
        .number("use", &T::use, bounded("Share of its hours in which an owned chip is in use.", "0.85", 0.01, 1))
        .quantity("horizon", &T::horizon,
                  bounded("For the largest model that a fleet trains.", "100 days", 86400, 100 * 366 * 86400.0))
        .text("loss", &T::loss, described("A loss law: a preset.", "chinchilla-corrected"))
        .table("growth", &T::growth, compute_growth_schema(),
               described("How fast trainings grow; a preset, or a table.", ""))
        .optional_table("cheapest", &T::cheapest, cheapest_schema(), described("The cheapest way to a training.", ""));
    return s;
  }();
  return schema;
}

}  // namespace orrery
