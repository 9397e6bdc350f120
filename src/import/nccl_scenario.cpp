#include "import/nccl_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unit_text.hpp"
#include "import/nccl_machine.hpp"
#include "scenario/overrides.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

/// The preset of the chip that a device's name stands for; empty: none is known.
std::string preset_of(const std::string& device) {
  const std::string alias = chip_of_device(device);
  Diagnostics ignored;  // a preset that does not read is reported where the machine is
  const auto preset = find_preset("chips", alias, ignored);
  return preset ? preset->name : "";
}

/// How the ranks of a run are split into groups: rank r is in the group of all r' with equal
/// (r / (size x stride), r % stride).
struct Split {
  long long size = 0, stride = 1;
};

/// Nothing where the groups are not spread so.
std::optional<Split> split_of(const NcclRun& run) {
  const auto jobs = static_cast<long long>(run.devices.size());
  std::vector<int> group(run.devices.size(), -1);
  for (const NcclDevice& device : run.devices) {
    if (device.rank >= jobs) return std::nullopt;
    group[static_cast<std::size_t>(device.rank)] = device.group;
  }
  Split split{run.ranks, 1};
  while (split.size > 1 && split.stride < jobs && group[static_cast<std::size_t>(split.stride)] != group[0])
    ++split.stride;
  if (jobs % (split.size * split.stride) != 0) return std::nullopt;
  // Each place in the pattern belongs to one group, and no group has two places.
  std::vector<std::pair<long long, int>> places;
  for (long long rank = 0; rank < jobs; ++rank) {
    const long long place = rank / (split.size * split.stride) * split.stride + rank % split.stride;
    places.emplace_back(place, group[static_cast<std::size_t>(rank)]);
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return static_cast<long long>(places.size()) == jobs / split.size ? std::optional(split) : std::nullopt;
}

/// The text that names a machine: `cluster = "h100-sxm:16"`, or the `preset` of its table; null where none does.
const std::string* cluster_name(const Value& root) {
  const Value* cluster = root.find("cluster");
  if (cluster == nullptr) return nullptr;
  if (cluster->string() != nullptr) return cluster->string();
  const Value* preset = cluster->find("preset");
  return preset != nullptr ? preset->string() : nullptr;
}

/// Whether something below [cluster] is written.
bool says(const Value& root, std::string_view key) {
  const Value* cluster = root.find("cluster");
  return cluster != nullptr && cluster->find(key) != nullptr;
}

/// Where a number below a table is written, else where the table is.
Span place_of(const Value& root, std::string_view table, std::string_view key) {
  const Value* whole = root.find(table);
  if (whole == nullptr) return {};
  const Value* value = whole->find(key);
  return value != nullptr ? value->span() : whole->span();
}

/// One run, laid over one scenario.
class RunReader {
 public:
  RunReader(Value root, const NcclRun& run, const std::string& log, Diagnostics& diagnostics)
      : root_(std::move(root)), run_(run), log_(log), diagnostics_(diagnostics) {}

  NetworkScenario read() {
    if (root_.table() == nullptr) return read_network_scenario(root_, diagnostics_);
    lay_collective();
    lay_ranks();
    lay_node();
    if (!diagnostics_.has_errors()) lay_hosts();
    if (diagnostics_.has_errors()) return {};
    NetworkScenario scenario = read_network_scenario(root_, diagnostics_);
    if (!diagnostics_.has_errors()) compare(scenario);
    scenario.assumptions.insert(scenario.assumptions.begin(), assumptions_.begin(), assumptions_.end());
    return scenario;
  }

 private:
  /// Of the run's first line.
  Span run_span() const {
    return {std::make_shared<SourceText>(SourceText{log_, "", SourceText::Kind::File, run_.line}), run_.line, 1, 1};
  }
  std::string run_place() const { return fmt::format("{}:{}", log_, run_.line); }

  /// Whether every device is listed.
  bool has_list() const { return run_.ranks > 0; }

  void lay(const std::string& path, const std::string& text) { apply_option(root_, path, log_, text, diagnostics_); }

  void lay_collective() {
    const Value* network = root_.find("network");
    const Value* written = network != nullptr ? network->find("collective") : nullptr;
    if (run_.collective.empty()) {
      if (written == nullptr)
        diagnostics_.error("the log does not name its program", run_span(), "--collective all_reduce, for example");
      return;
    }
    const auto own = collective_of_run(run_);
    if (!own) {
      diagnostics_.error(fmt::format("no model of `{}`", run_.collective), run_span(),
                         "all_reduce, all_gather, reduce_scatter, alltoall, sendrecv and broadcast have one");
    } else if (written == nullptr) {
      lay("network.collective", collective_word(*own));
    } else if (written->string() != nullptr && *written->string() != collective_word(*own)) {
      diagnostics_.error(fmt::format("the log is of {}, not of {}", run_.collective, *written->string()),
                         written->span(), fmt::format("{} ran {}_perf", run_place(), run_.collective));
    }
  }

  void lay_ranks() {
    const std::string* named = cluster_name(root_);
    const bool has_count = says(root_, "chips") || (named != nullptr && named->find(':') != std::string::npos);
    if (!has_list()) {
      if (!has_count)
        diagnostics_.error("the log does not list its devices: how many GPUs?", run_span(), "--gpus 64, for example");
      return;
    }
    if (!has_count) lay("cluster.chips", std::to_string(run_.devices.size()));
    if (run_.ranks == static_cast<long long>(run_.devices.size())) return;
    const auto split = split_of(run_);
    if (!split) {
      diagnostics_.error("the groups of this run are spread irregularly", run_span(),
                         "groups of equal size, of neighbours or of every n-th rank");
      return;
    }
    const Value* network = root_.find("network");
    if (network == nullptr || network->find("group") == nullptr) {
      lay("network.group", std::to_string(split->size));
      lay("network.stride", std::to_string(split->stride));
      assumptions_.push_back(fmt::format("groups of {} ranks, {} apart, as the log's", split->size, split->stride));
    }
  }

  /// The node, where nothing else says it.
  void lay_node() {
    for (const std::string& model : run_.models) {
      if (chip_.empty()) chip_ = preset_of(model);
    }
    if (run_.models.size() > 1)
      assumptions_.push_back(fmt::format("all GPUs alike; the log lists {}", fmt::join(run_.models, ", ")));
    if (cluster_name(root_) != nullptr || says(root_, "node") || says(root_, "chip")) return;
    if (chip_.empty()) {
      if (says(root_, "fabric")) return;  // its usual node
      diagnostics_.error(run_.models.empty() ? "the log does not say which GPUs it ran on"
                                             : fmt::format("no chip is known by `{}`", run_.models.front()),
                         run_span(), "--cluster h100-sxm or --fabric superpod-h100, for example");
      return;
    }
    lay("cluster.chip", chip_);  // and so its usual node
    assumptions_.push_back(fmt::format("{} stands for the usual node of {}{}", run_.models.front(), chip_,
                                       says(root_, "fabric") ? "" : " on its usual fabric"));
  }

  /// As many GPUs a server as the log's hosts have ranks.
  void lay_hosts() {
    if (!has_list()) return;
    std::vector<int> of_host(run_.hosts.size(), 0);
    for (const NcclDevice& device : run_.devices) ++of_host[device.host];
    const int most = *std::max_element(of_host.begin(), of_host.end());
    if (*std::min_element(of_host.begin(), of_host.end()) != most)
      assumptions_.push_back(fmt::format("hosts of {} ranks each; some of the log have fewer", most));
    Diagnostics later;  // the whole is read again below
    const Node node = read_network_scenario(root_, later).cluster.node;
    if (later.has_errors() || most == node.chips) return;
    if (run_.hosts.size() == 1 && most < node.chips) return;  // some GPUs of a server
    if (cluster_name(root_) == nullptr && !says(root_, "node")) lay("cluster.node", node.name);
    const bool is_one = node.scale_up_domain == node.chips || node.scale_up_domain % most != 0;
    lay("cluster.node.chips", std::to_string(most));
    if (is_one) lay("cluster.node.scale_up_domain", std::to_string(most));
    assumptions_.push_back(fmt::format(
        "servers of {} GPUs, as the log's hosts, each GPU with its share of the NICs of {}", most, node.name));
  }

  void compare(const NetworkScenario& scenario) {
    const auto gpus = static_cast<long long>(run_.devices.size());
    if (!has_list()) return;
    if (scenario.cluster.chips != gpus) {
      diagnostics_.error(
          fmt::format("the log's run has {} ranks, not {}", format_count(gpus), format_count(scenario.cluster.chips)),
          place_of(root_, "cluster", "chips"), fmt::format("{} lists {}", run_place(), format_count(gpus)));
    }
    const long long group = scenario.network.group > 0 ? scenario.network.group : scenario.cluster.chips;
    if (scenario.cluster.chips == gpus && group != run_.ranks) {
      diagnostics_.error(
          fmt::format("the log's groups have {} ranks, not {}", format_count(run_.ranks), format_count(group)),
          place_of(root_, "network", "group"), fmt::format("{} lists the devices", run_place()));
    }
    if (chip_.empty()) return;
    Diagnostics ignored;
    const auto preset = find_preset("chips", chip_, ignored);
    const Value* name = preset ? preset->value.find("name") : nullptr;
    if (name == nullptr || name->string() == nullptr || *name->string() == scenario.cluster.chip.name) return;
    diagnostics_.warning(
        fmt::format("the log's GPUs are {}, the machine's {}", run_.models.front(), scenario.cluster.chip.name),
        place_of(root_, "cluster", "node"), fmt::format("{} lists them", run_place()));
  }

  Value root_;
  const NcclRun& run_;
  const std::string& log_;
  Diagnostics& diagnostics_;
  std::string chip_;  ///< Preset of the log's devices.
  std::vector<std::string> assumptions_;
};

}  // namespace

NetworkScenario read_nccl_scenario(Value root, const NcclRun& run, const std::string& log, Diagnostics& diagnostics) {
  return RunReader(std::move(root), run, log, diagnostics).read();
}

}  // namespace orrery
