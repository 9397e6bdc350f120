#include "import/kueue_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unit_text.hpp"
#include "import/yaml_reader.hpp"

namespace orrery {
namespace {

/// Keys without a value say nothing.
void drop_nulls(Value& value) {
  if (Value::Array* list = value.array()) {
    for (Value& element : *list) drop_nulls(element);
  }
  if (Value::Table* table = value.table()) {
    std::erase_if(*table, [](const Value::Entry& entry) { return entry.value.is_null(); });
    for (Value::Entry& entry : *table) drop_nulls(entry.value);
  }
}

std::string camel(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_' && i + 1 < name.size()) {
      text += static_cast<char>(name[++i] - 'a' + 'A');
    } else {
      text += name[i];
    }
  }
  return text;
}

/// Go's durations as Kueue's Configuration writes them, "168h" or "1h30m": seconds; below zero: it is none.
double go_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"h", 3600}, {"m", 60}, {"s", 1}}};
  double seconds = 0;
  if (text.empty()) return -1;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto amount = parse_quantity(text.substr(0, digits), Dimension::None);
    if (!amount || digits == text.size()) return text == "0" ? 0 : -1;
    text.remove_prefix(digits);
    const auto unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& u) { return text.starts_with(u.first); });
    if (unit == kUnits.end()) return -1;
    seconds += *amount * unit->second;
    text.remove_prefix(unit->first.size());
  }
  return seconds;
}

class KueueReader {
 public:
  explicit KueueReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void read_object(const Value& object, int lists = 0) {
    if (object.is_null()) return;
    if (object.table() == nullptr) {
      diagnostics_.error("an object is a table with apiVersion and kind", object.span());
      return;
    }
    const std::string* kind = text(object, "kind");
    const std::string* version = text(object, "apiVersion");
    if (kind == nullptr || version == nullptr) {
      diagnostics_.error(fmt::format("an object without {}", kind == nullptr ? "kind" : "apiVersion"), object.span(),
                         "apiVersion: kueue.x-k8s.io/v1beta1, kind: ClusterQueue");
      return;
    }
    if (kind->ends_with("List") && lists < 2) {
      const Value* items = object.find("items");
      if (items == nullptr || items->array() == nullptr) {
        diagnostics_.error(fmt::format("a {} without items", *kind), object.span());
        return;
      }
      for (const Value& item : *items->array()) read_object(item, lists + 1);
      return;
    }
    if (version->starts_with("config.kueue.x-k8s.io/") && *kind == "Configuration") {
      read_configuration(object);
    } else if (!version->starts_with("kueue.x-k8s.io/")) {
      diagnostics_.warning(fmt::format("`{}` of {} is not read", *kind, *version), object.find("kind")->span());
    } else {
      read_kind(object, *kind, *version);
    }
  }

  KueueSpec finish() {
    check_kueue(spec_, diagnostics_, [this](const std::string& path) { return place(path); });
    return std::move(spec_);
  }

 private:
  static const std::string* text(const Value& object, const char* key) {
    const Value* value = object.find(key);
    return value == nullptr ? nullptr : value->string();
  }

  void read_kind(const Value& object, const std::string& kind, const std::string& version) {
    static const std::vector<std::string> kVersions{"kueue.x-k8s.io/v1alpha1", "kueue.x-k8s.io/v1beta1",
                                                    "kueue.x-k8s.io/v1beta2"};
    static const std::vector<std::string> kKinds{"ClusterQueue",   "Cohort",   "LocalQueue",
                                                 "ResourceFlavor", "Topology", "WorkloadPriorityClass"};
    static const std::vector<std::string> kSkipped{"Workload",          "AdmissionCheck",   "ProvisioningRequestConfig",
                                                   "MultiKueueCluster", "MultiKueueConfig", "PreemptionConfig"};
    if (std::find(kSkipped.begin(), kSkipped.end(), kind) != kSkipped.end()) {
      diagnostics_.warning(fmt::format("`{}` is not read", kind), object.find("kind")->span());
      return;
    }
    if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
      const std::string near = did_you_mean(kind, kKinds);
      diagnostics_.error(fmt::format("Kueue has no `{}`", kind.substr(0, 60)), object.find("kind")->span(),
                         near.empty() ? "" : fmt::format("did you mean `{}`?", near));
      return;
    }
    if (std::find(kVersions.begin(), kVersions.end(), version) == kVersions.end()) {
      diagnostics_.error(fmt::format("`{}` is not a version that is read", version.substr(0, 60)),
                         object.find("apiVersion")->span(), "v1alpha1, v1beta1 or v1beta2");
      return;
    }
    std::vector<std::string> keys{"apiVersion", "kind", "metadata", "status"};
    if (kind == "WorkloadPriorityClass") {
      keys.insert(keys.end(), {"value", "description"});
    } else {
      keys.emplace_back("spec");
    }
    only(object, keys, kind);
    const Value* metadata = object.find("metadata");
    const std::string* name = metadata == nullptr ? nullptr : text(*metadata, "name");
    if (name == nullptr) {
      diagnostics_.error(fmt::format("a {} without metadata.name", kind), object.span());
      return;
    }
    static const Value kEmpty{Value::Table{}, Span{}};
    const Value* spec = object.find("spec");
    read_spec(object, kind, *name, spec == nullptr ? kEmpty : *spec);
  }

  void read_spec(const Value& object, const std::string& kind, const std::string& name, const Value& spec) {
    const Value& named = *object.find("metadata")->find("name");
    detail::ReadContext context{diagnostics_, nullptr, kind + " " + name.substr(0, 60) + " spec."};
    if (kind == "ClusterQueue") {
      places_.emplace(fmt::format("cluster_queues[{}]", spec_.cluster_queues.size()), std::pair(spec, named.span()));
      KueueClusterQueue& queue = spec_.cluster_queues.emplace_back();
      kueue_cluster_queue_spec().read(spec, queue, context);
      queue.name = name;
    } else if (kind == "Cohort") {
      places_.emplace(fmt::format("cohorts[{}]", spec_.cohorts.size()), std::pair(spec, named.span()));
      KueueCohort& cohort = spec_.cohorts.emplace_back();
      kueue_cohort_spec().read(spec, cohort, context);
      cohort.name = name;
    } else if (kind == "LocalQueue") {
      places_.emplace(fmt::format("local_queues[{}]", spec_.local_queues.size()), std::pair(spec, named.span()));
      KueueLocalQueue& queue = spec_.local_queues.emplace_back();
      kueue_local_queue_spec().read(spec, queue, context);
      queue.name = name;
      if (const std::string* space = text(*object.find("metadata"), "namespace")) queue.name_space = *space;
    } else if (kind == "ResourceFlavor") {
      places_.emplace(fmt::format("resource_flavors[{}]", spec_.resource_flavors.size()),
                      std::pair(spec, named.span()));
      read_flavor(name, spec);
    } else if (kind == "Topology") {
      places_.emplace(fmt::format("topologies[{}]", spec_.topologies.size()), std::pair(spec, named.span()));
      read_topology(name, spec);
    } else {
      places_.emplace(fmt::format("workload_priority_classes[{}]", spec_.workload_priority_classes.size()),
                      std::pair(object, named.span()));
      read_priority(name, object);
    }
  }

  void read_flavor(const std::string& name, const Value& spec) {
    KueueResourceFlavor& flavor = spec_.resource_flavors.emplace_back();
    flavor.name = name;
    if (!only(spec, {"nodeLabels", "nodeTaints", "tolerations", "topologyName"}, "ResourceFlavor")) return;
    if (const std::string* topology = text(spec, "topologyName")) flavor.topology_name = *topology;
    const Value* labels = spec.find("nodeLabels");
    if (labels == nullptr || labels->table() == nullptr) return;
    for (const Value::Entry& label : *labels->table()) {
      const std::string_view key = label.key;
      const bool says = key == "nvidia.com/gpu.product" || key.ends_with("gpu-type") || key.ends_with("accelerator");
      if (says && label.value.string() != nullptr && flavor.gpu_type.empty()) flavor.gpu_type = *label.value.string();
    }
  }

  void read_topology(const std::string& name, const Value& spec) {
    KueueTopology& topology = spec_.topologies.emplace_back();
    topology.name = name;
    if (!only(spec, {"levels"}, "Topology")) return;
    const Value* levels = spec.find("levels");
    if (levels == nullptr || levels->array() == nullptr || levels->array()->empty()) {
      diagnostics_.error(fmt::format("Topology `{}` has no levels", name.substr(0, 60)), spec.span());
      return;
    }
    for (const Value& level : *levels->array()) {
      const std::string* label = text(level, "nodeLabel");
      if (label == nullptr) {
        diagnostics_.error("a level without nodeLabel", level.span());
      } else if (only(level, {"nodeLabel"}, "a level")) {
        topology.levels.push_back(*label);
      }
    }
  }

  void read_priority(const std::string& name, const Value& object) {
    const Value* value = object.find("value");
    const std::int64_t* whole = value == nullptr ? nullptr : value->integer();
    if (whole == nullptr || *whole < INT32_MIN || *whole > INT32_MAX) {
      diagnostics_.error(fmt::format("WorkloadPriorityClass `{}` without a whole number as value", name.substr(0, 60)),
                         value == nullptr ? object.span() : value->span(), "value: 1000");
      return;
    }
    spec_.workload_priority_classes.push_back({name, static_cast<std::int32_t>(*whole)});
  }

  void read_configuration(const Value& object) {
    const Value* fair = object.find("fairSharing");
    if (fair != nullptr && only(*fair, {"enable", "preemptionStrategies"}, "fairSharing")) {
      // v1beta2 has no switch: the table itself turns fair sharing on.
      const Value* enable = fair->find("enable");
      spec_.fair_sharing.enable = enable == nullptr || enable->boolean() == nullptr || *enable->boolean();
      if (const Value* strategies = fair->find("preemptionStrategies")) read_strategies(*strategies);
    }
    if (const Value* admission = object.find("admissionFairSharing")) read_admission(*admission);
    const Value* resources = object.find("resources");
    const Value* prefixes = resources == nullptr ? nullptr : resources->find("excludeResourcePrefixes");
    if (prefixes == nullptr || prefixes->array() == nullptr) return;
    for (const Value& prefix : *prefixes->array()) {
      if (prefix.string() != nullptr) spec_.exclude_resource_prefixes.push_back(*prefix.string());
    }
  }

  void read_strategies(const Value& list) {
    if (list.array() == nullptr) {
      diagnostics_.error("preemptionStrategies is a list", list.span());
      return;
    }
    spec_.fair_sharing.preemption_strategies.clear();
    const std::vector<std::string> names{"LessThanOrEqualToFinalShare", "LessThanInitialShare"};
    for (const Value& strategy : *list.array()) {
      const std::string* name = strategy.string();
      const auto found = name == nullptr ? names.end() : std::find(names.begin(), names.end(), *name);
      if (found == names.end()) {
        const std::string near = name == nullptr ? "" : did_you_mean(*name, names);
        diagnostics_.error("not a preemption strategy", strategy.span(),
                           near.empty() ? "LessThanOrEqualToFinalShare or LessThanInitialShare"
                                        : fmt::format("did you mean `{}`?", near));
        continue;
      }
      spec_.fair_sharing.preemption_strategies.push_back(found == names.begin()
                                                             ? KueueFairStrategy::LessThanOrEqualToFinalShare
                                                             : KueueFairStrategy::LessThanInitialShare);
    }
  }

  void read_admission(const Value& table) {
    if (!only(table, {"usageHalfLifeTime", "usageSamplingInterval", "resourceWeights"}, "admissionFairSharing")) return;
    KueueAdmissionFairSharing& into = spec_.admission_fair_sharing;
    if (const Value* half_life = table.find("usageHalfLifeTime")) {
      const double seconds = half_life->string() == nullptr ? -1 : go_duration(*half_life->string());
      if (seconds < 0 || seconds > 1e10) {
        diagnostics_.error("usageHalfLifeTime is no duration", half_life->span(), "a duration such as \"168h\"");
      } else {
        into.usage_half_life_time = Seconds(seconds);
      }
    }
    const Value* weights = table.find("resourceWeights");
    if (weights == nullptr || weights->table() == nullptr) return;
    into.gpu_weight = into.cpu_weight = into.memory_weight = 0;
    for (const Value::Entry& entry : *weights->table()) {
      const double weight = entry.value.real() != nullptr      ? *entry.value.real()
                            : entry.value.integer() != nullptr ? static_cast<double>(*entry.value.integer())
                                                               : -1;
      if (weight < 0 || weight > 1e9) {
        diagnostics_.error(fmt::format("the weight of `{}` is no number from 0", entry.key.substr(0, 60)),
                           entry.value.span());
      } else if (entry.key == "cpu") {
        into.cpu_weight = weight;
      } else if (entry.key == "memory") {
        into.memory_weight = weight;
      } else if (entry.key.ends_with("/gpu")) {
        into.gpu_weight = weight;
      }
    }
  }

  /// Reports keys other than these; false: it is no table.
  bool only(const Value& value, const std::vector<std::string>& keys, const std::string& what) {
    if (value.table() == nullptr) {
      diagnostics_.error(fmt::format("{} is a table", what), value.span());
      return false;
    }
    for (const Value::Entry& entry : *value.table()) {
      if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
      const std::string near = did_you_mean(entry.key, keys);
      diagnostics_.error(fmt::format("unknown key `{}` in {}", entry.key.substr(0, 60), what), entry.key_span,
                         near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    }
    return true;
  }

  /// Where a path of the parameters stands, or the nearest thing around it.
  Span place(const std::string& path) const {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const auto found = places_.find(path.substr(0, dot));
    if (found == places_.end()) return {};
    const auto& [spec, name_span] = found->second;
    Span span = name_span;
    const Value* value = &spec;
    for (std::size_t at = dot; at < path.size() && value != nullptr;) {
      const std::size_t end = std::min(path.find('.', at + 1), path.size());
      std::string part = path.substr(at + 1, end - at - 1);
      at = end;
      std::size_t number = std::string::npos;
      if (const std::size_t bracket = part.find('['); bracket != std::string::npos) {
        number = std::stoul(part.substr(bracket + 1));
        part.resize(bracket);
      }
      value = value->find(camel(part));
      if (value != nullptr && number != std::string::npos)
        value = value->array() != nullptr && number < value->array()->size() ? &(*value->array())[number] : nullptr;
      if (value != nullptr) span = value->span();
    }
    return span;
  }

  Diagnostics& diagnostics_;
  KueueSpec spec_;
  std::map<std::string, std::pair<Value, Span>> places_;  ///< Of each object: its spec, and its name.
};

}  // namespace

KueueSpec read_kueue_yaml(const Source& source, Diagnostics& diagnostics) {
  Diagnostics found;
  std::vector<Value> documents = read_yaml(source, found);
  KueueReader reader(found);
  for (Value& document : documents) {
    drop_nulls(document);
    kueue_quantities_as_texts(document);
    reader.read_object(document);
  }
  const bool read = !found.has_errors();
  // What is missing because of a mistake is no mistake of its own.
  KueueSpec spec;
  if (read) {
    if (documents.empty()) found.error("there is no object", Span{source, 1, 1, 1}, "kind: ClusterQueue");
    spec = reader.finish();
  }
  for (const Diagnostic& d : found.all()) {
    if (d.severity == Severity::Error) diagnostics.error(d.message, d.span, d.hint);
    if (d.severity == Severity::Warning) diagnostics.warning(d.message, d.span, d.hint);
  }
  return spec;
}

}  // namespace orrery
