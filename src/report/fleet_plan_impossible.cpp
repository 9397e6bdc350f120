#include "report/fleet_plan_impossible.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace orrery {

std::string plan_h100e_text(double count) {
  return fmt::format("{} H100e", cell_text(large(count, 3)));
}
/// As people write it: "5.2e26 FLOP".
std::string plan_flop_text(double flop) {
  std::string text = format_significant(flop, 3);
  if (flop >= 1e6 || (flop > 0 && flop < 1e-3)) {
    const int exponent = static_cast<int>(std::floor(std::log10(flop) + 1e-12));
    text = fmt::format("{}e{}", format_significant(flop / std::pow(10.0, exponent), 3), exponent);
  }
  return text + " FLOP";
}

namespace {

constexpr double kManyTimes = 9;  ///< More than that is said in times, not in percent.

/// Whether chips can be delivered at all by then.
bool has_supply(const BuildoutProblem& problem, int by) {
  return std::any_of(problem.chips.begin(), problem.chips.end(), [&](const BuildoutChip& chip) {
    return std::any_of(chip.ceiling.begin(), chip.ceiling.begin() + by + 1, [](double most) { return most > 0; });
  });
}

std::string remedy_text(const BuildoutProblem& problem, const BuildoutInfeasible& why, const BuildoutRemedy& remedy) {
  const auto more = [&](const char* of) {
    if (!remedy.more) return fmt::format("no amount of {} alone would do", of);
    if (*remedy.more > kManyTimes)
      return fmt::format("{} times the {} would do", format_significant(1 + *remedy.more, 3), of);
    return fmt::format("{} more {} would do", format_percent(*remedy.more, *remedy.more < 0.1 ? 1 : 0), of);
  };
  switch (remedy.kind) {
    case BuildoutRemedy::Kind::Money:
      return more("money (all equity and loans)");
    case BuildoutRemedy::Kind::Supply:
      if (!has_supply(problem, why.by))
        return "no chip can be delivered by then: the plan's share of what is made is 0";
      return more("supply (of every chip)");
    case BuildoutRemedy::Kind::Power:
      return more("power (feeds and phases everywhere)");
    case BuildoutRemedy::Kind::Time:
      break;
  }
  if (!remedy.more) return "nor would the rest of the plan's time";
  return fmt::format("the end of {} would do",
                     problem.steps[static_cast<std::size_t>(why.by + static_cast<int>(std::lround(*remedy.more)))]);
}

std::string together_text(const BuildoutInfeasible& why) {
  if (!why.together) return "nor would more of money, supply and power together, by then";
  static constexpr std::array<const char*, 3> kNames = {"money", "supply", "power"};
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const double more = why.together->at(i);
    constexpr double kNone = 5e-4;
    if (more >= kNone)
      parts.push_back(more > kManyTimes
                          ? fmt::format("{} times the {}", format_significant(1 + more, 3), kNames.at(i))
                          : fmt::format("{} more {}", format_percent(more, more < 0.1 ? 1 : 0), kNames.at(i)));
  }
  return fmt::format("together {} would do", fmt::join(parts, " and "));
}

/// What keeps a plan from having one H100-equivalent, in words.
std::string scarce_text(const BuildoutProblem& problem, const BuildoutInfeasible& why) {
  if (!has_supply(problem, why.by)) return "none can be delivered by then";
  static constexpr std::array<const char*, 3> kNames = {"its money", "the supply of chips", "the power of its sites"};
  std::vector<std::string> scarce;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (why.remedies.at(i).more) scarce.emplace_back(kNames.at(i));
  }
  if (scarce.empty()) return "more than one of money, supply and power are not enough for one H100-equivalent";
  return fmt::format("{} is not enough for one H100-equivalent", fmt::join(scarce, " or "));
}

}  // namespace

Document impossible_plan_document(const BuildoutProblem& problem, const BuildoutInfeasible& why,
                                  const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "fleet plan";
  if (!why.broken.empty()) {
    document.answer.push_back("no plan was found: " + why.broken);
    return document;
  }
  const auto text = [&](double value) {
    return why.is_flop ? plan_flop_text(value) + " of use" : plan_h100e_text(value);
  };
  const std::string& by = problem.steps[static_cast<std::size_t>(why.by)];
  document.answer.push_back(
      why.is_empty ? fmt::format("cannot be done: the best plan has no chip by the end of {}, because {}", by,
                                 scarce_text(problem, why))
                   : fmt::format("cannot be done: {} by the end of {}, because {} is the most that can be had by "
                                 "then, {} of it",
                                 text(why.target), by, text(why.most), format_percent(why.most / why.target)));
  Table table{"remedies",
              "What would let it be done, each alone",
              {{"what", "what"}, {"more", "more"}, {"", "in words"}},
              {},
              "",
              false};
  for (const BuildoutRemedy& remedy : why.remedies) {
    static constexpr std::array<const char*, 4> kNames = {"money", "supply", "power", "time"};
    table.rows.push_back({std::string(kNames.at(static_cast<std::size_t>(remedy.kind))),
                          remedy.more ? Cell(number(*remedy.more, 4)) : Cell(), remedy_text(problem, why, remedy)});
    document.answer.push_back(remedy_text(problem, why, remedy));
  }
  // Where nothing does alone, what does together.
  const bool alone = std::any_of(why.remedies.begin(), why.remedies.end(),
                                 [](const BuildoutRemedy& remedy) { return remedy.more.has_value(); });
  if (!alone && !why.is_empty) document.answer.push_back(together_text(why));
  document.tables.push_back(std::move(table));
  document.fields = {{"feasible", "", false}, {"target", "", number(why.target, 8)}, {"most", "", number(why.most, 8)}};
  if (!assumptions.empty()) document.notes.push_back(fmt::format("assumed: {}", fmt::join(assumptions, "; ")));
  return document;
}

}  // namespace orrery
