#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/job_table.hpp"

namespace orrery {

/// What a TRES or GRES text of Slurm asks for: "cpu=64,mem=500G,node=2,gres/gpu=16,gres/gpu:a100=16", "gpu:8",
/// "gres:gpu:a100:8(S:0-1)".
struct SlurmTres {
  std::int64_t gpus = 0;
  std::string gpu_type;  ///< Several with | between; empty: none is named.
  double cpus = 0;
  double memory_mib = 0;
  std::int64_t nodes = 0;
};
/// Nothing where a count does not read.
std::optional<SlurmTres> slurm_tres_in(std::string_view text);

/// What a job's name in Slurm is of.
enum class SlurmIdKind {
  Job,    ///< "123", "123_4", "123+1".
  Step,   ///< "123.batch", "123_4.0".
  Array,  ///< "123_[0-9,12%4]": tasks that wait.
  Bad,
};
SlurmIdKind slurm_id_kind(std::string_view id);
/// The tasks of a waiting array; empty where the list does not read or has more than 100,000.
std::vector<std::int64_t> slurm_array_tasks(std::string_view id);

/// The first job that a dependency names: "afterok:123(unfulfilled)" -> "123"; empty: none.
std::string_view slurm_dependency(std::string_view text);

/// A time of Slurm's tools: a date in the cluster's zone, or seconds since 1970 (SLURM_TIME_FORMAT=%s).
struct SlurmDate {
  Millis epoch = 0;
  bool is_unix = false;
};
std::optional<SlurmDate> slurm_date_in(std::string_view text);

}  // namespace orrery
