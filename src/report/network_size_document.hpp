#pragma once

#include "network/sizing/fabric_size.hpp"
#include "report/document.hpp"
#include "scenario/field.hpp"

namespace orrery {

/// What a fabric is built of: the answer in a sentence, the tiers, the bill by part, the figures of one chip, and what
/// they rest on. `provenance` has the paths of a cluster, and those of cable ends below "optics.NAME.".
Document network_size_document(const Cluster& cluster, const FabricSize& size, const Provenance& provenance);

}  // namespace orrery
