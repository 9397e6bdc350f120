#pragma once

#include "scenario/schema.hpp"
#include "step/search.hpp"
#include "step/spec.hpp"

namespace orrery {

/// The declared inputs of a layout: [layout] in a scenario.
const Schema<Layout>& layout_schema();
/// The declared inputs of a training job: [training] in a scenario.
const Schema<Training>& training_schema();
/// The declared bounds of a search: [plan] in a scenario. Every axis that layouts are enumerated over is one.
const Schema<PlanOptions>& plan_schema();

}  // namespace orrery
