#pragma once

#include "scenario/schema.hpp"
#include "step/spec.hpp"

namespace orrery {

/// The declared inputs of a layout: [layout] in a scenario.
const Schema<Layout>& layout_schema();
/// The declared inputs of a training job: [training] in a scenario.
const Schema<Training>& training_schema();

}  // namespace orrery
