#include "import/market_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "fleet/market/market_future.hpp"
#include "import/scenario_tables.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/list_changes.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

/// Numbers that grow past this are slips, and would overflow before long.
constexpr double kBeyond = 1e60;
/// Futures x quarters x (buyers + lines): all futures of a market are kept, at some 100 bytes of each.
constexpr double kMostValues = 2e7;
constexpr std::size_t kMostVariants = 50, kMostBuyers = 200, kMostLines = 200, kMostFacts = 200;

/// Before the paths of sources of offers that are presets alone.
constexpr const char* kPresets = "presets.";

/// Sources of all offers by their places in one list: those that were written, then the presets.
Provenance offer_sources(const MarketScenario& scenario, std::size_t presets) {
  Provenance sources;
  const std::size_t written = scenario.offers.size() - presets;
  for (const auto& [path, source] : scenario.provenance) {
    if (path.starts_with("offers[")) sources.emplace(path, source);
  }
  for (std::size_t i = 0; i < presets; ++i) {
    const std::string from = fmt::format("{}offers[{}]", kPresets, i), to = fmt::format("offers[{}]", written + i);
    for (auto its = scenario.provenance.lower_bound(from);
         its != scenario.provenance.end() && its->first.starts_with(from); ++its)
      sources.emplace(to + its->first.substr(from.size()), its->second);
  }
  return sources;
}

/// Reads [market] and its variants, which share offers and economics.
class MarketReader {
 public:
  MarketReader(const Value& root, MarketScenario& scenario, Diagnostics& diagnostics)
      : root_(root), scenario_(scenario), diagnostics_(diagnostics) {}

  void read() {
    const Value* market = root_.find("market");
    if (market == nullptr) {
      diagnostics_.error("no market is given", root_.span(), "[market] in the scenario");
      return;
    }
    if (market->table() == nullptr) {
      diagnostics_.error(fmt::format("`market` is {}, expected a table", market->kind_name()), market->span(),
                         "[market]");
      return;
    }
    read_offers_of(*market);
    economics_ = read_economics(root_.find("economics"), diagnostics_, &scenario_.provenance);
    scenario_.spec = read_spec(*market, scenario_.provenance);
    if (!diagnostics_.has_errors()) check_lines(scenario_.spec, scenario_.provenance);
    if (root_.find("economics") == nullptr)
      scenario_.assumptions.emplace_back("what a chip earns and costs besides its price: preset economics 2025");
    if (!diagnostics_.has_errors()) read_variants(*market);
  }

 private:
  /// The offers of [[offers]], and, of lines that name none of them, the presets.
  void read_offers_of(const Value& market) {
    const Value* written = root_.find("offers");
    if (written != nullptr) scenario_.offers = read_offers(written, {}, diagnostics_, &scenario_.provenance);
    std::vector<std::string> wanted;
    const auto want = [&](const Value* name) {
      if (name == nullptr || name->string() == nullptr) return;
      const std::vector<std::string> presets = preset_names("offers");
      const bool known = std::find(presets.begin(), presets.end(), *name->string()) != presets.end();
      if (known && find_offer(scenario_.offers, *name->string()) == nullptr &&
          std::find(wanted.begin(), wanted.end(), *name->string()) == wanted.end())
        wanted.push_back(*name->string());
    };
    want(market.find("rent_of"));
    if (const Value* lines = market.find("lines"); lines != nullptr && lines->array() != nullptr) {
      for (const Value& line : *lines->array()) want(line.find("name"));
    }
    Provenance below;
    for (ChipOffer& offer : read_offers(nullptr, wanted, diagnostics_, &below))
      scenario_.offers.push_back(std::move(offer));
    for (auto& [path, source] : below) scenario_.provenance.emplace(kPresets + path, source);
    if (!wanted.empty())
      scenario_.assumptions.push_back(fmt::format("offers as their presets have them: {}", fmt::join(wanted, ", ")));
  }

  /// A market, and what is wrong with it at the places that say so.
  MarketSpec read_spec(const Value& table, Provenance& all) {
    MarketSpec spec;
    Provenance below;
    market_schema().read(table, spec.input, diagnostics_, &below, "market");
    spec.economics = economics_;
    if (below.count("market.compare_from") == 0) spec.input.compare_from = spec.input.start;
    if (below.count("market.compare_until") == 0) spec.input.compare_until = spec.input.until;
    for (MarketBuyer& buyer : spec.input.buyers) {
      for (MarketGoal& goal : buyer.goals) {
        if (goal.name.empty())
          goal.name = fmt::format("{} by {}", format_count(std::llround(goal.chips)), date_text(goal.by));
      }
    }
    if (diagnostics_.has_errors()) return spec;
    const auto span_of = [&](const std::string& path) {
      const auto found = below.find("market." + path);
      if (found != below.end()) return found->second.span;
      if (const Value* list = table.find(path); list != nullptr) return list->span();  // An empty one.
      const std::string element = path.substr(0, path.find(']') + 1);
      const auto near = below.lower_bound("market." + element);
      return near != below.end() && near->first.starts_with("market." + element) ? near->second.span : table.span();
    };
    const auto wrong = [&](const std::string& path, const std::string& message, const std::string& hint = "") {
      diagnostics_.error(message, span_of(path), hint);
    };
    const auto limit = [&](const char* what, std::size_t size, std::size_t most) {
      if (size > most) wrong(what, fmt::format("{} {}, more than {}", size, what, most));
    };
    limit("lines", spec.input.lines.size(), kMostLines);
    limit("buyers", spec.input.buyers.size(), kMostBuyers);
    limit("facts", spec.input.facts.size(), kMostFacts);
    limit("contracts", spec.input.contracts.size(), kMostFacts);
    if (diagnostics_.has_errors()) return spec;
    std::vector<std::string> names = preset_names("offers");
    for (const ChipOffer& offer : scenario_.offers) names.push_back(offer.name);
    const auto offer_of = [&](const std::string& name, const std::string& path) {
      const ChipOffer* offer = find_offer(scenario_.offers, name);
      if (offer != nullptr) return *offer;
      const std::string near = did_you_mean(name, names);
      wrong(
          path, fmt::format("no offer is called `{}`", name.substr(0, 60)),
          near.empty() ? "a preset of presets/offers, or one of [[offers]]" : fmt::format("did you mean `{}`?", near));
      return ChipOffer{};
    };
    for (std::size_t i = 0; i < spec.input.lines.size(); ++i) {
      spec.offers.push_back(offer_of(spec.input.lines[i].offer, fmt::format("lines[{}].name", i)));
      const ChipOffer& offer = spec.offers.back();
      if (!offer.name.empty() && h100_equivalents(offer) <= 0)
        wrong(fmt::format("lines[{}].name", i), fmt::format("nothing is known of the 8-bit peak of `{}`", offer.name),
              "`peak_8bit` in [[offers]]");
    }
    if (!spec.input.rent_of.empty()) {
      spec.rent_offer = offer_of(spec.input.rent_of, "rent_of");
      if (!spec.rent_offer.name.empty() && (spec.rent_offer.rent.empty() || h100_equivalents(spec.rent_offer) <= 0))
        wrong("rent_of", fmt::format("nothing is known of the rent of `{}`", spec.input.rent_of));
    }
    if (diagnostics_.has_errors()) return spec;
    for (const auto& [path, message] : market_problems(spec)) wrong(path, message);
    // Without chips or buyers that alone is told.
    if (!spec.input.lines.empty() && !spec.input.buyers.empty()) check_owners(spec, wrong);
    const std::size_t parts = spec.input.buyers.size() + spec.input.lines.size();
    if (!diagnostics_.has_errors() &&
        static_cast<double>(spec.input.draws) * static_cast<double>(spec.quarters() * parts) > kMostValues)
      wrong("draws", fmt::format("{} futures of {} quarters with {} buyers and kinds of chips are too many",
                                 format_count(spec.input.draws), spec.quarters(), parts));
    if (!diagnostics_.has_errors()) check_memory(spec, wrong);
    if (!diagnostics_.has_errors()) check_bounds(spec, wrong);
    all.insert(below.begin(), below.end());
    return spec;
  }

  /// In the base every kind for sale has buyers; a variant may let them go elsewhere.
  void check_lines(const MarketSpec& spec, const Provenance& places) {
    const std::vector<std::string> pools = spec.pools();
    for (std::size_t i = 0; i < spec.input.lines.size(); ++i) {
      const std::string& pool = spec.input.lines[i].pool;
      if (!spec.offers[i].owner.empty() || std::find(pools.begin(), pools.end(), pool) != pools.end()) continue;
      const std::string near = did_you_mean(pool, pools);
      const auto place = places.find(fmt::format("market.lines[{}].{}", i, near.empty() ? "name" : "pool"));
      diagnostics_.error(
          fmt::format("nobody buys `{}`: no buyer is in the pool `{}`", spec.input.lines[i].offer, pool.substr(0, 60)),
          place == places.end() ? Span{} : place->second.span,
          near.empty() ? "`pool` of a buyer" : fmt::format("did you mean `{}`?", near));
    }
  }

  template <class Wrong>
  static void check_owners(const MarketSpec& spec, const Wrong& wrong) {
    std::set<std::string> owners;
    for (const ChipOffer& offer : spec.offers) {
      if (!offer.owner.empty()) owners.insert(offer.owner);
    }
    std::set<std::string> taken;
    for (std::size_t i = 0; i < spec.input.buyers.size(); ++i) {
      const std::string& owner = spec.input.buyers[i].owner;
      if (owner.empty()) continue;
      const std::string path = fmt::format("buyers[{}].owner", i);
      if (owners.count(owner) == 0)
        wrong(path, fmt::format("no chip of the market is own silicon of `{}`", owner.substr(0, 60)));
      if (!taken.insert(owner).second) wrong(path, fmt::format("two buyers own the silicon of `{}`", owner));
    }
    for (const std::string& owner : owners) {
      if (taken.count(owner) == 0)
        wrong("lines", fmt::format("nobody takes the own silicon of `{}`", owner), "`owner` of a buyer");
    }
  }

  /// A limit that would limit nothing.
  template <class Wrong>
  static void check_memory(const MarketSpec& spec, const Wrong& wrong) {
    const MarketInput& input = spec.input;
    if (input.memory_margin.quantile(0.5) <= 0 || input.until <= next_quarter(input.limits_from)) return;
    if (std::isinf(market_future(spec, median_levels(spec)).memory.back()))
      wrong("memory_margin",
            fmt::format("memory is limited to that of the year before {}, in which no memory of these chips is known",
                        date_text(input.limits_from)),
            "a later `limits_from`, or `memory` in [[offers]]");
  }

  /// Growth over decades, of laws with long tails, can leave all bounds.
  template <class Wrong>
  static void check_bounds(const MarketSpec& spec, const Wrong& wrong) {
    for (const double level : {1e-4, 0.5, 1 - 1e-4}) {
      const MarketFuture future = market_future(spec, MarketLevels(kMarketUnknowns + spec.input.buyers.size(), level));
      const auto sound = [](double value) { return value >= 0 && value < kBeyond; };
      for (std::size_t i = 0; i < future.lines.size(); ++i) {
        const bool all = std::all_of(future.lines[i].begin(), future.lines[i].end(), [&](const auto& q) {
          return sound(q.chips) && sound(q.price) && sound(q.h100e) && q.h100e > 1e-30 &&
                 (q.chips <= 0 || q.price > 1e-30);
        });
        if (all) continue;
        wrong(fmt::format("lines[{}].name", i),
              fmt::format("output, price or gain of `{}` leaves all bounds before {}, or it has no price",
                          spec.input.lines[i].offer, date_text(spec.input.until)));
        return;
      }
      for (std::size_t i = 0; i < future.budget.size(); ++i) {
        if (std::all_of(future.budget[i].begin(), future.budget[i].end(), sound)) continue;
        wrong(fmt::format("buyers[{}].budget", i), fmt::format("the budget of `{}` leaves all bounds before {}",
                                                               spec.input.buyers[i].name, date_text(spec.input.until)));
        return;
      }
    }
  }

  void read_variants(const Value& market) {
    const Value* written = market.find("variants");
    if (written == nullptr) return;
    const Value::Array* list = written->array();
    if (list == nullptr || list->size() > kMostVariants) {
      diagnostics_.error(list == nullptr
                             ? fmt::format("`variants` is {}, expected a list of tables", written->kind_name())
                             : fmt::format("{} variants, more than {}", list->size(), kMostVariants),
                         written->span(), "[[market.variants]]");
      return;
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const Value& element = (*list)[i];
      const Value* name = element.find("name");
      if (name == nullptr || name->string() == nullptr || name->string()->empty()) {
        diagnostics_.error("a variant has no name", element.span(), "name = \"three times the AMD\"");
        continue;
      }
      if (!names.insert(*name->string()).second)
        diagnostics_.error(fmt::format("two variants are called `{}`", *name->string()), name->span());
      MarketVariant variant;
      variant.name = *name->string();
      const Value* note = element.find("note");
      if (note != nullptr && note->string() == nullptr) {
        diagnostics_.error("a note is a text", note->span());
      } else if (note != nullptr) {
        variant.note = *note->string();
      }
      for (const char* key : {"start", "until", "compare_from", "compare_until", "draws"}) {
        if (const Value* own = element.find(key))
          diagnostics_.error(fmt::format("a variant is compared with the base over the same time and futures: `{}` is "
                                         "the base's alone",
                                         key),
                             own->span(), fmt::format("`{}` in [market]", key));
      }
      const Value changed = changed_market(market, element);
      Provenance its;
      if (!diagnostics_.has_errors()) variant.spec = read_spec(changed, its);
      if (!diagnostics_.has_errors() && !same_buyers(variant.spec))
        diagnostics_.error("a variant changes buyers, it neither adds nor renames any", element.span(),
                           "give the base a buyer without goals and a small budget");
      if (!diagnostics_.has_errors()) check_comparable(element, variant.spec.input);
      scenario_.variants.push_back(std::move(variant));
    }
  }

  bool same_buyers(const MarketSpec& spec) const {
    const std::vector<MarketBuyer>&mine = spec.input.buyers, &base = scenario_.spec.input.buyers;
    return std::equal(mine.begin(), mine.end(), base.begin(), base.end(),
                      [](const MarketBuyer& a, const MarketBuyer& b) { return a.name == b.name; });
  }

  /// Answers of a variant stand beside the base's: of the same goals, and of the same nations.
  void check_comparable(const Value& variant, const MarketInput& mine) {
    const Value* changed = variant.find("buyers");
    const auto place = [&](const std::string& buyer, const char* key) {
      const Value* own = changed == nullptr ? nullptr : changed->find(buyer);
      const Value* value = own == nullptr ? nullptr : own->find(key);
      return value == nullptr ? variant.span() : value->span();
    };
    for (std::size_t b = 0; b < mine.buyers.size(); ++b) {
      const MarketBuyer &its = mine.buyers[b], &base = scenario_.spec.input.buyers[b];
      const bool same_goals = std::equal(its.goals.begin(), its.goals.end(), base.goals.begin(), base.goals.end(),
                                         [](const MarketGoal& x, const MarketGoal& y) {
                                           return x.name == y.name && x.by == y.by && x.chips == y.chips;
                                         });
      if (!same_goals)
        diagnostics_.error(
            fmt::format("a variant is told by the goals of the base, and changes those of `{}`", its.name),
            place(its.name, "goals"), "other goals are another scenario");
      if (its.nation != base.nation)
        diagnostics_.error(
            fmt::format("a variant is told by the nations of the base, and changes that of `{}`", its.name),
            place(its.name, "nation"), "another nation is another scenario");
    }
  }

  /// [market] with a variant's changes; those to single lines and buyers by name.
  Value changed_market(const Value& market, const Value& variant) {
    Value changed = market;
    changed.erase("variants");
    for (const Value::Entry& entry : *variant.table()) {
      if (entry.key == "name" || entry.key == "note") continue;
      const Value* before = changed.find(entry.key);
      if (before != nullptr && before->array() != nullptr && entry.value.table() != nullptr) {
        Value list = with_changes(*before, entry.value, diagnostics_);
        changed.set(entry.key, std::move(list), entry.key_span);
      } else {
        changed.set(entry.key, entry.value, entry.key_span);
      }
    }
    return changed;
  }

  const Value& root_;
  MarketScenario& scenario_;
  Diagnostics& diagnostics_;
  Economics economics_;
};

}  // namespace

MarketScenario read_market_scenario(const Value& root, Diagnostics& diagnostics) {
  MarketScenario scenario;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  check_table_names(root, diagnostics);
  MarketReader(root, scenario, diagnostics).read();
  return scenario;
}

Value market_scenario_table(const MarketScenario& scenario, const Value& root) {
  Value table(Value::Table{}, Span{});
  Value market = market_schema().write(scenario.spec.input);
  add_table("market", std::move(market), scenario.provenance, table);
  if (const Value* written = root.find("market"); written != nullptr) {
    if (const Value* variants = written->find("variants"); variants != nullptr)
      table.find("market")->set("variants", *variants, Span{});
  }
  Value::Array offers;
  for (const ChipOffer& offer : scenario.offers) offers.push_back(offer_schema().write(offer));
  const Value* written = root.find("offers");
  const std::size_t read = written == nullptr ? 0 : written->array()->size();
  add_table("offers", Value(std::move(offers), Span{}), offer_sources(scenario, scenario.offers.size() - read), table);
  add_table("economics", economics_schema().write(scenario.spec.economics), scenario.provenance, table);
  return table;
}

}  // namespace orrery
