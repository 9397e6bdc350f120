#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "cluster/slurm/parameters.hpp"

namespace orrery {

/// "Key=value" of a configuration of Slurm, or a word alone.
struct SlurmSetting {
  std::string key, value;
  Span key_span, value_span;
};

/// The settings of one line, continuation lines included.
using SlurmLine = std::vector<SlurmSetting>;

/// Lines of slurm.conf, gres.conf or topology.conf: `#` begins a comment, `\` at the end continues a line, values may
/// be in double quotes. `include` is an error: the text is all that there is. Empty lines are left out.
std::vector<SlurmLine> slurm_lines(const Source& source, Diagnostics& diagnostics);

/// Whether two names of keys are the same: Slurm does not look at case.
bool same_key(std::string_view a, std::string_view b);
/// The value of a key of a line, or nullptr.
const SlurmSetting* find_setting(const SlurmLine& line, std::string_view key);

/// Most nodes that a configuration may name.
inline constexpr std::size_t kMostSlurmNodes = 200'000;

/// Names of a host list, "n[01-16,20],login1" or "r[1-2]n[1-4]", in order. Reports what cannot be read, and more than
/// `kMostSlurmNodes`.
std::vector<std::string> slurm_hosts(std::string_view text, const Span& span, Diagnostics& diagnostics);

/// A list, at commas outside of brackets.
std::vector<std::string_view> slurm_list(std::string_view text);

/// "minutes", "minutes:seconds", "hours:minutes:seconds", "days-hours", "days-hours:minutes[:seconds]"; unset for
/// UNLIMITED, INFINITE and NONE. A time that is none of them is reported.
std::optional<Seconds> slurm_time(const SlurmSetting& setting, Diagnostics& diagnostics);

/// A number with a suffix K, M, G or T of 1024, which is reported where it is none or outside the bounds.
std::optional<double> slurm_number(const SlurmSetting& setting, double minimum, double maximum,
                                   Diagnostics& diagnostics);

/// "cpu=4,mem=16G,gres/gpu=8,node=2"; a type of GPU (gres/gpu:a100) counts as GPUs. Memory without a suffix is in MiB.
/// Other resources are told as not modelled.
TresAmounts slurm_tres(const SlurmSetting& setting, Diagnostics& diagnostics);

}  // namespace orrery
