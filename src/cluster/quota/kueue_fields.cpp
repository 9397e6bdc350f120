#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cluster/quota/kueue.hpp"

namespace orrery {
namespace {

/// `nominal_quota` as it stands, or `nominalQuota`.
std::string spelled(const std::string& name, KueueSpelling spelling) {
  if (spelling == KueueSpelling::Scenario) return name;
  std::string camel;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_' && i + 1 < name.size()) {
      camel += static_cast<char>(name[++i] - 'a' + 'A');
    } else {
      camel += name[i];
    }
  }
  return camel;
}

const std::vector<Choice<KueuePreemption>> kWithin{
    {"Never", KueuePreemption::Never, "Nobody is preempted."},
    {"LowerPriority", KueuePreemption::LowerPriority, "Jobs of lower priority."},
    {"LowerOrNewerEqualPriority", KueuePreemption::LowerOrNewerEqualPriority,
     "Jobs of lower priority, or of the same and submitted later."}};
const std::vector<Choice<KueuePreemption>> kReclaim{
    {"Never", KueuePreemption::Never, "Nobody is preempted."},
    {"LowerPriority", KueuePreemption::LowerPriority, "Jobs of lower priority in queues that borrow."},
    {"Any", KueuePreemption::Any, "Any job in queues that borrow."}};
const std::vector<Choice<KueuePreemption>> kBorrow{
    {"Never", KueuePreemption::Never, "Nobody is preempted for a job that borrows."},
    {"LowerPriority", KueuePreemption::LowerPriority, "Jobs of lower priority."}};
const std::vector<Choice<KueueStopPolicy>> kStop{
    {"None", KueueStopPolicy::None, "Jobs are admitted."},
    {"Hold", KueueStopPolicy::Hold, "None is admitted."},
    {"HoldAndDrain", KueueStopPolicy::HoldAndDrain, "None is admitted; in a replay none runs before, so as `Hold`."}};

/// The schemas of one spelling. Each stands once and is held by reference by those that it is part of.
struct Schemas {
  explicit Schemas(KueueSpelling spelling);

  Schema<KueueResourceQuota> quota;
  Schema<KueueFlavorQuotas> flavor;
  Schema<KueueResourceGroup> group;
  Schema<KueueBorrowWithinCohort> borrow;
  Schema<KueuePreemptionPolicies> preemption;
  Schema<KueueFlavorFungibility> fungibility;
  Schema<KueueWeight> weight;
  Schema<KueueAdmissionScope> scope;
  Schema<KueueClusterQueue> cluster_queue;
  Schema<KueueCohort> cohort;
  Schema<KueueLocalQueue> local_queue;
};

Schemas::Schemas(KueueSpelling spelling)
    : quota(spelled("resources", spelling), "Quota of a resource in a flavor."),
      flavor(spelled("flavors", spelling), "Quotas in a flavor."),
      group(spelled("resource_groups", spelling), "Resources that are given from one list of flavors."),
      borrow(spelled("borrow_within_cohort", spelling),
             "Preemption for a job that borrows; without fair sharing only."),
      preemption("preemption", "Who is preempted for the queue's jobs."),
      fungibility(spelled("flavor_fungibility", spelling), "When the next flavor is tried."),
      weight(spelled("fair_sharing", spelling), "Part in fair sharing."),
      scope(spelled("admission_scope", spelling), "Order among the LocalQueues of the queue."),
      cluster_queue(spelling == KueueSpelling::Api ? "spec" : "cluster_queues", "A ClusterQueue."),
      cohort(spelling == KueueSpelling::Api ? "spec" : "cohorts", "A Cohort."),
      local_queue(spelling == KueueSpelling::Api ? "spec" : "local_queues", "A LocalQueue.") {
  const auto n = [spelling](const char* name) { return spelled(name, spelling); };
  const bool api = spelling == KueueSpelling::Api;
  quota.text(n("name"), &KueueResourceQuota::name, needed(described("Of the resource.", "nvidia.com/gpu")))
      .text(n("nominal_quota"), &KueueResourceQuota::nominal_quota, needed(described("What the queue owns.", "64")))
      .text(n("borrowing_limit"), &KueueResourceQuota::borrowing_limit,
            described("Most that it takes from its cohort; without: no limit.", "16"))
      .text(n("lending_limit"), &KueueResourceQuota::lending_limit,
            described("Most of its own that the cohort may have; without: no limit.", "32"));
  flavor.text(n("name"), &KueueFlavorQuotas::name, needed(described("Of a ResourceFlavor.", "h100")))
      .list(n("resources"), &KueueFlavorQuotas::resources, quota, described("Quotas, one a resource.", ""));
  group
      .texts(n("covered_resources"), &KueueResourceGroup::covered_resources,
             needed(described("Resources of the group.", "nvidia.com/gpu")))
      .list(n("flavors"), &KueueResourceGroup::flavors, flavor, described("Flavors in the order of trying.", ""));
  borrow
      .choice(n("policy"), &KueueBorrowWithinCohort::policy, kBorrow,
              described("Whether a job that borrows preempts in other queues.", "LowerPriority"))
      .integer(n("max_priority_threshold"), &KueueBorrowWithinCohort::max_priority_threshold,
               described("Only jobs of at most this priority; without: any.", "100"));
  preemption
      .choice(n("within_cluster_queue"), &KueuePreemptionPolicies::within_cluster_queue, kWithin,
              described("In the same queue.", "LowerPriority"))
      .choice(
          n("reclaim_within_cohort"), &KueuePreemptionPolicies::reclaim_within_cohort, kReclaim,
          described("In queues of the cohort that borrow, for a job within the nominal quota; with fair sharing, as "
                    "far as shares allow.",
                    "Any"))
      .table(n("borrow_within_cohort"), &KueuePreemptionPolicies::borrow_within_cohort, borrow,
             described("For a job that borrows.", ""));
  // v1beta1 calls staying with a flavor by what is then done there.
  const std::vector<Choice<KueueFungibility>> borrow_names{
      {"MayStopSearch", KueueFungibility::MayStopSearch, "The flavor is taken."},
      {"Borrow", KueueFungibility::MayStopSearch, "The same, as v1beta1 calls it."},
      {"TryNextFlavor", KueueFungibility::TryNextFlavor, "The next one is tried."}};
  const std::vector<Choice<KueueFungibility>> preempt_names{
      {"MayStopSearch", KueueFungibility::MayStopSearch, "Jobs are preempted in the flavor."},
      {"Preempt", KueueFungibility::MayStopSearch, "The same, as v1beta1 calls it."},
      {"TryNextFlavor", KueueFungibility::TryNextFlavor, "The next one is tried."}};
  fungibility
      .choice(n("when_can_borrow"), &KueueFlavorFungibility::when_can_borrow, borrow_names,
              described("Where a job has to borrow in a flavor.", "TryNextFlavor"))
      .choice(n("when_can_preempt"), &KueueFlavorFungibility::when_can_preempt, preempt_names,
              described("Where others have to be preempted in a flavor.", "MayStopSearch"))
      .choice(
          n("preference"), &KueueFlavorFungibility::preference,
          {{"BorrowingOverPreemption", KueueFlavorPreference::BorrowingOverPreemption, "Rather the least borrowing."},
           {"PreemptionOverBorrowing", KueueFlavorPreference::PreemptionOverBorrowing, "Rather preempt than borrow."}},
          described("Between flavors of which none fits without either.", "PreemptionOverBorrowing"));
  weight.text(n("weight"), &KueueWeight::weight, described("Share of what is borrowed over that of others.", "2"));
  scope.choice(n("admission_mode"), &KueueAdmissionScope::admission_mode,
               {{"None", KueueAdmissionMode::None, "By priority and submission."},
                {"NoAdmissionFairSharing", KueueAdmissionMode::None, "The same, as the API calls it."},
                {"UsageBasedAdmissionFairSharing", KueueAdmissionMode::UsageBasedAdmissionFairSharing,
                 "LocalQueues that used less go first."},
                {"UsageBasedFairSharing", KueueAdmissionMode::UsageBasedAdmissionFairSharing,
                 "The same, as the documentation calls it."}},
               described("How LocalQueues of one ClusterQueue are ordered.", "UsageBasedAdmissionFairSharing"));

  if (!api) cluster_queue.text(n("name"), &KueueClusterQueue::name, needed(described("Of the queue.", "team-a")));
  cluster_queue.text(n("cohort"), &KueueClusterQueue::cohort, described("Whose members lend and borrow.", "research"));
  if (api) cluster_queue.text("cohortName", &KueueClusterQueue::cohort, described("The same in v1beta2.", "research"));
  cluster_queue
      .choice(n("queueing_strategy"), &KueueClusterQueue::queueing_strategy,
              {{"BestEffortFIFO", KueueQueueing::BestEffortFifo, "Jobs behind one that does not fit may go."},
               {"StrictFIFO", KueueQueueing::StrictFifo, "All wait for the first one."}},
              described("What a job that does not fit means for those behind it.", "StrictFIFO"))
      .list(n("resource_groups"), &KueueClusterQueue::resource_groups, group, described("Quotas.", ""))
      .table(n("preemption"), &KueueClusterQueue::preemption, preemption, described("Who is preempted.", ""))
      .table(n("flavor_fungibility"), &KueueClusterQueue::flavor_fungibility, fungibility,
             described("When the next flavor is tried.", ""))
      .table(n("fair_sharing"), &KueueClusterQueue::fair_sharing, weight, described("Part in fair sharing.", ""))
      .choice(n("stop_policy"), &KueueClusterQueue::stop_policy, kStop, described("Whether jobs are admitted.", "Hold"))
      .table(n("admission_scope"), &KueueClusterQueue::admission_scope, scope,
             described("Order among its LocalQueues.", ""));
  if (!api) cohort.text(n("name"), &KueueCohort::name, needed(described("Of the cohort.", "research")));
  cohort.text(n("parent"), &KueueCohort::parent, described("The cohort that it is part of.", "company"));
  if (api) cohort.text("parentName", &KueueCohort::parent, described("The same in v1beta2.", "company"));
  cohort
      .list(n("resource_groups"), &KueueCohort::resource_groups, group,
            described("Quotas that belong to no queue of it.", ""))
      .table(n("fair_sharing"), &KueueCohort::fair_sharing, weight, described("Part in fair sharing.", ""));
  if (!api) {
    local_queue
        .text(n("name"), &KueueLocalQueue::name, needed(described("What jobs' tenants are called.", "team-a-queue")))
        .text("namespace", &KueueLocalQueue::name_space, described("Jobs may also say namespace/name.", "team-a"));
  }
  local_queue
      .text(n("cluster_queue"), &KueueLocalQueue::cluster_queue, needed(described("Where its jobs go.", "team-a")))
      .table(n("fair_sharing"), &KueueLocalQueue::fair_sharing, weight,
             described("Part in the order among LocalQueues.", ""))
      .choice(n("stop_policy"), &KueueLocalQueue::stop_policy, kStop, described("Whether jobs are admitted.", "Hold"));
  if (api) {
    for (const char* key :
         {"namespaceSelector", "admissionChecks", "admissionChecksStrategy", "concurrentAdmissionPolicy"})
      cluster_queue.ignore(key);
  }
}

const Schemas& schemas(KueueSpelling spelling) {
  static const Schemas scenario(KueueSpelling::Scenario), api(KueueSpelling::Api);
  return spelling == KueueSpelling::Scenario ? scenario : api;
}

const Schema<KueueResourceFlavor>& flavor_schema() {
  static const Schema<KueueResourceFlavor> schema = [] {
    Schema<KueueResourceFlavor> s("resource_flavors", "A kind of nodes.");
    s.text("name", &KueueResourceFlavor::name, needed(described("Of the flavor.", "h100")))
        .text("gpu_type", &KueueResourceFlavor::gpu_type, described("Of its nodes; empty: any.", "H100"))
        .text("topology_name", &KueueResourceFlavor::topology_name, described("Of a topology.", "default"));
    return s;
  }();
  return schema;
}

const Schema<KueuePriorityClass>& priority_schema() {
  static const Schema<KueuePriorityClass> schema = [] {
    Schema<KueuePriorityClass> s("workload_priority_classes", "A WorkloadPriorityClass.");
    s.text("name", &KueuePriorityClass::name, needed(described("What jobs' QOS is called.", "prod")))
        .integer("value", &KueuePriorityClass::value, needed(described("Larger goes first.", "1000")));
    return s;
  }();
  return schema;
}

const Schema<KueueTopology>& topology_schema() {
  static const Schema<KueueTopology> schema = [] {
    Schema<KueueTopology> s("topologies", "Levels of the network.");
    s.text("name", &KueueTopology::name, needed(described("Of the topology.", "default")))
        .texts("levels", &KueueTopology::levels, described("Node labels, the widest first.", "rack"));
    return s;
  }();
  return schema;
}

const Schema<KueueFairSharing>& fair_schema() {
  static const Schema<KueueFairSharing> schema = [] {
    Schema<KueueFairSharing> s("fair_sharing", "Sharing of what is borrowed, by preemption.");
    s.boolean("enable", &KueueFairSharing::enable, described("Whether shares order and preempt.", "true"))
        .choice_list("preemption_strategies", &KueueFairSharing::preemption_strategies,
                     {{"LessThanOrEqualToFinalShare", KueueFairStrategy::LessThanOrEqualToFinalShare,
                       "The preemptor's share stays at or below the victim queue's without the victim."},
                      {"LessThanInitialShare", KueueFairStrategy::LessThanInitialShare,
                       "The preemptor's share stays below the victim queue's with the victim."}},
                     described("Tried in this order.", "LessThanOrEqualToFinalShare"));
    return s;
  }();
  return schema;
}

const Schema<KueueAdmissionFairSharing>& admission_schema() {
  static const Schema<KueueAdmissionFairSharing> schema = [] {
    Schema<KueueAdmissionFairSharing> s("admission_fair_sharing", "Order among LocalQueues by what they used.");
    s.quantity("usage_half_life_time", &KueueAdmissionFairSharing::usage_half_life_time,
               bounded("After which usage counts half; 0: only what runs now counts.", "7 days", 0, 1e10))
        .number("gpu_weight", &KueueAdmissionFairSharing::gpu_weight, bounded("Of a GPU.", "1", 0, 1e9))
        .number("cpu_weight", &KueueAdmissionFairSharing::cpu_weight, bounded("Of a CPU.", "0.05", 0, 1e9))
        .number("memory_weight", &KueueAdmissionFairSharing::memory_weight,
                bounded("Of a GiB of memory.", "0.01", 0, 1e9));
    return s;
  }();
  return schema;
}

bool is_quantity(const std::string& key) {
  static const std::vector<std::string> keys{"nominal_quota", "nominalQuota", "borrowing_limit", "borrowingLimit",
                                             "lending_limit", "lendingLimit", "weight"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

const Schema<KueueSpec>& kueue_schema() {
  static const Schema<KueueSpec> schema = [] {
    const Schemas& parts = schemas(KueueSpelling::Scenario);
    Schema<KueueSpec> s("kueue", "Kueue: quotas with borrowing and lending in cohorts.");
    s.list("cluster_queues", &KueueSpec::cluster_queues, parts.cluster_queue, described("ClusterQueues.", ""))
        .list("cohorts", &KueueSpec::cohorts, parts.cohort, described("Cohorts; those only named have no quota.", ""))
        .list("local_queues", &KueueSpec::local_queues, parts.local_queue, described("LocalQueues.", ""))
        .list("resource_flavors", &KueueSpec::resource_flavors, flavor_schema(), described("ResourceFlavors.", ""))
        .list("workload_priority_classes", &KueueSpec::workload_priority_classes, priority_schema(),
              described("WorkloadPriorityClasses.", ""))
        .list("topologies", &KueueSpec::topologies, topology_schema(), described("Topologies.", ""))
        .table("fair_sharing", &KueueSpec::fair_sharing, fair_schema(), described("Fair sharing.", ""))
        .table("admission_fair_sharing", &KueueSpec::admission_fair_sharing, admission_schema(),
               described("Fair sharing among LocalQueues.", ""))
        .texts("exclude_resource_prefixes", &KueueSpec::exclude_resource_prefixes,
               described("Resources that begin so are not counted.", "cpu"));
    return s;
  }();
  return schema;
}

const Schema<KueueClusterQueue>& kueue_cluster_queue_spec() {
  return schemas(KueueSpelling::Api).cluster_queue;
}
const Schema<KueueCohort>& kueue_cohort_spec() {
  return schemas(KueueSpelling::Api).cohort;
}
const Schema<KueueLocalQueue>& kueue_local_queue_spec() {
  return schemas(KueueSpelling::Api).local_queue;
}

void kueue_quantities_as_texts(Value& value) {
  if (Value::Array* list = value.array()) {
    for (Value& element : *list) kueue_quantities_as_texts(element);
  }
  Value::Table* table = value.table();
  if (table == nullptr) return;
  for (Value::Entry& entry : *table) {
    if (!is_quantity(entry.key)) {
      kueue_quantities_as_texts(entry.value);
    } else if (const auto* whole = entry.value.integer()) {
      entry.value = Value(std::to_string(*whole), entry.value.span());
    } else if (const auto* real = entry.value.real()) {
      entry.value = Value(fmt::format("{}", *real), entry.value.span());
    }
  }
}

}  // namespace orrery
