#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "scenario/preset.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// A preset as the catalog shows it.
struct CatalogItem {
  std::string title;                ///< "H100-SXM5-80GB, NVIDIA".
  std::vector<Cell> summary;        ///< Its row in the list of its kind, behind the name: `CatalogKind::columns`.
  std::vector<Field> derived;       ///< What follows from its numbers.
  std::vector<Parts> breakdowns;    ///< Parameters by part.
  std::vector<std::string> notes;   ///< How the derived figures were counted.
  std::vector<FieldInfo> declared;  ///< Everything that the preset may say.
  Provenance written;               ///< What it says, with sources.
};

/// A kind of presets: a folder of presets/.
struct CatalogKind {
  std::string name;             ///< The folder: "chips".
  std::string one;              ///< "chip".
  std::vector<Column> columns;  ///< Of the list, behind the name.
  CatalogItem (*read)(const Preset& preset, Diagnostics& diagnostics);
};

CatalogKind chip_catalog();
CatalogKind node_catalog();
CatalogKind fabric_catalog();
CatalogKind switch_catalog();
CatalogKind optics_catalog();
CatalogKind model_catalog();
CatalogKind software_catalog();
CatalogKind fault_catalog();

}  // namespace orrery
