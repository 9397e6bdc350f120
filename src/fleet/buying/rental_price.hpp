#pragma once

#include <span>
#include <vector>

#include "base/quantity.hpp"
#include "base/random.hpp"

namespace orrery {

/// What an hour of a chip costs its owner once it is sold at the utilisation that the owner plans with: what has to be
/// paid whether or not the chip is new (power, staff, maintenance), and the capital of chips and halls.
struct RentCost {
  DollarsPerSecond operating, capital;
};

/// The model of rental prices: one uncertain number, how short the market is, moves the price between what an hour
/// costs to operate and many times what it costs in all.
///
///   rent(u) = operating + capital x (1 - u*) / (1 - u)        [USD/s]
///
/// where u is the share of the market's chips that are rented and u* = 0.9 the share at which owners just earn their
/// cost: with more they earn a scarcity rent that grows as waiting times do, as 1 / (1 - u): doubled at 95 %, five
/// times at 98 %, and ten times at 99 %, beyond which a market counts as full (some $17 an hour for H100s in 2023, when
/// no list asked for more than $12.29); with less they compete towards operating cost, the floor, which they never go
/// below. The form is ours.
///
/// The logarithm of the capital's factor, the premium v = ln((1 - u*) / (1 - u)), returns to 0 (free entry: owners
/// build until rents equal cost) as fast as capacity can be built, with shocks:
///
///   dv = -v ln 2 / half_life dt + volatility dW
///
/// so that over t the premium is normal with mean v exp(-kt) and variance volatility^2 (1 - exp(-2kt)) / 2k (Uhlenbeck
/// and Ornstein 1930; Vasicek 1977 for prices). That scarcity can return after a glut follows from the noise; when,
/// does not. Capital cost falls with the price of chips (0.14 orders of magnitude a year), which the caller's path
/// says.
///
/// Left out: regions, contract terms, minimum sizes, and that quotes at one date differ by a half and more.
struct RentModel {
  double balanced_utilisation = 0.9;  ///< u*: ours, after the brief's "scarcity above about 90 %".
  /// Of a premium, years: a data-centre shell takes 21 months (18 to 24) from start to commissioning (JLL 2026
  /// outlook).
  double half_life = 1.75;
  double volatility = 0.5;  ///< Per square root of a year.
  int degrees = 0;          ///< Transitions that `volatility` was estimated from; 0: it is known exactly.
};

/// The rent at a premium: operating + capital x exp(v), where a full market keeps v at ln 10 or below.
DollarsPerSecond rent_of_premium(RentCost cost, double premium);

/// ln((rent - operating) / capital); a rent at or below operating cost counts as a thousandth of the capital above it.
double premium_of(RentCost cost, DollarsPerSecond rent);

/// Share of the market's chips that are rented at a premium: 1 - (1 - u*) exp(-v), at least 0.
double utilisation_of(const RentModel& model, double premium);

/// The value below which a share q (0 .. 1) of Student's law with so many degrees of freedom lies.
double student_quantile(int degrees, double q);

/// Where the premium is `years` later with probability q: Student's t law where the volatility was estimated (the
/// predictive law of a normal variable whose variance is known from `degrees` others), the normal law otherwise.
double premium_quantile(const RentModel& model, double premium, double years, double q);

/// Premiums after each of `steps` of `years` each, one draw of the future. Where the volatility was estimated, it is
/// drawn too: its square as degrees x volatility^2 / chi-squared.
std::vector<double> premium_path(const RentModel& model, double premium, double years, int steps, Rng& rng);

/// A premium as it was at a time.
struct PremiumPoint {
  double year = 0;  ///< 2024.5 is the middle of 2024.
  double premium = 0;
};

/// The model with the volatility of a history, in order of time: the root mean square of what is left of each
/// transition after its expected return, over the square root of the variance that a unit volatility would have. One
/// parameter is fitted; the half-life stays. Fewer than two points leave the model as it is.
RentModel fitted_rent_model(RentModel model, std::span<const PremiumPoint> history);

}  // namespace orrery
