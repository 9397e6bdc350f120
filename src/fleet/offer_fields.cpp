#include "base/unit_table.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/series_fields.hpp"

namespace orrery {
namespace {

FieldOptions of_series(const char* help) {
  return described(help, "[{ date = \"2024\", value = 1 }]");
}

}  // namespace

const Schema<ChipOffer>& offer_schema() {
  using O = ChipOffer;
  static const Schema<O> schema = [] {
    Schema<O> s("offers", "A kind of chip on the market: what it is, what it costs, how many of it are made.");
    s.text("name", &O::name, described("What the scenario calls it.", "h100-sxm"))
        .text("chip", &O::chip, {.help = "A preset chip.", .example = "h100-sxm", .required = true})
        .text("node", &O::node, described("The usual machine, a preset node.", "h100-sxm"))
        .text("owner", &O::owner, described("Who alone may use it; without: it is for sale.", "Google"))
        .date("launch", &O::launch, {.help = "First deliveries in volume.", .example = "2022-10", .required = true})
        .quantity("peak_8bit", &O::peak_8bit,
                  {.help = "Dense 8-bit peak, that H100 equivalents count.",
                   .example = "1979 TFLOP/s",
                   .minimum = 0,
                   .maximum = 1e18,
                   .default_text = "the chip's FP8 peak"})
        .quantity("it_power", &O::it_power, bounded("Nameplate of a server over its chips.", "1.275 kW", 0, 1e6))
        .law("facility_power", &O::facility_power, Dimension::Power,
             bounded("Facility power for a chip, with fabric, cooling and margin.", "spread(1.4 kW, 1.74 kW, 1.81 kW)",
                     1, 1e6, true))
        .list(
            "price", [](O & o) -> auto& { return o.price.points; }, dated_schema(Dimension::Money),
            of_series("Dollars a chip, by date."))
        .law(
            "price_growth", [](O & o) -> auto& { return o.price.growth; }, Dimension::None,
            bounded("Factor a year after the last price.", "0.77", 0.01, 100))
        .list(
            "output", [](O & o) -> auto& { return o.output.points; }, dated_schema(Dimension::None),
            of_series("Chips a year over all buyers, by date."))
        .law(
            "output_growth", [](O & o) -> auto& { return o.output.growth; }, Dimension::None,
            bounded("Factor a year after the last output.", "spread(1.5, 2, 3)", 0, 100))
        .list(
            "lead_time", [](O & o) -> auto& { return o.lead_time.points; }, dated_schema(Dimension::Time),
            of_series("From an order to its delivery, by its date."))
        .list(
            "rent", [](O & o) -> auto& { return o.rent.points; }, dated_schema(Dimension::MoneyRate),
            of_series("Of a rented chip, by date."))
        .law(
            "rent_growth", [](O & o) -> auto& { return o.rent.growth; }, Dimension::None,
            bounded("Factor a year after the last rent.", "0.8", 0.01, 100))
        .ignore("preset");
    return s;
  }();
  return schema;
}

}  // namespace orrery
