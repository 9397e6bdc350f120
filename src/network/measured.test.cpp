// Published measurements of collectives (nccl-tests and rccl-tests figures gathered from vendors' documents, slides and
// issue threads) against the closed forms, with nothing but the machine's presets.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hardware/hardware_fields.hpp"
#include "network/hierarchical.hpp"
#include "scenario/csv.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

struct Measured {
  std::string id, collective, gpu, inter_link, intra_link, notes;
  int gpus = 0;
  double bytes = 0, time_us = 0, bus_bandwidth = 0;  // zero where the source gives none
};

struct Scored {
  Measured row;
  Bytes payload;
  double error = 0;  // predicted / measured - 1
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool begins(const std::string& text, const std::string& start) {
  return text.starts_with(start);
}

/// Systems that constants were fitted to; all others are held out. Small print: docs/collectives.md.
bool fitted(const std::string& id) {
  for (const char* name : {"nv-nvlstree", "aws-p5-", "st-h200-nvls", "st-h200-ring", "st-mi300x", "oci-mi300x",
                           "nv-gtc25-a2a", "nv-gtc25-ar32", "az-base"})
    if (begins(id, name)) return true;
  return false;
}

/// Rows that say too little to be predicted, or that no closed form claims: by name, so that nothing hides.
std::string left_out(const Measured& row) {
  const bool known = has(row.gpu, "A100") || has(row.gpu, "H100") || has(row.gpu, "H200") || has(row.gpu, "H20") ||
                     has(row.gpu, "GB200") || has(row.gpu, "GB300") || has(row.gpu, "MI300X");
  if (begins(row.collective, "moe")) return "expert exchange with its own kernels";
  if (!known || row.gpus == 0) return "chip or number of chips not stated";
  if (has(row.inter_link, "SHARP")) return "sums in InfiniBand switches";
  if (begins(row.id, "k8s-h100") || row.id == "iss-004") return "number of NICs not stated";
  if (has(row.notes, "badly tuned")) return "the source calls it badly tuned";
  return "";
}

std::string machine(const Measured& row) {
  const std::string& gpu = row.gpu;
  const std::string node = has(gpu, "A100")    ? "a100-sxm"
                           : has(gpu, "H100")  ? "h100-sxm"
                           : has(gpu, "H200")  ? "h200-sxm"
                           : has(gpu, "GB200") ? "gb200-nvl72"
                           : has(gpu, "GB300") ? "gb300-nvl72"
                           : has(gpu, "H20")   ? "h20"
                                               : "mi300x";
  std::string text = "chips = " + std::to_string(std::max(row.gpus, 8)) + "\n";
  const std::string& link = row.inter_link;
  const std::string fabric = has(link, "EFAv2")        ? "efa-v2"
                             : has(link, "EFAv3")      ? "efa-v3"
                             : has(link, "RoCE 1600G") ? "roce-200g"
                             : has(link, "RoCE")       ? "roce-400g"
                                                       : "";
  if (!fabric.empty()) text += "fabric = \"" + fabric + "\"\n";
  text += "[node]\npreset = \"" + node + "\"\n";
  if (has(link, "4x IB HDR200")) text += "scale_out_bandwidth = \"100 Gbit/s\"\n";  // four NICs for eight GPUs
  return text;
}

/// The algorithm that the measurement was limited to.
std::string forced_algorithm(const Measured& row) {
  if (begins(row.id, "nv-nvlstree") || row.notes == "4x p5en; NVLSTree") return "NVLSTree";
  const bool without_sharp = begins(row.id, "nv-gtc25-ar") && !has(row.intra_link, "SHARP");
  if (without_sharp || row.notes == "Ring" || row.notes == "4x p5en; Ring" || has(row.notes, "NVLS_ENABLE=0"))
    return "ring";
  return "";
}

Collective collective_of(const std::string& name) {
  if (name == "all_gather") return Collective::AllGather;
  if (name == "reduce_scatter") return Collective::ReduceScatter;
  if (name == "all_to_all") return Collective::AllToAll;
  if (name == "sendrecv") return Collective::SendReceive;
  REQUIRE(name == "all_reduce");
  return Collective::AllReduce;
}

Scored score(const Measured& row) {
  Diagnostics diagnostics;
  const Cluster cluster = read_cluster(
      read_toml(std::make_shared<const SourceText>(SourceText{row.id, machine(row)}), diagnostics), diagnostics);
  for (const Diagnostic& each : diagnostics.all()) FAIL(row.id << ": " << each.message);
  const Collective collective = collective_of(row.collective);
  const int local = std::min(row.gpus, cluster.node.scale_up_domain);
  const auto curve = HierarchicalModel(cluster).curve_of(
      collective, {row.gpus, local, std::min(local, cluster.node.chips)}, forced_algorithm(row));
  // A peak without a size is one of long messages.
  const Bytes payload = row.bytes > 0 ? Bytes(row.bytes) : 16_GiB;
  const double measured = row.time_us > 0
                              ? row.time_us * 1e-6
                              : payload.raw() * bus_factor(collective, row.gpus) / (row.bus_bandwidth * 1e9);
  return {row, payload, curve.time(payload).raw() / measured - 1};
}

std::vector<Measured> read_rows(const std::filesystem::path& path) {
  std::ifstream file(path);
  Diagnostics diagnostics;
  CsvReader csv(file, path.string());
  std::vector<Measured> rows;
  csv.header(diagnostics);
  const auto text = [&](const char* name) {
    return std::string(csv.row()[static_cast<std::size_t>(csv.column(name))]);
  };
  const auto number = [&](const char* name) { return text(name).empty() ? 0.0 : std::stod(text(name)); };
  while (csv.next(diagnostics)) {
    rows.push_back({text("id"), text("collective"), text("gpu"), text("inter_link"), text("intra_link"), text("notes"),
                    static_cast<int>(number("gpus")), number("bytes"), number("time_us"), number("busbw_GBps")});
  }
  for (const Diagnostic& each : diagnostics.all()) FAIL(each.message);
  return rows;
}

std::optional<std::vector<Measured>> measured_rows() {
  const char* folder = std::getenv("ORRERY_DATA");
  const auto data =
      folder != nullptr ? std::filesystem::path(folder) : std::filesystem::path(ORRERY_SOURCE_DIR) / "../shared/data";
  const auto path = data / "collectives-measured.csv";
  if (std::filesystem::exists(path)) return read_rows(path);
  const char* required = std::getenv("ORRERY_REQUIRE_DATA");
  if (required != nullptr && std::string(required) == "1") FAIL(path.string() << " is missing");
  MESSAGE("skipped: " << path.string() << " is missing");
  return {};
}

struct Errors {
  std::size_t rows = 0;
  double sum = 0, absolute = 0, worst = 0;

  void add(double error) {
    ++rows;
    sum += error;
    absolute += std::abs(error);
    worst = std::max(worst, std::abs(error));
  }
  double mean() const { return absolute / static_cast<double>(rows); }
};

void print(const std::string& title, const std::map<std::string, Errors>& errors) {
  std::string lines = title + ": rows, mean error, bias, worst (%)";
  for (const auto& [name, e] : errors) {
    const auto percent = [](double x) {
      const std::string text = std::to_string(std::lround(1000 * x) / 10.0);
      return text.substr(0, text.find('.') + 2);
    };
    lines += "\n  " + name + "  " + std::to_string(e.rows) + "  " + percent(e.mean()) + "  " +
             percent(e.sum / static_cast<double>(e.rows)) + "  " + percent(e.worst);
  }
  MESSAGE(lines);
}

TEST_CASE("collectives: published, time of messages of 1 MiB and more") {
  const auto rows = measured_rows();
  if (!rows) return;
  std::map<std::string, Errors> part, collective, decade, size, system;
  std::map<std::string, int> skipped;
  for (const Measured& row : *rows) {
    if (const std::string reason = left_out(row); !reason.empty()) {
      ++skipped[reason];
      continue;
    }
    if (row.bytes > 0 && row.bytes < 1 << 20) {
      ++skipped["below 1 MiB: see the next case"];
      continue;
    }
    const Scored scored = score(row);
    const std::string side = fitted(row.id) ? "fitted" : "held out";
    part[side].add(scored.error);
    collective[side + " " + row.collective].add(scored.error);
    decade["1e" + std::to_string(static_cast<int>(std::log10(scored.payload.raw()))) + " B, " + side].add(scored.error);
    const std::string digits = std::to_string(row.gpus);
    size[std::string(5 - digits.size(), ' ') + digits + " GPUs"].add(scored.error);
    system[side + " " + row.id.substr(0, row.id.rfind('-'))].add(scored.error);
  }
  std::string reasons;
  for (const auto& [reason, count] : skipped) reasons += "\n  " + std::to_string(count) + " " + reason;
  MESSAGE("left out:" << reasons);
  print("part", part);
  print("collective", collective);
  print("size", decade);
  print("GPUs", size);
  print("system", system);
  CHECK(part["fitted"].mean() < 0.10);
  CHECK(part["held out"].mean() < 0.15);
  CHECK(part["fitted"].rows + part["held out"].rows > 200);
}

TEST_CASE("collectives: published, small messages are within a factor of three") {
  const auto rows = measured_rows();
  if (!rows) return;
  Errors errors;
  for (const Measured& row : *rows) {
    if (!left_out(row).empty() || row.bytes <= 0 || row.bytes >= 1 << 20) continue;
    const double error = score(row).error;
    errors.add(error);
    CHECK_MESSAGE(std::abs(std::log(1 + error)) < std::log(3.0), row.id);
  }
  print("below 1 MiB", {{"all", errors}});
}

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
