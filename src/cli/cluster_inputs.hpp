#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cluster/metrics/outcome.hpp"
#include "cluster/spec.hpp"
#include "import/cluster_scenario.hpp"
#include "import/job_trace/job_trace.hpp"

namespace orrery {

/// What the commands of the cluster level take. Texts as written; empty: not given.
struct ClusterInputs {
  InputOptions input;
  std::string trace, format, generator, jobs;
  std::string gpus, nodes, speeds;
  std::string load, from, until;
  std::string policies;
  std::string slurm_conf, gres_conf, topology_conf, slurm_accounts, slurm_qos;  ///< Of a real Slurm.
  std::string kueue;                                                            ///< Objects of a real Kueue.
};

/// Adds SCENARIO, --trace and the other options of the jobs and the machine, --policy, --set, --seed and --threads.
void add_cluster_options(CLI::App& app, ClusterInputs& inputs, const char* policy_help);

/// Adds --format.
void add_format_option(CLI::App& app, std::string& format);

/// A trace by the name of its format; `rates`: path of the throughputs that a Gavel trace needs, or nothing. Mistakes
/// go to `diagnostics`.
JobTrace read_trace(const std::string& path, const std::string& format, const std::string& rates,
                    Diagnostics& diagnostics);

/// Jobs, machine and policies, ready to be replayed.
struct ClusterCase {
  ClusterScenario scenario;
  TraceReport report;
  std::optional<SharedMachine> machine;  ///< Of a real configuration.
  ClusterSpec spec;
  std::vector<ClusterPolicy> policies;
};

/// Reads everything; throws `InputError` with every mistake, prints warnings.
ClusterCase load_cluster(const ClusterInputs& inputs, const OutputFlags& flags);

/// Which jobs count, as the scenario says.
OutcomeOptions outcome_options(const ClusterCase& loaded);

/// "16 nodes, 128 GPUs".
std::string machine_words(const SharedMachine& machine);

/// A time as an option says it: "4 h". Throws `InputError` that names the option.
Millis time_option(const std::string& text, const char* option);

}  // namespace orrery
