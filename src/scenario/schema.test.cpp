#include "scenario/schema.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "scenario/json_reader.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

enum class Topology { Switched, Torus };

struct Tier {
  std::string name;
  Seconds latency{2e-6};
};
struct Spares {
  int nodes = 2;
};
struct Hall {
  std::string name;
  Bytes memory;
  BytesPerSecond bandwidth{50e9};
  double share = 0.5;
  long long chips = 8;
  bool water = true;
  Topology topology = Topology::Torus;
  std::optional<Watts> cap;
  std::vector<std::string> tags;
  std::vector<int> sizes;
  std::vector<Tier> tiers;
  std::optional<Spares> spares;
  Tier uplink;
};

const Schema<Hall>& hall_schema() {
  static const Schema<Tier> tier =
      Schema<Tier>("tier", "A tier.")
          .text("name", &Tier::name, {.help = "Its name.", .required = true})
          .quantity("latency", &Tier::latency, {.help = "One way.", .example = "2 us", .minimum = 0});
  static const Schema<Spares> spares =
      Schema<Spares>("spares", "Spare nodes.").integer("nodes", &Spares::nodes, {.help = "How many.", .minimum = 0});
  static const Schema<Hall> schema =
      Schema<Hall>("hall", "A hall.")
          .text("name", &Hall::name, {.help = "Its name."})
          .quantity("memory", &Hall::memory,
                    {.help = "Of a chip.", .example = "80 GiB", .minimum = 1024.0 * 1024 * 1024, .required = true})
          .quantity("bandwidth", &Hall::bandwidth, {.help = "One way.", .example = "400 Gbit/s"})
          .number("share", &Hall::share, {.help = "In use.", .example = "0.5", .minimum = 0, .maximum = 1})
          .integer("chips", &Hall::chips, {.help = "Chips.", .example = "1024", .minimum = 1})
          .boolean("water", &Hall::water, {.help = "Cooled by water.", .example = "true"})
          .choice("topology", &Hall::topology,
                  {{"switched", Topology::Switched, "any pair"}, {"torus", Topology::Torus, "neighbours"}},
                  {.help = "How chips are joined."})
          .quantity("cap", &Hall::cap, {.help = "Power limit.", .example = "10 MW"})
          .texts("tags", &Hall::tags, {.help = "Labels."})
          .integers("sizes", &Hall::sizes, {.help = "Sizes.", .minimum = 1, .maximum = 100})
          .list("tiers", &Hall::tiers, tier)
          .optional_table("spares", &Hall::spares, spares)
          .table("uplink", &Hall::uplink, tier)
          .ignore("aliases");
  return schema;
}

Value toml(const std::string& text, Diagnostics& diagnostics) {
  return read_toml(std::make_shared<SourceText>(SourceText{"hall.toml", text}), diagnostics);
}

/// The messages for a text, without what a colour terminal adds.
std::string messages(const std::string& text, const std::string& path = "") {
  Diagnostics diagnostics;
  Hall hall;
  hall_schema().read(toml(text, diagnostics), hall, diagnostics, nullptr, path);
  return render_text(diagnostics.all(), false);
}

Hall read_hall(const std::string& text, Provenance* provenance = nullptr) {
  Diagnostics diagnostics;
  Hall hall;
  hall_schema().read(toml(text, diagnostics), hall, diagnostics, provenance);
  CHECK(render_text(diagnostics.all(), false) == "");
  return hall;
}

}  // namespace

TEST_CASE("schema: hand-computed, every type of field") {
  const Hall hall = read_hall(R"(
name = "north"
memory = "2 GiB"                # 2 x 1024^3
bandwidth = "400 Gbit/s"        # 400e9 / 8
share = "25 %"
chips = 1e3
water = false
topology = "switched"
cap = "1.5 MW"
tags = ["a", "b"]
sizes = [1, 2]
aliases = ["n"]
uplink = { name = "up" }
[[tiers]]
name = "leaf"
latency = "3 us"
[[tiers]]
name = "spine"
[spares]
)");
  CHECK(hall.name == "north");
  CHECK(hall.memory == Bytes(2147483648.0));
  CHECK(hall.bandwidth == BytesPerSecond(50e9));
  CHECK(hall.share == 0.25);
  CHECK(hall.chips == 1000);
  CHECK_FALSE(hall.water);
  CHECK(hall.topology == Topology::Switched);
  REQUIRE(hall.cap.has_value());
  CHECK(*hall.cap == Watts(1.5e6));
  CHECK(hall.tags == std::vector<std::string>{"a", "b"});
  CHECK(hall.sizes == std::vector<int>{1, 2});
  REQUIRE(hall.tiers.size() == 2);
  CHECK(hall.tiers[0].latency.raw() == doctest::Approx(3e-6));
  CHECK(hall.tiers[1].name == "spine");
  CHECK(hall.tiers[1].latency == Seconds(2e-6));  // its default
  REQUIRE(hall.spares.has_value());
  CHECK(hall.spares->nodes == 2);
  CHECK(hall.uplink.name == "up");
}

TEST_CASE("schema: hand-computed, sources of values") {
  Provenance provenance;
  read_hall(
      "memory = { value = \"80 GiB\", source = \"datasheet\", note = \"as sold\" }\n"
      "share = { value = 0.5, unverified = true }\n"
      "[[tiers]]\nname = \"leaf\"\n",
      &provenance);
  REQUIRE(provenance.size() == 3);
  CHECK(provenance["memory"].value == "80 GiB");
  CHECK(provenance["memory"].source == "datasheet");
  CHECK_FALSE(provenance["memory"].unverified);
  CHECK(provenance["memory"].place() == "hall.toml:1");
  CHECK(provenance["share"].value == "0.5");
  CHECK(provenance["share"].unverified);
  CHECK(provenance["tiers[0].name"].value == "leaf");
  CHECK(provenance["tiers[0].name"].place() == "hall.toml:4");
}

TEST_CASE("schema: hand-computed messages, all mistakes at once") {
  CHECK(messages("memory = 80\nbandwith = \"50 GB/s\"\ntopology = \"Torus\"\n") ==
        "error: `memory` has no unit\n"
        "  --> hall.toml:1:10\n"
        "  |\n"
        "1 | memory = 80\n"
        "  |          ^^ a size, for example \"80 GiB\"\n"
        "error: `topology`: unknown choice `Torus`\n"
        "  --> hall.toml:3:12\n"
        "  |\n"
        "3 | topology = \"Torus\"\n"
        "  |            ^^^^^^^ did you mean `torus`? one of switched, torus\n"
        "error: unknown key `bandwith`\n"
        "  --> hall.toml:2:1\n"
        "  |\n"
        "2 | bandwith = \"50 GB/s\"\n"
        "  | ^^^^^^^^ did you mean `bandwidth`?\n");
}

TEST_CASE("schema: hand-computed messages, wrong and missing values") {
  CHECK(messages("share = 1\n") ==
        "error: `memory` is missing\n"
        "  --> hall.toml:1:1\n"
        "  |\n"
        "1 | share = 1\n"
        "  | ^ Of a chip, for example 80 GiB\n");
  CHECK(messages("memory = \"80 GB/s\"") ==
        "error: `memory`: `80 GB/s` is a bandwidth, not a size\n"
        "  --> hall.toml:1:10\n"
        "  |\n"
        "1 | memory = \"80 GB/s\"\n"
        "  |          ^^^^^^^^^ a size, for example \"80 GiB\"\n");
  CHECK(messages("memory = \"80 MiB\"") ==
        "error: `memory` is out of range\n"
        "  --> hall.toml:1:10\n"
        "  |\n"
        "1 | memory = \"80 MiB\"\n"
        "  |          ^^^^^^^^ at least 1.000 GiB\n");
  CHECK(messages("memory = \"80 GiB\"\nshare = 1.5\nchips = 2.5\nwater = \"yes\"\n") ==
        "error: `share` is out of range\n"
        "  --> hall.toml:2:9\n"
        "  |\n"
        "2 | share = 1.5\n"
        "  |         ^^^ from 0 to 1\n"
        "error: `chips` is a number, expected a whole number\n"
        "  --> hall.toml:3:9\n"
        "  |\n"
        "3 | chips = 2.5\n"
        "  |         ^^^ for example 1024\n"
        "error: `water` is a text, expected true or false\n"
        "  --> hall.toml:4:9\n"
        "  |\n"
        "4 | water = \"yes\"\n"
        "  |         ^^^^^ for example true\n");
}

TEST_CASE("schema: hand-computed messages name the section") {
  CHECK(messages("memory = \"80 GiB\"\n[[tiers]]\nname = \"leaf\"\nlatncy = \"1 us\"\n", "cluster") ==
        "error: unknown key `latncy` in [[cluster.tiers]]\n"
        "  --> hall.toml:4:1\n"
        "  |\n"
        "4 | latncy = \"1 us\"\n"
        "  | ^^^^^^ did you mean `latency`?\n");
  CHECK(messages("memory = \"80 GiB\"\n[uplink]\nname = 3\nx = 1\n", "cluster") ==
        "error: `cluster.uplink.name` is a whole number, expected a text\n"
        "  --> hall.toml:3:8\n"
        "  |\n"
        "3 | name = 3\n"
        "  |        ^\n"
        "error: unknown key `x` in [cluster.uplink]\n"
        "  --> hall.toml:4:1\n"
        "  |\n"
        "4 | x = 1\n"
        "  | ^ known are name, latency\n");
}

TEST_CASE("schema: hand-computed messages, a value and its source") {
  CHECK(messages("memory = { value = \"80 GiB\", source = 3, src = \"x\" }") ==
        "error: `source` of `memory` is a whole number, expected a text\n"
        "  --> hall.toml:1:39\n"
        "  |\n"
        "1 | memory = { value = \"80 GiB\", source = 3, src = \"x\" }\n"
        "  |                                       ^\n"
        "error: unknown key `src` in `memory`\n"
        "  --> hall.toml:1:42\n"
        "  |\n"
        "1 | memory = { value = \"80 GiB\", source = 3, src = \"x\" }\n"
        "  |                                          ^^^ a value is plain, or a table of value, source, status, "
        "unverified and note\n");
  CHECK(messages("memory = { source = \"x\" }") ==
        "error: `memory` has no `value`\n"
        "  --> hall.toml:1:10\n"
        "  |\n"
        "1 | memory = { source = \"x\" }\n"
        "  |          ^^^^^^^^^^^^^^^^ for example { value = ..., source = \"...\" }\n");
}

TEST_CASE("schema: hand-computed, whole numbers up to 2^53 and within their type") {
  CHECK(read_hall("memory = \"2 GiB\"\nchips = 9007199254740992").chips == 9007199254740992);
  CHECK(messages("memory = \"2 GiB\"\nchips = 9007199254740993").find("beyond 2^53") != std::string::npos);
  CHECK(messages("memory = \"2 GiB\"\nchips = 1e300").find("beyond 2^53") != std::string::npos);
  CHECK(messages("memory = \"2 GiB\"\n[spares]\nnodes = 3000000000").find("out of range") != std::string::npos);
  CHECK(messages("memory = \"2 GiB\"\nsizes = [1, 101]").find("`sizes` is out of range") != std::string::npos);
  CHECK(messages("memory = \"2 GiB\"\nshare = nan").find("finite") != std::string::npos);
}

TEST_CASE("schema: law, what is written reads back to the same struct") {
  Hall hall = read_hall(
      "memory = \"81559 MiB\"\nbandwidth = \"333 GB/s\"\nshare = 0.1\ncap = \"1 kW\"\nsizes = [7]\n"
      "[[tiers]]\nname = \"quoted \\\"leaf\\\"\"\nlatency = \"1.9 us\"\n[spares]\nnodes = 5\n");
  hall.cap = Watts(1234567.890123);
  hall.uplink.latency = Seconds(0.1 + 0.2);
  hall.uplink.name = "up";
  hall.tags = {"two\nlines", "tab\t"};
  const std::string text = write_toml(hall_schema().write(hall));
  const Hall again = read_hall(text);
  CHECK(again.memory == hall.memory);
  CHECK(again.bandwidth == hall.bandwidth);
  CHECK(again.share == hall.share);
  CHECK(*again.cap == *hall.cap);
  CHECK(again.tags == hall.tags);
  CHECK(again.sizes == hall.sizes);
  CHECK(again.tiers[0].name == hall.tiers[0].name);
  CHECK(again.tiers[0].latency == hall.tiers[0].latency);
  CHECK(again.uplink.latency == hall.uplink.latency);
  CHECK(again.spares->nodes == 5);
  CHECK(write_toml(hall_schema().write(again)) == text);
}

TEST_CASE("schema: law, JSON and TOML give the same struct") {
  Diagnostics diagnostics;
  Hall hall;
  const auto json = std::make_shared<SourceText>(SourceText{
      "hall.json", R"({"memory": "2 GiB", "chips": 16, "tiers": [{"name": "leaf"}], "spares": {"nodes": 1}})"});
  hall_schema().read(read_json(json, diagnostics), hall, diagnostics);
  const Hall same = read_hall("memory = \"2 GiB\"\nchips = 16\ntiers = [{ name = \"leaf\" }]\nspares.nodes = 1\n");
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(write_toml(hall_schema().write(hall)) == write_toml(hall_schema().write(same)));
}

TEST_CASE("schema: hand-computed, fields for reference pages") {
  const std::vector<FieldInfo> fields = hall_schema().fields();
  const auto find = [&](const std::string& path) {
    for (const FieldInfo& field : fields) {
      if (field.path == path) return field;
    }
    FAIL("no field " << path);
    return FieldInfo{};
  };
  CHECK(find("memory").required);
  CHECK(find("memory").default_text == "");
  CHECK(find("memory").minimum == "1.000 GiB");
  CHECK(find("memory").unit == "a size");
  CHECK(find("bandwidth").default_text == "50.00 GB/s");
  CHECK(find("share").maximum == "1");
  CHECK(find("chips").maximum == "");
  CHECK(find("chips").default_text == "8");
  CHECK(find("topology").default_text == "torus");
  CHECK(find("topology").choices == std::vector<std::string>{"switched", "torus"});
  CHECK(find("topology").choice_helps == std::vector<std::string>{"any pair", "neighbours"});
  CHECK(find("cap").default_text == "");
  CHECK(find("tiers[].latency").type == "quantity");
  CHECK(find("spares.nodes").default_text == "2");
}

}  // namespace orrery
