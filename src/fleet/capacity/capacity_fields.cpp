#include "fleet/capacity/capacity_fields.hpp"

#include <utility>

#include "base/unit_table.hpp"

namespace orrery {
namespace {

// Beyond lies a slip of a unit.
constexpr double kMostDollars = 1e14, kMostWatts = 1e12, kMostChips = 1e10;
constexpr double kLongestBuild = 30 * kYear;

FieldOptions amount(const char* help, const char* example) {
  return needed(bounded(help, example, 0, kMostDollars));
}

/// A member of the plan that the input holds.
template <class M>
auto of_plan(M FleetSpec::*member) {
  return [member](FleetInput& input) -> M& { return input.plan.*member; };
}

const Schema<FleetEquity>& equity_schema() {
  using E = FleetEquity;
  static const Schema<E> schema = [] {
    Schema<E> s("equity", "Equity, a grant, or money that was announced.");
    s.text("name", &E::name, described("Who gives it.", "SoftBank"))
        .quantity("amount", &E::amount, amount("Of all of it.", "$18B"))
        .date("date", &E::date, needed(described("When it is there, or begins to come.", "2025-01-21")))
        .date("until", &E::until,
              described("It comes evenly from `date` until then; without: all at once.", "2029-01"));
    return s;
  }();
  return schema;
}

const Schema<FleetTranche>& tranche_schema() {
  using T = FleetTranche;
  static const Schema<T> schema = [] {
    Schema<T> s("tranches", "A lender's promise.");
    s.text("name", &T::name, described("What answers call it.", "DDTL 1"))
        .quantity("amount", &T::amount, amount("That can be drawn.", "$38B"))
        .date("date", &T::date, needed(described("From when on.", "2025-10")))
        .text("tenant", &T::tenant, described("It needs this tenant's contract; without: none.", "OpenAI"));
    return s;
  }();
  return schema;
}

const Schema<FleetTenant>& tenant_schema() {
  using T = FleetTenant;
  static const Schema<T> schema = [] {
    Schema<T> s("tenants", "Who rents a part of the fleet by contract.");
    s.text("name", &T::name, needed(described("What tranches call it.", "OpenAI")))
        .number("share", &T::share, needed(bounded("Of the chips that are on.", "0.8", 0, 1)))
        .date("from", &T::from, needed(described("When the contract begins.", "2025-07")))
        .date("until", &T::until, described("When it ends; without: never.", "2040-07"))
        .quantity("rent", &T::rent, needed(bounded("Of an H100-equivalent.", "$1.2/h", 0, 1)))
        .law("stays", &T::stays, Dimension::Time,
             bounded("How long it keeps to the contract; without: as long as it says.", "exponential(mean 20 years)", 0,
                     1000 * kYear));
    return s;
  }();
  return schema;
}

const Schema<FleetMoney>& money_schema() {
  using M = FleetMoney;
  static const Schema<M> schema = [] {
    Schema<M> s("money", "What pays for it.");
    s.list("equity", &M::equity, equity_schema(), described("Own money by date.", ""))
        .law("equity_delay", &M::equity_delay, Dimension::Time,
             bounded("By which all equity comes later than it says.", "spread(30 days, 90 days, 270 days)", 0,
                     kLongestBuild))
        .number("debt_share", &M::debt_share,
                bounded("Of each dollar for halls and chips, that loans pay at most.", "0.7", 0, 0.95))
        .list("tranches", &M::tranches, tranche_schema(), described("Loans that are promised.", ""))
        .law("tranche_delay", &M::tranche_delay, Dimension::Time,
             bounded("By which all tranches come later than they say.", "spread(30 days, 90 days, 270 days)", 0,
                     kLongestBuild))
        .law("interest", &M::interest, Dimension::None,
             otherwise(bounded("On loans, a year.", "spread(0.06, 0.1, 0.15)", 0, 1),
                       "5.9 % to 15 %, as GPU clouds pay"))
        .quantity(
            "debt_term", &M::debt_term,
            otherwise(bounded("Over which what was drawn is paid back evenly.", "5 years", kYear / 12, 50 * kYear),
                      "5 years"))
        .list("tenants", &M::tenants, tenant_schema(), described("Contracts.", ""))
        .law("rent", &M::rent, Dimension::MoneyRate,
             bounded("Of an H100-equivalent at the market, at the start; 0: what no tenant has is used by its owner.",
                     "spread($1.5/h, $2/h, $3/h)", 0, 1))
        .number("rent_change", &M::rent_change, bounded("Of that, a year.", "-0.2", -0.9, 9))
        .number("let", &M::let, bounded("Share of what no tenant has that is let at the market.", "0.85", 0, 1))
        .number("reinvest", &M::reinvest,
                bounded("Share of what revenue leaves over that stays in the fleet.", "0.5", 0, 1))
        .number("deposit", &M::deposit, bounded("Share of the price that is paid with an order.", "0.2", 0, 0.9));
    return s;
  }();
  return schema;
}

const Schema<FleetPhase>& phase_schema() {
  using P = FleetPhase;
  static const Schema<P> schema = [] {
    Schema<P> s("phases", "A part of a site that is built as one.");
    s.text("name", &P::name, described("What answers call it.", "buildings 1-2"))
        .quantity("power", &P::power, needed(bounded("Of the facility.", "295 MW", 1e3, kMostWatts)))
        .date("start", &P::start,
              described("Of work on the ground; without: when the phase before it stands.", "2024-05-31"))
        .law("build", &P::build, Dimension::Time,
             otherwise(bounded("From then until the halls take chips.", "spread(1 year, 2.2 years, 3.6 years)", kDay,
                               kLongestBuild),
                       "what building on such ground has taken; of a phase after another, what growing has"))
        .date("stood", &P::stood, described("When they did, to compare with.", "2025-09-26"));
    return s;
  }();
  return schema;
}

const Schema<FleetFeed>& feed_schema() {
  using F = FleetFeed;
  static const Schema<F> schema = [] {
    Schema<F> s("feeds", "Power that reaches a site.");
    s.text("name", &F::name, described("What answers call it.", "substation"))
        .quantity("power", &F::power, needed(bounded("That it brings.", "300 MW", 1, kMostWatts)))
        .date("asked", &F::asked, needed(described("When it was ordered or applied for.", "2024-01")))
        .law("wait", &F::wait, Dimension::Time,
             otherwise(bounded("From then until it is there.", "spread(2 years, 4 years, 7 years)", 0, kLongestBuild),
                       "of the grid: what data centres in the US wait; of generators: must be said"));
    return s;
  }();
  return schema;
}

const Schema<FleetSite>& site_schema() {
  using S = FleetSite;
  static const Schema<S> schema = [] {
    Schema<S> s("sites", "Where chips stand.");
    s.text("name", &S::name, needed(described("What answers call it.", "Abilene")))
        .text("owner", &S::owner, described("For people.", "Oracle for OpenAI"))
        .text("region", &S::region, described("For people.", "Texas"))
        .text("evidence", &S::evidence,
              described("Its name in the evidence on build times; without: `name`. Where phases say when they stood, "
                        "the fit leaves that site out.",
                        "Colossus 1"))
        .choice("ground", &S::ground,
                {{"greenfield", BuildKind::Greenfield, "An empty field."},
                 {"brownfield", BuildKind::Brownfield, "A building that is refitted."},
                 {"growth", BuildKind::Growth, "A site that runs already."}},
                described("What is there at the start.", "brownfield"))
        .list("phases", &S::phases, phase_schema(), described("What is built when.", ""))
        .list("grid", &S::grid, feed_schema(), described("Connections to the grid.", ""))
        .list("on_site", &S::on_site, feed_schema(), described("Generators of its own.", ""))
        .boolean("power_with_building", &S::power_with_building,
                 described("The power comes with the building: its build time holds the wait for it.", "true"))
        .law("electricity", &S::electricity, Dimension::EnergyPrice,
             bounded("Price here; without: that of [economics].", "$0.06/kWh", 0, 10 / 3.6e6))
        .text("chip", &S::chip, described("The one that stands here; without: what the policy buys.", "trainium2"));
    return s;
  }();
  return schema;
}

const Schema<FleetUse>& use_schema() {
  using U = FleetUse;
  static const Schema<U> schema = [] {
    Schema<U> s("use", "What becomes of peak FLOP/s.");
    s.law("mfu", &U::mfu, Dimension::None,
          otherwise(bounded("Of a training step.", "spread(0.3, 0.4, 0.47)", 0, 1), "0.40 (0.30 to 0.47)"))
        .law("goodput", &U::goodput, Dimension::None,
             otherwise(bounded("Of a run of weeks.", "0.93", 0, 1), "0.90 (0.75 to 0.97)"))
        .law("allocation", &U::allocation, Dimension::None,
             otherwise(bounded("Share of the chips' time that jobs hold.", "0.9", 0, 1), "0.85"));
    return s;
  }();
  return schema;
}

const Schema<FleetOrder>& order_schema() {
  using O = FleetOrder;
  static const Schema<O> schema = [] {
    Schema<O> s("orders", "An order of a fixed plan.");
    s.date("date", &O::date, needed(described("When it is placed.", "2025-03")))
        .text("chip", &O::chip, needed(described("Of the menu.", "gb200")))
        .number("count", &O::count, needed(bounded("Chips.", "100000", 0, kMostChips)));
    return s;
  }();
  return schema;
}

const Schema<FleetShareInput>& share_schema() {
  using S = FleetShareInput;
  static const Schema<S> schema = [] {
    Schema<S> s("shares", "What can be had of one chip.");
    s.text("chip", &S::chip, needed(described("Of the menu.", "gb200")))
        .number("share", &S::share, needed(bounded("Of the world's output, at most.", "0.3", 0, 1)));
    return s;
  }();
  return schema;
}

const Schema<FleetTargetInput>& target_schema() {
  using T = FleetTargetInput;
  static const Schema<T> schema = [] {
    Schema<T> s("targets", "What is to be reached.");
    s.number("h100e", &T::h100e, bounded("H100-equivalents that are on.", "1e6", 1, kMostChips))
        .number("gpus", &T::gpus, bounded("Chips that are on.", "1e6", 1, kMostChips))
        .quantity("power", &T::power, bounded("Halls with power.", "10 GW", 1e3, kMostWatts))
        .quantity("spent", &T::spent, bounded("On halls and chips.", "$500B", 1, kMostDollars))
        .date("by", &T::by, described("Until when; without: when it is reached is said.", "2029-01"));
    return s;
  }();
  return schema;
}

const Schema<FleetVariantInput>& variant_schema() {
  using V = FleetVariantInput;
  static const Schema<V> schema = [] {
    Schema<V> s("variants", "The same plan with some inputs changed, answered beside it.");
    s.text("name", &V::name, needed(described("What answers call it.", "half the debt")))
        .text("like", &V::like, described("An earlier variant, whose changes come first; without: the plan.", "loans"))
        .texts("set", &V::set, needed(described("Changes, as --set takes them.", "[\"fleet.money.debt_share=0.35\"]")));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<FleetInput>& fleet_schema() {
  using F = FleetInput;
  using S = FleetSpec;
  static const Schema<F> schema = [] {
    Schema<F> s("fleet", "A plan of building a fleet under money, power, supply and time.");
    s.text("name", of_plan(&S::name), described("What answers call it.", "Stargate"))
        .date("start", of_plan(&S::start), needed(described("First day of the plan.", "2025-01")))
        .choice("step", of_plan(&S::step),
                {{"quarter", FleetStep::Quarter, "Three months."}, {"month", FleetStep::Month, "One."}},
                described("How finely time is cut.", "quarter"))
        .integer("steps", of_plan(&S::steps), bounded("How many.", "20", 1, 240))
        .texts("chips", &F::chips,
               otherwise(described("The menu: preset offers, where there is no [[offers]].", "[\"gb200\", \"gb300\"]"),
                         "NVIDIA's from the H100 to the GB300"))
        .number("share", &F::share,
                bounded("Of the world's output of each chip that is for sale, that can be had at most.", "0.25", 0, 1))
        .list("shares", &F::shares, share_schema(), described("The same of single chips.", ""))
        .choice("buying", of_plan(&S::buying),
                {{"newest", FleetBuying::Newest, "What was launched last, and what comes before it for the rest."},
                 {"value", FleetBuying::Value, "What costs least for its peak, with halls and power."},
                 {"plan", FleetBuying::Plan, "The orders that are listed."}},
                described("Which chips are ordered.", "newest"))
        .list("orders", of_plan(&S::orders), order_schema(), described("Of `buying = \"plan\"`.", ""))
        .table(
            "money", [](F& f) -> FleetMoney& { return f.plan.money; }, money_schema(),
            described("What pays for it.", ""))
        .list("sites", of_plan(&S::sites), site_schema(), described("Where chips stand.", ""))
        .table(
            "use", [](F& f) -> FleetUse& { return f.plan.use; }, use_schema(),
            described("What becomes of peak FLOP/s.", ""))
        .number("shared_delay", of_plan(&S::shared_delay),
                bounded("Rank correlation of the durations of any two phases, and of any two feeds.", "0.5", 0, 1))
        .number(
            "shared_scarcity", of_plan(&S::shared_scarcity),
            bounded("Rank correlation of price and lead time of chips, and of both with less output.", "0.5", 0, 0.95))
        .list("targets", &F::targets, target_schema(), described("What is to be reached.", ""))
        .list("variants", &F::variants, variant_schema(), described("Answered beside the plan.", ""))
        .integer("draws", &F::draws, bounded("Futures.", "1000", 10, 1e6));
    return s;
  }();
  return schema;
}

}  // namespace orrery
