#include "fleet/landlord/landlord_fields.hpp"

#include <utility>

#include "base/unit_table.hpp"
#include "fleet/series_fields.hpp"

namespace orrery {
namespace {

constexpr double kMostChips = 1e9;

Schema<LandlordTenantInput> tenant_schema(const char* name, const char* help) {
  using T = LandlordTenantInput;
  constexpr Dimension kPlain = Dimension::None;
  Schema<T> s(name, help);
  s.text("name", &T::name, described("What reports call it.", "OpenAI"))
      .law("demand", &T::demand, kPlain, bounded("Chips that it keeps busy at `date`.", "100000", 0, kMostChips, true))
      .law("growth", &T::growth, kPlain, bounded("Factor a year at first.", "spread(3, 4.5, 6)", 0.01, 100, true))
      .quantity(
          "fade", &T::fade,
          otherwise(bounded("In which the exponent of growth falls to 1/e; 0: it does not.", "2 years", 0, 100 * kYear),
                    "growth goes on"))
      .number("volatility", &T::volatility,
              bounded("Of the logarithm of demand, per square root of a year.", "0.3", 0, 3));
  return s;
}

const Schema<LandlordTenantInput>& main_schema() {
  using T = LandlordTenantInput;
  static const Schema<T> schema = [] {
    Schema<T> s = tenant_schema("main", "The tenant that the halls would be built for.");
    s.number("jump_rate", &T::jump_rate, bounded("Jumps of its demand a year.", "0.3", 0, 12))
        .law("jump", &T::jump, Dimension::None,
             otherwise(bounded("Factor of a jump.", "spread(1.2, 1.6, 2.5)", 0.1, 10), "1"))
        .number("leave_rate", &T::leave_rate,
                bounded("Chance a year, as a rate, that it leaves whatever it is given.", "0.1", 0, 100))
        .number("short_leave_rate", &T::short_leave_rate,
                bounded("What that rate is more where nothing of its demand is served; in proportion.", "0.5", 0, 100))
        .law("leave_share", &T::leave_share, Dimension::None,
             otherwise(bounded("Share of its demand that goes with it.", "spread(0.4, 0.7, 0.95)", 0, 1), "1"));
    return s;
  }();
  return schema;
}
const Schema<LandlordTenantInput>& others_schema() {
  static const Schema<LandlordTenantInput> schema = tenant_schema("others", "All other tenants.");
  return schema;
}

const Schema<LandlordContractInput>& contract_schema() {
  using C = LandlordContractInput;
  static const Schema<C> schema = [] {
    Schema<C> s("contract", "What the main tenant signs for new chips.");
    s.number("share", &C::share, bounded("Of the new chips that it signs for.", "0.8", 0, 1))
        .quantity("length", &C::length, bounded("From the delivery on.", "5 years", 0, 30 * kYear))
        .number("take_or_pay", &C::take_or_pay, bounded("Share that is paid whether used or not.", "0.9", 0, 1))
        .law("price", &C::price, Dimension::MoneyRate,
             otherwise(bounded("Of a chip, over the contract.", "$2.50/h", 1e-3 / kHour, 1e4 / kHour),
                       "the expected rent of the market at `date`"))
        .law("collected", &C::collected, Dimension::None,
             otherwise(bounded("Share of what a tenant that has left owes.", "spread(0.3, 0.6, 0.9)", 0, 1), "1"));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<LandlordInput>& landlord_schema() {
  using L = LandlordInput;
  static const Schema<L> schema = [] {
    constexpr Dimension kPlain = Dimension::None;
    Schema<L> s("landlord", "A cloud that decides how much to build for a tenant that grows and may leave.");
    s.text("chip", &L::chip,
           {.help = "The chip in question, of [[offers]] or of presets/offers; all are counted in it.",
            .example = "h100-sxm",
            .required = true})
        .date("date", &L::date, {.help = "When it is decided.", .example = "2025-01", .required = true})
        .quantity("horizon", &L::horizon,
                  otherwise(bounded("That is reckoned.", "8 years", kYear / 2, 25 * kYear), "8 years"))
        .table("main", &L::main, main_schema(), described("The tenant that the halls would be built for.", ""))
        .table("others", &L::others, others_schema(), described("All other tenants.", ""))
        .list(
            "serving", [](L & l) -> auto& { return l.serving.points; }, dated_schema(Dimension::None),
            described("Chip-hours a month that inference takes besides, by date; a curve between the dates.",
                      "[{ date = \"2025\", value = 20e6 }]"))
        .law(
            "serving_growth", [](L & l) -> auto& { return l.serving.growth; }, kPlain,
            bounded("Factor a year after the last of them.", "2", 0.01, 100))
        .law("standing", &L::standing, kPlain,
             bounded("Chips that stand.", "spread(400000, 500000, 700000)", 0, kMostChips, true))
        .law("lead_time", &L::lead_time, Dimension::Time,
             otherwise(
                 bounded("From an order to energised chips.", "spread(1 years, 2.17 years, 3.58 years)", 0, 20 * kYear),
                 "spread(1 years, 2.17 years, 3.58 years)"))
        .table("contract", &L::contract, contract_schema(), described("What the main tenant signs.", ""))
        .number("project", &L::project,
                otherwise(bounded("Chips whose contract is asked for.", "400000", 1, kMostChips),
                          "what the main tenant lacks at the first delivery"))
        .quantity("review", &L::review,
                  otherwise(bounded("After which a second order may follow.", "1.5 years", kYear / 4, 20 * kYear),
                            "1.5 years"))
        .integer("draws", &L::draws, bounded("Futures.", "1000", 10, 20000));
    return s;
  }();
  return schema;
}

}  // namespace orrery
