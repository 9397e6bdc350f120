#include "scenario/preset.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

constexpr const char* kFolders[] = {"chips", "nodes", "fabrics", "switches", "optics", "models", "software"};

Value toml(const std::string& text, Diagnostics& diagnostics) {
  return read_toml(std::make_shared<SourceText>(SourceText{"a.toml", text}), diagnostics);
}

std::string merged_text(const std::string& base, const std::string& over) {
  Diagnostics diagnostics;
  const Value result = merged(toml(base, diagnostics), toml(over, diagnostics));
  CHECK_FALSE(diagnostics.has_errors());
  return write_toml(result);
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// A folder of presets for one test, named by ORRERY_PRESETS while it lives.
class OwnPresets {
 public:
  OwnPresets() : root_(std::filesystem::temp_directory_path() / ("orrery-presets-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(root_ / "nodes");
    setenv("ORRERY_PRESETS", root_.c_str(), 1);
  }
  ~OwnPresets() {
    unsetenv("ORRERY_PRESETS");
    std::filesystem::remove_all(root_);
  }
  OwnPresets(const OwnPresets&) = delete;
  OwnPresets& operator=(const OwnPresets&) = delete;
  void add(const std::string& stem, const std::string& text) const {
    std::ofstream(root_ / "nodes" / (stem + ".toml")) << text;
  }

 private:
  std::filesystem::path root_;
};

std::string resolved(const std::string& text, const std::string& folder) {
  Diagnostics diagnostics;
  const Value result = with_preset(toml(text, diagnostics), folder, diagnostics);
  return diagnostics.has_errors() ? render_text(diagnostics.all(), false) : write_toml(result);
}

}  // namespace

TEST_CASE("presets: law, each reads, and no name or alias calls two") {
  for (const char* folder : kFolders) {
    CAPTURE(folder);
    Diagnostics diagnostics;
    const std::vector<Preset> presets = all_presets(folder, diagnostics);
    CHECK(render_text(diagnostics.all(), false) == "");
    CHECK_FALSE(presets.empty());
    std::map<std::string, std::string> owners;
    for (const Preset& preset : presets) {
      std::set<std::string> names = {lower(preset.name)};
      for (const std::string& alias : preset.aliases) names.insert(lower(alias));
      for (const std::string& name : names) {
        CAPTURE(name);
        CAPTURE(preset.name);
        CHECK(owners.try_emplace(name, preset.name).first->second == preset.name);
        const auto found = find_preset(folder, name, diagnostics);
        REQUIRE(found.has_value());
        CHECK(found->name == preset.name);
      }
    }
  }
}

TEST_CASE("presets: hand-computed, names ignore case") {
  Diagnostics diagnostics;
  for (const char* name : {"h100-sxm", "H100-SXM", "H100-SXM5-80GB", "h100"}) {
    CAPTURE(name);
    const auto chip = find_preset("chips", name, diagnostics);
    REQUIRE(chip.has_value());
    CHECK(chip->name == "h100-sxm");
  }
  CHECK_FALSE(find_preset("chips", "h10", diagnostics).has_value());
  CHECK_FALSE(find_preset("chips", "", diagnostics).has_value());
  CHECK(preset_names("no such folder").empty());
}

TEST_CASE("presets: hand-computed, what is laid over") {
  CHECK(merged_text("a = 1\nb = 2\n[t]\nx = 1\ny = 2\n", "b = 3\nc = 4\n[t]\ny = 5\n") ==
        "a = 1\nb = 3\nc = 4\n\n[t]\nx = 1\ny = 5\n");
  // An override does not inherit the source of the number that it replaces.
  CHECK(merged_text("a = { value = 1, source = \"datasheet\" }", "a = 2") == "a = 2\n");
  CHECK(merged_text("a = { value = 1, unverified = true }", "a = { value = 2, source = \"s\" }") ==
        "a = { value = 2, source = \"s\" }\n");
  CHECK(merged_text("l = [1, 2]", "l = [3]") == "l = [3]\n");
}

TEST_CASE("presets: hand-computed, own presets, includes and circles") {
  const OwnPresets own;
  own.add("small", "chips = 2\nname = \"Small\"\nlatency = { value = \"1 us\", source = \"s\" }\n");
  own.add("large", "preset = \"small\"\nchips = 8\n");
  own.add("round", "preset = \"about\"\n");
  own.add("about", "preset = \"round\"\n");
  CHECK(resolved("preset = \"large\"\nname = \"mine\"\n", "nodes") ==
        "chips = 8\nname = \"mine\"\nlatency = { value = \"1 us\", source = \"s\" }\n");
  CHECK(resolved("preset = \"SMALL\"\n", "nodes").find("chips = 2") == 0);
  CHECK(resolved("chips = 3\n", "nodes") == "chips = 3\n");
  CHECK(resolved("preset = \"round\"\n", "nodes").find("circle") != std::string::npos);
  CHECK(resolved("preset = \"smal\"\n", "nodes") ==
        "error: no preset `smal` in nodes\n"
        "  --> a.toml:1:10\n"
        "  |\n"
        "1 | preset = \"smal\"\n"
        "  |          ^^^^^^ did you mean `small`?\n");
  CHECK(resolved("preset = 3\n", "nodes") ==
        "error: `preset` must be the name of a preset\n"
        "  --> a.toml:1:10\n"
        "  |\n"
        "1 | preset = 3\n"
        "  |          ^\n");
  Diagnostics diagnostics;
  CHECK(find_preset("nodes", "h100-sxm", diagnostics).has_value());  // the built-in ones stay
}

TEST_CASE("presets: hand-computed, a wrong ORRERY_PRESETS is an error") {
  setenv("ORRERY_PRESETS", "/nowhere/at/all", 1);
  CHECK_THROWS_AS(preset_names("nodes"), InputError);
  unsetenv("ORRERY_PRESETS");
}

}  // namespace orrery
