#include "report/fleet_training_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <utility>

#include "base/unit_text.hpp"
#include "report/fleet_training_parts.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

template <class Q>
std::string band_text(const TrainingBand& band) {
  return fmt::format("{} (80 %: {} to {})", cell_text(figure(Q(band.p50))), cell_text(figure(Q(band.p10))),
                     cell_text(figure(Q(band.p90))));
}

constexpr double kGwh = 3.6e12;  ///< Joules.

std::string key_of(const std::string& name) {
  std::string key;
  for (const char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) key += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!plain && !key.empty() && key.back() != '_') key += '_';
  }
  while (!key.empty() && key.back() == '_') key.pop_back();
  // Keys begin with a letter.
  return key.empty() || std::isdigit(static_cast<unsigned char>(key.front())) != 0 ? "p" + key : key;
}

/// The project that answers speak of: of those that are done somewhere, the one with the most compute.
std::size_t headline_project(const RaceSpec& spec, const RaceResult& race) {
  std::size_t best = 0;
  double most = 0;
  bool sure = false;
  for (std::size_t p = 0; p < race.cells.size(); ++p) {
    for (std::size_t f = 0; f < race.cells[p].size(); ++f) {
      if (!race.cells[p][f].delivery) continue;
      const TrainingTask& task = spec.fleets[f].tasks[p].front();
      const bool is_sure = task.compute_factor.is_fixed();
      if (is_sure == sure ? task.compute.raw() <= most : sure) continue;
      best = p;
      sure = is_sure;
      most = task.compute.raw();
    }
  }
  return best;
}

void add_race_answer(const RaceSpec& spec, const RaceResult& race, Document& document) {
  if (spec.fleets.empty()) return;
  const std::size_t p = headline_project(spec, race);
  const auto& row = race.cells[p];
  std::size_t first = row.size(), last = row.size();
  for (std::size_t f = 0; f < row.size(); ++f) {
    if (!row[f].delivery) continue;
    if (first == row.size() || row[f].delivery->time.p50 < row[first].delivery->time.p50) first = f;
    if (last == row.size() || row[f].delivery->time.p50 > row[last].delivery->time.p50) last = f;
  }
  if (first == row.size()) {
    document.answer.push_back(fmt::format("cannot be done, because {}", row.front().reason));
    return;
  }
  document.answer.push_back(fmt::format("{} takes {} on {}", spec.projects[p], time_text(row[first].delivery->time),
                                        spec.fleets[first].name));
  if (last != first)
    document.answer.push_back(fmt::format("on {} it takes {}; each fleet has one job on all of its chips",
                                          spec.fleets[last].name, time_text(row[last].delivery->time)));
  const TrainingSpeed& speed = row[first].delivery->speed;
  document.answer.push_back(
      fmt::format("it costs {} on {}: all of the {} chips that the job holds are paid for these days, of which {} "
                  "compute",
                  cost_text(row[first].cost), spec.fleets[first].name, format_count(speed.chips_held),
                  format_count(speed.chips_used)));
}

/// Fleets of unlike chips: whether the job takes them all.
void add_mixtures_answer(const RaceSpec& spec, const RaceResult& race, Document& document) {
  const std::size_t p = headline_project(spec, race);
  std::vector<std::string> mixed, alone;
  for (std::size_t f = 0; f < race.cells[p].size(); ++f) {
    if (spec.fleets[f].pools.size() < 2 || !race.cells[p][f].delivery) continue;
    (race.cells[p][f].speed.pools.size() > 1 ? mixed : alone).push_back(spec.fleets[f].name);
  }
  const auto say = [&](const std::vector<std::string>& fleets, const char* how) {
    if (!fleets.empty())
      document.answer.push_back(
          fmt::format("unlike chips of {}: {} {}", fmt::join(fleets, ", "), spec.projects[p], how));
  };
  say(mixed, "takes several kinds in one job, each with the part of the batch that its speed is");
  say(alone, "is fastest on one kind alone, which the others would hold up");
}

/// Fleets of which one job leaves most idle: where more chips bring nothing.
void add_idle_answer(const RaceSpec& spec, const RaceResult& race, Document& document) {
  const std::size_t p = headline_project(spec, race);
  std::vector<std::string> names;
  long long most = 0;
  for (std::size_t f = 0; f < race.cells[p].size(); ++f) {
    const auto& made = race.cells[p][f].delivery;
    if (!made || made->speed.chips_used * 2 >= made->speed.chips_held) continue;
    names.push_back(spec.fleets[f].name);
    most = std::max(most, made->speed.chips_used);
  }
  if (names.empty()) return;
  document.answer.push_back(fmt::format(
      "one job of {} is fastest on less than half of the chips of {}, on {} at most: its batch of a step and "
      "its stops leave the others nothing to add",
      spec.projects[p], fmt::join(names, "; "), format_count(most)));
}

std::string layout_text(const RaceCell& cell) {
  if (cell.speed.speeds.size() != 1 || !cell.speed.speeds.front().step) return "";
  return describe(cell.speed.speeds.front().step->layout);
}

/// Every training on every fleet: what CSV prints.
void add_cells(const RaceSpec& spec, const RaceResult& race, Document& document) {
  Table table{
      "trainings",
      "every training on every fleet",
      {{"project", "training"},
       {"fleet", "fleet"},
       {"time_p10", "10 %"},
       {"time_p50", "time"},
       {"time_p90", "90 %"},
       {"cost_p10", "10 %"},
       {"cost_p50", "cost"},
       {"cost_p90", "90 %"},
       {"energy_p50", ""},
       {"", "energy, GWh"},
       {"energy_share_of_cost", "of the cost"},
       {"chips_held", "chips"},
       {"chips_used", "computing"},
       {"mfu", "MFU"},
       {"goodput", "goodput"},
       {"between_stops", "a stop each"},
       {"batch_sequences", "batch"},
       {"layout", "layout"},
       {"reason", "why not"}},
      {},
      "MFU: 6 operations a token and active parameter, over the dense 16-bit peak; energy at the facility's power",
      true};
  for (std::size_t p = 0; p < race.cells.size(); ++p) {
    for (std::size_t f = 0; f < race.cells[p].size(); ++f) {
      const RaceCell& cell = race.cells[p][f];
      std::vector<Cell> row = {spec.projects[p], spec.fleets[f].name};
      if (!cell.delivery) {
        row.resize(table.columns.size() - 1);
        row.emplace_back(cell.reason);
        table.rows.push_back(std::move(row));
        continue;
      }
      const Delivery& made = *cell.delivery;
      add_band(row, made.time, seconds);
      add_band(row, cell.cost, dollars);
      row.push_back(joules(made.energy.p50));
      row.emplace_back(format_significant(made.energy.p50 / kGwh, 3));
      row.push_back(share(cell.energy_share));
      row.emplace_back(count(made.speed.chips_held));
      row.emplace_back(count(made.speed.chips_used));
      row.push_back(share(made.mfu.p50));
      row.push_back(share(made.goodput.p50));
      row.push_back(made.speed.between_stops > Seconds(0) ? Cell{figure(made.speed.between_stops)} : Cell{});
      row.push_back(made.speed.global_batch > 0 ? Cell{count(made.speed.global_batch)} : Cell{});
      row.emplace_back(layout_text(cell));
      row.emplace_back();
      table.rows.push_back(std::move(row));
    }
  }
  document.tables.push_back(std::move(table));
}

/// A number for each pair of a fleet and a training, fleets as rows.
template <class Make>
void add_grid(const RaceSpec& spec, const RaceResult& race, const char* key, const char* title, const Make& make,
              Document& document) {
  Table table{key, title, {{"fleet", "fleet"}}, {}, "", false};
  std::set<std::string> keys = {"fleet"};
  for (const std::string& project : spec.projects) {
    std::string own = key_of(project);
    while (!keys.insert(own).second) own += "_x";
    table.columns.push_back({own, project});
  }
  for (std::size_t f = 0; f < spec.fleets.size(); ++f) {
    std::vector<Cell> row = {spec.fleets[f].name};
    for (const auto& cells : race.cells) {
      row.push_back(cells[f].delivery ? make(cells[f]) : Cell{});
    }
    table.rows.push_back(std::move(row));
  }
  document.tables.push_back(std::move(table));
}

void add_mixtures(const RaceSpec& spec, const RaceResult& race, Document& document) {
  Table table{
      "mixtures",
      "one job over unlike chips: batches in proportion to speed",
      {{"fleet", "fleet"},
       {"project", "training"},
       {"pool", "pool"},
       {"batch_share", "of the batch"},
       {"mfu", "MFU"},
       {"note", "note"}},
      {},
      "each pool has whole replicas; gradients between pools are exchanged under compute; what one pool loses to "
      "stops all lose, which is too much where replicas drop out and the others go on",
      false};
  for (std::size_t f = 0; f < spec.fleets.size(); ++f) {
    if (spec.fleets[f].pools.size() < 2) continue;
    // A training that takes several pools, if any does.
    std::size_t p = headline_project(spec, race);
    for (std::size_t other = 0; other < race.cells.size(); ++other)
      if (race.cells[other][f].speed.pools.size() > 1) p = other;
    if (!race.cells[p][f].delivery) continue;
    const MixedSpeed& speed = race.cells[p][f].speed;
    const std::string note = speed.pools.size() > 1 ? fmt::format("dealt out by the chip: {} of the rate",
                                                                  format_percent(speed.by_the_chip, 0))
                                                    : std::string("alone");
    for (std::size_t k = 0; k < speed.pools.size(); ++k) {
      table.rows.push_back({spec.fleets[f].name, spec.projects[p], spec.fleets[f].pools[speed.pools[k]].name,
                            fraction(speed.batch_shares[k]), fraction(product_band({speed.speeds[k].mfu}).p50), note});
    }
    for (const IdlePool& idle : speed.idle)
      table.rows.push_back({spec.fleets[f].name, spec.projects[p], spec.fleets[f].pools[idle.pool].name, fraction(0),
                            Cell{}, "no part: " + idle.reason});
  }
  if (!table.rows.empty()) document.tables.push_back(std::move(table));
}

void add_largest(const RaceSpec& spec, const RaceResult& race, Document& document) {
  Table table{"largest_models",
              fmt::format("the largest compute-optimal model in {}", format_time(spec.horizon)),
              {{"fleet", "fleet"},
               {"like", "at the rate of"},
               {"flop", "FLOP"},
               {"parameters", "parameters"},
               {"parameters_low", "95 % from"},
               {"parameters_high", "to"},
               {"tokens", "tokens"},
               {"loss", "loss"},
               {"loss_low", "from"},
               {"loss_high", "to"},
               {"loss_other", fmt::format("by {}", spec.other_loss.name)},
               {"beyond", ""}},
              {},
              fmt::format("loss by {}, on Chinchilla's own data: a relative measure only; the parameters' interval is "
                          "that of the exponent alone, the loss's that of E alone",
                          spec.loss.name),
              false};
  for (std::size_t f = 0; f < spec.fleets.size(); ++f) {
    if (!race.largest[f]) continue;
    const LargestModel& found = *race.largest[f];
    const char* wall = found.compute >= kLatencyWall    ? "beyond the latency wall of 2e31"
                       : found.compute >= kLatencyBends ? "beyond 2e28, where latency bends"
                                                        : "";
    table.rows.push_back({spec.fleets[f].name, found.like, number(found.compute.raw()), large(found.best.parameters, 3),
                          large(found.best.parameters_low, 3), large(found.best.parameters_high, 3),
                          large(found.best.tokens, 3), number(found.best.loss, 4), number(found.best.loss_low, 4),
                          number(found.best.loss_high, 4), number(found.other.loss, 4), std::string(wall)});
  }
  if (!table.rows.empty()) document.tables.push_back(std::move(table));
}

void add_chips(const RaceSpec& spec, const RaceResult& race, Document& document) {
  if (race.chips.empty()) return;
  Table table{
      "own_silicon",
      fmt::format("own silicon against bought: {} on about 8,192 chips, prices of {}", spec.chip_project,
                  date_text(spec.chip_date)),
      {{"offer", "chip"},
       {"owner", "made for"},
       {"price", "price"},
       {"hour", "an hour of use"},
       {"mfu", "MFU"},
       {"per_1e24_p10", "10 %"},
       {"per_1e24_p50", "1e24 useful FLOP"},
       {"per_1e24_p90", "90 %"},
       {"turning_price", "turns at"},
       {"reason", ""}},
      {},
      fmt::format("own silicon at what it costs to make; turns at: times its price at which it costs what {} does",
                  race.chips.front().offer),
      false};
  for (const RaceChipCost& chip : race.chips) {
    std::vector<Cell> row = {chip.offer, chip.owner, figure(chip.price), figure(chip.hour)};
    if (chip.reason.empty()) {
      row.push_back(share(chip.mfu));
      add_band(row, chip.per_flop, dollars);
      row.emplace_back(number(chip.turning_price));
      row.emplace_back();
    } else {
      row.resize(table.columns.size() - 1);
      row.emplace_back(chip.reason);
    }
    table.rows.push_back(std::move(row));
  }
  document.tables.push_back(std::move(table));
}

/// "estimates: compute of GPT-4, Grok-2; chips of ..."
void add_status(const RaceSpec& spec, const Provenance& provenance, Document& document) {
  std::vector<std::string> estimates, unverified;
  const auto look = [&](const std::string& path, const std::string& words) {
    const auto found = provenance.find(path);
    if (found == provenance.end()) return;
    if (found->second.status != ValueStatus::Confirmed) estimates.push_back(words);
    if (found->second.unverified) unverified.push_back(words);
  };
  for (std::size_t p = 0; p < spec.projects.size(); ++p)
    look(fmt::format("train.projects[{}].flop", p), "compute of " + spec.projects[p]);
  for (std::size_t f = 0; f < spec.fleets.size(); ++f) {
    for (std::size_t k = 0; k < spec.fleets[f].pools.size(); ++k)
      look(fmt::format("train.fleets[{}].pools[{}].chips", f, k),
           fmt::format("{} of {}", spec.fleets[f].offers[k].name, spec.fleets[f].name));
  }
  if (!estimates.empty()) document.notes.push_back(fmt::format("estimates: {}", fmt::join(estimates, ", ")));
  if (!unverified.empty()) document.notes.push_back(fmt::format("unverified: {}", fmt::join(unverified, ", ")));
}

void add_notes(const RaceSpec& spec, const CheapestSpec* question, const TrainInput& input,
               const TrainingAnswer& answer, const std::vector<std::string>& assumptions, Document& document) {
  std::vector<std::string> fallbacks;
  for (const auto& row : answer.race.cells) {
    for (const RaceCell& cell : row) {
      if (!cell.delivery) continue;
      for (const std::string& said : cell.delivery->fallbacks)
        if (std::find(fallbacks.begin(), fallbacks.end(), said) == fallbacks.end()) fallbacks.push_back(said);
    }
  }
  if (!fallbacks.empty()) document.notes.push_back(fmt::format("fall-backs: {}", fmt::join(fallbacks, "; ")));
  std::vector<std::string> assumed = assumptions;
  if (!spec.fleets.empty()) {
    assumed.push_back(input.share < 1 ? fmt::format("{:.3g} % of each fleet works on one training", 100 * input.share)
                                      : std::string("all of a fleet works on one training"));
    assumed.push_back(
        fmt::format("cost of a chip-hour to its owner, in use {:.0f} % of its hours, bought at the "
                    "fleet's date; economics {}",
                    100 * input.use, spec.economics.name));
  }
  if (question != nullptr) assumed.push_back(ways_assumption(*question));
  document.notes.push_back(fmt::format("assumed: {}", fmt::join(assumed, "; ")));
  document.notes.emplace_back(
      "what cannot be identified: gains of algorithms were measured as compute saved to a fixed loss, and some come "
      "only "
      "at scale, so that part of them is compute's; leading systems and notable models are different samples, whose "
      "difference is \"all else\"; money goes to chips, halls and people at once; nothing here says what a lower loss "
      "is "
      "worth");
  document.notes.emplace_back(
      "left out: ramps of batch or chips, long-context and post-training phases, experiments, what people wait for");
}

}  // namespace

std::string time_text(const TrainingBand& band) {
  return band_text<Seconds>(band);
}
std::string cost_text(const TrainingBand& band) {
  return band_text<Dollars>(band);
}
std::string share_text(const TrainingBand& band) {
  return fmt::format("{:.0f} % ({:.0f} to {:.0f} %)", 100 * band.p50, 100 * band.p10, 100 * band.p90);
}

Document fleet_training_document(const RaceSpec& spec, const CheapestSpec* question, const TrainInput& input,
                                 const TrainingAnswer& answer, const std::vector<std::string>& assumptions,
                                 const Provenance& provenance) {
  Document document;
  document.command = "fleet train";
  if (question != nullptr && spec.fleets.empty()) add_cheapest_answer(*question, *answer.cheapest, document);
  add_race_answer(spec, answer.race, document);
  if (!spec.fleets.empty()) {
    add_idle_answer(spec, answer.race, document);
    add_mixtures_answer(spec, answer.race, document);
    add_growth_answer(spec, answer.growth, document);
  }
  if (question != nullptr && !spec.fleets.empty()) add_cheapest_answer(*question, *answer.cheapest, document);
  if (!spec.fleets.empty()) {
    add_cells(spec, answer.race, document);
    add_grid(
        spec, answer.race, "time_to_train", "time to train",
        [](const RaceCell& cell) { return seconds(cell.delivery->time.p50); }, document);
    add_grid(
        spec, answer.race, "cost", "cost: all chips that a job holds, for its days",
        [](const RaceCell& cell) { return dollars(cell.cost.p50); }, document);
    add_grid(
        spec, answer.race, "energy_gwh", "energy of the same chips, GWh",
        [](const RaceCell& cell) -> Cell { return number(cell.delivery->energy.p50 / kGwh); }, document);
    add_mixtures(spec, answer.race, document);
    add_largest(spec, answer.race, document);
    add_chips(spec, answer.race, document);
    add_growth(answer.growth, document);
  }
  if (question != nullptr) add_ways(*question, *answer.cheapest, document);
  add_notes(spec, question, input, answer, assumptions, document);
  add_status(spec, provenance, document);
  add_training_charts(spec, answer, document);
  return document;
}

}  // namespace orrery
