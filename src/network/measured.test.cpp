// Published measurements of collectives on one server against the closed forms, with nothing but the machine's presets.
// Those of collectives-measured.csv: src/validate/collective_open_rows.test.cpp.

#include <doctest/doctest.h>

#include "hardware/hardware_fields.hpp"
#include "network/hierarchical.hpp"

namespace orrery {
namespace {

// Times in us of nccl-tests on one server, NVIDIA's ai-dynamo/aiconfigurator tables (Apache-2.0): nccl 2.27.3 on A100,
// 2.29.2 on H100 and B200. Constants were fitted to these tables as a whole.
TEST_CASE("collectives: published, one server of A100, H100, B200") {
  struct Row {
    const char* node;
    Collective collective;
    int ranks;
    Bytes payload;
    double time_us;
  };
  const Row rows[] = {
      {"a100-sxm", Collective::AllReduce, 8, 4_MiB, 77.31},
      {"a100-sxm", Collective::AllReduce, 8, 64_MiB, 595.3},
      {"a100-sxm", Collective::AllReduce, 4, 512_MiB, 3716.3},
      {"a100-sxm", Collective::AllGather, 8, 512_MiB, 2288.0},
      {"a100-sxm", Collective::ReduceScatter, 4, 64_MiB, 303.3},
      {"a100-sxm", Collective::AllToAll, 8, 64_MiB, 347.6},
      {"h100-sxm", Collective::AllReduce, 8, 4_MiB, 50.49},
      {"h100-sxm", Collective::AllReduce, 8, 512_MiB, 2111.1},
      {"h100-sxm", Collective::AllReduce, 2, 64_MiB, 254.57},
      {"h100-sxm", Collective::AllGather, 8, 16_MiB, 68.86},
      {"h100-sxm", Collective::ReduceScatter, 8, 64_MiB, 200.75},
      {"h100-sxm", Collective::AllToAll, 8, 512_MiB, 1490.4},
      {"b200", Collective::AllReduce, 8, 512_MiB, 1334.6},
      {"b200", Collective::AllReduce, 4, 64_MiB, 181.8},
      {"b200", Collective::AllGather, 8, 64_MiB, 137.5},
      {"b200", Collective::AllToAll, 8, 512_MiB, 834.2},
  };
  for (const Row& row : rows) {
    Diagnostics diagnostics;
    const Cluster cluster = load_cluster(row.node, diagnostics);
    REQUIRE_FALSE(diagnostics.has_errors());
    const auto curve = HierarchicalModel(cluster).curve(row.collective, {row.ranks, row.ranks, row.ranks});
    CHECK(curve.time(row.payload).raw() == doctest::Approx(row.time_us * 1e-6).epsilon(0.2));
  }
}

// DeepEP's normal kernels with 24 SMs on eight H100 (same tables, sglang 0.5.12): 7,168 wide, 8 of 256 experts. No
// constant was fitted to them. A token goes once to each rank that holds one of its experts: with random routing to
// 7 (1 - (7/8)^8) = 4.594 other ranks on average, as 1 byte a value and 4 bytes a 128 values on the way out (dispatch),
// 2 bytes a value on the way back (combine).
TEST_CASE("collectives: published, exchange of experts is an all-to-all of the bytes that it sends") {
  struct Row {
    double tokens, dispatch_us, combine_us;
  };
  Diagnostics diagnostics;
  const auto curve = HierarchicalModel(load_cluster("h100-sxm", diagnostics)).curve(Collective::AllToAll, {8, 8, 8});
  REQUIRE_FALSE(diagnostics.has_errors());
  for (const Row& row : {Row{512, 95.4, 181.7}, Row{4096, 498.4, 960.6}, Row{16384, 1936.3, 3598.7}}) {
    const double values = row.tokens * 4.594 * 7168 * 8 / 7;  // with a rank's own share, as the payload counts it
    CHECK(curve.time(Bytes(values * (1 + 4.0 / 128))).raw() == doctest::Approx(row.dispatch_us * 1e-6).epsilon(0.12));
    CHECK(curve.time(Bytes(values * 2)).raw() == doctest::Approx(row.combine_us * 1e-6).epsilon(0.12));
  }
}

}  // namespace
}  // namespace orrery
