#include "import/job_trace/slurm_text.hpp"

#include <algorithm>
#include <cmath>

#include "import/job_trace/trace_text.hpp"

namespace orrery {
namespace {

constexpr std::int64_t kMostTasks = 100'000;

/// The text up to a separator that is not within brackets, taken from the front.
std::string_view take_part(std::string_view& text, char separator) {
  int depth = 0;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (c == separator && depth <= 0) break;
  }
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(text.size(), at + 1));
  return part;
}

/// "500G", "4000M", "2T", "0": MiB; bare numbers are MiB.
std::optional<double> memory_in(std::string_view text) {
  double factor = 1;
  if (!text.empty()) {
    const std::string_view units = "KMGTP";
    const auto unit = units.find(text.back());
    if (unit != std::string_view::npos) {
      factor = std::pow(1024.0, static_cast<double>(unit) - 1);
      text.remove_suffix(1);
    }
  }
  const auto value = number_in(text);
  if (!value || *value < 0 || *value * factor > 2e9) return std::nullopt;
  return *value * factor;
}

std::optional<std::int64_t> count_in(std::string_view text) {
  const auto value = whole_number_in(text);
  return value && *value >= 0 && *value <= 1'000'000'000 ? value : std::nullopt;
}

}  // namespace

std::optional<SlurmTres> slurm_tres_in(std::string_view text) {
  SlurmTres tres;
  std::int64_t untyped = 0, typed = 0;
  while (!text.empty()) {
    std::string_view part = trimmed(take_part(text, ','));
    part = part.substr(0, part.find('('));
    for (const std::string_view prefix : {"gres/", "gres:"}) {
      if (part.substr(0, prefix.size()) == prefix) part.remove_prefix(prefix.size());
    }
    const auto equals = part.find('=');
    std::string_view name = part.substr(0, equals), value;
    if (equals != std::string_view::npos) {
      value = part.substr(equals + 1);
    } else if (const auto colon = part.rfind(':'); colon != std::string_view::npos) {
      // "gpu:8", "gpu:a100:8"; "gpu:a100" is one.
      value = part.substr(colon + 1);
      name = part.substr(0, colon);
      if (!count_in(value)) {
        name = part;
        value = "1";
      }
    } else if (name == "gpu") {
      value = "1";
    }
    if (name == "gpu" || name.substr(0, 4) == "gpu:") {
      const auto count = count_in(value);
      if (!count) return std::nullopt;
      if (name == "gpu") {
        untyped += *count;
      } else if (*count > 0) {
        typed += *count;
        tres.gpu_type += (tres.gpu_type.empty() ? "" : "|") + std::string(name.substr(4));
      }
    } else if (name == "cpu") {
      const auto cpus = number_in(value);
      if (!cpus || *cpus < 0 || *cpus > 2e6) return std::nullopt;
      tres.cpus = *cpus;
    } else if (name == "mem") {
      const auto memory = memory_in(value);
      if (!memory) return std::nullopt;
      tres.memory_mib = *memory;
    } else if (name == "node") {
      const auto nodes = count_in(value);
      if (!nodes) return std::nullopt;
      tres.nodes = *nodes;
    }
  }
  // The untyped count, where there is one, is the sum of the typed ones.
  tres.gpus = untyped > 0 ? untyped : typed;
  return tres;
}

SlurmIdKind slurm_id_kind(std::string_view id) {
  const auto digits = std::min(id.find_first_not_of("0123456789"), id.size());
  if (digits == 0) return SlurmIdKind::Bad;
  if (id.find('.') != std::string_view::npos) return SlurmIdKind::Step;
  if (digits == id.size()) return SlurmIdKind::Job;
  std::string_view rest = id.substr(digits);
  if (rest.substr(0, 2) == "_[") return rest.back() == ']' ? SlurmIdKind::Array : SlurmIdKind::Bad;
  if (rest.front() != '_' && rest.front() != '+') return SlurmIdKind::Bad;
  rest.remove_prefix(1);
  return !rest.empty() && rest.find_first_not_of("0123456789") == std::string_view::npos ? SlurmIdKind::Job
                                                                                         : SlurmIdKind::Bad;
}

std::vector<std::int64_t> slurm_array_tasks(std::string_view id) {
  const auto open = id.find('[');
  if (open == std::string_view::npos || id.back() != ']') return {};
  std::string_view list = id.substr(open + 1, id.size() - open - 2);
  list = list.substr(0, list.find('%'));
  std::vector<std::int64_t> tasks;
  while (!list.empty()) {
    std::string_view part = take_part(list, ',');
    // "0-9", "0-9:2", "7".
    std::int64_t step = 1;
    if (const auto colon = part.find(':'); colon != std::string_view::npos) {
      const auto read = count_in(part.substr(colon + 1));
      if (!read || *read < 1) return {};
      step = *read;
      part = part.substr(0, colon);
    }
    const auto dash = part.find('-');
    const auto first = count_in(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : count_in(part.substr(dash + 1));
    if (!first || !last || *last < *first) return {};
    if ((*last - *first) / step + static_cast<std::int64_t>(tasks.size()) >= kMostTasks) return {};
    for (std::int64_t task = *first; task <= *last; task += step) tasks.push_back(task);
  }
  return tasks;
}

std::string_view slurm_dependency(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  text.remove_prefix(colon + 1);
  return text.substr(0, text.find_first_of(",:?+("));
}

std::optional<SlurmDate> slurm_date_in(std::string_view text) {
  if (const auto date = date_time_in(text)) return SlurmDate{date->epoch, date->has_zone};
  // Nothing before 2001 is an accounting record; 0 stands for "not yet".
  const auto seconds = whole_number_in(text);
  if (!seconds || *seconds < 1'000'000'000 || *seconds > kLongestMillis / 1000) return std::nullopt;
  return SlurmDate{*seconds * 1000, true};
}

}  // namespace orrery
