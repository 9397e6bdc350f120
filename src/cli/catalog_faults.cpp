// Fault models in the catalog.
#include <fmt/format.h>

#include "cli/catalog.hpp"
#include "run/run_fields.hpp"

namespace orrery {
namespace {

constexpr int kGpus = 8;  // Of the node that rates are summed over.

/// Faults a year of a node of eight, and of the job itself.
struct YearlyFaults {
  double node = 0, job = 0;
};
YearlyFaults yearly(const FaultModel& model) {
  constexpr double kYear = 365.25 * 86400;
  YearlyFaults all;
  for (const FaultClass& c : model.classes) {
    const double rate = c.rate.raw() * kYear;
    if (c.unit == "job") all.job += rate;
    if (c.unit == "node") all.node += rate;
    if (c.unit == "gpu") all.node += kGpus * rate;
  }
  return all;
}

CatalogItem read_fault_preset(const Preset& preset, Diagnostics& diagnostics) {
  CatalogItem item;
  FaultModel model;
  fault_model_schema().read(preset.value, model, diagnostics, &item.written);
  item.declared = fault_model_schema().fields();
  // What only counts beside another input is no constant that a preset leaves to its default.
  std::erase_if(item.declared,
                [](const FieldInfo& field) { return field.path == "bad_factor" || field.path == "swing_period"; });
  if (diagnostics.has_errors()) return item;
  const YearlyFaults faults = yearly(model);
  item.title = fmt::format("{}: {} kinds of fault", model.name, model.classes.size());
  item.summary = {count(static_cast<long long>(model.classes.size())), number(faults.node / 365.25 * 1000),
                  faults.job > 0 ? Cell(number(faults.job / 365.25)) : Cell()};
  item.derived = {
      {"per_1000_node_days", "faults per 1,000 days of nodes of 8 GPUs", number(faults.node / 365.25 * 1000)},
      {"per_job_day", "faults of the job's software a day", number(faults.job / 365.25)}};
  if (!model.scale.is_fixed())
    item.derived.push_back({"scale_p10", "10 % of clusters have less than", number(model.scale.quantile(0.1))});
  if (!model.scale.is_fixed())
    item.derived.push_back({"scale_p90", "10 % of clusters have more than", number(model.scale.quantile(0.9))});
  return item;
}

}  // namespace

CatalogKind fault_catalog() {
  return {"faults",
          "fault model",
          {{"classes", "kinds of fault"},
           {"per_1000_node_days", "per 1,000 node-days of 8 GPUs"},
           {"per_job_day", "of the job, a day"}},
          read_fault_preset};
}

}  // namespace orrery
