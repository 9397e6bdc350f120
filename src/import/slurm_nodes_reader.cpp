#include "import/slurm_nodes_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/terminal_text.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostMemberships = 5'000'000;
constexpr std::size_t kMostPartitions = 10'000;

std::string quoted(std::string_view text) {
  return fmt::format("`{}`", shortened(text, 60));
}

}  // namespace

SlurmPreemptMode slurm_preempt_mode(const SlurmSetting& setting, Diagnostics& diagnostics) {
  SlurmPreemptMode mode = SlurmPreemptMode::Off;
  for (const std::string_view part : slurm_list(setting.value)) {
    if (same_key(part, "OFF")) {
      mode = SlurmPreemptMode::Off;
    } else if (same_key(part, "CANCEL")) {
      mode = SlurmPreemptMode::Cancel;
    } else if (same_key(part, "REQUEUE")) {
      mode = SlurmPreemptMode::Requeue;
    } else if (same_key(part, "SUSPEND")) {
      mode = SlurmPreemptMode::Suspend;
    } else if (same_key(part, "GANG") || same_key(part, "WITHIN")) {
      diagnostics.warning(quoted(part) + " of PreemptMode is not modelled", setting.value_span);
    } else {
      diagnostics.error("no PreemptMode " + quoted(part), setting.value_span, "OFF, CANCEL, REQUEUE or SUSPEND");
    }
  }
  return mode;
}

const std::vector<std::string>& SlurmNodesReader::node_keys() const {
  static const std::vector<std::string> keys = {
      "NodeName",       "CPUs",           "Procs",      "Boards", "Sockets", "SocketsPerBoard",
      "CoresPerSocket", "ThreadsPerCore", "RealMemory", "Gres",   "State"};
  return keys;
}

const std::vector<std::string>& SlurmNodesReader::partition_keys() const {
  static const std::vector<std::string> keys = {
      "PartitionName", "Nodes",       "Default",   "PriorityTier", "PriorityJobFactor",  "Priority", "PreemptMode",
      "MaxTime",       "DefaultTime", "GraceTime", "QOS",          "TRESBillingWeights", "State"};
  return keys;
}

const SlurmSetting* SlurmNodesReader::node_setting(const SlurmLine& line, const char* key) const {
  const SlurmSetting* found = find_setting(line, key);
  return found != nullptr ? found : find_setting(node_defaults_, key);
}

const SlurmSetting* SlurmNodesReader::partition_setting(const SlurmLine& line, const char* key) const {
  const SlurmSetting* found = find_setting(line, key);
  return found != nullptr ? found : find_setting(partition_defaults_, key);
}

/// "gpu:a100:8(S:0-1),gpu:8,shard:64"
SlurmNodesReader::Gres SlurmNodesReader::gres_of(const SlurmSetting& setting) {
  Gres gres;
  for (std::string_view part : slurm_list(setting.value)) {
    part = part.substr(0, part.find('('));
    std::vector<std::string_view> words;
    while (true) {
      const std::size_t colon = part.find(':');
      words.push_back(part.substr(0, colon));
      if (colon == std::string_view::npos) break;
      part.remove_prefix(colon + 1);
    }
    if (words[0] != "gpu") continue;
    if (words.size() > 1 && words[1] == "no_consume") words.erase(words.begin() + 1);
    int count = 1;
    const std::string_view last = words.back();
    if (words.size() > 1 && !last.empty() && std::isdigit(static_cast<unsigned char>(last[0])) != 0) {
      SlurmSetting number = setting;
      number.value = last;
      count = static_cast<int>(slurm_number(number, 0, 1024, diagnostics_).value_or(0));
      words.pop_back();
    }
    const std::string type = words.size() > 1 ? std::string(words[1]) : "";
    if (gres.gpus > 0 && type != gres.type)
      diagnostics_.warning("GPUs of several types on one node are taken for one type", setting.value_span,
                           "that of the first, " + quoted(gres.type));
    if (gres.gpus == 0) gres.type = type;
    gres.gpus = std::min(1024, gres.gpus + count);
  }
  return gres;
}

SlurmNodesReader::Node SlurmNodesReader::shape_of(const SlurmLine& line) {
  Node node;
  node.span = line.front().value_span;
  const auto number = [&](const char* key, double otherwise, double most) {
    const SlurmSetting* s = node_setting(line, key);
    return s == nullptr ? otherwise : slurm_number(*s, 0, most, diagnostics_).value_or(otherwise);
  };
  double cpus = number("CPUs", number("Procs", 0, 1e5), 1e5);
  if (cpus == 0) {
    const double sockets = number("Sockets", number("Boards", 1, 1e3) * number("SocketsPerBoard", 1, 1e3), 1e3);
    cpus = sockets * number("CoresPerSocket", 1, 1e4) * number("ThreadsPerCore", 1, 64);
  }
  // A node of one CPU is Slurm's default where nothing is said: then CPUs are not counted.
  node.cpu_milli = cpus > 1 ? static_cast<long long>(cpus * 1000) : 0;
  const double memory = number("RealMemory", 1, 1e12);
  node.memory_mib = memory > 1 ? static_cast<long long>(memory) : 0;
  if (const SlurmSetting* s = node_setting(line, "Gres")) {
    const Gres gres = gres_of(*s);
    node.gpus = gres.gpus;
    node.gpu_type = gres.type;
  }
  if (const SlurmSetting* s = node_setting(line, "State")) {
    for (const char* state : {"DOWN", "DRAIN", "FAIL", "FAILING", "FUTURE"})
      node.is_down = node.is_down || same_key(s->value, state);
  }
  return node;
}

void SlurmNodesReader::add_nodes(const SlurmLine& line) {
  if (same_key(line.front().value, "DEFAULT")) {
    node_defaults_.insert(node_defaults_.end(), line.begin() + 1, line.end());
    return;
  }
  const Node shape = shape_of(line);
  for (std::string& name : slurm_hosts(line.front().value, line.front().value_span, diagnostics_)) {
    const auto [known, is_new] = number_of_.emplace(name, nodes_.size());
    if (!is_new) {
      diagnostics_.error(fmt::format("node {} is declared twice", quoted(name)), line.front().value_span,
                         fmt::format("first in line {}", nodes_[known->second].span.line));
      return;
    }
    if (nodes_.size() == kMostSlurmNodes) {
      diagnostics_.error(fmt::format("more than {} nodes", kMostSlurmNodes), line.front().value_span);
      return;
    }
    nodes_.push_back(shape);
    nodes_.back().name = std::move(name);
  }
}

std::vector<std::size_t> SlurmNodesReader::nodes_named(const SlurmSetting& setting, bool may_be_down) {
  std::vector<std::size_t> numbers;
  if (same_key(setting.value, "ALL")) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) numbers.push_back(i);
    return numbers;
  }
  int unknown = 0;
  std::string first;
  for (const std::string& name : slurm_hosts(setting.value, setting.value_span, diagnostics_)) {
    const auto found = number_of_.find(name);
    if (found != number_of_.end()) {
      if (may_be_down || !nodes_[found->second].is_down) numbers.push_back(found->second);
    } else if (unknown++ == 0) {
      first = name;
    }
  }
  if (unknown > 0)
    diagnostics_.error(
        unknown == 1 ? "no node " + quoted(first) : fmt::format("no node {}, and {} more", quoted(first), unknown - 1),
        setting.value_span, "nodes are declared by lines NodeName=...");
  return numbers;
}

void SlurmNodesReader::take_down(const SlurmLine& line) {
  for (const std::size_t node : nodes_named(line.front())) nodes_[node].is_down = true;
}

void SlurmNodesReader::add_partition(const SlurmLine& line) {
  if (same_key(line.front().value, "DEFAULT")) {
    partition_defaults_.insert(partition_defaults_.end(), line.begin() + 1, line.end());
    return;
  }
  const std::string& name = line.front().value;
  if (name.empty()) {
    diagnostics_.error("a partition has no name", line.front().key_span);
    return;
  }
  if (partitions_.size() == kMostPartitions || !partition_of_.emplace(name, partitions_.size()).second) {
    diagnostics_.error(fmt::format("partition {} is declared twice, or is one of too many", quoted(name)),
                       line.front().value_span);
    return;
  }
  SlurmPartition& p = partitions_.emplace_back();
  p.name = name;
  const auto number = [&](const char* key, auto& into) {
    const SlurmSetting* s = partition_setting(line, key);
    if (s == nullptr) return;
    if (const auto value = slurm_number(*s, 0, 65533, diagnostics_))
      into = static_cast<std::decay_t<decltype(into)>>(*value);
  };
  number("Priority", p.priority_tier);  // Before Slurm 16.05: both.
  number("Priority", p.priority_job_factor);
  number("PriorityTier", p.priority_tier);
  number("PriorityJobFactor", p.priority_job_factor);
  if (const SlurmSetting* s = find_setting(line, "Default")) p.is_default = same_key(s->value, "YES");
  if (const SlurmSetting* s = partition_setting(line, "PreemptMode"))
    p.preempt_mode = slurm_preempt_mode(*s, diagnostics_);
  if (const SlurmSetting* s = partition_setting(line, "MaxTime")) p.max_time = slurm_time(*s, diagnostics_);
  if (const SlurmSetting* s = partition_setting(line, "DefaultTime")) p.default_time = slurm_time(*s, diagnostics_);
  if (const SlurmSetting* s = partition_setting(line, "GraceTime")) {
    // The one time that is in seconds.
    if (const auto value = slurm_number(*s, 0, 1e9, diagnostics_)) p.grace_time = Seconds(*value);
  }
  if (const SlurmSetting* s = partition_setting(line, "QOS"); s != nullptr && !same_key(s->value, "N/A"))
    p.qos = s->value;
  if (const SlurmSetting* s = partition_setting(line, "TRESBillingWeights"))
    p.tres_billing_weights = slurm_tres(*s, diagnostics_);
  if (const SlurmSetting* s = partition_setting(line, "State"); s != nullptr && !same_key(s->value, "UP"))
    diagnostics_.warning(fmt::format("partition {} is {} here and taken as UP", quoted(name), quoted(s->value)),
                         s->value_span);
  partition_lines_.push_back(line);
  if (find_setting(line, "Nodes") == nullptr) {
    if (const SlurmSetting* s = find_setting(partition_defaults_, "Nodes")) partition_lines_.back().push_back(*s);
  }
}

void SlurmNodesReader::read_gres(const Source& source) {
  std::unordered_map<std::size_t, Gres> found;
  for (const SlurmLine& line : slurm_lines(source, diagnostics_)) {
    const SlurmSetting* name = find_setting(line, "Name");
    if (name == nullptr || !same_key(name->value, "gpu")) continue;
    int count = 1;
    if (const SlurmSetting* s = find_setting(line, "Count")) {
      count = static_cast<int>(slurm_number(*s, 0, 1024, diagnostics_).value_or(0));
    } else if (const SlurmSetting* file = find_setting(line, "File")) {
      count = static_cast<int>(
          std::min<std::size_t>(1024, slurm_hosts(file->value, file->value_span, diagnostics_).size()));
    }
    const SlurmSetting* type = find_setting(line, "Type");
    const SlurmSetting* hosts = find_setting(line, "NodeName");
    SlurmSetting all;
    all.value = "ALL";
    for (const std::size_t node : nodes_named(hosts == nullptr ? all : *hosts)) {
      Gres& gres = found[node];
      gres.gpus = std::min(1024, gres.gpus + count);
      if (type != nullptr && gres.type.empty()) gres.type = type->value;
    }
  }
  int differ = 0;
  std::string first;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto gres = found.find(i);
    if (gres == found.end() || nodes_[i].gpus == 0) continue;
    if (nodes_[i].gpu_type.empty()) nodes_[i].gpu_type = gres->second.type;
    if (gres->second.gpus == nodes_[i].gpus) continue;
    if (differ++ == 0)
      first = fmt::format("node {} has {} GPUs in gres.conf and {} in slurm.conf", quoted(nodes_[i].name),
                          gres->second.gpus, nodes_[i].gpus);
  }
  if (differ > 0)
    diagnostics_.warning(differ == 1 ? first : fmt::format("{}, and {} more nodes differ", first, differ - 1),
                         {source, 0, 0, 1}, "those of slurm.conf are taken");
}

void SlurmNodesReader::build(const Source& conf, SharedMachine& machine, SlurmParameters& parameters) {
  std::size_t memberships = 0;
  for (std::size_t i = 0; i < partition_lines_.size(); ++i) {
    const SlurmSetting* setting = find_setting(partition_lines_[i], "Nodes");
    if (setting == nullptr) {
      diagnostics_.error(fmt::format("partition {} has no nodes", quoted(partitions_[i].name)),
                         partition_lines_[i].front().value_span, "as Nodes=ALL");
      continue;
    }
    for (const std::size_t node : nodes_named(*setting)) {
      std::vector<std::int32_t>& of = nodes_[node].partitions;
      if (!of.empty() && of.back() == static_cast<std::int32_t>(i)) continue;
      of.push_back(static_cast<std::int32_t>(i));
      if (++memberships > kMostMemberships) {
        diagnostics_.error("nodes belong to too many partitions", setting->value_span);
        return;
      }
    }
  }
  std::vector<std::size_t> up;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i].is_down) up.push_back(i);
  }
  if (up.size() < nodes_.size())
    diagnostics_.warning(fmt::format("{} of {} nodes are down and left out", nodes_.size() - up.size(), nodes_.size()),
                         {conf, 0, 0, 1});
  if (up.empty()) {
    diagnostics_.error("the file declares no nodes", {conf, 0, 0, 1}, "as NodeName=n[01-16] Gres=gpu:8");
    return;
  }
  const auto alike = [](const Node& a, const Node& b) {
    return a.gpu_type == b.gpu_type && a.gpus == b.gpus && a.cpu_milli == b.cpu_milli && a.memory_mib == b.memory_mib &&
           a.partitions == b.partitions;
  };
  std::size_t in_groups = 0;
  for (std::size_t begin = 0; begin < up.size();) {
    std::size_t end = begin + 1;
    while (end < up.size() && alike(nodes_[up[begin]], nodes_[up[end]])) ++end;
    const Node& node = nodes_[up[begin]];
    NodeGroup& group = machine.groups.emplace_back();
    group.name = end - begin == 1 ? node.name : node.name + "-" + nodes_[up[end - 1]].name;
    group.gpu_type = node.gpu_type;
    group.nodes = static_cast<int>(end - begin);
    group.gpus = node.gpus;
    group.cpu_milli = node.cpu_milli;
    group.memory_mib = node.memory_mib;
    for (const std::int32_t partition : node.partitions)
      partitions_[static_cast<std::size_t>(partition)].nodes.push_back(group.name);
    in_groups += node.partitions.size();
    begin = end;
  }
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if (partitions_[i].nodes.empty() && find_setting(partition_lines_[i], "Nodes") != nullptr)
      diagnostics_.error(fmt::format("partition {} has no node that is up", quoted(partitions_[i].name)),
                         partition_lines_[i].front().value_span);
  }
  if (in_groups == 0 && !partitions_.empty()) return;
  parameters.partitions = partitions_;
}

void SlurmNodesReader::read_topology(const Source& source, SharedMachine& machine) {
  struct Switch {
    long long nodes = 0;
    std::size_t height = 1;
  };
  std::unordered_map<std::string, Switch> switches;
  std::vector<std::vector<long long>> sizes;
  for (const SlurmLine& line : slurm_lines(source, diagnostics_)) {
    if (!same_key(line.front().key, "SwitchName")) {
      diagnostics_.warning(quoted(line.front().key) + " is not read", line.front().key_span, "SwitchName=... is");
      continue;
    }
    Switch made;
    if (const SlurmSetting* s = find_setting(line, "Nodes"))
      made.nodes = static_cast<long long>(nodes_named(*s, false).size());
    if (const SlurmSetting* s = find_setting(line, "Switches")) {
      for (const std::string& name : slurm_hosts(s->value, s->value_span, diagnostics_)) {
        const auto below = switches.find(name);
        if (below == switches.end()) {
          diagnostics_.error("no switch " + quoted(name), s->value_span, "switches come after those below them");
          continue;
        }
        made.nodes += below->second.nodes;
        made.height = std::max(made.height, below->second.height + 1);
      }
    }
    if (made.height > 8 || made.nodes > static_cast<long long>(kMostSlurmNodes)) {
      diagnostics_.error("a switch has more below it than a cluster has", line.front().value_span);
      return;
    }
    if (sizes.size() < made.height) sizes.resize(made.height);
    sizes[made.height - 1].push_back(made.nodes);
    switches[line.front().value] = made;
  }
  for (std::size_t height = 0; height < sizes.size(); ++height) {
    if (sizes[height].empty()) continue;
    const auto [least, most] = std::minmax_element(sizes[height].begin(), sizes[height].end());
    if (*most <= 0) continue;
    if (*least != *most)
      diagnostics_.warning(fmt::format("switches of height {} have {} to {} nodes below them: taken as {} each",
                                       height + 1, *least, *most, *most),
                           {source, 0, 0, 1});
    machine.levels.push_back({fmt::format("switch{}", height + 1), static_cast<int>(*most)});
  }
}

}  // namespace orrery
