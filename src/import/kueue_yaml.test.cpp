#include "import/kueue_yaml.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "import/yaml_reader.hpp"

namespace orrery {
namespace {

Source source_of(std::string text) {
  return std::make_shared<SourceText>(SourceText{"queues.yaml", std::move(text)});
}

Source corpus(const std::string& name) {
  std::ifstream file(std::string(ORRERY_SOURCE_DIR) + "/tests/fuzz/corpus/kueue_yaml/" + name, std::ios::binary);
  REQUIRE(file.good());
  return source_of(std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST_CASE("YAML: documents, scalars, aliases and places (hand-computed)") {
  Diagnostics diagnostics;
  const auto documents = read_yaml(
      source_of(
          "a: 1\nb: [x, \"2\", 2.5, yes, true, ~]\n---\n# \xE2\x82\xAC\n\xE2\x82\xAC\xE2\x82\xAC: &t {k: v}\nc: *t\n"),
      diagnostics);
  REQUIRE(!diagnostics.has_errors());
  REQUIRE(documents.size() == 2);
  CHECK(*documents[0].find("a")->integer() == 1);
  const Value::Array& list = *documents[0].find("b")->array();
  REQUIRE(list.size() == 6);
  CHECK(*list[1].string() == "2");
  CHECK(*list[2].real() == 2.5);
  CHECK(*list[3].string() == "yes");
  CHECK(*list[4].boolean());
  CHECK(list[5].is_null());
  // Columns count bytes: two euro signs are six, then ": &t {k: " are nine more.
  CHECK(documents[0].find("b")->span().line == 2);
  CHECK(documents[1].find("\xE2\x82\xAC\xE2\x82\xAC")->find("k")->span().line == 5);
  CHECK(documents[1].find("\xE2\x82\xAC\xE2\x82\xAC")->find("k")->span().column == 16);
  CHECK(*documents[1].find("c")->find("k")->string() == "v");
}

TEST_CASE("Kueue YAML: a manifest with every kind of object") {
  Diagnostics diagnostics;
  const KueueSpec spec = read_kueue_yaml(corpus("good_team.yaml"), diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
  REQUIRE(spec.cluster_queues.size() == 2);
  const KueueClusterQueue& a = spec.cluster_queues[0];
  CHECK(a.name == "team-a");
  CHECK(a.cohort == "company");
  CHECK(a.queueing_strategy == KueueQueueing::StrictFifo);
  const KueueResourceQuota& gpu = a.resource_groups.at(0).flavors.at(0).resources.at(0);
  CHECK(gpu.nominal_quota == "64");
  CHECK(gpu.borrowing_limit == "16");
  CHECK(gpu.lending_limit == "32");
  CHECK(a.preemption.reclaim_within_cohort == KueuePreemption::Any);
  CHECK(a.preemption.borrow_within_cohort.max_priority_threshold == 100);
  CHECK(a.flavor_fungibility.when_can_borrow == KueueFungibility::TryNextFlavor);
  CHECK(a.flavor_fungibility.when_can_preempt == KueueFungibility::MayStopSearch);
  CHECK(a.fair_sharing.weight == "0.5");
  CHECK(spec.cluster_queues[1].cohort == "company");  // cohortName of v1beta2.
  REQUIRE(spec.resource_flavors.size() == 1);
  CHECK(spec.resource_flavors[0].gpu_type == "H100");
  CHECK(spec.topologies.at(0).levels.size() == 2);
  CHECK(spec.cohorts.at(0).resource_groups.at(0).flavors.at(0).resources.at(1).nominal_quota == "2Ti");
  CHECK(spec.local_queues.at(0).name_space == "team-a");
  CHECK(spec.workload_priority_classes.at(0).value == 1000);
}

TEST_CASE("Kueue YAML: lists, aliases and the configuration") {
  Diagnostics diagnostics;
  const KueueSpec spec = read_kueue_yaml(corpus("good_list.yaml"), diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
  REQUIRE(spec.cluster_queues.size() == 2);
  CHECK(spec.cluster_queues[1].resource_groups.at(0).flavors.at(0).resources.at(0).nominal_quota == "500m");
  CHECK(spec.fair_sharing.enable);
  CHECK(spec.fair_sharing.preemption_strategies == std::vector{KueueFairStrategy::LessThanInitialShare});
  CHECK(spec.admission_fair_sharing.usage_half_life_time.raw() == 5400);
  CHECK(spec.admission_fair_sharing.gpu_weight == 2.5);
  CHECK(spec.exclude_resource_prefixes == std::vector<std::string>{"memory"});
}

TEST_CASE("Kueue YAML: mistakes are told with their place and the likely fix") {
  Diagnostics diagnostics;
  read_kueue_yaml(corpus("bad_keys.yaml"), diagnostics);
  const std::string told = render_text(diagnostics.all(), false);
  CHECK(told.find("queues.yaml:6:3") != std::string::npos);
  CHECK(told.find("did you mean `cohort`?") != std::string::npos);
  CHECK(told.find("queues.yaml:7:21") != std::string::npos);
  CHECK(told.find("StrictFIFO") != std::string::npos);
  CHECK(told.find("did you mean `nominalQuota`?") != std::string::npos);

  Diagnostics quantities;
  read_kueue_yaml(corpus("bad_quantity.yaml"), quantities);
  const std::string second = render_text(quantities.all(), false);
  CHECK(second.find("`GiB` is no suffix of a quantity") != std::string::npos);
  CHECK(second.find("queues.yaml:10:38") != std::string::npos);
  CHECK(second.find("a borrowing limit without a cohort") != std::string::npos);
  CHECK(second.find("`-3` is below zero") != std::string::npos);

  Diagnostics cycle;
  read_kueue_yaml(corpus("bad_cycle.yaml"), cycle);
  CHECK(render_text(cycle.all(), false).find("is above itself") != std::string::npos);
}

TEST_CASE("Kueue YAML: bombs, depth and broken text are refused") {
  for (const char* name : {"bad_alias_bomb.yaml", "bad_self_alias.yaml", "bad_unknown_alias.yaml", "bad_depth.yaml",
                           "bad_depth_block.yaml", "bad_depth_keys.yaml", "bad_twice.yaml", "bad_utf8.yaml",
                           "bad_tab.yaml", "bad_key_list.yaml", "bad_kind.yaml", "bad_version.yaml", "bad_scalar.yaml",
                           "bad_quote.yaml", "bad_commas.yaml", "bad_bom.yaml", "empty.yaml"}) {
    CAPTURE(name);
    Diagnostics diagnostics;
    read_kueue_yaml(corpus(name), diagnostics);
    CHECK(diagnostics.has_errors());
  }
}

}  // namespace
}  // namespace orrery
