#include "validate/collective_meaning.hpp"

#include <doctest/doctest.h>

#include <string>

#include "validate/collective_nearest.hpp"
#include "validate/embedded_presets.hpp"

namespace orrery {
namespace {

CollectiveRow row(const std::string& gpu, int gpus, int per_node, const std::string& intra, const std::string& inter,
                  const std::string& notes = "") {
  CollectiveRow r;
  r.id = "x";
  r.collective = "all_reduce";
  r.gpu = gpu;
  r.gpus = gpus;
  r.gpus_per_node = per_node;
  r.intra_link = intra;
  r.inter_link = inter;
  r.bus_bandwidth = 100;
  r.notes = notes;
  return r;
}

CollectiveMeaning meaning(const CollectiveRow& r) {
  auto result = interpret_collective(r, embedded_presets());
  REQUIRE_MESSAGE(result.has_value(), r.gpu << " " << r.inter_link << ": " << (result ? "" : result.error()));
  return *result;
}

std::string reason(const CollectiveRow& r) {
  const auto result = interpret_collective(r, embedded_presets());
  return result ? "" : result.error();
}

TEST_CASE("collective meaning: hand-computed, chips that a cell abbreviates") {
  for (const auto& [cell, name] : {std::pair{"A100", "A100-SXM4-40GB"},
                                   {"A100-SXM4-80GB", "A100-SXM4-80GB"},
                                   {"H100-SXM", "H100-SXM5-80GB"},
                                   {"H100", "H100-SXM5-80GB"},
                                   {"H20", "H20-SXM5"},
                                   {"H200-SXM", "H200-SXM5-141GB"},
                                   {"B200", "B200-SXM-HGX"},
                                   {"GB200", "GB200-NVL72"},
                                   {"SM90 (H100/H800)", "H100-SXM5-80GB"},
                                   {"MI300X", "MI300X"}}) {
    CHECK(meaning(row(cell, 8, 8, "NVLink4", "")).cluster.chip.name == name);
  }
  CHECK(reason(row("Trainium (unspecified)", 2, 2, "NeuronLink", "")) ==
        "chip Trainium (unspecified): several of unlike links");
  CHECK(reason(row("Cerebras", 2, 2, "", "")) == "chip Cerebras: no preset");
  CHECK(reason(row("", 2, 2, "", "")) == "chip not stated");
}

TEST_CASE("collective meaning: hand-computed, networks and a GPU's share of them") {
  struct Case {
    const char* link;
    double gbits;  // of a GPU
    const char* fabric;
  };
  for (const Case& c :
       {Case{"8x IB NDR400", 400, "InfiniBand NDR, 400 Gbit/s"},
        Case{"4x IB HDR200", 100, "InfiniBand HDR, 200 Gbit/s"},
        Case{"32x100G EFAv2", 400, "AWS EFA, second generation"},
        Case{"16x200G EFAv3", 400, "AWS EFA, third generation"}, Case{"RoCE 1600G per node", 200, "RoCE, 200 Gbit/s"},
        Case{"8x400G RoCE", 400, "RoCE, 400 Gbit/s"}, Case{"8x IB XDR", 800, "InfiniBand XDR, 800 Gbit/s"},
        Case{"8x 400G", 400, "InfiniBand NDR, 400 Gbit/s"}}) {
    CAPTURE(c.link);
    const CollectiveMeaning m = meaning(row("H100", 16, 8, "NVLink4", c.link));
    CHECK(m.cluster.node.scale_out_bandwidth.raw() == doctest::Approx(c.gbits * 1e9 / 8));
    CHECK(m.cluster.fabric.name == c.fabric);
    CHECK(m.group.ranks_per_domain == 8);
    CHECK_FALSE(m.cluster.fabric.reduces_in_switch);
  }
  CHECK(meaning(row("H100", 32, 8, "NVLink4", "8x IB NDR400 SHARP")).cluster.fabric.reduces_in_switch);
  CHECK(reason(row("H100", 16, 8, "NVLink4", "")) == "network between servers not stated");
  CHECK(reason(row("H100", 16, 8, "NVLink4", "IB HDR200 CX6")) == "number of NICs not stated");
  CHECK(reason(row("H100", 16, 8, "NVLink4", "8x InfiniBand")) == "rate of the NICs not stated");
  // A rack of 72 is one domain; GPUs of it with their own links are not.
  CHECK(meaning(row("GB200", 32, 4, "NVLink5 NVL72", "none")).group.ranks_per_domain == 32);
  CHECK(meaning(row("GB200", 144, 4, "NVLink5 NVL72", "4x IB NDR400")).group.ranks_per_domain == 72);
  CHECK(reason(row("GB200", 32, 4, "NVLink5", "none")) == "network between servers not stated");
}

TEST_CASE("collective meaning: hand-computed, algorithms, sizes and times") {
  CollectiveRow r = row("H100", 8, 8, "NVLink4", "", "4x p5en; ALGO=NVLSTree");
  CHECK(meaning(r).algorithm == "NVLSTree");
  r.notes = "NCCL picked Ring";
  CHECK(meaning(r).algorithm.empty());
  r.notes = "NCCL_NVLS_ENABLE=0 (Ring)";
  CHECK(meaning(r).algorithm == "ring");
  // A peak: 16 GiB x 14/8 at 100 GB/s of bus bandwidth.
  CHECK(meaning(r).measured.raw() == doctest::Approx(17179869184.0 * 1.75 / 100e9));
  CHECK(meaning(r).fills.size() == 1);
  r.bytes = 1e6;
  r.time_us = 50;
  CHECK(meaning(r).measured.raw() == doctest::Approx(50e-6));
  CHECK(stated_figure(r) == std::pair<std::string, double>("time_us", 50));
  CHECK(meaning(r).host.raw() > 0);
  r.notes = "CUDA graph";
  CHECK(meaning(r).host.raw() == 0);
  r.time_us.reset();
  r.bus_bandwidth.reset();
  CHECK(reason(r) == "neither time nor bandwidth stated");
  r.algorithm_bandwidth = 20;
  CHECK(meaning(r).measured.raw() == doctest::Approx(1e6 / 20e9));
  r.notes = "a badly tuned case";
  CHECK(reason(r) == "the source calls it badly tuned");
  r.gpus = 1;
  r.notes.clear();
  CHECK(reason(r) == "a single GPU sends nothing");
}

TEST_CASE("collective meaning: hand-computed, exchanges of experts") {
  CollectiveRow r =
      row("H800", 8, 8, "NVLink4", "8x IB CX7 400G", "low-latency kernel, 128 tokens, 7168 hidden, top-8, FP8");
  r.collective = "moe_dispatch";
  r.bus_bandwidth = 98;
  CollectiveMeaning m = meaning(r);
  REQUIRE(m.experts.has_value());
  // 128 tokens to 8 experts each, 7,168 bytes and 56 scales of 4: 7.57 MB, 77.2 us at 98 GB/s.
  CHECK(m.payload.raw() == doctest::Approx(128.0 * 8 * (7168 + 224)));
  CHECK(m.measured.raw() == doctest::Approx(77.24e-6).epsilon(1e-3));
  CHECK(m.experts->low_latency);
  // Over RDMA a copy for each of two servers, both of which eight experts nearly always reach: 2 x (1 -
  // C(128,8)/C(256,8)).
  r.notes = "bottleneck RDMA bandwidth; 4096 tokens, 7168 hidden, top-8, FP8";
  r.gpus = 16;
  m = meaning(r);
  double none = 1;
  for (int i = 0; i < 8; ++i) none *= (128.0 - i) / (256.0 - i);
  CHECK(m.payload.raw() == doctest::Approx(4096.0 * 7392 * 2 * (1 - none)));
  // BF16 on the way back; what is not stated is DeepEP's default, and told.
  r.collective = "moe_combine";
  r.notes = "";
  m = meaning(r);
  CHECK(m.experts->token_bytes == doctest::Approx(2 * 7168));
  CHECK(m.fills.size() == 3);
}

TEST_CASE("collective nearest: hand-computed, distances and order") {
  const CollectiveMeaning one = meaning(row("H100", 8, 8, "NVLink4", ""));
  CHECK(unlikeness(one, one) == 0);
  // Two servers: another kind of group, and one doubling of the ranks.
  const CollectiveMeaning two = meaning(row("H100", 16, 8, "NVLink4", "8x IB NDR400"));
  CHECK(unlikeness(one, two) == doctest::Approx(2.5));
  CHECK(unlikeness(two, one) == unlikeness(one, two));
  const auto references = collective_references(embedded_presets());
  REQUIRE(references.size() > 50);
  const auto near = nearest_collectives(one, references, 3);
  REQUIRE(near.size() == 3);
  CHECK(unlikeness(one, near[0]->meaning) <= unlikeness(one, near[1]->meaning));
  for (const CollectiveReference& each : references)
    CHECK(unlikeness(one, each.meaning) >= unlikeness(one, near[0]->meaning));
}

}  // namespace
}  // namespace orrery
