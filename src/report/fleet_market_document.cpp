#include "report/fleet_market_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/statistics.hpp"
#include "base/unit_text.hpp"
#include "report/fleet_market_charts.hpp"
#include "report/fleet_market_text.hpp"

namespace orrery {
namespace {

Cell finite(double value, const Figure& figure) {
  return std::isfinite(value) ? Cell(figure) : Cell();
}
/// Null in JSON, under the same name, where it is infinite: no price.
Cell money_cell(double value) {
  return figure(Dollars(value));
}
Cell share_cell(double value) {
  return finite(value, fraction(value));
}
Cell count_cell(double value) {
  return finite(value, number(value, 4));
}

Cell large_cell(double value) {
  return finite(value, large(value, 3));
}

/// A band: three columns for machines, one for people.
void add_columns(Table& table, const std::string& key, const std::string& title) {
  for (const char* quantile : {"p10", "p50", "p90"}) table.columns.push_back({fmt::format("{}_{}", key, quantile), ""});
  table.columns.push_back({"", title});
}
void add_band(std::vector<Cell>& row, const MarketBand& band, std::string text, Cell (*cell)(double)) {
  row.insert(row.end(), {cell(band.p10), cell(band.p50), cell(band.p90), std::move(text)});
}

Table made_table(const char* key, std::string title, std::vector<Column> columns) {
  Table table;
  table.key = key;
  table.title = std::move(title);
  table.columns = std::move(columns);
  return table;
}

/// The years of the comparison: "2026 to 2028".
std::string compared_years(const MarketInput& input) {
  return fmt::format("{} to {}", input.compare_from.year(), Date(input.compare_until.days() - 1).year());
}

class MarketPage {
 public:
  MarketPage(const MarketSpec& base, const std::vector<MarketVariant>& variants,
             const std::vector<MarketStudy>& studies)
      : spec_(base), variants_(variants), studies_(studies), study_(studies.front()), pools_(base.pools()) {}

  Document write(const std::vector<std::string>& assumptions) {
    document_.command = "fleet market";
    answer();
    fields();
    add_prices();
    add_allocations();
    add_goals();
    add_limits();
    if (!variants_.empty()) add_variants();
    if (!spec_.input.facts.empty()) add_facts();
    add_drivers();
    add_quarters();
    add_market_charts(spec_, study_, document_);
    notes(assumptions);
    return std::move(document_);
  }

 private:
  const MarketInput& input() const { return spec_.input; }

  void answer() {
    const MarketComparison& c = study_.compared;
    document_.answer.push_back(fmt::format(
        "{}: {} of what new money asks for at list prices ({} an H100 equivalent) is not there; an auction of the "
        "same chips would clear at {}.",
        compared_years(input()), market_share_band(c.displaced), market_money_band(c.list),
        market_money_band(c.clearing)));
    std::vector<std::size_t> order(input().buyers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return c.missing[a].p50 > c.missing[b].p50; });
    std::vector<std::string> words;
    for (const std::size_t b : order) {
      if (words.size() < 4 && c.missing[b].p50 >= 1)
        words.push_back(fmt::format("{} {}", input().buyers[b].name, market_count_band(c.missing[b])));
    }
    document_.answer.push_back(
        words.empty() ? "Nobody is displaced where all inputs are at their middle."
                      : fmt::format("Displaced at list prices, in H100 equivalents: {}.", fmt::join(words, ", ")));
    for (const MarketGoalAnswer& goal : study_.goals) {
      if (input().buyers[goal.buyer].goals[goal.goal].by >= input().compare_from) goal_sentence(goal);
    }
    for (std::size_t v = 0; v < variants_.size(); ++v) variant_sentence(v);
    history_sentence();
  }

  /// How far the model is from facts that are none of its inputs.
  void history_sentence() {
    std::vector<double> errors;
    int inside = 0;
    for (std::size_t i = 0; i < input().facts.size(); ++i) {
      const MarketFact& fact = input().facts[i];
      const double truth = fact.value.quantile(0.5);
      if (fact.used || !std::isfinite(study_.facts[i].p50) || truth <= 0) continue;
      errors.push_back(std::abs(study_.facts[i].p50 / truth - 1));
      if (holds(study_.facts[i], fact)) ++inside;
    }
    if (errors.empty()) return;
    document_.answer.push_back(fmt::format(
        "Against what was published and is no input ({} facts): the median error is {}, the worst {}; {} of the 80 % "
        "intervals hold theirs.",
        errors.size(), error_text(median(errors)), error_text(*std::max_element(errors.begin(), errors.end())),
        inside));
  }

  /// Without its sign: "21 %", "x 12".
  static std::string error_text(double error) {
    return error < 9 ? format_percent(error, 0) : market_change_text(error);
  }

  /// Whether an interval and what sources say overlap.
  static bool holds(const MarketBand& band, const MarketFact& fact) {
    return band.p10 <= fact.value.quantile(0.9) && fact.value.quantile(0.1) <= band.p90;
  }

  void goal_sentence(const MarketGoalAnswer& goal) {
    const MarketGoal& its = input().buyers[goal.buyer].goals[goal.goal];
    const std::string early = market_quarter_text(spec_, goal.quarter.p10),
                      late = market_quarter_text(spec_, goal.quarter.p90);
    document_.answer.push_back(fmt::format(
        "{}, {}: {}{}; in time in {} of the futures, with {} chips by {}.", input().buyers[goal.buyer].name, its.name,
        market_quarter_text(spec_, goal.quarter.p50), early == late ? "" : fmt::format(" ({} to {})", early, late),
        format_percent(goal.in_time, 0), market_count_band(goal.chips_then), date_text(its.by)));
  }

  void variant_sentence(std::size_t v) {
    const MarketComparison& mine = studies_[v + 1].compared;
    std::size_t most = 0, least = 0;
    for (std::size_t b = 0; b < mine.change.size(); ++b) {
      if (mine.change[b].p50 > mine.change[most].p50) most = b;
      if (mine.change[b].p50 < mine.change[least].p50) least = b;
    }
    std::string text = fmt::format("{}: clears at {} ({})", variants_[v].name, market_money_text(mine.clearing.p50),
                                   market_change_text(mine.clearing_change.p50));
    const auto moved = [&](std::size_t b) {
      return fmt::format("; {} {}", input().buyers[b].name, market_change_text(mine.change[b].p50));
    };
    if (mine.change[most].p50 > 0.0005) text += moved(most);
    if (mine.change[least].p50 < -0.0005) text += moved(least);
    document_.answer.push_back(text + ".");
  }

  void fields() {
    const MarketComparison& c = study_.compared;
    const auto add = [&](const char* key, const MarketBand& band, Cell (*cell)(double)) {
      document_.fields.push_back({fmt::format("{}_p10", key), "", cell(band.p10)});
      document_.fields.push_back({fmt::format("{}_p50", key), "", cell(band.p50)});
      document_.fields.push_back({fmt::format("{}_p90", key), "", cell(band.p90)});
    };
    add("clearing_price", c.clearing, money_cell);
    add("list_price", c.list, money_cell);
    add("displaced_share", c.displaced, share_cell);
  }

  void add_prices() {
    Table table = made_table("years", "what is for sale, and at what price an H100 equivalent",
                             {{"pool", "pool"}, {"year", "year"}});
    add_columns(table, "h100e", "H100 equivalents");
    add_columns(table, "list", "list price");
    add_columns(table, "clearing", "clears at");
    add_columns(table, "displaced", "not there at list price");
    for (std::size_t p = 0; p < pools_.size(); ++p) {
      for (std::size_t y = 0; y < study_.years.size(); ++y) {
        const MarketPoolYear& its = study_.pools[p][y];
        if (its.h100e.p50 <= 0) continue;
        std::vector<Cell> row = {pools_[p], std::to_string(study_.years[y].year())};
        add_band(row, its.h100e, market_count_band(its.h100e), count_cell);
        add_band(row, its.list, market_money_band(its.list), money_cell);
        add_band(row, its.clearing, market_money_band(its.clearing), money_cell);
        add_band(row, its.displaced, market_share_band(its.displaced), share_cell);
        table.rows.push_back(std::move(row));
      }
    }
    table.note = fmt::format("80 % intervals over {} futures", study_.draws);
    document_.tables.push_back(std::move(table));
  }

  /// A row a buyer, a column a year: medians for people.
  Table by_year(const char* key, const std::string& title, MarketBand MarketBuyerYear::*what, bool with_share) const {
    Table table = made_table(key, title, {{"buyer", "buyer"}});
    for (const Date year : study_.years) {
      table.columns.push_back({fmt::format("h100e_{}", year.year()), ""});
      table.columns.push_back({"", std::to_string(year.year())});
    }
    for (std::size_t b = 0; b < input().buyers.size(); ++b) {
      std::vector<Cell> row = {input().buyers[b].name};
      for (const MarketBuyerYear& its : study_.buyers[b]) {
        const double h100e = (its.*what).p50, share = with_share ? its.share.p50 : 1 - its.filled.p50;
        row.push_back(count_cell(h100e));
        row.emplace_back(
            h100e < 1 ? std::string("-")
                      : fmt::format("{}, {}", market_count_text(h100e), format_percent(share, share < 0.0995 ? 1 : 0)));
      }
      table.rows.push_back(std::move(row));
    }
    return table;
  }

  void add_allocations() {
    Table got = by_year("got_by_year", "who gets what: H100 equivalents for sale, and their share of the pool, medians",
                        &MarketBuyerYear::got, true);
    got.note = "without own silicon; intervals under --explain";
    document_.tables.push_back(std::move(got));
    document_.tables.push_back(
        by_year("displaced_by_year",
                "who is displaced: H100 equivalents that new money asks for at list prices and does not get, and "
                "their share of what was asked for, medians",
                &MarketBuyerYear::displaced, false));
    document_.tables.push_back(buyer_table());
  }

  Table buyer_table() const {
    Table table = made_table("buyers", "who gets what, in H100 equivalents", {{"buyer", "buyer"}, {"year", "year"}});
    add_columns(table, "got", "got");
    add_columns(table, "share", "share of its pool");
    add_columns(table, "own", "own silicon");
    add_columns(table, "displaced", "displaced");
    add_columns(table, "filled", "of what it asked for");
    table.detail = true;
    for (std::size_t b = 0; b < input().buyers.size(); ++b) {
      for (std::size_t y = 0; y < study_.years.size(); ++y) {
        const MarketBuyerYear& its = study_.buyers[b][y];
        std::vector<Cell> row = {input().buyers[b].name, std::to_string(study_.years[y].year())};
        add_band(row, its.got, market_count_band(its.got), count_cell);
        add_band(row, its.share, market_share_band(its.share), share_cell);
        add_band(row, its.own, its.own.p90 > 0 ? market_count_band(its.own) : "", count_cell);
        add_band(row, its.displaced, its.displaced.p90 >= 1 ? market_count_band(its.displaced) : "", count_cell);
        add_band(row, its.filled, market_share_band(its.filled), share_cell);
        table.rows.push_back(std::move(row));
      }
    }
    return table;
  }

  void add_goals() {
    if (study_.goals.empty()) return;
    Table table = made_table("goals", "goals: chips that were to be had by a date",
                             {{"buyer", "buyer"}, {"goal", "goal"}, {"chips", "chips"}, {"by", "by"}});
    add_columns(table, "chips_then", "chips by then");
    for (const char* quantile : {"p10", "p50", "p90"})
      table.columns.push_back({fmt::format("reached_{}", quantile), fmt::format("reached, {}", quantile)});
    table.columns.push_back({"in_time", "in time"});
    table.columns.push_back({"ever", "ever"});
    for (const MarketGoalAnswer& its : study_.goals) {
      const MarketGoal& goal = input().buyers[its.buyer].goals[its.goal];
      std::vector<Cell> row = {input().buyers[its.buyer].name, goal.name, count(std::llround(goal.chips)),
                               date_text(goal.by)};
      add_band(row, its.chips_then, market_count_band(its.chips_then), count_cell);
      for (const double quarter : {its.quarter.p10, its.quarter.p50, its.quarter.p90})
        row.emplace_back(market_quarter_text(spec_, quarter));
      row.emplace_back(fraction(its.in_time, 0));
      row.emplace_back(fraction(its.ever, 0));
      table.rows.push_back(std::move(row));
    }
    table.note = fmt::format("ever: before {}; chips of the mean kind of the pool at the time", input().until.year());
    document_.tables.push_back(std::move(table));
  }

  /// Wafers against the chips that were planned, at medians, and how often they cut the plans.
  void add_limits() {
    Table table = made_table("limits", "packaging and memory against what makers plan",
                             {{"year", "year"},
                              {"wafers", "wafers that can be used"},
                              {"wafers_needed", "wafers needed"},
                              {"carry", "chips they could carry"},
                              {"chips", "chips planned"}});
    add_columns(table, "wafers_used", "wafers used");
    add_columns(table, "memory_used", "memory used");
    add_columns(table, "made", "made of the plan");
    for (std::size_t y = 0; y < study_.years.size(); ++y) {
      double wafers = 0, needed = 0, chips = 0;
      for (const MarketQuarter& quarter : study_.median) {
        if (quarter.start.year() != study_.years[y].year()) continue;
        wafers += quarter.wafers;
        needed += quarter.wafers_needed;
        for (const MarketPool& pool : quarter.pools) chips += pool.chips / quarter.made;
        for (const MarketPurchase& purchase : quarter.purchases) chips += purchase.own_chips / quarter.made;
      }
      std::vector<Cell> row = {std::to_string(study_.years[y].year()), large_cell(wafers), large_cell(needed),
                               large_cell(needed > 0 ? chips * wafers / needed : chips), large_cell(chips)};
      add_band(row, study_.wafers_used[y], market_share_band(study_.wafers_used[y]), share_cell);
      add_band(row, study_.memory_used[y], market_share_band(study_.memory_used[y]), share_cell);
      add_band(row, study_.made[y], market_share_band(study_.made[y]), share_cell);
      table.rows.push_back(std::move(row));
    }
    table.note =
        "wafers and chips at medians, all kinds and own silicon; used: of what there is, above 100 % where plans are "
        "cut";
    document_.tables.push_back(std::move(table));
  }

  void add_variants() {
    const std::string years = compared_years(input());
    Table table = made_table("variants", fmt::format("what if: {}, beside the same futures without it", years),
                             {{"variant", "variant"}, {"note", ""}});
    add_columns(table, "clearing", "clears at");
    add_columns(table, "clearing_change", "change");
    add_columns(table, "displaced", "not there at list price");
    for (const MarketBuyer& buyer : input().buyers) table.columns.push_back({"", buyer.name});
    for (std::size_t v = 0; v < studies_.size(); ++v) {
      const MarketComparison& its = studies_[v].compared;
      std::vector<Cell> row = {v == 0 ? std::string("as it is") : variants_[v - 1].name,
                               v == 0 ? std::string() : variants_[v - 1].note};
      add_band(row, its.clearing, market_money_band(its.clearing), money_cell);
      add_band(row, its.clearing_change, v == 0 ? "" : market_change_text(its.clearing_change.p50), share_cell);
      add_band(row, its.displaced, market_share_band(its.displaced), share_cell);
      for (std::size_t b = 0; b < its.change.size(); ++b)
        row.emplace_back(v == 0 ? Cell(market_count_text(its.got[b].p50 + its.own[b].p50))
                                : Cell(market_change_text(its.change[b].p50)));
      table.rows.push_back(std::move(row));
    }
    table.note = "by buyer: H100 equivalents, own silicon too, and the median change of them";
    document_.tables.push_back(std::move(table));
    Table changes = made_table("variant_changes", "what if, by buyer", {{"variant", "variant"}, {"buyer", "buyer"}});
    add_columns(changes, "change", "change");
    changes.detail = true;
    for (std::size_t v = 1; v < studies_.size(); ++v) {
      for (std::size_t b = 0; b < input().buyers.size(); ++b) {
        const MarketBand& change = studies_[v].compared.change[b];
        std::vector<Cell> row = {variants_[v - 1].name, input().buyers[b].name};
        add_band(row, change, market_change_band(change), share_cell);
        changes.rows.push_back(std::move(row));
      }
    }
    document_.tables.push_back(std::move(changes));
    add_variant_goals();
  }

  void add_variant_goals() {
    if (study_.goals.empty()) return;
    Table table = made_table("variant_goals", "what if: when goals are reached, and how likely in time",
                             {{"variant", "variant"}});
    for (std::size_t g = 0; g < study_.goals.size(); ++g) {
      const MarketGoalAnswer& goal = study_.goals[g];
      table.columns.push_back({fmt::format("in_time_{}", g + 1), ""});
      table.columns.push_back({"", fmt::format("{}, {}", input().buyers[goal.buyer].name,
                                               input().buyers[goal.buyer].goals[goal.goal].name)});
    }
    for (std::size_t v = 0; v < studies_.size(); ++v) {
      std::vector<Cell> row = {v == 0 ? std::string("as it is") : variants_[v - 1].name};
      for (std::size_t g = 0; g < study_.goals.size() && g < studies_[v].goals.size(); ++g) {
        const MarketGoalAnswer& its = studies_[v].goals[g];
        row.push_back(share_cell(its.in_time));
        row.emplace_back(
            fmt::format("{}, {}", market_quarter_text(spec_, its.quarter.p50), format_percent(its.in_time, 0)));
      }
      table.rows.push_back(std::move(row));
    }
    document_.tables.push_back(std::move(table));
  }

  void add_facts() {
    Table table = made_table("history", "beside what happened",
                             {{"fact", "fact"},
                              {"used", "a test"},
                              {"low", ""},
                              {"published", ""},
                              {"high", ""},
                              {"", "published"},
                              {"p10", ""},
                              {"p50", ""},
                              {"p90", ""},
                              {"", "the model"},
                              {"error", ""},
                              {"", "error"},
                              {"inside", "80 % interval holds it"}});
    for (std::size_t i = 0; i < input().facts.size(); ++i) {
      const MarketFact& fact = input().facts[i];
      const MarketBand& model = study_.facts[i];
      const MarketBand truth{fact.value.quantile(0.1), fact.value.quantile(0.5), fact.value.quantile(0.9)};
      if (std::isnan(model.p50)) continue;
      const bool is_money = fact.measure == MarketMeasure::ListPrice || fact.measure == MarketMeasure::Price ||
                            fact.measure == MarketMeasure::Revenue;
      const auto text = [&](const MarketBand& band) {
        if (fact.measure == MarketMeasure::Share) return market_share_band(band);
        if (fact.value.is_fixed() && &band == &truth)
          return is_money ? format_quantity(band.p50, Dimension::Money, 3) : market_count_text(band.p50);
        return is_money ? market_money_band(band) : market_count_band(band);
      };
      table.rows.push_back({fact.name, fact.used ? std::string("no, an input") : std::string("yes"),
                            number(truth.p10, 4), number(truth.p50, 4), number(truth.p90, 4), text(truth),
                            number(model.p10, 4), number(model.p50, 4), number(model.p90, 4), text(model),
                            truth.p50 > 0 ? share_cell(model.p50 / truth.p50 - 1) : Cell(),
                            truth.p50 > 0 ? market_change_text(model.p50 / truth.p50 - 1, 0) : "", holds(model, fact)});
    }
    table.note = "what is an input cannot fail; the interval holds a fact whose own range overlaps it";
    document_.tables.push_back(std::move(table));
  }

  void add_drivers() {
    Table table = made_table("drivers", fmt::format("what decides the price that clears, {}", compared_years(input())),
                             {{"input", "input"},
                              {"low", "in its lowest third"},
                              {"high", "in its highest"},
                              {"first_order", "share of the variance"},
                              {"narrows", "knowing it narrows"}});
    for (std::size_t i = 0; i < std::min<std::size_t>(8, study_.decides_clearing.size()); ++i) {
      const Sensitivity& its = study_.decides_clearing[i];
      table.rows.push_back({market_input_name(spec_, its.input), money_cell(its.low), money_cell(its.high),
                            fraction(its.first_order, 0), fraction(its.narrows, 0)});
    }
    document_.tables.push_back(std::move(table));
  }

  void add_quarters() {
    Table table = made_table("quarters", "quarter by quarter, the first pool", {{"quarter", "quarter"}});
    add_columns(table, "list", "list price");
    add_columns(table, "clearing", "clears at");
    table.columns.push_back({"h100e", "H100 equivalents"});
    table.columns.push_back({"asked_over_sold", "asked over offered"});
    for (const MarketBuyer& buyer : input().buyers) {
      if (buyer.pool == pools_.front()) table.columns.push_back({"", buyer.name});
    }
    table.detail = true;
    for (std::size_t q = 0; q < study_.median.size(); ++q) {
      const MarketQuarter& quarter = study_.median[q];
      const MarketPool& pool = quarter.pools.front();
      std::vector<Cell> row = {quarter_text(quarter.start)};
      add_band(row, study_.list[0][q], market_money_band(study_.list[0][q]), money_cell);
      add_band(row, study_.clearing[0][q], market_money_band(study_.clearing[0][q]), money_cell);
      row.push_back(count_cell(pool.h100e));
      row.push_back(pool.units > 0 ? Cell(number(pool.wanted / pool.units)) : Cell());
      for (std::size_t b = 0; b < input().buyers.size(); ++b) {
        if (input().buyers[b].pool != pools_.front()) continue;
        row.push_back(pool.h100e > 0 ? Cell(fraction(quarter.purchases[b].got / pool.h100e)) : Cell());
      }
      table.rows.push_back(std::move(row));
    }
    table.note =
        "shares of what is offered, all inputs at their medians; asked: what has been missing and is still wanted too";
    document_.tables.push_back(std::move(table));
  }

  void notes(const std::vector<std::string>& assumptions) {
    auto& notes = document_.notes;
    notes.emplace_back(
        input().rule == MarketRule::Ration
            ? "makers sell at list prices and share out what is short in proportion to what is asked for"
            : "makers sell each quarter's chips at one price, at which no more is asked for than there is");
    notes.emplace_back(
        "an H100 equivalent counts dense 8-bit peaks, not speed; chips for sale are perfect substitutes at their "
        "worth; "
        "they count in the quarter in which they are made");
    notes.push_back(
        fmt::format("{} futures by Latin hypercube over {} inputs; growth of output and of budgets correlate with {}",
                    study_.draws, kMarketUnknowns + input().buyers.size(), format_significant(kMarketCorrelation, 2)));
    notes.emplace_back(
        "displaced: a dollar, a place in a hall and a chip of a goal ask once; what waits for a later quarter is not "
        "asked for again, and what it gets then is taken off");
    if (input().wafers.empty()) notes.emplace_back("no limit of packaging is stated");
    if (input().rent_of.empty()) notes.emplace_back("what a chip earns is no limit to what is paid for it");
    notes.insert(notes.end(), assumptions.begin(), assumptions.end());
  }

  const MarketSpec& spec_;
  const std::vector<MarketVariant>& variants_;
  const std::vector<MarketStudy>& studies_;
  const MarketStudy& study_;
  const std::vector<std::string> pools_;
  Document document_;
};

}  // namespace

Document fleet_market_document(const MarketSpec& base, const std::vector<MarketVariant>& variants,
                               const std::vector<MarketStudy>& studies, const std::vector<std::string>& assumptions) {
  return MarketPage(base, variants, studies).write(assumptions);
}

}  // namespace orrery
