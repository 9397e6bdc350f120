#include "report/fleet_plan_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/fleet_plan_charts.hpp"
#include "report/fleet_plan_impossible.hpp"
#include "report/fleet_text.hpp"

namespace orrery {
namespace {

using Kind = ShadowPrice::Kind;

/// A problem, its plan and their words.
class PlanPage {
 public:
  PlanPage(const BuildoutProblem& problem, const BuildoutStudy& study, int draws)
      : problem_(problem), study_(study), plan_(*study.plan), draws_(draws) {
    document_.command = "fleet plan";
  }

  Document page(const std::vector<std::string>& assumptions) {
    add_answer();
    add_fields();
    add_costs();
    add_orders();
    add_starts();
    add_prices();
    add_steps();
    add_played();
    add_notes(assumptions);
    if (std::any_of(plan_.orders.begin(), plan_.orders.end(), [](const auto& order) { return order.count > 0; }))
      document_.charts.push_back(deliveries_chart(problem_, plan_));
    if (!plan_.starts.empty()) document_.charts.push_back(works_chart(problem_, plan_));
    document_.charts.push_back(plan_power_chart(problem_, plan_));
    document_.charts.push_back(plan_money_chart(problem_, plan_));
    return std::move(document_);
  }

 private:
  const std::string& step(int t) const { return problem_.steps[static_cast<std::size_t>(t)]; }
  const std::string& by() const { return step(plan_.by); }
  bool minimises() const {
    return problem_.aim.goal == BuildoutGoal::LeastCost || problem_.aim.goal == BuildoutGoal::Earliest;
  }
  double flop() const {
    double sum = 0;
    for (const double part : plan_.flop) sum += part;
    return sum;
  }
  /// Where the search ended at its limit, the best of what it saw.
  const char* none() const { return plan_.settled ? "no plan" : "no plan that was found"; }
  /// A change of the goal's value.
  std::string gain_text(double gain) const {
    switch (problem_.aim.goal) {
      case BuildoutGoal::MostH100e:
        return plan_h100e_text(gain);
      case BuildoutGoal::MostFlop:
        return plan_flop_text(gain);
      case BuildoutGoal::LeastCost:
      case BuildoutGoal::Earliest:
        break;
    }
    return format_money(Dollars(gain));
  }
  std::string target_text() const {
    std::vector<std::string> parts;
    if (problem_.aim.h100e > 0) parts.push_back(plan_h100e_text(problem_.aim.h100e));
    if (problem_.aim.flop > Flops(0)) parts.push_back(plan_flop_text(problem_.aim.flop.raw()) + " of use");
    return fmt::format("{}", fmt::join(parts, " and "));
  }

  /// What the answer holds for.
  std::string numbers() const {
    if (problem_.aim.delay_quantile == 0.5) return "at the medians of all inputs";
    return fmt::format("at the {} quantile of delays and the medians of all else",
                       format_percent(problem_.aim.delay_quantile, 0));
  }

  void add_answer() {
    std::string words;
    switch (problem_.aim.goal) {
      case BuildoutGoal::MostH100e:
        words = fmt::format("{} on at the end of {}: {} within this money, supply and power has more, {}",
                            plan_h100e_text(plan_.value), by(), none(), numbers());
        break;
      case BuildoutGoal::MostFlop:
        words = fmt::format("{} of use until the end of {}: {} within this money, supply and power has more, {}",
                            plan_flop_text(flop()), by(), none(), numbers());
        break;
      case BuildoutGoal::LeastCost:
        words = fmt::format("{} at the end of {} for {} of present value: {} costs less, {}", target_text(), by(),
                            format_money(plan_.cost), none(), numbers());
        break;
      case BuildoutGoal::Earliest:
        words = fmt::format("{} at the end of {} at the earliest, for {} of present value, {}", target_text(), by(),
                            format_money(plan_.cost), numbers());
        break;
    }
    document_.answer.push_back(std::move(words));
    document_.answer.push_back(purchases_sentence());
    for (const PlannedTarget& target : study_.targets) document_.answer.push_back(target_sentence(target));
    if (!study_.played.empty()) document_.answer.push_back(played_sentence());
    if (!minimises() && !(study_.prices.per_dollar > 0))
      document_.answer.emplace_back("more money would change nothing");
    // The dearest of each kind, in words.
    for (const Kind kind : {Kind::Money, Kind::Supply, Kind::Power, Kind::Target}) {
      const auto found = std::find_if(study_.prices.prices.begin(), study_.prices.prices.end(),
                                      [&](const ShadowPrice& price) { return price.kind == kind; });
      if (found != study_.prices.prices.end()) document_.answer.push_back(price_sentence(*found));
    }
  }

  std::string purchases_sentence() const {
    std::vector<std::string> chips;
    for (std::size_t c = 0; c < problem_.chips.size(); ++c) {
      double all = 0;
      for (const double count : plan_.delivered[c]) all += count;
      if (all > 0.5) chips.push_back(fmt::format("{} {}", cell_text(large(all, 3)), problem_.chips[c].name));
    }
    double power = 0, dollars = 0;
    for (const BuildoutPlan::List& halls : plan_.halls) power += halls.back();
    for (const double capital : plan_.capital) dollars += capital;
    if (chips.empty())
      return fmt::format("it buys no chip, builds {} of halls and rents", format_quantity(power, Dimension::Power, 3));
    return fmt::format("it buys {} and builds {} of halls, for {}", fmt::join(chips, ", "),
                       format_quantity(power, Dimension::Power, 3), format_money(Dollars(dollars)));
  }

  /// Of [fleet], which the plan is not chosen by.
  std::string target_sentence(const PlannedTarget& planned) const {
    const std::string name = fleet_target_name(planned.target);
    if (planned.reached) return fmt::format("target of {}: there at the end of {}", name, step(*planned.reached));
    FleetTarget then = planned.target;
    then.amount = planned.then;
    then.by.reset();
    return fmt::format("target of {}: missed, {} are there {}", name, fleet_target_name(then),
                       planned.target.by ? "by then" : "at the end of " + by());
  }

  std::string played_sentence() const {
    const PlayedBuildout& plan = study_.played.front();
    std::string words = fmt::format("played in {} futures it has {} (80 %: {} to {})", format_count(draws_),
                                    plan_h100e_text(plan.h100e.p50), cell_text(large(plan.h100e.p10, 3)),
                                    cell_text(large(plan.h100e.p90, 3)));
    if (plan.broke >= 0.01)
      words += fmt::format(", for in {} of them money is gone: chips that cash no longer runs stand still",
                           format_percent(plan.broke, 0));
    std::vector<std::string> others;
    for (std::size_t i = 1; i < study_.played.size(); ++i)
      others.push_back(
          fmt::format("{} has {}", who(study_.played[i].who), cell_text(large(study_.played[i].h100e.p50, 3))));
    return fmt::format("{}; {}", words, fmt::join(others, ", "));
  }

  static std::string who(PlayedBuildout::Who of) {
    switch (of) {
      case PlayedBuildout::Who::Plan:
        return "this plan";
      case PlayedBuildout::Who::Newest:
        return "buying the newest chip";
      case PlayedBuildout::Who::Value:
        return "buying the best value";
    }
    return "";
  }

  /// What was added.
  std::string more_text(const ShadowPrice& price) const {
    const auto index = static_cast<std::size_t>(price.index);
    switch (price.kind) {
      case Kind::Money:
        return fmt::format("{} more in {}", format_money(Dollars(price.amount)), step(price.step));
      case Kind::Supply:
        return fmt::format("one percent more of {} in {} ({} chips)", problem_.chips[index].name, step(price.step),
                           cell_text(large(price.amount, 3)));
      case Kind::Power:
        return fmt::format("one more megawatt at {} by the end of {}", problem_.sites[index].name, step(price.step));
      case Kind::AllMoney:
        return "one percent more of all equity and loans";
      case Kind::AllSupply:
        return "one percent more of every chip";
      case Kind::AllPower:
        return "one percent more power and halls everywhere";
      case Kind::Target:
        return "one percent more asked for";
    }
    return "";
  }

  std::string price_sentence(const ShadowPrice& price) const {
    if (price.kind == Kind::Target) {
      return fmt::format("{} costs {}", more_text(price), format_money(Dollars(-price.gain)));
    }
    if (minimises()) return fmt::format("{} saves {}", more_text(price), format_money(Dollars(price.gain)));
    const bool money = price.kind == Kind::Money || std::isnan(price.dollars);
    if (money) return fmt::format("{} is worth {}", more_text(price), gain_text(price.gain));
    return fmt::format("{} is worth {}, or {} in {}", more_text(price), gain_text(price.gain),
                       format_money(Dollars(price.dollars)), problem_.steps.front());
  }

  void add_fields() {
    const auto add = [&](const char* key, Cell cell) { document_.fields.push_back({key, "", std::move(cell)}); };
    add("by", by());
    add("h100e", number(plan_.h100e.back(), 6));
    add("operations", figure(Flops(flop())));
    add("present_cost", figure(plan_.cost));
    add("value", number(plan_.value, 8));
    add("bound", number(plan_.bound, 8));
    add("relaxed", number(plan_.relaxed, 8));
    add("settled", plan_.settled);
    add("per_dollar", number(study_.prices.per_dollar, 6));
  }

  void add_costs() {
    Parts parts{"dollars", "dollars, undiscounted", {}, {}};
    double halls = 0, capital = 0, running = 0, rent = 0;
    for (const BuildoutPlan::Start& start : plan_.starts) {
      const BuildoutPhase& phase =
          problem_.sites[static_cast<std::size_t>(start.site)].phases[static_cast<std::size_t>(start.phase)];
      const BuildoutStart& of = phase.starts[static_cast<std::size_t>(start.index)];
      for (std::size_t i = 0; i < of.shares.size() && start.begin + static_cast<int>(i) <= plan_.by; ++i)
        halls += of.shares[i] * start.share * phase.cost.raw();
    }
    for (std::size_t t = 0; t < plan_.capital.size(); ++t) {
      capital += plan_.capital[t];
      running += plan_.running[t];
      if (!problem_.rental.price.empty()) rent += plan_.rented[t] * problem_.rental.price[t].raw();
    }
    const auto add = [&](const char* name, double dollars) {
      parts.parts.emplace_back(name, figure(Dollars(dollars)));
    };
    add("halls", halls);
    add("chips with servers and network", capital - halls);
    add("running", running - rent);
    if (!problem_.rental.price.empty()) add("renting", rent);
    parts.total = figure(Dollars(capital + running));
    document_.breakdowns.push_back(std::move(parts));
  }

  void add_orders() {
    Table table{"orders",
                "What to buy when",
                {{"ordered", "ordered in"},
                 {"delivered", "delivered in"},
                 {"chip", "chip"},
                 {"chips", ""},
                 {"", "chips"},
                 {"h100e", "H100e"},
                 {"cost", "cost"}},
                {},
                "",
                false};
    for (const BuildoutPlan::Order& order : plan_.orders) {
      constexpr double kHalfAChip = 0.5;  // Less is the solver's rounding.
      if (order.count < kHalfAChip) continue;
      const BuildoutChip& chip = problem_.chips[static_cast<std::size_t>(order.chip)];
      table.rows.push_back({step(order.ordered), step(order.delivered), chip.name, number(order.count, 6),
                            large(order.count, 3), large(order.count * chip.h100e, 3),
                            figure(chip.price[static_cast<std::size_t>(order.ordered)] * order.count)});
    }
    std::stable_sort(table.rows.begin(), table.rows.end(), [](const auto& a, const auto& b) {
      return std::get<std::string>(a[0]) < std::get<std::string>(b[0]);
    });
    document_.tables.push_back(std::move(table));
  }

  void add_starts() {
    Table table{"starts",
                "What to build when",
                {{"site", "site"},
                 {"phase", "phase"},
                 {"begun", "begun in"},
                 {"stands", "stands at the end of"},
                 {"power", "power"},
                 {"share", "of the phase"},
                 {"cost", "cost"}},
                {},
                "",
                false};
    for (const BuildoutPlan::Start& start : plan_.starts) {
      constexpr double kSliver = 1e-4;  // Less is the solver's rounding.
      if (start.share < kSliver) continue;
      const BuildoutSite& site = problem_.sites[static_cast<std::size_t>(start.site)];
      const BuildoutPhase& phase = site.phases[static_cast<std::size_t>(start.phase)];
      table.rows.push_back({site.name, phase.name, step(start.begin), step(start.stands),
                            figure(phase.power * start.share), fraction(start.share, 0),
                            figure(phase.cost * start.share)});
    }
    document_.tables.push_back(std::move(table));
  }

  void add_prices() {
    Table table{"prices",
                "What a little more is worth",
                {{"more", "more"},
                 {"amount", ""},
                 {"gain", ""},
                 {"gain_by_duals", ""},
                 {"", minimises() ? "saves" : "gains"},
                 {"dollars", minimises() ? "" : fmt::format("in dollars of {}", problem_.steps.front())}},
                {},
                "",
                false};
    for (const ShadowPrice& price : study_.prices.prices) {
      if (price.kind == Kind::Target) continue;
      table.rows.push_back({more_text(price), number(price.amount, 6), number(price.gain, 6),
                            number(price.dual_gain, 6), gain_text(price.gain),
                            std::isnan(price.dollars) ? Cell() : Cell(figure(Dollars(price.dollars)))});
    }
    table.note = plan_.integers > 0
                     ? "each from solving again with so much more of one thing alone, whole numbers as they are"
                     : "each from solving again with so much more of one thing alone";
    document_.tables.push_back(std::move(table));
  }

  void add_steps() {
    Table table{"steps",
                "Step by step",
                {{"step", "step"},
                 {"h100e", "H100e"},
                 {"rented", problem_.rental.price.empty() ? "" : "rented H100e"},
                 {"operations", ""},
                 {"", "of use"},
                 {"halls", "halls"},
                 {"used", "chips' power"},
                 {"capital", "halls and chips"},
                 {"running", "running"},
                 {"revenue", "revenue"},
                 {"drawn", "debt drawn"},
                 {"owed", "owed"},
                 {"cash", "cash"}},
                {},
                "",
                false};
    for (std::size_t t = 0; t < plan_.h100e.size(); ++t) {
      double halls = 0, used = 0;
      for (const BuildoutPlan::List& site : plan_.halls) halls += site[t];
      for (const BuildoutPlan::List& site : plan_.used) used += site[t];
      const auto dollars = [](double value) { return Cell(figure(Dollars(value))); };
      table.rows.push_back({problem_.steps[t], large(plan_.h100e[t], 3), large(plan_.rented[t], 3),
                            figure(Flops(plan_.flop[t])), plan_flop_text(plan_.flop[t]), figure(Watts(halls)),
                            figure(Watts(used)), dollars(plan_.capital[t]), dollars(plan_.running[t]),
                            dollars(plan_.revenue[t]), dollars(plan_.drawn[t]), dollars(plan_.owed[t]),
                            dollars(plan_.cash[t])});
    }
    document_.tables.push_back(std::move(table));
  }

  void add_played() {
    if (study_.played.empty()) return;
    Table table{"played",
                fmt::format("Played by the capacity engine, at the end of {}", by()),
                {{"who", "who"},
                 {"h100e_medians", "H100e at medians"},
                 {"h100e_p10", "p10"},
                 {"h100e_p50", "p50"},
                 {"h100e_p90", "p90"},
                 {"operations_medians", ""},
                 {"", "of use at medians"},
                 {"spent_p50", "spent, p50"},
                 {"pays_in_time", ""}},
                {},
                "",
                false};
    for (const PlayedBuildout& played : study_.played) {
      table.rows.push_back({who(played.who), large(played.medians.h100e, 3), large(played.h100e.p10, 3),
                            large(played.h100e.p50, 3), large(played.h100e.p90, 3), figure(Flops(played.medians.flop)),
                            plan_flop_text(played.medians.flop), figure(Dollars(played.spent.p50)),
                            played.medians.pays_in_time});
    }
    document_.tables.push_back(std::move(table));
  }

  void add_notes(const std::vector<std::string>& assumptions) {
    document_.notes.push_back(
        fmt::format("a linear program of {} rows and {} columns at the medians of all inputs, solved by COIN-OR in {} "
                    "steps",
                    format_count(plan_.rows), format_count(plan_.columns), format_count(plan_.iterations)));
    if (plan_.integers > 0) {
      const double gap = std::abs(plan_.bound - plan_.value) / std::max(1e-300, std::abs(plan_.value));
      const double lost = std::abs(plan_.relaxed - plan_.value) / std::max(1e-300, std::abs(plan_.relaxed));
      document_.notes.push_back(fmt::format(
          "{} of the columns are whole numbers: {} from what splitting would give, at most {} from the best "
          "whole plan{}",
          format_count(plan_.integers), format_percent(lost, 2), format_percent(gap, 2),
          plan_.settled ? "" : "; the search ended at its limit"));
    } else {
      document_.notes.emplace_back("phases may be begun in parts and chips bought in any number");
    }
    if (!study_.played.empty()) {
      document_.notes.emplace_back(
          "the plan is played as it stands, whatever happens; buying by a rule reacts to delays, and cannot look "
          "ahead");
      const PlayedBuildout& plan = study_.played.front();
      constexpr double kFragile = 0.9;
      if (minimises() && plan.h100e.p50 < kFragile * plan.medians.h100e)
        document_.notes.emplace_back(
            "dates of least cost leave no room for delays, and where one thing comes late the rest waits: "
            "--set buildout.delay_quantile=0.8 plans for longer ones");
    }
    document_.notes.emplace_back(
        "works once begun are not paused, loans are served in full, and chips are not moved between sites");
    if (!study_.targets.empty())
      document_.notes.emplace_back("the plan is chosen by [buildout] alone; targets of [fleet] are looked up in it");
    if (!assumptions.empty()) document_.notes.push_back(fmt::format("assumed: {}", fmt::join(assumptions, "; ")));
  }

  const BuildoutProblem& problem_;
  const BuildoutStudy& study_;
  const BuildoutPlan& plan_;
  int draws_;
  Document document_;
};

}  // namespace

Document fleet_plan_document(const BuildoutProblem& problem, const BuildoutStudy& study, int draws,
                             const std::vector<std::string>& assumptions) {
  if (!study.plan) return impossible_plan_document(problem, study.plan.error(), assumptions);
  return PlanPage(problem, study, draws).page(assumptions);
}

}  // namespace orrery
