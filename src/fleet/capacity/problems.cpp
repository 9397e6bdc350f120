#include "fleet/capacity/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/unit_table.hpp"
#include "base/unit_text.hpp"

namespace orrery {
namespace {

/// Beyond it nothing that is said of chips means anything.
constexpr double kMostAhead = 15 * kYear;

class FleetChecks {
 public:
  explicit FleetChecks(const FleetSpec& spec) : spec_(spec) {
    end_ = spec.start;
    for (int i = 0; i < spec.steps; ++i) end_ = spec.step == FleetStep::Quarter ? next_quarter(end_) : next_month(end_);
  }

  std::vector<FleetProblem> all() {
    check_dates();
    check_menu();
    check_sites();
    check_money();
    check_tenants();
    check_orders();
    check_targets();
    check_use();
    return std::move(problems_);
  }

 private:
  void add(std::vector<std::string> keys, std::string message, std::string hint = "") {
    problems_.push_back({std::move(keys), std::move(message), std::move(hint)});
  }
  bool sells(const std::string& chip) const {
    return std::any_of(spec_.offers.begin(), spec_.offers.end(),
                       [&](const FleetOffer& offer) { return offer.offer.name == chip; });
  }
  std::string menu() const {
    std::vector<std::string> names;
    for (const FleetOffer& offer : spec_.offers) names.push_back(offer.offer.name);
    return fmt::format("{}", fmt::join(names, ", "));
  }

  void check_dates() {
    if (spec_.start.year() < 1990 || end_.year() > 2200)
      add({"fleet.start"}, fmt::format("the plan goes from {} to {}", date_text(spec_.start), date_text(end_)),
          "a plan of our time: \"2025-01\"");
    const std::optional<Date> known = last_known(spec_);
    if (known && *known + Seconds(kMostAhead) < spec_.start) {
      add({"fleet.start"},
          fmt::format("the plan starts on {}, and what is known of chips ends on {}", date_text(spec_.start),
                      date_text(*known)),
          "a start within fifteen years of it, or [[offers]] with later prices and outputs");
    }
  }

  void check_menu() {
    if (spec_.offers.empty()) {
      add({"fleet.chips", "fleet"}, "there is no chip to buy", "chips = [\"gb200\"], or [[offers]]");
      return;
    }
    bool launched = false;
    for (std::size_t i = 0; i < spec_.offers.size(); ++i) {
      const ChipOffer& offer = spec_.offers[i].offer;
      launched = launched || offer.launch < end_;
      const std::vector<std::string> keys = {fmt::format("offers[{}].chip", i), "fleet.chips", "fleet"};
      if (offer.price.empty())
        add(keys, fmt::format("nobody knows what a {} costs", offer.name), "`price` in [[offers]]");
      if (offer.output.empty())
        add(keys, fmt::format("nobody knows how many of the {} are made", offer.name), "`output` in [[offers]]");
      if (!(offer.hardware.peak_bf16 > FlopsPerSecond(0)) || !(offer.peak_8bit > FlopsPerSecond(0)))
        add(keys, fmt::format("the {} has no peak", offer.name), "`peak_8bit` in [[offers]]");
    }
    if (!launched) {
      add({"fleet.chips", "fleet.start", "fleet"},
          fmt::format("no chip of the menu is launched before the plan ends ({}): {}", date_text(end_), menu()),
          "a later plan, or older chips");
    }
  }

  void check_sites() {
    if (spec_.sites.empty()) add({"fleet"}, "there is no site to build", "[[fleet.sites]] with a phase and its power");
    std::set<std::string> names;
    for (std::size_t i = 0; i < spec_.sites.size(); ++i) {
      const FleetSite& site = spec_.sites[i];
      const std::string key = fmt::format("fleet.sites[{}].", i);
      if (!names.insert(site.name).second)
        add({key + "name"}, fmt::format("two sites are called `{}`", site.name), "a name for each");
      if (site.phases.empty())
        add({key + "name"}, fmt::format("nothing is built at `{}`", site.name),
            "[[fleet.sites.phases]] with its power");
      const bool fed = !site.grid.empty() || !site.on_site.empty();
      if (!site.power_with_building && !fed) {
        add({key + "name"}, fmt::format("`{}` has no power", site.name),
            "`grid`, `on_site`, or power_with_building = true where its build time holds the wait for power");
      }
      if (site.power_with_building && fed) {
        add({key + "power_with_building"},
            fmt::format("the power of `{}` comes with the building, and by lines of its own", site.name),
            "one of them");
      }
      check_phases(site, key);
      for (const auto& [list, feeds] : {std::pair("grid", &site.grid), std::pair("on_site", &site.on_site)}) {
        for (std::size_t j = 0; j < feeds->size(); ++j) {
          const FleetFeed& feed = (*feeds)[j];
          if (feed.asked >= end_) {
            add({fmt::format("{}{}[{}].asked", key, list, j)},
                fmt::format("power for `{}` is asked for on {}, when the plan has ended ({})", site.name,
                            date_text(feed.asked), date_text(end_)));
          }
        }
      }
      if (!site.chip.empty() && !sells(site.chip)) {
        add({key + "chip"}, fmt::format("`{}` is to hold chips that are not on the menu: `{}`", site.name, site.chip),
            "the menu has " + menu());
      }
      for (const FleetOffer& offer : spec_.offers) {
        if (offer.offer.name == site.chip && offer.offer.launch >= end_) {
          add({key + "chip"}, fmt::format("`{}` is to hold chips that are launched on {}, when the plan has ended ({})",
                                          site.name, date_text(offer.offer.launch), date_text(end_)));
        }
      }
    }
  }

  void check_phases(const FleetSite& site, const std::string& site_key) {
    for (std::size_t j = 0; j < site.phases.size(); ++j) {
      const FleetPhase& phase = site.phases[j];
      const std::string key = fmt::format("{}phases[{}].", site_key, j);
      if (j == 0 && !phase.start) {
        add({key + "power"}, fmt::format("nothing says when work on `{}` starts", site.name),
            "`start`: only a later phase may follow the one before it");
      }
      if (phase.start && *phase.start >= end_) {
        add({key + "start"}, fmt::format("work on `{}` starts on {}, when the plan has ended ({})", site.name,
                                         date_text(*phase.start), date_text(end_)));
      }
      if (phase.start && phase.stood && *phase.stood < *phase.start) {
        add({key + "stood"}, fmt::format("`{}` stood on {}, before work on it started ({})", site.name,
                                         date_text(*phase.stood), date_text(*phase.start)));
      }
      if (phase.build.quantile(0.5) <= 0)
        add({key + "build"}, fmt::format("`{}` is built in no time", site.name), "a time, as \"500 days\"");
    }
  }

  void check_money() {
    const FleetMoney& money = spec_.money;
    double equity = 0, loans = 0;
    for (std::size_t i = 0; i < money.equity.size(); ++i) {
      const FleetEquity& part = money.equity[i];
      equity += part.amount.raw();
      const std::string key = fmt::format("fleet.money.equity[{}].", i);
      if (part.until && *part.until <= part.date) {
        add({key + "until"}, fmt::format("money comes until {}, which is not after it begins ({})",
                                         date_text(*part.until), date_text(part.date)));
      }
      if (part.date >= end_) {
        add({key + "date"},
            fmt::format("money comes on {}, when the plan has ended ({})", date_text(part.date), date_text(end_)));
      }
    }
    for (std::size_t i = 0; i < money.tranches.size(); ++i) {
      const FleetTranche& tranche = money.tranches[i];
      loans += tranche.amount.raw();
      const bool known = std::any_of(money.tenants.begin(), money.tenants.end(),
                                     [&](const FleetTenant& tenant) { return tenant.name == tranche.tenant; });
      if (!tranche.tenant.empty() && !known) {
        add({fmt::format("fleet.money.tranches[{}].tenant", i)},
            fmt::format("a loan needs the contract of `{}`, who is no tenant", tranche.tenant),
            "[[fleet.money.tenants]]");
      }
    }
    if (!(equity > 0)) {
      add({"fleet.money.equity[0].amount", "fleet"}, "there is no money of the plan's own",
          loans > 0 ? "lenders want some: [[fleet.money.equity]]" : "[[fleet.money.equity]] with an amount and a date");
    }
    if (money.debt_share > 0 && !(loans > 0)) {
      add({"fleet.money.debt_share"}, "loans are to pay a share of the cost, and nobody lends",
          "[[fleet.money.tranches]] with an amount and a date");
    }
    if (money.debt_share == 0 && loans > 0) {
      add({"fleet.money.tranches[0].amount"}, "lenders promise money, and no share of the cost may be paid with it",
          "debt_share = 0.7 in [fleet.money]");
    }
  }

  void check_tenants() {
    const std::vector<FleetTenant>& tenants = spec_.money.tenants;
    for (std::size_t i = 0; i < tenants.size(); ++i) {
      const std::string key = fmt::format("fleet.money.tenants[{}].", i);
      if (tenants[i].until && *tenants[i].until <= tenants[i].from) {
        add({key + "until"}, fmt::format("the contract of `{}` ends on {}, and begins on {}", tenants[i].name,
                                         date_text(*tenants[i].until), date_text(tenants[i].from)));
      }
      double together = tenants[i].share;
      for (std::size_t j = 0; j < tenants.size(); ++j) {
        if (i == j) continue;
        if (j < i && tenants[j].name == tenants[i].name)
          add({key + "name"}, fmt::format("two tenants are called `{}`", tenants[i].name), "a name for each");
        const bool stands =
            tenants[j].from <= tenants[i].from && (!tenants[j].until || *tenants[j].until > tenants[i].from);
        if (stands && (tenants[j].from < tenants[i].from || j < i)) together += tenants[j].share;
      }
      if (together > 1 + 1e-9) {
        add({key + "share"},
            fmt::format("on {} tenants have contracts for {} of the fleet", date_text(tenants[i].from),
                        format_percent(together)),
            "shares that add up to 1 at most");
      }
    }
  }

  void check_orders() {
    if (spec_.buying == FleetBuying::Plan && spec_.orders.empty())
      add({"fleet.buying"}, "a fixed plan is to be replayed, and no order is listed", "[[fleet.orders]]");
    if (spec_.buying != FleetBuying::Plan && !spec_.orders.empty()) {
      add({"fleet.orders[0].chip"}, "orders are listed, and another policy buys", "buying = \"plan\" in [fleet]");
    }
    for (std::size_t i = 0; i < spec_.orders.size(); ++i) {
      const FleetOrder& order = spec_.orders[i];
      const std::string key = fmt::format("fleet.orders[{}].", i);
      if (!sells(order.chip)) {
        add({key + "chip"}, fmt::format("an order is for a chip that is not on the menu: `{}`", order.chip),
            "the menu has " + menu());
      }
      if (order.date < spec_.start || order.date >= end_) {
        add({key + "date"}, fmt::format("an order of {} lies outside the plan ({} to {})", date_text(order.date),
                                        date_text(spec_.start), date_text(end_)));
      }
      for (const FleetOffer& offer : spec_.offers) {
        if (offer.offer.name != order.chip || offer.offer.launch < end_) continue;
        add({key + "chip"}, fmt::format("the {} is launched on {}, when the plan has ended ({})", order.chip,
                                        date_text(offer.offer.launch), date_text(end_)));
      }
    }
  }

  void check_targets() {
    for (std::size_t i = 0; i < spec_.targets.size(); ++i) {
      const FleetTarget& target = spec_.targets[i];
      if (target.by && (*target.by <= spec_.start || *target.by > end_)) {
        add({fmt::format("fleet.targets[{}].by", i)},
            fmt::format("a target is for {}, outside the plan ({} to {})", date_text(*target.by),
                        date_text(spec_.start), date_text(end_)),
            *target.by > end_ ? "more `steps`" : "a date within it");
      }
    }
  }

  void check_use() {
    for (const auto& [key, law] : {std::pair("mfu", &spec_.use.mfu), std::pair("goodput", &spec_.use.goodput),
                                   std::pair("allocation", &spec_.use.allocation)}) {
      if (law->quantile(0.9) > 1 + 1e-9)
        add({fmt::format("fleet.use.{}", key)}, fmt::format("`{}` goes above 1", key), "a share of what is possible");
    }
  }

  const FleetSpec& spec_;
  Date end_;
  std::vector<FleetProblem> problems_;
};

}  // namespace

std::optional<Date> last_known(const FleetSpec& spec) {
  std::optional<Date> last;
  for (const FleetOffer& offer : spec.offers) {
    for (const DatedSeries* series : {&offer.offer.price, &offer.offer.output}) {
      for (const DatedValue& point : series->points) last = last ? std::max(*last, point.date) : point.date;
    }
  }
  return last;
}

std::vector<FleetProblem> fleet_problems(const FleetSpec& spec) {
  return FleetChecks(spec).all();
}

}  // namespace orrery
