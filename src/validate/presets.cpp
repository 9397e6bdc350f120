#include "validate/presets.hpp"

#include <algorithm>
#include <cctype>

namespace orrery {
namespace {

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

}  // namespace

std::string model_series(const std::string& name) {
  std::string series;
  for (const char c : name) {
    if (is_digit(c)) break;
    if (is_letter(c)) series += lower(c);
  }
  return series;
}

std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    if (is_letter(c) || is_digit(c)) plain += lower(c);
  }
  return plain;
}

const Fabric* RowPresets::fabric(const std::string& preset) const {
  for (const auto& [name, fabric] : fabrics) {
    if (name == preset) return &fabric;
  }
  return nullptr;
}

const RowPresets::Machine* RowPresets::machine(const std::string& chip) const {
  const std::string wanted = plain_name(chip);
  for (const Machine& machine : machines) {
    if (plain_name(machine.chip.name) == wanted) return &machine;
  }
  return nullptr;
}

const SoftwareProfile* software_profile(const std::vector<SoftwareProfile>& profiles, const std::string& framework,
                                        const std::string& date) {
  const SoftwareProfile* latest = nullptr;    // That starts no later than the date.
  const SoftwareProfile* earliest = nullptr;  // Of all that name the framework.
  for (const SoftwareProfile& profile : profiles) {
    if (std::find(profile.frameworks.begin(), profile.frameworks.end(), framework) == profile.frameworks.end())
      continue;
    if (earliest == nullptr || profile.from < earliest->from) earliest = &profile;
    // ISO dates compare as text; "2022" stands for its beginning.
    if ((date.empty() || profile.from <= date) && (latest == nullptr || profile.from > latest->from)) latest = &profile;
  }
  return latest != nullptr ? latest : earliest;
}

}  // namespace orrery
