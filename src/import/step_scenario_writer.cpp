#include "hardware/hardware_fields.hpp"
#include "import/scenario_writer.hpp"
#include "import/step_scenario.hpp"
#include "model/model_fields.hpp"
#include "step/step_fields.hpp"
#include "validate/software_profiles.hpp"

namespace orrery {

Value step_scenario_table(const StepScenario& scenario) {
  SoftwareProfile profile = scenario.profile;
  profile.software = scenario.spec.software;
  Value root(Value::Table{}, Span{});
  const auto add = [&](const char* name, Value table) { add_table(name, std::move(table), scenario.provenance, root); };
  add("model", transformer_schema().write(scenario.spec.model));
  add("cluster", cluster_schema().write(scenario.spec.cluster));
  add("training", training_schema().write(scenario.spec.training));
  add("layout", layout_schema().write(scenario.spec.layout));
  add("software", software_schema().write(profile));
  add("plan", plan_schema().write(scenario.plan));
  return root;
}

}  // namespace orrery
