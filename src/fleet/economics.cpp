#include "fleet/economics.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

struct Part {
  const char* name;
  Law Economics::*law;
  Dimension dimension;
};
constexpr std::array<Part, 11> kParts = {{
    {"facility_capex", &Economics::facility_capex, Dimension::PowerPrice},
    {"facility_life", &Economics::facility_life, Dimension::Time},
    {"hardware_life", &Economics::hardware_life, Dimension::Time},
    {"network_overhead", &Economics::network_overhead, Dimension::None},
    {"server_overhead", &Economics::server_overhead, Dimension::None},
    {"cost_of_capital", &Economics::cost_of_capital, Dimension::None},
    {"pue", &Economics::pue, Dimension::None},
    {"power_use", &Economics::power_use, Dimension::None},
    {"electricity_price", &Economics::electricity_price, Dimension::EnergyPrice},
    {"operations", &Economics::operations, Dimension::None},
    {"value_decline", &Economics::value_decline, Dimension::None},
}};

}  // namespace

std::vector<UncertainInput> uncertain_inputs(const Economics& economics) {
  std::vector<UncertainInput> inputs;
  for (const Part& part : kParts)
    inputs.push_back({std::string("economics.") + part.name, economics.*part.law, part.dimension});
  return inputs;
}

EconomicValues values_of(const Economics& economics, std::span<const double> levels) {
  ORRERY_CHECK(levels.empty() || levels.size() == kParts.size(), "one level for each input");
  std::array<double, kParts.size()> value{};
  for (std::size_t i = 0; i < kParts.size(); ++i)
    value[i] = (economics.*kParts[i].law).quantile(levels.empty() ? 0.5 : levels[i]);
  EconomicValues v;
  v.facility_capex = DollarsPerWatt(value[0]);
  v.facility_life = Seconds(value[1]);
  v.hardware_life = Seconds(value[2]);
  v.network_overhead = value[3];
  v.server_overhead = value[4];
  v.cost_of_capital = value[5];
  // The tails of a law know no physics.
  v.pue = std::max(1.0, value[6]);
  v.power_use = std::min(1.0, value[7]);
  v.electricity_price = DollarsPerJoule(value[8]);
  v.operations = value[9];
  v.value_decline = std::min(1.0, value[10]);
  return v;
}

double capital_recovery_factor(double rate_per_year, Seconds life) {
  const double years = life.raw() / kYear;
  ORRERY_CHECK(years > 0 && rate_per_year >= 0, "a loan has a life and no negative rate");
  // Below this rate the two terms cancel to rounding.
  if (rate_per_year < 1e-9) return 1 / years;
  return rate_per_year / -std::expm1(-years * std::log1p(rate_per_year));
}

Economics read_economics(const Value* written, Diagnostics& diagnostics, Provenance* provenance) {
  Economics economics = economics_preset();
  Value table(Value::Table{}, written == nullptr ? Span{} : written->span());
  if (written != nullptr) table = *written;
  if (table.table() != nullptr && table.find("preset") == nullptr)
    table.set("preset", Value(std::string("2025"), Span{}), Span{});
  economics_schema().read(table.table() == nullptr ? table : with_preset(table, "economics", diagnostics), economics,
                          diagnostics, provenance, "economics");
  return economics;
}

Economics economics_preset(const std::string& name) {
  Diagnostics diagnostics;
  const auto preset = find_preset("economics", name, diagnostics);
  ORRERY_CHECK(preset.has_value(), "a preset of economics that the program names exists");
  Economics economics;
  economics_schema().read(with_preset(preset->value, "economics", diagnostics), economics, diagnostics);
  ORRERY_CHECK(!diagnostics.has_errors(), "our presets are sound");
  return economics;
}

}  // namespace orrery
