#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hardware/cluster.hpp"
#include "model/transformer.hpp"
#include "step/spec.hpp"

namespace orrery {

/// A software profile and the frameworks and dates that it stands for.
struct SoftwareProfile {
  Software software;
  std::vector<std::string> frameworks;  ///< As in the `framework` column, lower case.
  std::string from;                     ///< First month it holds for: "2024-07" or "2024".
};

/// What measured rows are interpreted with. Filled from the embedded presets by `embedded_presets`, by hand in tests.
struct RowPresets {
  struct Machine {
    Chip chip;
    Node node;      ///< The chip's usual server.
    Fabric fabric;  ///< The usual network between them.
  };
  std::vector<Machine> machines;          ///< Looked up by `chip.name`, ignoring case.
  std::map<std::string, Fabric> fabrics;  ///< By the name of the preset.
  std::vector<Transformer> models;
  std::vector<SoftwareProfile> software;

  const Machine* machine(const std::string& chip) const;
  const Fabric* fabric(const std::string& preset) const;
};

/// Letters that a model's name starts with, lower case, other characters dropped, up to the first digit:
/// "GPT-OSS 120B" and "gpt-oss-20b" are of the series "gptoss".
std::string model_series(const std::string& name);

/// Lower case letters and digits of a name: what two spellings of one model share.
std::string plain_name(const std::string& name);

/// The profile for a framework at a date ("2024-08", "2021"): among those that name the framework, the latest that
/// starts no later than the date; the earliest when all start later; the latest for a blank date. Nothing but these
/// two columns decides. Null when no profile names the framework.
const SoftwareProfile* software_profile(const std::vector<SoftwareProfile>& profiles, const std::string& framework,
                                        const std::string& date);

}  // namespace orrery
