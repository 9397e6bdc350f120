#include "fleet/optimal/buildout_fields.hpp"

namespace orrery {
namespace {

const Schema<BuildoutRentalInput>& rental_schema() {
  using R = BuildoutRentalInput;
  static const Schema<R> schema = [] {
    Schema<R> s("rental", "Capacity that may be rented instead of bought, by H100-equivalents.");
    s.quantity("price", &R::price, bounded("Of one H100-equivalent at the plan's start.", "$2.35/h", 0, 1, true))
        .number("change", &R::change, bounded("Of that price, a year.", "-0.2", -0.99, 10))
        .number("most", &R::most, bounded("H100-equivalents that can be had at any time.", "50000", 0, 1e10, true));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<BuildoutInput>& buildout_schema() {
  using P = BuildoutInput;
  static const Schema<P> schema = [] {
    FieldOptions by =
        described("The day that counts: what is on at the end of the last step that is over by then.", "2028-01-01");
    by.default_text = "the end of the plan";
    FieldOptions discount = bounded("Of dollars, a year, for present values.", "8 %", 0, 10);
    discount.default_text = "the cost of capital";
    Schema<P> s("buildout", "What a build-out plan is chosen by.");
    s.choice("goal", &P::goal,
             {{"most-h100e", BuildoutGoal::MostH100e, "The most H100-equivalents that are on in the end."},
              {"most-flop", BuildoutGoal::MostFlop, "The most usable operations until the end."},
              {"least-cost", BuildoutGoal::LeastCost, "The target for the least present cost."},
              {"earliest", BuildoutGoal::Earliest, "The target as early as can be, and then for the least cost."}},
             described("What the best plan is best at.", "least-cost"))
        .date("by", &P::by, by)
        .number("h100e", &P::h100e, bounded("Target: owned H100-equivalents that are on.", "1e6", 0, 1e10))
        .quantity("flop", &P::flop, bounded("Target: usable operations up to the end.", "5e26 FLOP", 0, 1e36))
        .number("discount", &P::discount, discount)
        .number("flop_discount", &P::flop_discount,
                bounded("Of operations, a year: what is computed later counts less.", "10 %", 0, 10))
        .boolean("whole_phases", &P::whole_phases,
                 described("A phase of a site is begun as a whole or not at all.", "true"))
        .integer("block", &P::block, bounded("Chips are ordered in blocks of so many; 0: any number.", "1152", 0, 1e6))
        .number("delay_quantile", &P::delay_quantile,
                bounded("Quantile of build times and waits for power that the plan counts on: 0.8 plans for delays.",
                        "0.8", 0.05, 0.95))
        .optional_table("rental", &P::rental, rental_schema(), described("Renting beside buying.", ""))
        .integer("draws", &P::draws, bounded("Futures in which the plan found is played.", "1000", 1, 1e6));
    return s;
  }();
  return schema;
}

}  // namespace orrery
