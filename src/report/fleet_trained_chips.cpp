#include "report/fleet_trained_chips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "base/unit_table.hpp"
#include "fleet/own_silicon.hpp"

namespace orrery {
namespace {

Cell money(double dollars) {
  return figure(Dollars(dollars));
}
Cell hourly(double dollars_an_hour) {
  return figure(DollarsPerSecond(dollars_an_hour / kHour));
}
std::string money_text(double dollars) {
  return format_money(Dollars(dollars));
}

/// Chips that their makers keep are marked: what they cost is what they cost to make.
std::string chip_text(const TrainedChipSpec& chip) {
  return chip.offer.owner.empty() ? chip.offer.name : chip.offer.name + "*";
}

Table chips_table(const TrainedChipsSpec& spec, const TrainedChips& study) {
  Table table{"chips",
              fmt::format("kinds of chips in {}, * at what they cost their owner to make", month_text(spec.date)),
              {{"chip", "chip"},
               {"price", "price"},
               {"hour_p50", "an hour, own"},
               {"hour_p10", "10 %"},
               {"hour_p90", "90 %"},
               {"rent", "an hour, rented"},
               {"per_peak", "$ for 1e18 peak FLOP"},
               {"owner", "only for"}},
              {},
              "",
              false};
  for (std::size_t c = 0; c < spec.chips.size(); ++c) {
    const TrainedChipStudy& kind = study.chips[c];
    table.rows.push_back({chip_text(spec.chips[c]), money(kind.price), hourly(kind.hour.p50), hourly(kind.hour.p10),
                          hourly(kind.hour.p90), spec.chips[c].rentable ? hourly(kind.rent.p50) : Cell{},
                          number(kind.per_peak.p50, 3), spec.chips[c].offer.owner});
  }
  table.note =
      "dollars for 1e18 operations at the dense BF16 peak: what a chip would cost if it were used as advertised";
  return table;
}

Table cells_table(const TrainedChipsSpec& spec, const TrainedChips& study) {
  Table table{"trained_models",
              "dollars a trained model on own chips, by what their step and their faults leave of the peak",
              {{"model", "model"},
               {"chip", "chip"},
               {"owned_p50", "own chips"},
               {"owned_p10", "10 %"},
               {"owned_p90", "90 %"},
               {"rented_p50", "rented"},
               {"cheapest", "cheapest in"},
               {"turns_at", "turns at a price of"},
               {"chips", "chips"},
               {"days", "days"},
               {"mfu", "MFU"},
               {"goodput", "goodput"}},
              {},
              "",
              false};
  for (std::size_t m = 0; m < spec.models.size(); ++m) {
    for (std::size_t c = 0; c < spec.chips.size(); ++c) {
      const TrainedCell& cell = study.cells[m][c];
      if (!cell.delivery) continue;
      const Delivery& d = *cell.delivery;
      table.rows.push_back({spec.models[m].name, chip_text(spec.chips[c]), money(cell.owned.p50), money(cell.owned.p10),
                            money(cell.owned.p90), spec.chips[c].rentable ? money(cell.rented.p50) : Cell{},
                            fraction(cell.cheapest, 0), cell.turns_at ? money(*cell.turns_at) : Cell{},
                            count(d.speed.chips_held), figure(Seconds(d.time.p50)), fraction(d.mfu.p50),
                            fraction(d.goodput.p50)});
    }
  }
  table.note =
      "turns at: below this price a chip would be the cheapest for the model; the cheapest stays it up to there. Of "
      "own "
      "silicon: where it costs what the cheapest for sale does";
  return table;
}

/// What is not compared, and why. Pools are of one peak, so that their chips are told with the reason.
Table left_out_table(const TrainedChipsSpec& spec, const TrainedChips& study) {
  Table table{
      "left_out", "not compared", {{"model", "model"}, {"chip", "chip"}, {"chips", "chips"}, {"reason", "because"}}, {},
      "",         false};
  for (std::size_t m = 0; m < spec.models.size(); ++m) {
    for (std::size_t c = 0; c < spec.chips.size(); ++c) {
      const TrainedCell& cell = study.cells[m][c];
      if (cell.delivery) continue;
      table.rows.push_back(
          {spec.models[m].name, chip_text(spec.chips[c]), count(spec.models[m].pools[c].cluster.chips), cell.reason});
    }
  }
  return table;
}

Chart cells_chart(const TrainedChipsSpec& spec, const TrainedChips& study) {
  Chart chart;
  chart.key = "trained_models";
  chart.title = "dollars a trained model on own chips, over those on the cheapest for sale";
  ChartGrid grid;
  grid.row_title = "model";
  grid.column_title = "chip";
  grid.value = {"times the cheapest", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Log};
  for (const TrainedChipSpec& chip : spec.chips) grid.columns.push_back(chip_text(chip));
  for (std::size_t m = 0; m < spec.models.size(); ++m) {
    grid.rows.push_back(spec.models[m].name);
    for (const TrainedCell& cell : study.cells[m]) {
      const bool known = cell.delivery && study.best[m];
      grid.values.push_back(known ? cell.owned.p50 / study.cells[m][*study.best[m]].owned.p50
                                  : std::numeric_limits<double>::quiet_NaN());
    }
  }
  chart.grid = std::move(grid);
  return chart;
}

/// Whether any of the chips is for sale.
bool sold(const TrainedChipsSpec& spec) {
  return spec.chips[compared_chips(spec.chips).front()].offer.owner.empty();
}

/// The cheapest of own silicon, where there is any beside what is for sale.
std::optional<std::size_t> best_of_own(const TrainedChipsSpec& spec, const std::vector<TrainedCell>& cells) {
  const std::vector<std::size_t> compared = compared_chips(spec.chips);
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!cells[c].delivery || std::find(compared.begin(), compared.end(), c) != compared.end()) continue;
    if (!best || cells[c].owned.p50 < cells[*best].owned.p50) best = c;
  }
  return best;
}

/// "; left out: h100-sxm (why)", or nothing.
std::string left_out_text(const TrainedChipsSpec& spec, const std::vector<TrainedCell>& cells) {
  std::string names;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (cells[c].delivery) continue;
    names += (names.empty() ? "" : ", ") + chip_text(spec.chips[c]);
  }
  if (names.empty()) return {};
  const auto first = std::find_if(cells.begin(), cells.end(), [](const TrainedCell& c) { return !c.delivery; });
  const bool alike = std::all_of(cells.begin(), cells.end(),
                                 [&](const TrainedCell& c) { return c.delivery || c.reason == first->reason; });
  return fmt::format("; left out: {} ({})", names, alike ? first->reason : "each for its own reason, told below");
}

/// How many of the compared kinds can train a model.
std::ptrdiff_t rivals(const TrainedChipsSpec& spec, const std::vector<TrainedCell>& cells) {
  const std::vector<std::size_t> compared = compared_chips(spec.chips);
  return std::count_if(compared.begin(), compared.end(), [&](std::size_t c) { return cells[c].delivery.has_value(); });
}

std::string model_text(const TrainedChipsSpec& spec, const TrainedChips& study, std::size_t m) {
  const std::vector<TrainedCell>& cells = study.cells[m];
  if (!study.best[m]) {
    return fmt::format("{} cannot be trained on any of the chips {}{}", spec.models[m].name,
                       sold(spec) ? "for sale" : "that are named", left_out_text(spec, cells));
  }
  const std::size_t best = *study.best[m];
  const TrainedCell& cell = cells[best];
  std::string text = fmt::format("{}: {} {} (80 %: {} to {}), {}", spec.models[m].name, chip_text(spec.chips[best]),
                                 money_text(cell.owned.p50), money_text(cell.owned.p10), money_text(cell.owned.p90),
                                 rivals(spec, cells) > 1
                                     ? fmt::format("cheapest in {} of the futures", format_percent(cell.cheapest, 0))
                                     : std::string(sold(spec) ? "with nothing else for sale to compare it with"
                                                              : "with nothing to compare it with"));
  if (cell.turns_at)
    text +=
        fmt::format(" and below {} a chip (now {})", money_text(*cell.turns_at), money_text(study.chips[best].price));
  if (const auto own = best_of_own(spec, cells))
    text += fmt::format("; own silicon {} {}", chip_text(spec.chips[*own]), money_text(cells[*own].owned.p50));
  return text + left_out_text(spec, cells);
}

/// "cheapest per trained model, of the chips for sale: mi300x for 4 of 5 models, h200 for 1"
std::string winners_text(const TrainedChipsSpec& spec, const TrainedChips& study) {
  std::vector<std::size_t> wins(spec.chips.size());
  for (const std::optional<std::size_t>& best : study.best) {
    if (best) ++wins[*best];
  }
  std::vector<std::size_t> order(wins.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wins[a] > wins[b]; });
  std::vector<std::string> words;
  for (const std::size_t chip : order) {
    if (wins[chip] > 0) words.push_back(fmt::format("{} for {}", chip_text(spec.chips[chip]), wins[chip]));
  }
  if (words.empty()) words.emplace_back("none for any");
  return fmt::format("cheapest per trained model, {}: {} of {} models",
                     sold(spec) ? "of the chips for sale" : "of these chips, none of which is for sale",
                     fmt::join(words, ", "), spec.models.size());
}

}  // namespace

void add_trained_chips(const TrainedChipsSpec& spec, const TrainedChips& study, Document& document) {
  const std::size_t peak = study.best_per_peak;
  std::vector<std::string> answer = {winners_text(spec, study)};
  for (std::size_t m = 0; m < spec.models.size(); ++m) answer.push_back("  " + model_text(spec, study, m));
  answer.push_back(fmt::format("per peak operation {} costs least: ${:.3g} for 1e18", chip_text(spec.chips[peak]),
                               study.chips[peak].per_peak.p50));
  document.answer.insert(document.answer.begin(), answer.begin(), answer.end());
  document.fields.push_back({"best_per_peak", "", spec.chips[peak].offer.name});
  std::vector<Table> tables = {cells_table(spec, study), left_out_table(spec, study), chips_table(spec, study)};
  std::erase_if(tables, [](const Table& table) { return table.rows.empty(); });
  document.tables.insert(document.tables.begin(), std::make_move_iterator(tables.begin()),
                         std::make_move_iterator(tables.end()));
  document.charts.insert(document.charts.begin(), cells_chart(spec, study));
  document.notes.emplace_back(
      "models are trained in BF16 in pools of the same dense peak, in the best layout that a search finds on each "
      "chip, "
      "with the faults of a cluster of which nothing is known; operations are 6 a parameter and token");
  for (const TrainedChipSpec& chip : spec.chips) {
    const std::string note = own_silicon_note(chip.offer);
    if (!note.empty()) document.notes.push_back(fmt::format("* {}, without development", note));
  }
}

}  // namespace orrery
