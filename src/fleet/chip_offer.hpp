#pragma once

#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "base/law.hpp"
#include "base/quantity.hpp"
#include "fleet/dated_series.hpp"
#include "hardware/cluster.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// A kind of chip on the market: what it is, what it costs and how many of it are made. Presets: presets/offers.
struct ChipOffer {
  std::string name{};        ///< "h100-sxm"
  std::string chip{};        ///< A preset of presets/chips: peaks, memory, vendor.
  std::string node{};        ///< "h100-sxm:8", as --cluster names it: the usual machine of such chips.
  std::string owner{};       ///< Who alone may use it: own silicon. Empty: for sale.
  Chip hardware;             ///< Of that preset.
  Date launch;               ///< First deliveries in volume.
  FlopsPerSecond peak_8bit;  ///< Dense, FP8, or INT8 where there is no FP8: what H100 equivalents count.
  Watts it_power;            ///< Nameplate of a server over its chips.
  Law facility_power;        ///< Watts of facility for a chip, with fabric, cooling and margin.
  DatedSeries price;         ///< Dollars a chip, as its maker gets them (own silicon: what it costs to make).
  /// Chips a year, over all buyers, in steps; none before `launch`.
  DatedSeries output{DatedSeries::Shape::Steps, {}, Law::fixed(1)};
  DatedSeries lead_time;  ///< Seconds from an order to its delivery, by the date of the order.
  DatedSeries rent;       ///< Dollars a second for a rented chip; may be empty.

  /// Chips a year that are made at a date: none before the launch.
  double output_at(Date date, double level = 0.5, double growth_level = 0.5) const;
};

/// Dense 8-bit peak of one H100 (1,979 TFLOP/s): what is counted in H100 equivalents, as Epoch AI does. A peak, not a
/// speed: the step level gives the real ratio.
inline constexpr FlopsPerSecond kH100Peak8Bit{1979e12};
double h100_equivalents(const ChipOffer& offer);

/// What may be said of an offer: [[offers]], and presets/offers.
const Schema<ChipOffer>& offer_schema();

/// [[offers]] of a scenario, each over the preset that it names, or, where it has no such list, the presets of `usual`.
/// Two offers of one name, an unknown chip and dates out of order are mistakes. `provenance` may be null.
std::vector<ChipOffer> read_offers(const Value* written, const std::vector<std::string>& usual,
                                   Diagnostics& diagnostics, Provenance* provenance = nullptr);

/// The preset of that name, which exists. `provenance` may be null; its paths begin with "offers.".
ChipOffer offer_preset(const std::string& name, Provenance* provenance = nullptr);

/// The offer as it is known at a date: without prices, lead times and rents of later dates, which go on by their
/// growth. Where prices or lead times begin later, the first is taken as announced; rents may be none. What is made
/// stays: output is a year's plan as much as its count.
ChipOffer known_at(ChipOffer offer, Date date);

/// The offer of that name; null where there is none.
const ChipOffer* find_offer(const std::vector<ChipOffer>& offers, const std::string& name);

}  // namespace orrery
