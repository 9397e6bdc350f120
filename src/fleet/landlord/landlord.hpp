#pragma once

#include <span>
#include <vector>

#include "base/law.hpp"
#include "base/random.hpp"
#include "fleet/buying/rent_market.hpp"

namespace orrery {

/// Chips that a group of tenants would keep busy, as a path with uncertainty. Its median after t years is
/// level x growth^(fade (1 - exp(-t / fade))): it grows by the factor `growth` a year at first, by less as years go by.
struct LandlordDemand {
  Law level;              ///< Chips busy at the decision.
  Law growth;             ///< Factor a year at first.
  double fade = 0;        ///< Years in which the exponent of growth falls to 1/e; 0: it does not.
  double volatility = 0;  ///< Of the logarithm, per square root of a year: a random walk around that path.

  /// Times the chips of the decision after `years`, at a growth of `factor` a year at first, without the walk.
  double grown(double factor, double years) const;
};

/// What a cloud that rents out chips knows when it decides how much to build. Time goes in quarters from the decision.
/// Prices and costs are those of one kind of chip; chips of other kinds are counted in its equivalents.
///
/// A chip draws power as long as it stands, in use or not (as `chip_cost` has it). When its life is over it is not
/// replaced; its hall is worth then what it has left of its own life.
///
/// So do the chips that stand at the decision: they are taken to have been bought evenly since the chip's launch, so
/// that those of the launch retire first. What they cost and what their halls are worth is the same under every plan.
///
/// Left out: taxes, other landlords' answers, and that a tenant's credit and its
/// demand go together (`collected` is the only trace of it).
struct LandlordSpec {
  ChipOffer offer;
  Economics economics;          ///< The landlord's.
  RentMarket market;            ///< As known at `date`.
  Date date;                    ///< Of the decision.
  int quarters = 32;            ///< That are reckoned; what stands then is worth its value on the market.
  LandlordDemand main;          ///< The tenant that the halls would be built for.
  LandlordDemand others;        ///< Everybody else.
  std::vector<double> serving;  ///< Chips that inference keeps busy besides, by quarter; may be empty.
  Law standing;                 ///< Chips that stand at the decision.
  Law lead_time;                ///< From order to energised, seconds; rounded up to quarters.
  double jump_rate = 0;         ///< A year: the main tenant's demand is multiplied by `jump`.
  Law jump = Law::fixed(1);
  double leave_rate = 0;            ///< A year: the main tenant leaves, whatever it is given.
  double short_leave_rate = 0;      ///< A year more where none of its demand is served; in proportion to what is not.
  Law leave_share = Law::fixed(1);  ///< Of its demand that goes with it.
  /// Of new chips that the main tenant signs for when they are ordered, but no more than it expects to want.
  double contract_share = 0;
  double contract_years = 0;  ///< From energised on.
  double take_or_pay = 0;     ///< Of a contracted chip-hour that is paid, whether used or not.
  Law collected;              ///< Of what a tenant that has left owes.
  Law contract_price;         ///< USD/s of a chip, constant over the contract.
  double made = 0;            ///< Such chips that the world makes in the median lead time; for the report only.
};

/// How much is built, and when.
struct LandlordPlan {
  double first = 0;  ///< Chips ordered at the decision.
  int review = 0;    ///< Quarter in which more may be ordered; 0: never.
  double cover = 0;  ///< At the review all chips, standing ones too, are brought to this multiple of the demand seen.
};

/// One future, before anything is decided: the same for all plans. Vectors are by quarter, money is in dollars.
struct LandlordDraw {
  std::vector<double> main, others;      ///< Chips wanted, as long as the main tenant stays.
  std::vector<double> standing;          ///< Of those that stood at the decision.
  std::vector<double> rent;              ///< USD/s of a chip on the market.
  std::vector<double> hour;              ///< Full cost of an hour of a chip ordered then, USD/s of a chip that stands.
  std::vector<double> chip_cost;         ///< Of a chip ordered then, with server and network.
  double hall_cost = 0;                  ///< Of hall and power for a chip.
  double stand_cost = 0;                 ///< USD/s of a chip that stands: operations and energy, in use or not.
  double decline = 0;                    ///< Share of its value that hardware loses a year.
  double rate = 0;                       ///< Cost of capital a year.
  double chip_life = 5, hall_life = 14;  ///< Years.
  double patience = 0;                   ///< The main tenant leaves when its hazards add up to this.
  double leave_share = 1, collected = 0, contract_price = 0;
  int lead = 0;  ///< Quarters.
};

/// Share of chips bought evenly over the last `on_sale` years, and of those only that are not at the end of their
/// `life` (years), which are so after as many years more.
double share_at_work(double years, double life, double on_sale);

/// The uncertain inputs in the order of `draw_landlord`'s levels.
std::vector<UncertainInput> landlord_inputs(const LandlordSpec& spec);

/// A future. `levels`: one in (0, 1) for each of `landlord_inputs`; walks, jumps, premiums and the tenant's patience
/// come from `rng`.
LandlordDraw draw_landlord(const LandlordSpec& spec, std::span<const double> levels, Rng& rng);

/// What a plan comes to in one future. Money is discounted to the decision.
struct LandlordOutcome {
  double npv = 0;          ///< Of the plan over building nothing.
  double shortage = 0;     ///< Margin on chip-hours wanted and not served, had chips been ordered a lead time before.
  double tenant_loss = 0;  ///< What it costs that the main tenant leaves for want of chips.
  double stranded = 0;     ///< Full cost of new chip-hours that were neither used nor paid for.
  double chips = 0;        ///< Built in all.
  double capital = 0;      ///< Paid for them and their halls, not discounted.
  double wanted = 0, unserved = 0, built = 0, idle = 0;  ///< Chip-quarters from the first delivery; the last two: new.
  bool left = false;
};
LandlordOutcome play_landlord(const LandlordSpec& spec, const LandlordDraw& draw, const LandlordPlan& plan);

}  // namespace orrery
