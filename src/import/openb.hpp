#pragma once

#include <istream>
#include <string>

#include "base/diagnostic.hpp"
#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"

namespace orrery {

/// Pods of Alibaba's openb lists (cluster-trace-gpu-v2023): a CSV with the columns name, cpu_milli, memory_mib,
/// num_gpu, gpu_milli (thousandths of each GPU), gpu_spec (the types it may run on, joined by `|`; empty: any), and
/// qos, pod_phase, creation_time, deletion_time, scheduled_time (seconds). Columns may stand in any order; memory_mib
/// and those from gpu_spec on may be missing.
///
/// A pod runs from `scheduled_time` to `deletion_time`; one that was never scheduled as long as it existed. Rows come
/// back in order of submission, rows of one time as they stand.
///
/// Mistakes, all at once: missing and unknown columns, numbers that are none or negative, a GPU pod without a share, a
/// share of several GPUs, a deletion before the creation, two pods of one name, no pod at all. Warned of: a share above
/// a whole GPU (taken as one), a share without a GPU (ignored), as the published simulator takes them.
JobTable read_openb_pods(std::istream& in, const std::string& name, Diagnostics& diagnostics);

/// Nodes of such a list: sn, cpu_milli, memory_mib, gpu, model. Equal nodes that lie next to each other become a group.
SharedMachine read_openb_nodes(std::istream& in, const std::string& name, Diagnostics& diagnostics);

/// The same from files, unpacked where they are gzipped or in the xz format. Throw `InputError` where one cannot be
/// read or is larger than 1 GiB.
JobTable read_openb_pods_file(const std::string& path, Diagnostics& diagnostics);
SharedMachine read_openb_nodes_file(const std::string& path, Diagnostics& diagnostics);

}  // namespace orrery
