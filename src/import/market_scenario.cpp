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
constexpr std::size_t kMostVariants = 50, kMostBuyers = 200, kMostLines = 200, kMostFacts = 200;

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
    if (root_.find("economics") == nullptr)
      scenario_.assumptions.emplace_back("what a chip earns and costs besides its price: preset economics 2025");
    if (!diagnostics_.has_errors()) read_variants(*market);
  }

 private:
  /// The offers of [[offers]], and, of lines that name none of them, the presets.
  void read_offers_of(const Value& market) {
    const Value* written = root_.find("offers");
    if (written != nullptr) offers_ = read_offers(written, {}, diagnostics_, &scenario_.provenance);
    std::vector<std::string> wanted;
    const auto want = [&](const Value* name) {
      if (name == nullptr || name->string() == nullptr) return;
      const std::vector<std::string> presets = preset_names("offers");
      const bool known = std::find(presets.begin(), presets.end(), *name->string()) != presets.end();
      if (known && find_offer(offers_, *name->string()) == nullptr &&
          std::find(wanted.begin(), wanted.end(), *name->string()) == wanted.end())
        wanted.push_back(*name->string());
    };
    want(market.find("rent_of"));
    if (const Value* lines = market.find("lines"); lines != nullptr && lines->array() != nullptr) {
      for (const Value& line : *lines->array()) want(line.find("name"));
    }
    Provenance below;
    for (ChipOffer& offer : read_offers(nullptr, wanted, diagnostics_, &below)) offers_.push_back(std::move(offer));
    for (auto& [path, source] : below) scenario_.provenance.emplace("presets." + path, source);
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
      const Value* whole = table.find(path);  // A list without elements.
      if (whole != nullptr) return whole->span();
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
    for (const ChipOffer& offer : offers_) names.push_back(offer.name);
    const auto offer_of = [&](const std::string& name, const std::string& path) {
      const ChipOffer* offer = find_offer(offers_, name);
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
    if (!spec.input.lines.empty() && !spec.input.buyers.empty()) check_owners(spec, wrong);
    if (!diagnostics_.has_errors()) check_bounds(spec, wrong);
    all.insert(below.begin(), below.end());
    return spec;
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
      const Value changed = changed_market(market, element);
      Provenance its;
      if (!diagnostics_.has_errors()) variant.spec = read_spec(changed, its);
      if (!diagnostics_.has_errors() && !same_buyers(variant.spec))
        diagnostics_.error("a variant changes buyers, it neither adds nor renames any", element.span(),
                           "give the base a buyer without goals and a small budget");
      const MarketInput &mine = variant.spec.input, &base = scenario_.spec.input;
      if (!diagnostics_.has_errors() && (mine.start != base.start || mine.until != base.until))
        diagnostics_.error("a variant is of the same time as the base", element.span(),
                           fmt::format("{} to {}", date_text(base.start), date_text(base.until)));
      scenario_.variants.push_back(std::move(variant));
    }
  }

  bool same_buyers(const MarketSpec& spec) const {
    const std::vector<MarketBuyer>&mine = spec.input.buyers, &base = scenario_.spec.input.buyers;
    return std::equal(mine.begin(), mine.end(), base.begin(), base.end(),
                      [](const MarketBuyer& a, const MarketBuyer& b) { return a.name == b.name; });
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
  std::vector<ChipOffer> offers_;
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
  for (const char* key : {"offers", "economics"}) {
    if (const Value* value = root.find(key)) table.set(key, *value, Span{});
  }
  return table;
}

}  // namespace orrery
