#include "import/fleet_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/unit_table.hpp"
#include "fleet/capacity/problems.hpp"
#include "fleet/own_silicon.hpp"
#include "fleet/uncertainty/build_fit.hpp"
#include "fleet/uncertainty/build_time.hpp"
#include "import/scenario_tables.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/overrides.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

// What one machine plays in moments; beyond lies a slip.
constexpr std::size_t kMostParts = 200, kMostOffers = 50, kMostVariants = 20;
constexpr double kMostValues = 3e7;  ///< Futures x steps.

const std::vector<std::string>& usual_menu() {
  static const std::vector<std::string> names = {"h100-sxm", "h200", "b200", "gb200", "gb300"};
  return names;
}

Value without(const Value& table, const char* key) {
  Value result = table;
  result.erase(key);
  return result;
}

class FleetReader {
 public:
  FleetReader(const Value& root, Diagnostics& diagnostics) : root_(root), diagnostics_(diagnostics) {}

  FleetScenario read() {
    check_table_names(root_, diagnostics_);
    const Value* written = root_.find("fleet");
    if (written == nullptr) {
      diagnostics_.error("nothing says what is to be built", root_.span(), "[fleet] in the scenario");
      return std::move(scenario_);
    }
    fleet_schema().read(*written, scenario_.input, diagnostics_, &scenario_.provenance, "fleet");
    FleetSpec& plan = scenario_.input.plan;
    plan.economics = read_economics(root_.find("economics"), diagnostics_, &scenario_.provenance);
    read_menu();
    if (too_large()) return std::move(scenario_);
    fill_use();
    fill_money();
    fill_sites();
    note_own_silicon();
    note_late_start();
    read_targets();
    scenario_.plan = plan;
    // What is wrong in itself says nothing about the whole.
    if (!diagnostics_.has_errors()) report_problems();
    if (!diagnostics_.has_errors()) read_variants(*written);
    return std::move(scenario_);
  }

 private:
  bool written(const std::string& path) const { return scenario_.provenance.contains(path); }
  Span span_of(const std::vector<std::string>& keys) const {
    for (const std::string& key : keys) {
      const auto found = scenario_.provenance.find(key);
      if (found != scenario_.provenance.end()) return found->second.span;
    }
    // Parts of a list, where a whole table is at fault.
    for (const std::string& key : keys) {
      if (key == "fleet") break;  // All of it, and not its first part.
      const auto found = scenario_.provenance.lower_bound(key);
      if (found != scenario_.provenance.end() && found->first.starts_with(key)) return found->second.span;
    }
    const Value* fleet = root_.find("fleet");
    return fleet == nullptr ? root_.span() : fleet->span();
  }

  void read_menu() {
    const FleetInput& input = scenario_.input;
    const Value* offers = root_.find("offers");
    if (offers != nullptr && !input.chips.empty()) {
      diagnostics_.error("both `chips` and [[offers]] say what is on the menu", span_of({"fleet.chips"}),
                         "one of them");
      return;
    }
    bool known = true;
    for (const std::string& chip : input.chips) {
      Diagnostics broken;
      if (find_preset("offers", chip, broken)) continue;
      report_unknown_preset("offers", chip, span_of({"fleet.chips"}), diagnostics_);
      known = false;
    }
    if (!known) return;
    const bool usual = offers == nullptr && input.chips.empty();
    std::vector<ChipOffer> menu =
        read_offers(offers, usual ? usual_menu() : input.chips, diagnostics_, &scenario_.provenance);
    for (std::size_t i = 0; i < menu.size(); ++i) {
      const bool twice = std::any_of(menu.begin(), menu.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&](const ChipOffer& other) { return other.name == menu[i].name; });
      // Two ceilings on one chip would be twice its supply.
      if (twice && offers == nullptr)
        diagnostics_.error(fmt::format("`{}` is on the menu twice", menu[i].name), span_of({"fleet.chips"}),
                           "each chip once");
    }
    if (usual) scenario_.assumptions.push_back(fmt::format("the menu is {}", fmt::join(usual_menu(), ", ")));
    for (ChipOffer& offer : menu) {
      FleetOffer entry;
      // Own silicon is nobody else's.
      entry.share = offer.owner.empty() ? input.share : 1.0;
      entry.offer = std::move(offer);
      scenario_.input.plan.offers.push_back(std::move(entry));
    }
    if (!written("fleet.share"))
      scenario_.assumptions.push_back(fmt::format("at most {} of the world's output of each chip that is for sale",
                                                  format_percent(input.share, 0)));
    for (std::size_t i = 0; i < input.shares.size(); ++i) {
      const FleetShareInput& share = input.shares[i];
      const std::string key = fmt::format("fleet.shares[{}].", i);
      FleetOffer* of = nullptr;
      for (FleetOffer& offer : scenario_.input.plan.offers) {
        if (offer.offer.name == share.chip) of = &offer;
      }
      if (of == nullptr)
        diagnostics_.error(fmt::format("a share of a chip that is not on the menu: `{}`", share.chip),
                           span_of({key + "chip"}));
      for (std::size_t j = 0; j < i; ++j) {
        if (input.shares[j].chip == share.chip)
          diagnostics_.error(fmt::format("two shares of `{}`", share.chip), span_of({key + "share"}), "one of them");
      }
      if (of != nullptr) of->share = share.share;
    }
  }

  bool too_large() {
    const FleetInput& input = scenario_.input;
    std::size_t parts = 0;
    for (const FleetSite& site : input.plan.sites)
      parts += 1 + site.phases.size() + site.grid.size() + site.on_site.size();
    const auto refuse = [&](const std::string& what, const char* key) {
      diagnostics_.error(what, span_of({key}), "a smaller plan");
      return true;
    };
    if (parts > kMostParts)
      return refuse(fmt::format("the plan has {} sites, phases and lines, more than {}", parts, kMostParts), "fleet");
    if (input.plan.offers.size() > kMostOffers || input.plan.orders.size() > 10'000 ||
        input.plan.money.equity.size() + input.plan.money.tranches.size() + input.plan.money.tenants.size() >
            kMostParts)
      return refuse("the plan has more chips, orders or givers of money than anybody reads", "fleet");
    if (static_cast<double>(input.draws) * input.plan.steps > kMostValues)
      return refuse(fmt::format("{} futures of {} steps are too many", input.draws, input.plan.steps), "fleet.draws");
    return false;
  }

  void fill_use() {
    FleetUse& use = scenario_.input.plan.use;
    std::vector<std::string> taken;
    const auto fill = [&](const char* key, Law& law, Law usual, const char* words) {
      if (written(std::string("fleet.use.") + key)) return;
      law = std::move(usual);
      taken.emplace_back(words);
    };
    fill("mfu", use.mfu, Law::spread(0.30, 0.40, 0.47), "MFU 0.40 (0.30 to 0.47)");
    fill("goodput", use.goodput, Law::spread(0.75, 0.90, 0.97), "goodput 0.90 (0.75 to 0.97)");
    fill("allocation", use.allocation, Law::fixed(0.85), "0.85 of the time in use");
    if (!taken.empty())
      scenario_.assumptions.push_back(
          fmt::format("fall-backs, since no lower level says it: {}", fmt::join(taken, ", ")));
  }

  void fill_money() {
    FleetMoney& money = scenario_.input.plan.money;
    if (!written("fleet.money.interest")) {
      money.interest = Law::spread(0.059, 0.10, 0.15);
      if (money.debt_share > 0)
        scenario_.assumptions.emplace_back(
            "interest of 10 % (5.9 % to 15 %), as CoreWeave's loans from 2025 to 2026 bore (SEC filings)");
    }
    if (!written("fleet.money.debt_term")) {
      money.debt_term = Seconds(5 * kYear);
      if (money.debt_share > 0) scenario_.assumptions.emplace_back("loans are paid back over 5 years");
    }
  }

  static const std::string& evidence_name(const FleetSite& site) {
    return site.evidence.empty() ? site.name : site.evidence;
  }

  /// Whether build times of a site are among those that the model of build times is fitted to.
  bool is_evidence(const FleetSite& site, const std::string& key) {
    std::vector<std::string> names;
    for (const BuildPhase& phase : build_evidence().phases) {
      if (phase.status == BuildPhase::Status::Estimate) names.push_back(phase.site);
    }
    const bool found = std::find(names.begin(), names.end(), evidence_name(site)) != names.end();
    if (!found && !site.evidence.empty()) {
      const std::string near = did_you_mean(site.evidence, names);
      diagnostics_.error(
          fmt::format("the fit of build times rests on no site called `{}`", site.evidence.substr(0, 60)),
          span_of({key}),
          near.empty() ? "a site of data/reference/build_phases.csv" : fmt::format("did you mean `{}`?", near));
    }
    return found;
  }

  void fill_sites() {
    const BuildModel builds = build_model_preset();
    FleetSpec& plan = scenario_.input.plan;
    if (!written("fleet.shared_delay")) plan.shared_delay = builds.shock;
    int measured = 0, with_building = 0, waits = 0;
    for (std::size_t i = 0; i < plan.sites.size(); ++i) {
      FleetSite& site = plan.sites[i];
      with_building += site.power_with_building ? 1 : 0;
      const bool compared = std::any_of(site.phases.begin(), site.phases.end(),
                                        [](const FleetPhase& phase) { return phase.stood.has_value(); });
      bool fitted = false;
      const bool unseen = compared && is_evidence(site, fmt::format("fleet.sites[{}].evidence", i));
      const BuildModel model = unseen ? fit_build_model(build_evidence(), evidence_name(site)) : builds;
      for (std::size_t j = 0; j < site.phases.size(); ++j) {
        FleetPhase& phase = site.phases[j];
        if (written(fmt::format("fleet.sites[{}].phases[{}].build", i, j)) || !(phase.power > Watts(0))) continue;
        phase.build = build_duration(model, phase.start ? site.ground : BuildKind::Growth, phase.power);
        ++measured;
        fitted = true;
      }
      for (const auto& [list, feeds] : {std::pair("grid", &site.grid), std::pair("on_site", &site.on_site)}) {
        for (std::size_t j = 0; j < feeds->size(); ++j) {
          FleetFeed& feed = (*feeds)[j];
          const std::string key = fmt::format("fleet.sites[{}].{}[{}].", i, list, j);
          if (written(key + "wait")) continue;
          if (std::string(list) == "on_site") {
            diagnostics_.error(fmt::format("nothing says how long generators at `{}` take", site.name),
                               span_of({key + "power"}), "`wait`, for example \"1 year\"");
            continue;
          }
          feed.wait = Law::spread(2 * kYear, 4 * kYear, 7 * kYear);
          ++waits;
        }
      }
      if (unseen && fitted) {
        scenario_.assumptions.push_back(
            fmt::format("build times of {} are fitted without {}, since they are compared with what happened",
                        site.name, evidence_name(site) == site.name ? "it" : evidence_name(site)));
      }
    }
    if (measured > 0)
      scenario_.assumptions.push_back(fmt::format("{} phase{} as long as such sites have taken (preset build/sites)",
                                                  measured, measured == 1 ? " takes" : "s take"));
    if (with_building > 0)
      scenario_.assumptions.push_back(
          fmt::format("{} site{} power when the halls stand: the build times were measured until sites ran, and "
                      "hold that wait",
                      with_building, with_building == 1 ? " has" : "s have"));
    if (waits > 0)
      scenario_.assumptions.emplace_back(
          "the grid takes 4 years (2 to 7) from the application, as in the US (JLL 2026 outlook)");
  }

  void note_late_start() {
    const FleetSpec& plan = scenario_.input.plan;
    const std::optional<Date> known = last_known(plan);
    if (known && *known + Seconds(kYear) < plan.start) {
      scenario_.assumptions.push_back(fmt::format(
          "the plan starts {:.0f} years after the last price or output of its chips that is known ({}): growth alone",
          years_between(*known, plan.start), date_text(*known)));
    }
  }

  /// Chips of the menu that a site may hold whose owner cannot have them.
  void note_own_silicon() {
    const FleetSpec& plan = scenario_.input.plan;
    for (const FleetOffer& entry : plan.offers) {
      for (const FleetSite& site : plan.sites) {
        if (!site.chip.empty() && site.chip != entry.offer.name) continue;
        const std::string note = own_silicon_note(entry.offer, site.owner);
        if (note.empty()) continue;
        scenario_.assumptions.push_back(fmt::format("{}; the plan gets {} of its output", note,
                                                    entry.share < 1 ? format_percent(entry.share, 0) : "all"));
        break;
      }
    }
  }

  void read_targets() {
    for (std::size_t i = 0; i < scenario_.input.targets.size(); ++i) {
      const FleetTargetInput& said = scenario_.input.targets[i];
      const int measures = static_cast<int>(said.h100e.has_value()) + static_cast<int>(said.gpus.has_value()) +
                           static_cast<int>(said.power.has_value()) + static_cast<int>(said.spent.has_value());
      if (measures != 1) {
        diagnostics_.error("a target has one measure", span_of({fmt::format("fleet.targets[{}].", i)}),
                           "one of h100e, gpus, power, spent");
        continue;
      }
      FleetTarget target;
      target.by = said.by;
      if (said.h100e) target.amount = *said.h100e;
      if (said.gpus) {
        target.measure = FleetMeasure::Gpus;
        target.amount = *said.gpus;
      }
      if (said.power) {
        target.measure = FleetMeasure::Power;
        target.amount = said.power->raw();
      }
      if (said.spent) {
        target.measure = FleetMeasure::Spent;
        target.amount = said.spent->raw();
      }
      scenario_.input.plan.targets.push_back(target);
    }
  }

  void report_problems() {
    for (const FleetProblem& problem : fleet_problems(scenario_.plan))
      diagnostics_.error(problem.message, span_of(problem.keys), problem.hint);
  }

  void read_variants(const Value& fleet) {
    const std::vector<FleetVariantInput>& variants = scenario_.input.variants;
    if (variants.size() > kMostVariants) {
      diagnostics_.error(fmt::format("{} variants are more than anybody compares", variants.size()),
                         span_of({"fleet.variants[0].name"}), fmt::format("{} at most", kMostVariants));
      return;
    }
    Value plain = root_;
    plain.set("fleet", without(fleet, "variants"), fleet.span());
    std::vector<std::string> assumed = scenario_.assumptions;
    std::vector<std::vector<std::string>> changes;  // Of each variant, those of the one that it is like first.
    for (std::size_t i = 0; i < variants.size(); ++i) {
      const Span span = span_of({fmt::format("fleet.variants[{}].name", i)});
      for (std::size_t j = 0; j < i; ++j) {
        if (variants[j].name == variants[i].name)
          diagnostics_.error(fmt::format("two variants are called `{}`", variants[i].name), span, "a name for each");
      }
      Value root = plain;
      Diagnostics mistakes;
      changes.push_back(base_changes(i, changes));
      changes.back().insert(changes.back().end(), variants[i].set.begin(), variants[i].set.end());
      apply_overrides(root, changes.back(), mistakes);
      FleetScenario changed;
      if (!mistakes.has_errors()) changed = read_fleet_scenario(root, mistakes);
      for (const Diagnostic& d : mistakes.all())
        diagnostics_.error(fmt::format("variant `{}`: {}", variants[i].name, d.message), span, d.hint);
      for (const std::string& assumption : changed.assumptions) {
        if (std::find(assumed.begin(), assumed.end(), assumption) != assumed.end()) continue;
        assumed.push_back(assumption);
        scenario_.assumptions.push_back("in variants: " + assumption);
      }
      scenario_.variants.push_back({variants[i].name, std::move(changed.plan)});
    }
  }

  /// The changes of the variant that one is like.
  std::vector<std::string> base_changes(std::size_t variant, const std::vector<std::vector<std::string>>& changes) {
    const std::vector<FleetVariantInput>& variants = scenario_.input.variants;
    const std::string& like = variants[variant].like;
    if (like.empty()) return {};
    std::vector<std::string> earlier;
    for (std::size_t i = 0; i < variant; ++i) {
      if (variants[i].name == like) return changes[i];
      earlier.push_back(variants[i].name);
    }
    const std::string near = did_you_mean(like, earlier);
    diagnostics_.error(fmt::format("no earlier variant is called `{}`", like.substr(0, 60)),
                       span_of({fmt::format("fleet.variants[{}].like", variant)}),
                       near.empty() ? "the name of one above it" : fmt::format("did you mean `{}`?", near));
    return {};
  }

  const Value& root_;
  Diagnostics& diagnostics_;
  FleetScenario scenario_;
};

}  // namespace

FleetScenario read_fleet_scenario(const Value& root, Diagnostics& diagnostics) {
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return {};
  }
  return FleetReader(root, diagnostics).read();
}

Value fleet_scenario_table(const FleetScenario& scenario) {
  Value root(Value::Table{}, Span{});
  FleetInput input = scenario.input;
  input.chips.clear();  // They are written out below.
  Value fleet = fleet_schema().write(input);
  fleet.erase("chips");
  add_table("fleet", std::move(fleet), scenario.provenance, root);
  add_table("economics", economics_schema().write(input.plan.economics), scenario.provenance, root);
  Value::Array offers;
  for (const FleetOffer& offer : input.plan.offers) offers.push_back(offer_schema().write(offer.offer));
  add_table("offers", Value(std::move(offers), Span{}), scenario.provenance, root);
  return root;
}

}  // namespace orrery
