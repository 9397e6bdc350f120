#include "fleet/uncertainty/build_time.hpp"

#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "base/diagnostic.hpp"
#include "scenario/preset.hpp"

namespace orrery {

Law build_duration(const BuildModel& model, BuildKind kind, Watts power) {
  ORRERY_CHECK(power.raw() > 0, "a phase has power");
  switch (kind) {
    case BuildKind::Greenfield:
      return model.greenfield.scaled(std::pow(power / model.reference_power, model.size_exponent));
    case BuildKind::Brownfield:
      return model.brownfield;
    case BuildKind::Growth:
      break;
  }
  return model.growth;
}

const Schema<BuildModel>& build_model_schema() {
  using M = BuildModel;
  static const Schema<M> schema = [&] {
    Schema<M> s("build", "How long data centres take to build, until chips run.");
    const auto time = [&](std::string help, std::string example) {
      return bounded(std::move(help), std::move(example), 0, kLongestTime, true);
    };
    s.text("name", &M::name, described("What reports call it.", "sites"))
        .law("greenfield", &M::greenfield, Dimension::Time,
             time("A first phase of the reference power on an empty field, from the clearing of the land.",
                  "spread(224 days, 484 days, 800 days)"))
        .quantity("reference_power", &M::reference_power, bounded("Of `greenfield`.", "100 MW", 1e3, 1e12))
        .number("size_exponent", &M::size_exponent,
                bounded("How a first phase's time grows with its power: 0 not at all, 1 in proportion.", "0.14", 0, 1))
        .law("brownfield", &M::brownfield, Dimension::Time,
             time("A first phase in a shell that stands.", "spread(84 days, 140 days, 224 days)"))
        .law("growth", &M::growth, Dimension::Time,
             time("From one phase of a site until the next.", "spread(95 days, 162 days, 277 days)"))
        .number("shock", &M::shock, bounded("Rank correlation of the durations of any two phases.", "0.5", 0, 1));
    return s;
  }();
  return schema;
}

BuildModel build_model_preset(const std::string& name) {
  Diagnostics diagnostics;
  BuildModel model;
  if (const auto preset = find_preset("build", name, diagnostics)) {
    build_model_schema().read(preset->value, model, diagnostics);
  } else if (!diagnostics.has_errors()) {
    report_unknown_preset("build", name, {}, diagnostics);
  }
  diagnostics.throw_if_errors();
  return model;
}

}  // namespace orrery
