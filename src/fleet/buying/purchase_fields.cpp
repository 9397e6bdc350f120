#include "fleet/buying/purchase_fields.hpp"

#include <utility>

#include "base/unit_table.hpp"

namespace orrery {
namespace {

const Schema<PurchaseModelInput>& purchase_model_schema() {
  using M = PurchaseModelInput;
  static const Schema<M> schema = [] {
    Schema<M> s("models", "A model that is trained on each kind of chips.");
    s.text("model", &M::model, {.help = "A preset model.", .example = "llama-3.1-8b", .required = true})
        .text("name", &M::name, otherwise(described("What reports call it.", "8B"), "the preset's name"))
        .number("tokens", &M::tokens, bounded("That it is trained on.", "15e12", 1e6, 1e18, true))
        .number("batch", &M::batch,
                otherwise(bounded("Sequences a step.", "2048", 1, 1e9), "as the step level fills it"))
        .number("sequence", &M::sequence,
                otherwise(bounded("Tokens of a sequence.", "8192", 1, 1e9), "as the step level fills it"))
        .number("h100s", &M::h100s,
                bounded("Size of the pool: about as many chips as have the dense BF16 peak of so many H100s.", "1024",
                        8, 1e6));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<PurchaseInput>& purchase_schema() {
  using P = PurchaseInput;
  static const Schema<P> schema = [] {
    constexpr Dimension kPlain = Dimension::None;
    Schema<P> s("purchase", "A need for chips: buy them now, rent until a date and buy then, or rent.");
    s.text(
         "chip", &P::chip,
         {.help = "The chip in question, of [[offers]] or of presets/offers.", .example = "h100-sxm", .required = true})
        .date("date", &P::date,
              {.help = "When it is decided; what was known then counts.", .example = "2025-01", .required = true})
        .quantity("horizon", &P::horizon,
                  otherwise(bounded("How long the need lasts.", "4 years", kYear / 12, 20 * kYear), "4 years"))
        .date("wait_until", &P::wait_until,
              otherwise(described("When the second option buys.", "2026-01"), "a year later, or half the horizon"))
        .choice("while_waiting", &P::rents_meanwhile,
                {{"rent", true, "On rented chips."},
                 {"idle", false, "Not at all: it is made up for later, on more chips."}},
                described("How work is done until own chips are there.", "rent"))
        .number("busy_chips", &P::busy_chips,
                bounded("Chips that compute at any time; or `chip_hours`, `compute`.", "1000", 0, 1e9))
        .number("chip_hours", &P::chip_hours, bounded("Hours of use in all, over the horizon.", "30e6", 0, 1e14))
        .quantity(
            "compute", &P::compute,
            bounded("Operations in all: training projects, by their 6 a parameter and token.", "3.8e25 FLOP", 0, 1e32))
        .law("mfu", &P::mfu, kPlain,
             otherwise(bounded("With `compute`: share of the dense BF16 peak.", "0.4", 0.001, 1.5),
                       "spread(0.30, 0.40, 0.47)"))
        .law("goodput", &P::goodput, kPlain,
             otherwise(bounded("With `compute`: useful share of the time.", "0.9", 0.001, 1),
                       "spread(0.75, 0.90, 0.97)"))
        .law("use", &P::use, kPlain,
             otherwise(bounded("Share of the hours of own chips that the need fills.", "0.85", 0.01, 1),
                       "spread(0.7, 0.85, 0.95)"))
        .number("rented_use", &P::rented_use,
                bounded("The same of rented chips: 1 where only hours of use are paid.", "0.95", 0.01, 1))
        .law("resale", &P::resale, kPlain,
             otherwise(bounded("Share of their market value that used chips are sold for.", "0.8", 0, 1), "1"))
        .law("price", &P::price, Dimension::Money,
             otherwise(bounded("Of a chip at `date`.", "$30000", 1, 1e8), "the offer's"))
        .law("rent", &P::rent, Dimension::MoneyRate,
             otherwise(bounded("Of a chip at `date`.", "$2.60/h", 1e-3 / kHour, 1e4 / kHour),
                       "the market's, as known then"))
        .quantity(
            "half_life", &P::half_life,
            otherwise(bounded("In which the premium of rents over cost halves.", "1.75 years", kYear / 12, 20 * kYear),
                      "1.75 years"))
        .number("volatility", &P::volatility,
                otherwise(bounded("Of that premium, per square root of a year.", "0.5", 0, 3),
                          "fitted on quotes until `date`"))
        .integer("draws", &P::draws, bounded("Futures.", "1000", 10, 100000))
        .texts("chips", &P::chips,
               otherwise(described("Kinds of chips to compare by trained model.", "[\"h100-sxm\", \"b200\"]"),
                         "`chip` alone"))
        .list("models", &P::models, purchase_model_schema(), described("Models to compare chips by.", ""));
    return s;
  }();
  return schema;
}

}  // namespace orrery
