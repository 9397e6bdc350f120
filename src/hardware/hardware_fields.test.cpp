#include "hardware/hardware_fields.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "scenario/overrides.hpp"
#include "scenario/preset.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

Cluster load_fabric_cluster(const FabricQuestion& question, Diagnostics& diagnostics) {
  const std::optional<Value> table = fabric_cluster_table(question, diagnostics);
  return table ? read_cluster(*table, diagnostics) : Cluster{};
}

Value table_of(const std::string& toml) {
  Diagnostics diagnostics;
  Value value = read_toml(std::make_shared<SourceText>(SourceText{"test.toml", toml}), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  return value;
}

std::string messages(const Diagnostics& diagnostics) {
  std::string all;
  for (const Diagnostic& d : diagnostics.all()) all += d.message + (d.hint.empty() ? "" : " | " + d.hint) + "\n";
  return all;
}

std::string errors_of(const std::string& name) {
  Diagnostics diagnostics;
  load_cluster(name, diagnostics);
  return messages(diagnostics);
}

/// Every number of a table has a source or is marked; switches, names and references need none.
void check_sources(const Value& table, const std::string& file) {
  for (const Value::Entry& entry : *table.table()) {
    CAPTURE(file);
    CAPTURE(entry.key);
    const Value& value = entry.value;
    if (value.table() != nullptr && value.find("value") == nullptr) {
      if (entry.key != "calibration") check_sources(value, file);  // `make fit` states its own origin
    } else if (value.table() != nullptr) {
      const Value* source = value.find("source");
      const Value* unverified = value.find("unverified");
      const bool cited = source != nullptr && source->string() != nullptr && source->string()->size() > 3;
      const bool marked = unverified != nullptr && unverified->boolean() != nullptr && *unverified->boolean();
      CHECK(cited != marked);
    } else if (value.array() != nullptr) {
      for (const Value& element : *value.array()) {
        if (element.table() != nullptr) check_sources(element, file);
      }
    } else {
      CHECK((value.string() != nullptr || value.boolean() != nullptr));  // no bare number
      static const std::vector<std::string> words = {"name",         "vendor",   "chip",     "fabric",
                                                     "default_node", "topology", "position", "norm",
                                                     "preset",       "routing",  "rails",    "switches"};
      if (value.string() != nullptr) CHECK(std::find(words.begin(), words.end(), entry.key) != words.end());
    }
  }
}

TEST_CASE("presets: law, each number has a source or is marked unverified") {
  for (const char* folder : {"chips", "nodes", "fabrics", "switches", "optics", "models"}) {
    Diagnostics diagnostics;
    const std::vector<Preset> all = all_presets(folder, diagnostics);
    INFO(messages(diagnostics));
    CHECK(diagnostics.all().empty());
    CHECK(all.size() >= 4);
    for (const Preset& preset : all) check_sources(preset.value, std::string(folder) + "/" + preset.name);
  }
}

TEST_CASE("presets: law, no two of a folder answer to one name") {
  for (const char* folder : {"chips", "nodes", "fabrics", "switches", "optics", "models"}) {
    Diagnostics diagnostics;
    std::map<std::string, std::string> owner;
    for (const Preset& preset : all_presets(folder, diagnostics)) {
      std::vector<std::string> names = preset.aliases;
      names.push_back(preset.name);
      for (std::string name : names) {
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        const auto [it, fresh] = owner.emplace(name, preset.name);
        CAPTURE(name);
        CHECK((fresh || it->second == preset.name));
      }
    }
  }
}

TEST_CASE("presets: law, every chip and every node gives a whole machine") {
  for (const char* folder : {"chips", "nodes"}) {
    for (const std::string& name : preset_names(folder)) {
      CAPTURE(name);
      Diagnostics diagnostics;
      Provenance provenance;
      const Cluster cluster = load_cluster(name, diagnostics, &provenance);
      INFO(messages(diagnostics));
      CHECK(diagnostics.all().empty());
      CHECK_FALSE(cluster.chip.name.empty());
      CHECK_FALSE(cluster.node.name.empty());
      CHECK_FALSE(cluster.fabric.name.empty());
      CHECK(cluster.chips == cluster.node.chips);
      CHECK(cluster.chip.peak(NumberFormat::Bf16) > FlopsPerSecond(1e13));
      // Each format is at least as fast as the one above it, where a chip has it.
      for (const auto& [wide, narrow] :
           {std::pair{NumberFormat::Tf32, NumberFormat::Bf16}, std::pair{NumberFormat::Bf16, NumberFormat::Fp8},
            std::pair{NumberFormat::Fp8, NumberFormat::Fp4}}) {
        const FlopsPerSecond fast = cluster.chip.peak(narrow);
        if (fast.raw() > 0) CHECK(fast >= cluster.chip.peak(wide));
      }
      CHECK(cluster.node.scale_up_bandwidth > cluster.node.scale_out_bandwidth);
      CHECK(provenance.count("chip.memory") == 1);
      CHECK(provenance.count("node.scale_out_bandwidth") == 1);
    }
  }
}

TEST_CASE("load_cluster: hand-computed, 16,384 H100") {
  Diagnostics diagnostics;
  const Cluster cluster = load_cluster("h100-sxm:16384", diagnostics);
  CHECK(diagnostics.all().empty());
  CHECK(cluster.chips == 16384);
  CHECK(cluster.chip.name == "H100-SXM5-80GB");
  CHECK(cluster.chip.peak(NumberFormat::Bf16).raw() == doctest::Approx(989.4e12));
  CHECK(cluster.chip.memory.raw() == 81559.0 * 1024 * 1024);
  CHECK(cluster.node.scale_up_bandwidth.raw() == doctest::Approx(450e9));
  CHECK(cluster.node.scale_out_bandwidth.raw() == doctest::Approx(50e9));
  CHECK(cluster.fabric.name == "InfiniBand NDR, 400 Gbit/s");
}

TEST_CASE("load_cluster: a chip's name stands for its usual node, ignoring case") {
  Diagnostics diagnostics;
  const Cluster cluster = load_cluster("a100-sxm4-40gb:64", diagnostics);
  CHECK(diagnostics.all().empty());
  CHECK(cluster.chip.name == "A100-SXM4-40GB");
  CHECK(cluster.node.chips == 8);
  CHECK(cluster.chips == 64);
}

TEST_CASE("load_cluster: mistakes") {
  CHECK(errors_of("h100-smx:8") == "no preset `h100-smx` in nodes | did you mean `h100-sxm`?\n");
  CHECK(errors_of("h100-sxm:many") == "`many` is no number of chips | for example h100-sxm:16384\n");
  CHECK(errors_of("h100-sxm:0") == "`0` is no number of chips | for example h100-sxm:16384\n");
  CHECK(errors_of("h100-sxm:99999999999999999999") ==
        "`99999999999999999999` is no number of chips | for example h100-sxm:16384\n");
  CHECK(errors_of("h100-sxm:12") == "12 chips are no whole number of nodes of 8\n");
  CHECK_FALSE(errors_of("").empty());
  CHECK_FALSE(errors_of(":").empty());
}

TEST_CASE("read_cluster: a scenario replaces parts and numbers") {
  Diagnostics diagnostics;
  Provenance provenance;
  const Cluster cluster = read_cluster(table_of(R"(
node = { preset = "h100-sxm", scale_out_bandwidth = "200 Gbit/s" }
chip = "h200"
fabric = "meta-24k"
chips = 4096
)"),
                                       diagnostics, &provenance);
  INFO(messages(diagnostics));
  CHECK(diagnostics.all().empty());
  CHECK(cluster.chip.name == "H200-SXM5-141GB");
  CHECK(cluster.node.chips == 8);
  CHECK(cluster.node.scale_out_bandwidth.raw() == doctest::Approx(25e9));
  REQUIRE(cluster.fabric.tiers.size() == 3);
  CHECK(cluster.fabric.tiers[1].oversubscription == 7);
  CHECK(cluster.chips == 4096);
}

TEST_CASE("read_cluster: hand-computed, --set goes on top of the named machine") {
  Value root = table_of("cluster = \"h100-sxm:512\"");
  Diagnostics diagnostics;
  apply_overrides(
      root, {"cluster.chips=1024", "cluster.fabric.latency=9 us", "cluster.chip.tdp=500 W", "cluster.node.chips=4"},
      diagnostics);
  const Cluster cluster = read_cluster(*root.find("cluster"), diagnostics);
  CHECK(messages(diagnostics) == "");
  CHECK(cluster.chips == 1024);
  CHECK(cluster.fabric.latency.raw() == doctest::Approx(9e-6));
  CHECK(cluster.fabric.efficiency == 0.97);  // as the fabric of the node has it
  CHECK(cluster.chip.tdp == Watts(500));
  CHECK(cluster.chip.compute_units == 132);
  CHECK(cluster.node.chips == 4);
  CHECK(cluster.node.scale_up_domain == 8);
}

TEST_CASE("read_cluster: hand-computed, --set goes on top of the fabric's usual node") {
  Value root = table_of("[cluster]\nfabric = \"meta-24k\"");
  Diagnostics diagnostics;
  apply_overrides(root, {"cluster.node.chips=4", "cluster.node.scale_up_domain=4"}, diagnostics);
  const Cluster cluster = read_cluster(*root.find("cluster"), diagnostics);
  CHECK(messages(diagnostics) == "");
  CHECK(cluster.node.chips == 4);
  CHECK(cluster.chips == 4);
  CHECK(cluster.node.scale_up_bandwidth.raw() == doctest::Approx(450e9));  // an H100's
  CHECK(cluster.chip.compute_units == 132);
}

TEST_CASE("read_cluster: a job on part of a torus") {
  const std::string torus =
      "[cluster]\nnode = \"h100-sxm\"\nfabric = { topology = \"torus\", dimensions = [4, 4, 4] }\n";
  for (const auto& [size, mistakes] :
       {std::pair("", 0), {"chips = 16\nplacement.machine_chips = 64", 0}, {"chips = 16", 1}}) {
    Diagnostics diagnostics;
    read_cluster(*table_of(torus + size).find("cluster"), diagnostics);
    CHECK(diagnostics.all().size() == static_cast<std::size_t>(mistakes));
  }
}

TEST_CASE("read_cluster: all mistakes at once") {
  Diagnostics diagnostics;
  read_cluster(table_of(R"(
nodes = 3
node = { preset = "h100-sxm", scale_up_bandwith = "450 GB/s", scale_out_bandwidth = "50" }
chips = -4
)"),
               diagnostics);
  const std::string all = messages(diagnostics);
  INFO(all);
  CHECK(all.find("`nodes`") != std::string::npos);
  CHECK(all.find("did you mean `scale_up_bandwidth`?") != std::string::npos);
  CHECK(all.find("has no unit") != std::string::npos);
  CHECK(all.find("`chips`") != std::string::npos);
}

TEST_CASE("read_cluster: domains and tiers that do not divide") {
  Diagnostics diagnostics;
  read_cluster(table_of(R"(
node = { preset = "h100-sxm", scale_up_domain = 12 }
fabric = { preset = "ib-ndr", tiers = [{ chips = 256 }, { chips = 1000 }] }
)"),
               diagnostics);
  CHECK(
      messages(diagnostics) ==
      "`scale_up_domain` (12) and `chips` of a node (8) do not divide | a domain holds whole nodes, or a node whole "
      "domains\n"
      "tier 2 joins 1000 chips, tier 1 below it 256 | tiers run from the leaf up, each a multiple of the one below\n");
}

std::string fabric_errors(const std::string& toml) {
  Diagnostics diagnostics;
  read_fabric(table_of(toml), diagnostics);
  return messages(diagnostics);
}

TEST_CASE("read_fabric: a contradiction of each kind is told with what to do") {
  CHECK(fabric_errors("rails = \"only\"\ntiers = [{ chips = 64 }, { chips = 128 }]") ==
        "`rails = \"only\"` has no tier above its leaves, but 2 tiers are listed | rails = \"optimised\" where upper "
        "tiers join the rails\n");
  CHECK(fabric_errors("rails = \"optimised\"\ntiers = [{ chips = 64 }]") ==
        "nothing joins the rails: only their leaves are listed | add a tier above, or rails = \"only\"\n");
  CHECK(
      fabric_errors("planes = 3\ntiers = [{ chips = 64, switches = 16 }]") ==
      "16 switches of tier 1 are not shared evenly by 3 planes | each plane is a network of its own: as many switches "
      "in each\n");
  CHECK(
      fabric_errors("tiers = [{ chips = 16, oversubscription = 17 }, { chips = 64 }]") ==
      "a unit of tier 1 with 16 chips is oversubscribed 17 times: less than the bandwidth of one chip leads out of it "
      "| bandwidth below over bandwidth above; 1: non-blocking\n");
  CHECK(fabric_errors("dimensions = [4, 4]") == "`dimensions` are of a torus | topology = \"torus\"\n");
  CHECK(fabric_errors("topology = \"torus\"") ==
        "a torus needs its `dimensions` | for example dimensions = [16, 16, 16]\n");
  CHECK(fabric_errors("topology = \"torus\"\ndimensions = [100000000, 100000000, 100000000]") ==
        "a torus of more than 100000000 chips\n");
  CHECK(fabric_errors("topology = \"dragonfly\"\ntiers = [{ chips = 16 }, { chips = 512 }]") ==
        "a dragonfly has three tiers, not 2 | the router, the group and the whole, each with its chips\n");
  CHECK(fabric_errors("topology = \"dragonfly\"") ==
        "a dragonfly has three tiers, not 0 | the router, the group and the whole, each with its chips\n");
  CHECK(fabric_errors("switches = \"qm970\"") == "no preset `qm970` in switches | did you mean `qm9700`?\n");
  CHECK(fabric_errors("switches = { ports = 1, port_bandwidth = \"0 GB/s\" }\nrouting = \"random\"") ==
        "`routing`: unknown choice `random` | one of spray, ecmp, d_mod_k\n"
        "`switches.ports` is out of range | from 2 to 100000\n"
        "`switches.port_bandwidth` is out of range | from 1.000 MB/s to 1.000 PB/s\n");
}

TEST_CASE("read_fabric: law, every preset reads, and is the fabric of a machine") {
  for (const std::string& name : preset_names("fabrics")) {
    CAPTURE(name);
    Diagnostics diagnostics;
    const Fabric fabric = read_fabric(Value(name, Span{}), diagnostics);
    CHECK(messages(diagnostics) == "");
    const Cluster cluster = load_fabric_cluster({name, "h100-sxm", 1024, {}, {}, {}}, diagnostics);
    CHECK(messages(diagnostics) == "");
    CHECK(cluster.fabric == fabric);
    CHECK(cluster.chips == 1024);
  }
}

TEST_CASE("fabric cluster: a fabric names its node and its size") {
  Diagnostics diagnostics;
  const Cluster whole = load_fabric_cluster({"meta-24k", "", 0, {}, {}, {}}, diagnostics);
  CHECK(messages(diagnostics) == "");
  CHECK(whole.chips == 24576);
  CHECK(whole.chip.name == "H100-SXM5-80GB");
  CHECK(whole.fabric.switches.name == "Minipack2");
  const Cluster torus = read_cluster(
      table_of("node = \"tpu-v4\"\nfabric = { topology = \"torus\", dimensions = [4, 4, 8] }"), diagnostics);
  CHECK(messages(diagnostics) == "");
  CHECK(torus.chips == 128);
  load_fabric_cluster({"superpod-h100", "", 0, {}, {}, {}}, diagnostics);
  CHECK(messages(diagnostics) ==
        "the fabric `superpod-h100` joins any number of chips: how many? | --gpus 1024, for example\n");
  Diagnostics others;
  load_fabric_cluster({"tpu-dcn", "", 64, {}, {}, {}}, others);
  load_fabric_cluster({"mta-24k", "", 64, {}, {}, {}}, others);
  load_fabric_cluster({"nowhere/fabric.toml", "h100-sxm", 64, {}, {}, {}}, others);
  CHECK(messages(others) ==
        "the fabric `tpu-dcn` names no usual node | --node h100-sxm, for example\n"
        "no preset `mta-24k` in fabrics | did you mean `meta-24k`?\n"
        "cannot read `nowhere/fabric.toml`: No such file or directory\n");
  Diagnostics wrong;
  read_cluster(table_of("node = \"tpu-v4\"\nchips = 64\nfabric = { topology = \"torus\", dimensions = [4, 4, 8] }"),
               wrong);
  CHECK(messages(wrong) == "64 chips are not the 128 of the torus | the product of its `dimensions`\n");
}

TEST_CASE("read_cluster: hand-computed, --set goes on top of the switches that are named") {
  for (const char* cluster : {"cluster = \"h100-sxm:512\"", "cluster = { node = \"h100-sxm\", fabric = \"ib-ndr\" }",
                              "cluster = { node = \"h100-sxm\", fabric = { preset = \"superpod-h100\" } }",
                              "cluster = { fabric = \"superpod-h100\" }"}) {
    CAPTURE(cluster);
    Value root = table_of(cluster);
    Diagnostics diagnostics;
    Provenance provenance;
    apply_overrides(root, {"cluster.fabric.switches.ports=128"}, diagnostics);
    const Fabric fabric = read_cluster(*root.find("cluster"), diagnostics, &provenance).fabric;
    CHECK(messages(diagnostics) == "");
    CHECK(fabric.switches.ports == 128);
    CHECK(fabric.switches.name == "QM9700");
    CHECK(fabric.switches.port_bandwidth.raw() == doctest::Approx(50e9));
    CHECK(provenance.at("fabric.switches.ports").place() == "--set:1");
    apply_overrides(root, {"cluster.fabric.switches=sn5600"}, diagnostics);
    CHECK(read_cluster(*root.find("cluster"), diagnostics).fabric.switches.name == "SN5600");
    CHECK(messages(diagnostics) == "");
  }
}

/// Columns of one line of a CSV file, quotes respected.
std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

TEST_CASE("presets: published, chips agree with the table of hardware facts") {
  const char* set = std::getenv("ORRERY_DATA");
  const std::string folder = set != nullptr ? set : std::string(ORRERY_SOURCE_DIR) + "/../shared/data";
  std::ifstream in(folder + "/hardware.csv");
  if (!in) {
    const char* required = std::getenv("ORRERY_REQUIRE_DATA");
    CHECK_MESSAGE((required == nullptr || std::string(required) != "1"), "hardware.csv is required");
    MESSAGE("skipped: no hardware.csv in " << folder);
    return;
  }
  // Not trained on at scale, or not on sale: no preset.
  const std::vector<std::string> left_out = {"Rubin-NVL144", "Rebellions-REBEL-Quad", "Rebellions-ATOM",
                                             "FuriosaAI-RNGD"};
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> header = columns(line);
  const auto at = [&](const std::vector<std::string>& row, const std::string& name) {
    const auto it = std::find(header.begin(), header.end(), name);
    REQUIRE(it != header.end());
    const auto index = static_cast<std::size_t>(it - header.begin());
    return index < row.size() ? row[index] : std::string();
  };
  int compared = 0;
  while (std::getline(in, line)) {
    const std::vector<std::string> row = columns(line);
    const std::string name = at(row, "chip");
    if (std::find(left_out.begin(), left_out.end(), name) != left_out.end()) continue;
    CAPTURE(name);
    Diagnostics diagnostics;
    const Cluster cluster = load_cluster(name, diagnostics);
    CHECK(diagnostics.all().empty());
    const auto same = [&](const char* column, double ours, double unit, double tolerance) {
      CAPTURE(column);
      const std::string text = at(row, column);
      if (text.empty()) return;
      CHECK(ours == doctest::Approx(std::strtod(text.c_str(), nullptr) * unit).epsilon(tolerance));
      ++compared;
    };
    same("fp32_tflops_dense", cluster.chip.peak_fp32.raw(), 1e12, 1e-9);
    same("tf32_tflops_dense", cluster.chip.peak_tf32.raw(), 1e12, 1e-9);
    same("bf16_or_fp16_tflops_dense", cluster.chip.peak_bf16.raw(), 1e12, 1e-9);
    same("fp8_tflops_dense", cluster.chip.peak_fp8.raw(), 1e12, 1e-9);
    same("fp4_tflops_dense", cluster.chip.peak_fp4.raw(), 1e12, 1e-9);
    same("mem_gb", cluster.chip.memory.raw(), 1e9, 0.09);  // sold in GB, reported in GiB
    same("mem_bw_gb_per_s", cluster.chip.memory_bandwidth.raw(), 1e9, 1e-3);
    same("tdp_w", cluster.chip.tdp.raw(), 1, 1e-9);
    same("scaleup_gb_per_s_per_direction", cluster.node.scale_up_bandwidth.raw(), 1e9, 1e-9);
    same("scaleup_domain_chips", cluster.node.scale_up_domain, 1, 1e-9);
    same("scaleout_gbit_per_s_per_chip", cluster.node.scale_out_bandwidth.raw(), 0.125e9, 1e-9);
  }
  CHECK(compared > 250);
}

}  // namespace
}  // namespace orrery
