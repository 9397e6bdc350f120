#include "model/model_fields.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "scenario/preset.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

std::string messages(const Diagnostics& diagnostics) {
  std::string all;
  for (const Diagnostic& d : diagnostics.all()) all += d.message + (d.hint.empty() ? "" : " | " + d.hint) + "\n";
  return all;
}

Value table_of(const std::string& toml) {
  Diagnostics diagnostics;
  Value value = read_toml(std::make_shared<SourceText>(SourceText{"test.toml", toml}), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  return value;
}

std::string errors_of(const std::string& toml) {
  Diagnostics diagnostics;
  read_model(table_of(toml), diagnostics);
  return messages(diagnostics);
}

bool within(double value, double published, double share) {
  return std::abs(value / published - 1) <= share;
}

TEST_CASE("model presets: published, parameters within 3 % of each model's stated size") {
  const std::vector<std::string> names = preset_names("models");
  CHECK(names.size() >= 45);
  for (const std::string& name : names) {
    CAPTURE(name);
    Diagnostics diagnostics;
    const Transformer model = load_model(name, diagnostics);
    INFO(messages(diagnostics));
    CHECK(diagnostics.all().empty());
    const auto preset = find_preset("models", name, diagnostics);
    REQUIRE(preset);
    const Value* table = preset->value.find("published");
    REQUIRE(table != nullptr);
    PublishedSize published;
    published_size_schema().read(*table, published, diagnostics);
    CHECK(diagnostics.all().empty());
    const ParameterCount count = parameters(model);
    CHECK(within(count.total(), published.parameters, 0.03));
    if (published.active > 0) {
      // With the embedding table or without: papers differ.
      const bool with = within(count.active, published.active, 0.03);
      CHECK((with || within(count.active - count.embedding, published.active, 0.03)));
    }
  }
}

TEST_CASE("load_model: aliases, names as people write them, misspellings") {
  Diagnostics diagnostics;
  CHECK(load_model("gpt3", diagnostics).layers == 96);
  CHECK(load_model("LLAMA-3.1-405B", diagnostics).layers == 126);
  CHECK(load_model("Mixtral 8x7B", diagnostics).experts->count == 8);
  CHECK(diagnostics.all().empty());
  load_model("llama-3.1-450b", diagnostics);
  CHECK(messages(diagnostics) == "no preset `llama-3.1-450b` in models | did you mean `llama-3.1-405b`?\n");
}

TEST_CASE("load_model: a preset and its config.json give the same shape") {
  const std::string configs = std::string(ORRERY_SOURCE_DIR) + "/data/reference/configs/";
  for (const auto& entry : std::filesystem::directory_iterator(configs)) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    Diagnostics diagnostics;
    const Transformer preset = load_model(name, diagnostics);
    const Transformer config = load_model((entry.path() / "config.json").string(), diagnostics);
    CHECK(diagnostics.all().empty());
    CHECK(parameters(config).total() == parameters(preset).total());
    CHECK(parameters(config).active == parameters(preset).active);
    CHECK(parameters(config).mtp == parameters(preset).mtp);
    for (const auto count : {AttentionFlops::Full, AttentionFlops::Causal}) {
      CHECK(training_flops(config, 1e6, 8192, count).raw() == training_flops(preset, 1e6, 8192, count).raw());
    }
  }
}

TEST_CASE("load_model: files that are none") {
  Diagnostics diagnostics;
  load_model("no/such/config.json", diagnostics);
  load_model(ORRERY_SOURCE_DIR "/src", diagnostics);
  CHECK(diagnostics.all().size() == 2);
}

TEST_CASE("load_model: a TOML file with a model table, over a preset") {
  const std::string path = (std::filesystem::temp_directory_path() / "orrery-model-fields-test.toml").string();
  std::ofstream(path) << "[model]\npreset = \"llama-3.1-8b\"\nlayers = 16\n";
  Diagnostics diagnostics;
  Provenance provenance;
  const Transformer model = load_model(path, diagnostics, &provenance);
  std::filesystem::remove(path);
  INFO(messages(diagnostics));
  CHECK(diagnostics.all().empty());
  CHECK(model.layers == 16);
  CHECK(model.hidden == 4096);
  CHECK(provenance.at("layers").source.empty());
  CHECK(provenance.at("hidden").source.find("config.json") != std::string::npos);
}

TEST_CASE("read_model: what is left out follows") {
  Diagnostics diagnostics;
  const Transformer model =
      read_model(table_of("layers = 2\nhidden = 64\nheads = 4\nffn = 256\nvocab = 100"), diagnostics);
  CHECK(diagnostics.all().empty());
  CHECK(model.attention.kv_heads == 4);
  CHECK(model.attention.head_dim == 16);
}

TEST_CASE("read_model: all mistakes at once") {
  const std::string all = errors_of("layer = 2\nhidden = 64.5\nheads = 0\nffn = -256\nnorm = \"rmsnorm\"");
  INFO(all);
  CHECK(all.find("did you mean `layers`?") != std::string::npos);
  CHECK(all.find("`layers`") != std::string::npos);
  CHECK(all.find("`hidden`") != std::string::npos);
  CHECK(all.find("`heads`") != std::string::npos);
  CHECK(all.find("`ffn`") != std::string::npos);
  CHECK(all.find("did you mean `rms_norm`?") != std::string::npos);
  CHECK(all.find("`vocab`") != std::string::npos);
}

TEST_CASE("read_model: contradictions") {
  const std::string trunk = "layers = 4\nhidden = 64\nffn = 256\nvocab = 100\n";
  CHECK(errors_of(trunk + "heads = 7") ==
        "`hidden` is no multiple of `heads`, and `head_dim` does not say otherwise\n");
  CHECK(errors_of(trunk + "heads = 8\nkv_heads = 3") == "`kv_heads` (3) does not divide `heads` (8)\n");
  CHECK(errors_of(trunk + "heads = 8\n[experts]\ncount = 4\ntop_k = 5\nexpert_ffn = 64") ==
        "`experts.top_k` is 5, but there are only 4 experts (`experts.count`) | at most 4\n");
  CHECK(errors_of(trunk + "heads = 8\n[experts]\ncount = 4\ntop_k = 2\nexpert_ffn = 64\nfirst_dense_layers = 4") ==
        "`experts.first_dense_layers` is 4, which leaves none of the 4 layers for the experts\n");
  CHECK(errors_of(trunk + "heads = 8\nposition = \"learned\"") == "learned positions need `max_positions`\n");
  CHECK(errors_of("layers = 4\nhidden = 64\nvocab = 100\nheads = 8") == "layers with a dense MLP need `ffn`\n");
  CHECK(errors_of(trunk + "heads = 8\nwindow = 128") ==
        "`window` has no effect: every layer keeps full attention | set `full_every`: 0 for none, 2 for every second "
        "layer\n");
}

}  // namespace
}  // namespace orrery
