#include "scenario/preset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include "base/file.hpp"
#include "scenario/embedded.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

constexpr int kDeepestChain = 8;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Texts of a folder by preset name; those of ORRERY_PRESETS replace the embedded ones.
std::map<std::string, Source> texts(const std::string& folder) {
  std::map<std::string, Source> result;
  const std::string prefix = "presets/" + folder + "/";
  for (const EmbeddedFile& file : embedded_files()) {
    if (!file.path.starts_with(prefix) || !file.path.ends_with(".toml")) continue;
    const std::string stem(file.path.substr(prefix.size(), file.path.size() - prefix.size() - 5));
    result[stem] = std::make_shared<SourceText>(
        SourceText{std::string(file.path), std::string(file.text), SourceText::Kind::Preset});
  }
  const char* const own = std::getenv("ORRERY_PRESETS");
  if (own == nullptr || *own == '\0') return result;
  std::error_code error;
  if (!std::filesystem::is_directory(own, error)) {
    throw InputError(fmt::format("ORRERY_PRESETS names no folder: `{}`", own));
  }
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(own) / folder, error)) {
    if (entry.path().extension() != ".toml") continue;
    result[entry.path().stem().string()] = read_text_file(entry.path().string());
  }
  return result;
}

Preset read_preset(const std::string& name, const Source& source, Diagnostics& diagnostics) {
  Preset preset{name, {}, read_toml(source, diagnostics)};
  if (const Value* own = preset.value.find("name"); own != nullptr && own->string() != nullptr) {
    preset.aliases.push_back(*own->string());
  }
  if (const Value* list = preset.value.find("aliases"); list != nullptr && list->array() != nullptr) {
    for (const Value& alias : *list->array()) {
      if (alias.string() != nullptr) preset.aliases.push_back(*alias.string());
    }
  }
  return preset;
}

bool is_called(const Preset& preset, const std::string& lower_name) {
  return lower(preset.name) == lower_name ||
         std::any_of(preset.aliases.begin(), preset.aliases.end(),
                     [&](const std::string& alias) { return lower(alias) == lower_name; });
}

Value expanded(const Value& table, const std::string& folder, Diagnostics& diagnostics, int depth) {
  const Value* name = table.find("preset");
  if (name == nullptr) return table;
  if (name->string() == nullptr) {
    diagnostics.error("`preset` must be the name of a preset", name->span());
    return table;
  }
  if (depth > kDeepestChain) {
    diagnostics.error(fmt::format("presets name one another in a circle, or deeper than {}", kDeepestChain),
                      name->span());
    return table;
  }
  Value own(Value::Table{}, table.span());
  for (const Value::Entry& entry : *table.table()) {
    if (entry.key != "preset") own.set(entry.key, entry.value, entry.key_span);
  }
  const auto preset = find_preset(folder, *name->string(), diagnostics);
  if (!preset) {
    report_unknown_preset(folder, *name->string(), name->span(), diagnostics);
    return own;
  }
  return merged(expanded(preset->value, folder, diagnostics, depth + 1), own);
}

/// A part of a machine that is said by its name: `switches = "qm9700"`.
bool names_part(const std::string& key, const Value& value) {
  return value.string() != nullptr && (key == "chip" || key == "node" || key == "fabric" || key == "switches");
}

/// A table of keys that go on top of the part that is named below it.
bool lies_over_name(const Value& value) {
  return value.table() != nullptr && value.find("preset") == nullptr;
}

}  // namespace

std::vector<std::string> preset_names(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& [name, source] : texts(folder)) names.push_back(name);
  return names;
}

std::optional<Preset> find_preset(const std::string& folder, const std::string& name, Diagnostics& diagnostics) {
  const std::string wanted = lower(name);
  const auto all = texts(folder);
  if (const auto exact = all.find(wanted); exact != all.end()) {
    return read_preset(exact->first, exact->second, diagnostics);
  }
  for (const auto& [stem, source] : all) {
    // Most texts need no reading: an alias must at least stand in them.
    if (lower(source->text.substr(0, 4096)).find(wanted) == std::string::npos) continue;
    Preset preset = read_preset(stem, source, diagnostics);
    if (is_called(preset, wanted)) return preset;
  }
  return std::nullopt;
}

std::vector<Preset> all_presets(const std::string& folder, Diagnostics& diagnostics) {
  std::vector<Preset> result;
  for (const auto& [name, source] : texts(folder)) result.push_back(read_preset(name, source, diagnostics));
  return result;
}

std::string near_preset(const std::string& folder, const std::string& name) {
  // A hub's name of a model begins with its owner: "meta-llama/Llama-3.1-70B".
  const std::string word = name.substr(name.rfind('/') + 1);
  std::vector<std::string> names;
  Diagnostics ignored;
  for (const Preset& preset : all_presets(folder, ignored)) {
    if (is_called(preset, lower(word))) return preset.name;
    names.push_back(preset.name);
    names.insert(names.end(), preset.aliases.begin(), preset.aliases.end());
  }
  return did_you_mean(word, names);
}

void report_unknown_preset(const std::string& folder, const std::string& name, const Span& span,
                           Diagnostics& diagnostics) {
  std::string near = near_preset(folder, name);
  if (near.empty()) {
    // A family name ("llama") is no misspelling of any of its members: show what holds it.
    std::vector<std::string> holding;
    for (const std::string& candidate : preset_names(folder)) {
      if (!name.empty() && lower(candidate).find(lower(name)) != std::string::npos) holding.push_back(candidate);
    }
    if (holding.size() > 6) holding.resize(6);
    near = fmt::format("{}", fmt::join(holding, "`, `"));
  }
  diagnostics.error(
      fmt::format("no preset `{}` in {}", name, folder), span,
      near.empty() ? fmt::format("`orrery catalog {}` lists them", folder) : fmt::format("did you mean `{}`?", near));
}

Value with_preset(const Value& table, const std::string& folder, Diagnostics& diagnostics) {
  return expanded(table, folder, diagnostics, 0);
}

Value merged(const Value& base, const Value& over) {
  if (base.table() == nullptr || over.table() == nullptr) return over;
  // { value, source } replaces a whole value, it does not merge into one: an override must not inherit a source.
  if (over.find("value") != nullptr || base.find("value") != nullptr) return over;
  Value result = base;
  for (const Value::Entry& entry : *over.table()) {
    const Value* below = base.find(entry.key);
    if (below != nullptr && names_part(entry.key, *below) && lies_over_name(entry.value)) {
      Value part = entry.value;
      part.set("preset", *below, below->span());
      result.set(entry.key, std::move(part), entry.key_span);
      continue;
    }
    result.set(entry.key, below == nullptr ? entry.value : merged(*below, entry.value), entry.key_span);
  }
  return {result.data(), over.span()};
}

}  // namespace orrery
