#pragma once

#include <string>
#include <vector>

#include "report/fleet_training_document.hpp"

// What the parts of the document of `fleet train` share: fleets, growth, the cheapest ways.
namespace orrery {

/// What number of chips, their speed and software were of the growth: the answer's lines, and their table.
void add_growth_answer(const RaceSpec& spec, const GrowthShares& growth, Document& document);
void add_growth(const GrowthShares& growth, Document& document);

/// The cheapest way to a training by a date: the answer's lines, all ways as a table, and what is assumed of them.
void add_cheapest_answer(const CheapestSpec& question, const CheapestTraining& cheapest, Document& document);
void add_ways(const CheapestSpec& question, const CheapestTraining& cheapest, Document& document);
std::string ways_assumption(const CheapestSpec& question);

/// A band as three cells of one kind.
template <class Make>
void add_band(std::vector<Cell>& row, const TrainingBand& band, const Make& make) {
  row.insert(row.end(), {make(band.p10), make(band.p50), make(band.p90)});
}
inline Cell seconds(double value) {
  return figure(Seconds(value));
}
inline Cell dollars(double value) {
  return figure(Dollars(value));
}
inline Cell joules(double value) {
  return figure(Joules(value));
}
inline Cell share(double value) {
  return fraction(value);
}

/// "14.4 days (80 %: 11.2 days to 21.9 days)", of seconds; the same of dollars and of shares.
std::string time_text(const TrainingBand& band);
std::string cost_text(const TrainingBand& band);
std::string share_text(const TrainingBand& band);

}  // namespace orrery
