#include "import/step_scenario.hpp"
#include "import/scenario_tables.hpp"
#include "import/scenario_writer.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>

#include "hardware/hardware_fields.hpp"
#include "scenario/preset.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"
#include "step/step_fields.hpp"
#include "step/test_random.hpp"

namespace orrery {
namespace {

StepScenario read(const std::string& text) {
  Diagnostics diagnostics;
  const Value root = read_toml(std::make_shared<SourceText>(SourceText{"a.toml", text}), diagnostics);
  StepScenario scenario = read_step_scenario(root, diagnostics);
  INFO(text);
  CHECK_NOTHROW(diagnostics.throw_if_errors());
  return scenario;
}

std::string written(const StepScenario& scenario) {
  return scenario_text(step_scenario_table(scenario), "step", "", scenario.assumptions);
}

/// What is read back from a written scenario is the same, assumes nothing and is written alike.
void check_round_trip(const StepScenario& scenario) {
  const StepScenario again = read(written(scenario));
  CHECK(again.spec == scenario.spec);
  CHECK(again.assumptions.empty());
  CHECK(write_toml(step_scenario_table(again)) == write_toml(step_scenario_table(scenario)));
}

/// Changes numbers so that they take all of their digits.
class Unround {
 public:
  explicit Unround(unsigned seed) : random_(seed) {}

  void operator()(StepSpec& spec) {
    Chip& chip = spec.cluster.chip;
    ChipCalibration& c = chip.calibration;
    Node& node = spec.cluster.node;
    Fabric& fabric = spec.cluster.fabric;
    Software& s = spec.software;
    change(chip.peak_fp32, chip.peak_tf32, chip.peak_bf16, chip.peak_fp8, chip.memory, chip.memory_bandwidth, chip.tdp);
    change(c.tensor_efficiency, c.tensor_efficiency_fp8, c.k_loop_fill, c.operand_bytes_per_flop, c.memory_efficiency);
    change(c.kernel_latency, c.attention_efficiency, c.attention_softmax_flops, c.attention_block_latency);
    change(node.scale_up_bandwidth, node.scale_up_latency, node.scale_out_bandwidth, fabric.latency, fabric.efficiency);
    change(s.host_per_kernel, s.host_per_step, s.communication_units);
    for (Fabric::Tier& tier : fabric.tiers) tier.oversubscription *= 1 + share();
    change(fabric.switches.port_bandwidth, fabric.switches.latency, fabric.switches.power, fabric.switches.price);
    spec.training.expert_imbalance += share();
  }

 private:
  double share() { return std::uniform_real_distribution<double>(0, 0.1)(random_); }
  template <class... Q>
  void change(Q&... quantities) {
    ((quantities *= 1 - share()), ...);
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("scenario file: law, random jobs read back to the same job") {
  constexpr unsigned kSeed = 11;
  test::RandomSpecs specs(kSeed);
  Unround unround(kSeed);
  for (int trial = 0; trial < 500; ++trial) {
    CAPTURE(trial);
    StepScenario scenario;
    scenario.spec = specs.next();
    scenario.spec.model.name = "a \"quoted\" name";
    scenario.spec.layout.shard_group = specs.coin() && scenario.spec.layout.zero > 0 ? scenario.spec.layout.dp : 0;
    scenario.spec.layout.recompute_layers = specs.below(3);
    Fabric& fabric = scenario.spec.cluster.fabric;
    if (specs.coin()) fabric.tiers = {{"leaf", 64, 1.0}, {"", 1024, 7.0, 12, Seconds(1e-3)}};
    if (specs.coin()) fabric.rails = Rails::Optimised;
    fabric.routing = specs.coin() ? Routing::Ecmp : Routing::DestinationModulo;
    fabric.planes = 1 + specs.below(4);
    fabric.flows_per_connection = 1 + specs.below(8);
    fabric.reduces_in_switch = specs.coin();
    fabric.switches = {"a switch", 2 + specs.below(200), 12.5_GB_per_s,     200_ns,
                       750_W,      Dollars(25e3),        1 + specs.below(4)};
    unround(scenario.spec);
    check_round_trip(scenario);
  }
}

TEST_CASE("scenario file: law, bounds of the search read back to the same bounds") {
  StepScenario scenario = read("model = \"gpt2-124m\"\ncluster = \"h100-sxm\"\n");
  SearchSpace& space = scenario.plan.space;
  space.tp = {1, 2, 4};
  space.pp = space.vpp = space.cp = space.ep = space.expert_tp = space.micro_batch = {1, 8};
  space.zero = {0, 3};
  space.recompute = {Recompute::Selective, Recompute::None};
  space.sequence_parallel = {true};
  space.max_tp = 16;
  space.max_cp = 2;
  scenario.plan.top = 7;
  scenario.plan.fewer_chips = true;
  check_round_trip(scenario);
  const PlanOptions again = read(written(scenario)).plan;
  CHECK(again.top == 7);
  CHECK(again.fewer_chips);
  CHECK(again.space.tp == space.tp);
  for (const auto* list : {&again.space.pp, &again.space.vpp, &again.space.cp, &again.space.ep, &again.space.expert_tp,
                           &again.space.micro_batch}) {
    CHECK(*list == std::vector<int>{1, 8});
  }
  CHECK(again.space.zero == space.zero);
  CHECK(again.space.recompute == space.recompute);
  CHECK(again.space.sequence_parallel == space.sequence_parallel);
  CHECK(again.space.max_tp == 16);
  CHECK(again.space.max_cp == 2);
}

TEST_CASE("scenario file: law, every preset is written out and reads back to itself") {
  const auto check = [](const std::string& text) {
    CAPTURE(text);
    check_round_trip(read(text));
  };
  for (const std::string& name : preset_names("models")) {
    check("model = \"" + name + "\"\ncluster = \"h100-sxm\"\n");
  }
  for (const std::string& name : preset_names("nodes")) {
    check("model = \"gpt2-124m\"\ncluster = \"" + name + "\"\n");
  }
  for (const std::string& name : preset_names("fabrics")) {
    check("model = \"gpt2-124m\"\ncluster = { node = \"h100-sxm\", fabric = \"" + name + "\" }\n");
  }
  for (const std::string& name : preset_names("chips")) {
    check("model = \"gpt2-124m\"\ncluster = { node = \"h100-sxm\", chip = \"" + name + "\" }\n");
  }
  for (const std::string& name : preset_names("software")) {
    check("model = \"gpt2-124m\"\ncluster = \"h100-sxm\"\nsoftware = \"" + name + "\"\n");
  }
}

TEST_CASE("scenario file: hand-computed, an assumed batch is one that the chips can share") {
  const auto batch = [](const char* chips) {
    return read(std::string("model = \"llama-3.1-8b\"\ncluster = { node = \"h100-sxm\", chips = ") + chips + " }\n")
        .spec.training.global_batch;
  };
  CHECK(batch("8") == 512);      // 4 Mi tokens of 8,192
  CHECK(batch("72") == 504);     // 7 x 72
  CHECK(batch("24") == 504);     // 21 x 24
  CHECK(batch("1000") == 500);   // 4 x 125: the odd part, since 4 x 250 is more than there are
  CHECK(batch("16384") == 512);  // 4 x 128
  CHECK(batch("1016") == 508);   // 4 x 127
  CHECK(batch("1048") == 512);   // 131 is too large a part
}

TEST_CASE("scenario file: law, what is not said has the declared default") {
  const StepScenario scenario = read("model = \"llama-3.1-8b\"\ncluster = \"h100-sxm\"\n");
  const auto agree = [](const Value& filled, const std::vector<FieldInfo>& fields) {
    for (const FieldInfo& field : fields) {
      if (field.default_is_words) continue;
      CAPTURE(field.path);
      const Value* value = filled.find(field.path);
      REQUIRE(value != nullptr);
      const auto* whole = value->integer();
      const auto* text = value->string();
      const auto* truth = value->boolean();
      if (whole != nullptr) CHECK(std::to_string(*whole) == field.default_text);
      if (text != nullptr) CHECK(*text == field.default_text);
      if (truth != nullptr) CHECK((*truth ? "true" : "false") == field.default_text);
      if (value->real() != nullptr) CHECK(std::stod(field.default_text) == *value->real());
    }
  };
  agree(layout_schema().write(scenario.spec.layout), layout_schema().fields());
  agree(training_schema().write(scenario.spec.training), training_schema().fields());
}

TEST_CASE("scenario file: hand-computed, defaults that are told in words") {
  const auto words = [](const std::string& path) {
    for (const FieldInfo& field : scenario_fields()) {
      if (field.path == path && field.default_is_words) return field.default_text;
    }
    return std::string("none");
  };
  const auto filled = [](const std::string& rest, const char* model = "llama-3.1-8b",
                         const char* cluster = "h100-sxm") {
    return read(std::string("model = \"") + model + "\"\ncluster = \"" + cluster + "\"\n" + rest).spec;
  };
  CHECK(words("layout.dp") == "the chips that tp, pp and cp leave");
  CHECK(filled("[layout]\ntp = 2\npp = 2\n").layout.dp == 2);
  CHECK(words("layout.zero") == "1; 0 where dp and cp are 1");
  CHECK(filled("").layout.zero == 1);
  CHECK(filled("[layout]\ntp = 8\n").layout.zero == 0);
  CHECK(words("layout.sequence_parallel") == "true where tp > 1");
  CHECK(filled("[layout]\ntp = 2\n").layout.sequence_parallel);
  CHECK_FALSE(filled("").layout.sequence_parallel);
  CHECK(words("training.sequence") == "8192, or the model's longest where that is less");
  CHECK(filled("").training.sequence == 8192);
  CHECK(filled("", "gpt2-124m").training.sequence == 1024);
  CHECK(words("training.global_batch") == "4 Mi tokens, 16 Mi from 100 B parameters on, as many as the chips share");
  CHECK(filled("").training.global_batch == 512);                     // 4 Mi / 8,192
  CHECK(filled("", "llama-3.1-405b").training.global_batch == 2048);  // 16 Mi / 8,192
  CHECK(words("training.precision") == "bf16; fp16 on a chip without");
  CHECK(filled("").training.precision == Precision::Bf16);
  CHECK(filled("", "gpt2-124m", "v100-sxm2").training.precision == Precision::Fp16);
  CHECK(filled("", "gpt2-124m", "v100-sxm2").software.attention == AttentionKernel::Unfused);
  CHECK(words("cluster.chips") == "those of one node");
  CHECK(filled("").cluster.chips == 8);
}

TEST_CASE("scenario file: hand-computed, a chip without BF16 refuses it") {
  Diagnostics mistakes;
  const auto source = std::make_shared<SourceText>(
      SourceText{"job.toml", "model = \"gpt2-124m\"\ncluster = \"v100-sxm2\"\ntraining = { precision = \"bf16\" }\n"});
  read_step_scenario(read_toml(source, mistakes), mistakes);
  REQUIRE(mistakes.all().size() == 1);
  CHECK(mistakes.all().front().message == "V100-SXM2-32GB has no units for bf16");
  CHECK(mistakes.all().front().span.line == 3);
}

TEST_CASE("scenario file: hand-computed, numbers keep their sources and changed ones have none") {
  const StepScenario scenario = read(R"(
model = "gpt2-124m"
[cluster]
chips = { value = 16, source = "the contract" }
[cluster.node]
preset = "h100-sxm"
scale_up_latency = "3 us"
scale_out_bandwidth = { value = "25 GB/s", unverified = true }
[cluster.fabric]
tiers = [{ chips = { value = 64, source = "a drawing" } }, { chips = 128 }]
[software]
preset = "megatron-2024"
host_per_kernel = { value = "5 us", source = "a profile" }
)");
  const std::string text = written(scenario);
  const auto has = [&](const std::string& line) {
    CAPTURE(line);
    CAPTURE(text);
    CHECK(text.find("\n" + line + "\n") != std::string::npos);
  };
  has("chips = { value = 16, source = \"the contract\" }");
  has("scale_up_latency = \"3 us\"");
  has("scale_out_bandwidth = { value = \"25 GB/s\", unverified = true }");
  has("chips = { value = 64, source = \"a drawing\" }");
  has("chips = 128");
  has("host_per_kernel = { value = \"5 us\", source = \"a profile\" }");
  has("#   sequences of 1,024 tokens");  // the model's longest, above the table that states it
  has("sequence = 1024");
  const StepScenario again = read(text);
  CHECK(again.provenance.at("cluster.chips").source == "the contract");
  CHECK(again.provenance.at("cluster.node.scale_out_bandwidth").unverified);
  CHECK(again.provenance.at("cluster.fabric.tiers[0].chips").source == "a drawing");
}

}  // namespace orrery
