#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "cluster/quota/kai.hpp"
#include "cluster/quota/kueue.hpp"
#include "cluster/quota/resources.hpp"
#include "cluster/quota/volcano.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

TEST_CASE("Kubernetes quantities: hand-computed") {
  CHECK(*parse_kubernetes_quantity("8") == 8);
  CHECK(*parse_kubernetes_quantity("500m") == 0.5);
  CHECK(*parse_kubernetes_quantity("1e3") == 1000);
  CHECK(*parse_kubernetes_quantity("1E") == 1e18);
  CHECK(*parse_kubernetes_quantity("2k") == 2000);
  CHECK(*parse_kubernetes_quantity("16Gi") == 16.0 * 1024 * 1024 * 1024);
  CHECK(*parse_kubernetes_quantity("0.5Ti") == 512.0 * 1024 * 1024 * 1024);
  for (const char* bad : {"", "-1", "GiB", "16GiB", "8 ", "1e400", "nan", "inf", "16gi", "2Ei", "K", "0x10"}) {
    CAPTURE(bad);
    CHECK(!parse_kubernetes_quantity(bad));
  }
  CHECK(amount_of_quantity(0.3, QuotaResource::Cpu) == 300);
  CHECK(amount_of_quantity(8, QuotaResource::Gpu) == 8000);
  CHECK(amount_of_quantity(16.0 * 1024 * 1024 * 1024, QuotaResource::Memory) == 16 * 1024);
  CHECK(quota_resource("nvidia.com/gpu") == QuotaResource::Gpu);
  CHECK(!quota_resource("rdma/hca"));
}

Value toml(const std::string& text, Diagnostics& diagnostics) {
  return read_toml(std::make_shared<SourceText>(SourceText{"quota.toml", text}), diagnostics);
}

TEST_CASE("Kueue in a scenario: numbers stand for quantities, keys are told what they mean") {
  Diagnostics diagnostics;
  Value table = toml(R"(
[[cluster_queues]]
name = "a"
cohort = "team"
queueing_strategy = "StrictFIFO"
[[cluster_queues.resource_groups]]
covered_resources = ["nvidia.com/gpu"]
[[cluster_queues.resource_groups.flavors]]
name = "h100"
resources = [{ name = "nvidia.com/gpu", nominal_quota = 64, borrowing_limit = "16" }]
[fair_sharing]
enable = true
)",
                     diagnostics);
  kueue_quantities_as_texts(table);
  KueueSpec spec;
  kueue_schema().read(table, spec, diagnostics);
  check_kueue(spec, diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
  CHECK(spec.cluster_queues.at(0).resource_groups.at(0).flavors.at(0).resources.at(0).nominal_quota == "64");
  CHECK(spec.fair_sharing.enable);
  // What is written is read back.
  KueueSpec again;
  kueue_schema().read(kueue_schema().write(spec), again, diagnostics);
  CHECK(!diagnostics.has_errors());
  CHECK(again.cluster_queues.at(0).queueing_strategy == KueueQueueing::StrictFifo);
  CHECK(again.cluster_queues.at(0).resource_groups.at(0).flavors.at(0).resources.at(0).borrowing_limit == "16");
}

TEST_CASE("Kueue: mistakes that only all objects together show") {
  KueueSpec spec;
  KueueClusterQueue queue;
  queue.name = "a";
  queue.preemption.borrow_within_cohort.policy = KueuePreemption::LowerPriority;
  queue.resource_groups = {{{"gpu", "cpu"}, {{"f", {{"gpu", "8", "4", {}}, {"gpus", "x", {}, {}}}}}}};
  spec.cluster_queues = {queue, queue};
  KueueLocalQueue local;
  local.name = "l";
  local.cluster_queue = "b";
  spec.local_queues = {local};
  spec.fair_sharing.preemption_strategies = {KueueFairStrategy::LessThanInitialShare,
                                             KueueFairStrategy::LessThanOrEqualToFinalShare};
  Diagnostics diagnostics;
  check_kueue(spec, diagnostics);
  const std::string told = render_text(diagnostics.all(), false);
  for (const char* part :
       {"`a` stands twice", "never reclaims", "a borrowing limit without a cohort", "`gpus` is not among the covered",
        "did you mean `gpu`?", "`x` is no quantity", "has no quota of `cpu`", "there is no ClusterQueue `b`",
        "does not take these preemption strategies"}) {
    CAPTURE(part);
    CHECK(told.find(part) != std::string::npos);
  }
}

TEST_CASE("KAI and Volcano in a scenario: queues and their mistakes") {
  Diagnostics diagnostics;
  KaiSpec kai;
  kai_schema().read(
      toml("k_value = 0.5\nqueues = [{ name = \"a\", parent_queue = \"b\", gpu = { quota = 8 } }, { name = "
           "\"b\", reclaim_min_runtime = \"5 min\" }]\n",
           diagnostics),
      kai, diagnostics);
  check_kai(kai, diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
  CHECK(kai.queues.at(0).gpu.quota == 8);
  CHECK(kai.queues.at(1).reclaim_min_runtime->raw() == 300);
  kai.queues[1].parent_queue = "a";
  check_kai(kai, diagnostics);
  CHECK(render_text(diagnostics.all(), false).find("above themselves") != std::string::npos);

  Diagnostics others;
  VolcanoSpec volcano;
  volcano_schema().read(toml("sharing = \"capacity\"\nqueues = [{ name = \"a\", guarantee = { memory = \"2 TiB\" }, "
                             "capability = { memory = "
                             "\"1 TiB\" } }, { name = \"a\", parent = \"c\" }]\n",
                             others),
                        volcano, others);
  check_volcano(volcano, others);
  const std::string told = render_text(others.all(), false);
  CHECK(told.find("guaranteed more than its capability") != std::string::npos);
  CHECK(told.find("`a` stands twice") != std::string::npos);
  CHECK(told.find("there is no `c` for `a` to be below") != std::string::npos);
}

}  // namespace
}  // namespace orrery
