#pragma once

// What other programs may use of Orrery, in one include. Everything in namespace `orrery` that these headers declare
// keeps its meaning within a major version; the rest of src/ may change any day.
//
//     #include "orrery/orrery.hpp"
//
//     orrery::Diagnostics mistakes;
//     orrery::StepSpec spec;
//     spec.model = orrery::load_model("llama-3.1-8b", mistakes);
//     spec.cluster = orrery::load_cluster("h100-sxm:8", mistakes);
//     spec.layout.dp = 8;
//     spec.layout.zero = 3;
//     mistakes.throw_if_errors();  // InputError: all mistakes, each with its place and the likely fix
//     const auto step = orrery::simulate_step(spec, orrery::HierarchicalModel(spec.cluster));
//     if (step) std::cout << orrery::format_time(step->step_time) << '\n';
//
// Link the libraries orrery_report, orrery_validate and what they stand on (CMake target orrery_report).
// Nothing here prints, exits, reads the clock or keeps state between calls; threads may call it at the same time.

#include "base/diagnostic.hpp"
#include "base/expected.hpp"
#include "base/quantity.hpp"
#include "base/unit_text.hpp"
#include "hardware/hardware_fields.hpp"
#include "model/hf_config.hpp"
#include "model/model_fields.hpp"
#include "network/hierarchical.hpp"
#include "report/document.hpp"
#include "report/render.hpp"
#include "run/decide.hpp"
#include "run/forecast.hpp"
#include "run/run.hpp"
#include "step/layout.hpp"
#include "step/search.hpp"
#include "step/step.hpp"
