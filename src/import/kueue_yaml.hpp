#pragma once

#include "base/diagnostic.hpp"
#include "cluster/quota/kueue.hpp"

namespace orrery {

/// Reads Kueue's objects as `kubectl get -o yaml` or a manifest gives them: one or more documents of ClusterQueue,
/// Cohort, LocalQueue, ResourceFlavor, WorkloadPriorityClass, Topology (v1alpha1, v1beta1, v1beta2), lists of them, and
/// the fair-sharing parts of Kueue's own Configuration.
///
/// A flavor's GPU type is what its node labels say (nvidia.com/gpu.product, cloud.google.com/gke-accelerator, or a
/// label whose name ends in gpu-type or accelerator). `metadata` but for names, `status`, and what has no meaning in a
/// replay (namespaceSelector, admission checks, taints) are skipped; other kinds of objects are skipped with a warning;
/// unknown keys elsewhere are errors. What is read is checked (`check_kueue`); the result is only meaningful without
/// errors.
KueueSpec read_kueue_yaml(const Source& source, Diagnostics& diagnostics);

}  // namespace orrery
