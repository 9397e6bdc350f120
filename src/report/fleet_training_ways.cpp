#include <fmt/format.h>

#include "base/unit_text.hpp"
#include "report/fleet_training_parts.hpp"

namespace orrery {
namespace {

std::string way_text(const TrainingChoice& way) {
  return fmt::format("{} {} {}{}", tenure_name(way.tenure), format_count(way.chips), way.offer,
                     way.spares > 0 ? fmt::format(" and {} spare ones", format_count(way.spares)) : "");
}

}  // namespace

void add_cheapest_answer(const CheapestSpec& question, const CheapestTraining& cheapest, Document& document) {
  if (cheapest.choices.empty()) {
    const std::string cannot =
        fmt::format("{} by {} cannot be done, because ", question.project, date_text(question.by));
    // Reasons of each chip are the note of a table, which is not shown where it has no row.
    document.answer.push_back(
        cheapest.nearest
            ? fmt::format("{}no chip is in time; the nearest is to {}, from {} on: done on {}", cannot,
                          way_text(*cheapest.nearest), date_text(cheapest.nearest->start),
                          date_text(cheapest.nearest->done))
            : fmt::format("{}there is no way on any chip: {}", cannot, fmt::join(cheapest.excluded, "; ")));
    return;
  }
  const TrainingChoice& best = cheapest.choices.front();
  document.answer.push_back(
      fmt::format("{} by {} costs least if you {}: {}{}, from {} on, done on {}", question.project,
                  date_text(question.by), way_text(best), cost_text(best.cost),
                  best.tenure == Tenure::Buy ? fmt::format(", ordered on {}", date_text(best.ordered)) : "",
                  date_text(best.start), date_text(best.done)));
  if (cheapest.choices.size() > 1)
    document.answer.push_back(fmt::format("it turns to {} where an hour of {} costs more than {} ({} now)",
                                          way_text(cheapest.choices[1]), best.offer,
                                          cell_text(figure(best.hour * best.turns_at)), cell_text(figure(best.hour))));
}

void add_ways(const CheapestSpec& question, const CheapestTraining& cheapest, Document& document) {
  Table table{"ways",
              fmt::format("ways to train {} by {}", question.project, date_text(question.by)),
              {{"tenure", "way"},
               {"offer", "chip"},
               {"chips", "chips"},
               {"spares", "spares"},
               {"ordered", "ordered"},
               {"start", "starts"},
               {"done", "done"},
               {"time", "training"},
               {"mfu", "MFU"},
               {"goodput", "goodput"},
               {"hour", "a chip-hour"},
               {"cost_p10", "10 %"},
               {"cost_p50", "cost"},
               {"cost_p90", "90 %"}},
              {},
              "",
              false};
  std::vector<TrainingChoice> ways = cheapest.choices;
  if (cheapest.nearest) ways.push_back(*cheapest.nearest);
  for (const TrainingChoice& way : ways) {
    std::vector<Cell> row = {std::string(tenure_name(way.tenure)),
                             way.offer,
                             count(way.chips),
                             count(way.spares),
                             date_text(way.ordered),
                             date_text(way.start),
                             date_text(way.done),
                             seconds(way.time.p50),
                             share(way.mfu),
                             share(way.goodput),
                             figure(way.hour)};
    add_band(row, way.cost, dollars);
    table.rows.push_back(std::move(row));
  }
  if (!cheapest.excluded.empty()) table.note = fmt::format("not among them: {}", fmt::join(cheapest.excluded, "; "));
  document.tables.push_back(std::move(table));
}

std::string ways_assumption(const CheapestSpec& question) {
  return fmt::format(
      "bought chips are charged for the hours of the training, and used otherwise before and after; halls stand; "
      "rented "
      "ones are there at once, from the chip's launch on; of either at most {:.3g} % of what the world makes of it in "
      "a quarter; done with a chance of {:.3g} %",
      100 * question.most_share, 100 * question.confidence);
}

}  // namespace orrery
