#include "fleet/chip_offer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "hardware/hardware_fields.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

void read_hardware(const Value& table, ChipOffer& offer, Diagnostics& diagnostics) {
  const Value* named = table.find("chip");
  if (offer.chip.empty()) return;  // Missing, and said so.
  const Span span = named == nullptr ? table.span() : named->span();
  const auto preset = find_preset("chips", offer.chip, diagnostics);
  if (!preset) {
    report_unknown_preset("chips", offer.chip, span, diagnostics);
    return;
  }
  chip_schema().read(with_preset(preset->value, "chips", diagnostics), offer.hardware, diagnostics);
}

void check_dates(const DatedSeries& series, const char* name, const Value& table, Diagnostics& diagnostics) {
  const Value* written = table.find(name);
  for (std::size_t i = 1; i < series.points.size(); ++i) {
    if (series.points[i - 1].date < series.points[i].date) continue;
    diagnostics.error(fmt::format("the dates of `{}` do not ascend: {} after {}", name,
                                  date_text(series.points[i].date), date_text(series.points[i - 1].date)),
                      written == nullptr ? table.span() : written->span(), "each date once, from early to late");
    return;
  }
}

ChipOffer read_offer(const Value& table, Diagnostics& diagnostics, Provenance* provenance, const std::string& path) {
  ChipOffer offer;
  offer_schema().read(table, offer, diagnostics, provenance, path);
  read_hardware(table, offer, diagnostics);
  check_dates(offer.price, "price", table, diagnostics);
  check_dates(offer.output, "output", table, diagnostics);
  check_dates(offer.lead_time, "lead_time", table, diagnostics);
  check_dates(offer.rent, "rent", table, diagnostics);
  if (offer.hardware.peak_fp8 > FlopsPerSecond(0) && offer.peak_8bit == FlopsPerSecond(0))
    offer.peak_8bit = offer.hardware.peak_fp8;
  return offer;
}

}  // namespace

double ChipOffer::output_at(Date date, double level, double growth_level) const {
  return date < launch ? 0 : output.at(date, level, growth_level);
}

double h100_equivalents(const ChipOffer& offer) {
  return offer.peak_8bit / kH100Peak8Bit;
}

std::vector<ChipOffer> read_offers(const Value* written, const std::vector<std::string>& usual,
                                   Diagnostics& diagnostics, Provenance* provenance) {
  std::vector<ChipOffer> offers;
  if (written == nullptr) {
    for (std::size_t i = 0; i < usual.size(); ++i) {
      const auto preset = find_preset("offers", usual[i], diagnostics);
      ORRERY_CHECK(preset.has_value(), "an offer that the program names exists");
      offers.push_back(read_offer(with_preset(preset->value, "offers", diagnostics), diagnostics, provenance,
                                  fmt::format("offers[{}]", i)));
    }
    return offers;
  }
  const Value::Array* list = written->array();
  if (list == nullptr) {
    diagnostics.error(fmt::format("`offers` is {}, expected a list of tables", written->kind_name()), written->span(),
                      "[[offers]]\npreset = \"h100-sxm\"");
    return offers;
  }
  if (list->empty()) diagnostics.error("`offers` is empty: nothing is for sale", written->span(), "[[offers]]");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Value& table = (*list)[i];
    if (table.table() == nullptr) {
      diagnostics.error(fmt::format("an offer is {}, expected a table", table.kind_name()), table.span());
      continue;
    }
    Diagnostics unknown;
    const Value whole = with_preset(table, "offers", unknown);
    for (const Diagnostic& d : unknown.all()) diagnostics.error(d.message, d.span, d.hint);
    if (unknown.has_errors()) continue;
    ChipOffer offer = read_offer(whole, diagnostics, provenance, fmt::format("offers[{}]", i));
    if (find_offer(offers, offer.name) != nullptr)
      diagnostics.error(fmt::format("two offers are called `{}`", offer.name), table.span(), "a `name` of its own");
    offers.push_back(std::move(offer));
  }
  return offers;
}

ChipOffer offer_preset(const std::string& name, Provenance* provenance) {
  Diagnostics diagnostics;
  const auto preset = find_preset("offers", name, diagnostics);
  ORRERY_CHECK(preset.has_value(), "an offer that the program names exists");
  ChipOffer offer = read_offer(with_preset(preset->value, "offers", diagnostics), diagnostics, provenance, "offers");
  ORRERY_CHECK(!diagnostics.has_errors(), "our presets are sound");
  return offer;
}

ChipOffer known_at(ChipOffer offer, Date date) {
  const auto cut = [&](std::vector<DatedValue>& points, std::size_t least) {
    const auto later =
        std::find_if(points.begin(), points.end(), [&](const DatedValue& point) { return date < point.date; });
    const auto known = std::max(static_cast<std::size_t>(later - points.begin()), std::min(least, points.size()));
    points.resize(known);
  };
  cut(offer.price.points, 1);
  cut(offer.lead_time.points, 1);
  cut(offer.rent.points, 0);
  return offer;
}

const ChipOffer* find_offer(const std::vector<ChipOffer>& offers, const std::string& name) {
  const auto found =
      std::find_if(offers.begin(), offers.end(), [&](const ChipOffer& offer) { return offer.name == name; });
  return found == offers.end() ? nullptr : &*found;
}

}  // namespace orrery
