#pragma once

#include "import/jobs_file.hpp"
#include "network/network.hpp"

namespace orrery::fuzz {

/// 256 chips in nodes of 8 below two tiers.
Cluster small_cluster(Routing routing);

/// Asks a question that a reader let through, where it is small enough to try thousands of them: the answer is one of
/// amounts that no bound contradicts, and its page renders; or the question is refused with an `InputError`.
void sound_network(const NetworkSpec& spec);

/// The same for jobs on a machine.
void sound_jobs(const Cluster& cluster, const JobsFile& file);

}  // namespace orrery::fuzz
