#include "base/unit_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace orrery {
namespace {

enum class Print { Yes, No };

/// The unit with each of the decimal prefixes in `letters`.
void add_prefixed(std::vector<Unit>& units, const char* name, Dimension dimension, double size, const char* letters,
                  Print print) {
  static constexpr char kPrefixes[] = "kMGTPEZY";
  double scaled = size;
  for (const char* prefix = kPrefixes; *prefix != '\0'; ++prefix) {
    scaled *= 1000;
    if (std::strchr(letters, *prefix) == nullptr) continue;
    units.push_back({std::string(1, *prefix) + name, dimension, scaled, print == Print::Yes ? scaled : 0});
  }
}

void add_binary(std::vector<Unit>& units, const char* name, Dimension dimension, Print print) {
  double size = 1024;
  for (const char* prefix : {"Ki", "Mi", "Gi", "Ti", "Pi"}) {
    units.push_back({std::string(prefix) + name, dimension, size, print == Print::Yes ? size : 0});
    size *= 1024;
  }
}

std::vector<Unit> make_units() {
  // Times up to two minutes, two hours, ... stay in the smaller unit: "90 s" reads better than "1.5 min".
  std::vector<Unit> u = {{"ns", Dimension::Time, 1e-9, 1e-9},
                         {"us", Dimension::Time, 1e-6, 1e-6},
                         {"ms", Dimension::Time, 1e-3, 1e-3},
                         {"s", Dimension::Time, 1, 1},
                         {"min", Dimension::Time, kMinute, 2 * kMinute},
                         {"h", Dimension::Time, kHour, 2 * kHour},
                         {"days", Dimension::Time, kDay, 2 * kDay},
                         {"d", Dimension::Time, kDay},
                         {"day", Dimension::Time, kDay},
                         {"weeks", Dimension::Time, 7 * kDay},
                         {"week", Dimension::Time, 7 * kDay},
                         {"months", Dimension::Time, kYear / 12},
                         {"month", Dimension::Time, kYear / 12},
                         {"quarters", Dimension::Time, kYear / 4},
                         {"quarter", Dimension::Time, kYear / 4},
                         {"years", Dimension::Time, kYear, 2 * kYear},
                         {"year", Dimension::Time, kYear}};
  u.push_back({"B", Dimension::Size, 1, 1});
  add_prefixed(u, "B", Dimension::Size, 1, "kMGTPE", Print::No);
  add_binary(u, "B", Dimension::Size, Print::Yes);
  u.push_back({"bit", Dimension::Size, 0.125});
  add_prefixed(u, "bit", Dimension::Size, 0.125, "kMGTP", Print::No);
  u.push_back({"B/s", Dimension::Bandwidth, 1, 1});
  add_prefixed(u, "B/s", Dimension::Bandwidth, 1, "kMGTP", Print::Yes);
  add_binary(u, "B/s", Dimension::Bandwidth, Print::No);
  for (const char* bit : {"bit/s", "b/s"}) {
    u.push_back({bit, Dimension::Bandwidth, 0.125});
    add_prefixed(u, bit, Dimension::Bandwidth, 0.125, "kMGTP", Print::No);
  }
  u.push_back({"FLOP", Dimension::Operations, 1, 1});
  add_prefixed(u, "FLOP", Dimension::Operations, 1, "kMGTPEZY", Print::Yes);
  u.push_back({"FLOP/s", Dimension::FlopRate, 1, 1});
  add_prefixed(u, "FLOP/s", Dimension::FlopRate, 1, "kMGTPEZ", Print::Yes);
  u.push_back({"W", Dimension::Power, 1, 1});
  add_prefixed(u, "W", Dimension::Power, 1, "kMG", Print::Yes);
  u.push_back({"J", Dimension::Energy, 1, 1});
  add_prefixed(u, "J", Dimension::Energy, 1, "kMGTP", Print::Yes);
  u.push_back({"Wh", Dimension::Energy, kHour});
  add_prefixed(u, "Wh", Dimension::Energy, kHour, "kMGT", Print::No);
  u.push_back({"/year", Dimension::Frequency, 1 / kYear, 1 / kYear});
  u.push_back({"/month", Dimension::Frequency, 12 / kYear});
  u.push_back({"/week", Dimension::Frequency, 1 / (7 * kDay)});
  u.push_back({"/day", Dimension::Frequency, 1 / kDay, 1 / kDay});
  u.push_back({"/h", Dimension::Frequency, 1 / kHour, 1 / kHour});
  u.push_back({"/min", Dimension::Frequency, 1 / kMinute});
  u.push_back({"/s", Dimension::Frequency, 1});
  u.push_back({"Hz", Dimension::Frequency, 1, 1});
  add_prefixed(u, "Hz", Dimension::Frequency, 1, "kMG", Print::Yes);
  return u;
}

struct Habit {
  const char* written;
  Dimension dimension;
  const char* name;
};
constexpr std::array<Habit, 27> kHabits = {{{"sec", Dimension::Time, "s"},
                                            {"second", Dimension::Time, "s"},
                                            {"seconds", Dimension::Time, "s"},
                                            {"minute", Dimension::Time, "min"},
                                            {"minutes", Dimension::Time, "min"},
                                            {"m", Dimension::Time, "min"},
                                            {"hr", Dimension::Time, "h"},
                                            {"hour", Dimension::Time, "h"},
                                            {"hours", Dimension::Time, "h"},
                                            {"y", Dimension::Time, "years"},
                                            {"\xC2\xB5s", Dimension::Time, "us"},  // micro sign
                                            {"\xCE\xBCs", Dimension::Time, "us"},  // Greek mu
                                            {"Gb", Dimension::Size, "Gbit"},
                                            {"Mb", Dimension::Size, "Mbit"},
                                            {"Gbps", Dimension::Bandwidth, "Gbit/s"},
                                            {"Mbps", Dimension::Bandwidth, "Mbit/s"},
                                            {"Tbps", Dimension::Bandwidth, "Tbit/s"},
                                            {"GBps", Dimension::Bandwidth, "GB/s"},
                                            {"MBps", Dimension::Bandwidth, "MB/s"},
                                            {"TBps", Dimension::Bandwidth, "TB/s"},
                                            {"FLOPS", Dimension::FlopRate, "FLOP/s"},
                                            {"FLOPs", Dimension::Operations, "FLOP"},
                                            {"GFLOPS", Dimension::FlopRate, "GFLOP/s"},
                                            {"TFLOPS", Dimension::FlopRate, "TFLOP/s"},
                                            {"PFLOPS", Dimension::FlopRate, "PFLOP/s"},
                                            {"EFLOPS", Dimension::FlopRate, "EFLOP/s"},
                                            {"TFLOPs", Dimension::FlopRate, "TFLOP/s"}}};

}  // namespace

const std::vector<Unit>& all_units() {
  static const std::vector<Unit> units = make_units();
  return units;
}

const std::vector<MoneyScale>& money_scales() {
  static const std::vector<MoneyScale> scales = {{"k", 1e3}, {"M", 1e6}, {"B", 1e9}, {"T", 1e12}};
  return scales;
}

const std::vector<PricedUnit>& priced_units() {
  constexpr Dimension kRate = Dimension::MoneyRate, kPower = Dimension::PowerPrice, kEnergy = Dimension::EnergyPrice;
  static const std::vector<PricedUnit> units = {
      {"/h", kRate, kHour},           {"/hour", kRate, kHour},    {"/s", kRate, 1},
      {"/day", kRate, kDay},          {"/week", kRate, 7 * kDay}, {"/month", kRate, kYear / 12},
      {"/year", kRate, kYear},        {"/MW", kPower, 1e6},       {"/W", kPower, 1},
      {"/kW", kPower, 1e3},           {"/GW", kPower, 1e9},       {"/kWh", kEnergy, 1e3 * kHour},
      {"/MWh", kEnergy, 1e6 * kHour}, {"/J", kEnergy, 1},
  };
  return units;
}

const PricedUnit& usual_priced_unit(Dimension dimension) {
  const auto& units = priced_units();
  return *std::find_if(units.begin(), units.end(), [&](const PricedUnit& u) { return u.dimension == dimension; });
}

bool is_money(Dimension dimension) {
  return dimension == Dimension::Money || dimension == Dimension::MoneyRate || dimension == Dimension::PowerPrice ||
         dimension == Dimension::EnergyPrice;
}

std::string usual_name(std::string_view unit, Dimension dimension) {
  for (const Habit& habit : kHabits) {
    if (habit.dimension == dimension && unit == habit.written) return habit.name;
  }
  return "";
}

}  // namespace orrery
