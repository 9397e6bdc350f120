#include "import/megatron_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "import/megatron_flag_names.hpp"

namespace orrery {
namespace {

constexpr int kMostWarnings = 20;  // Of unknown arguments: a foreign file would drown every other message.

bool is_flag(const std::string& word) {
  return word.size() > 2 && word.starts_with("--");
}

void report_unknown(const std::string& name, const Span& span, Diagnostics& diagnostics) {
  const std::string meant = did_you_mean("--" + name, megatron_flags_with_effect());
  diagnostics.warning(fmt::format("unknown argument `--{}` is passed over", name.substr(0, 80)), span,
                      meant.empty() ? "" : fmt::format("did you mean `{}`?", meant));
}

void report_choice(const std::string& name, const std::string& text, const Span& span,
                   const std::vector<std::string>& choices, Diagnostics& diagnostics) {
  const std::string meant = did_you_mean(text, choices);
  diagnostics.error(
      fmt::format("`--{}`: unknown choice `{}`", name, text.substr(0, 40)), span,
      meant.empty() ? fmt::format("{}", fmt::join(choices, ", ")) : fmt::format("did you mean `{}`?", meant));
}

}  // namespace

MegatronFlags MegatronFlags::collect(const std::vector<ShellWord>& words, Diagnostics& diagnostics) {
  MegatronFlags flags;
  int unknown = 0;
  std::set<std::string> told;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_flag(words[i].text)) continue;
    const std::size_t equals = words[i].text.find('=');
    std::string name = words[i].text.substr(2, equals == std::string::npos ? equals : equals - 2);
    std::replace(name.begin(), name.end(), '_', '-');
    const MegatronFlagKind kind = megatron_flag_kind(name);
    if (kind == MegatronFlagKind::Unknown && unknown++ < kMostWarnings)
      report_unknown(name, words[i].span, diagnostics);
    if (kind == MegatronFlagKind::NotModelled && told.insert(name).second)
      diagnostics.warning(fmt::format("`--{}` is not modelled", name), words[i].span);
    const bool list = kind == MegatronFlagKind::List;
    const bool valued = kind == MegatronFlagKind::Value || list;
    if (!valued && kind != MegatronFlagKind::Switch) continue;
    Given given{"", words[i].span, words[i].span};
    if (equals != std::string::npos) given.text = words[i].text.substr(equals + 1);
    for (std::size_t next = i + 1; valued && next < words.size() && !is_flag(words[next].text); ++next) {
      // In a script other words may follow the arguments: a list ends with its line, a value stands anywhere.
      const bool first = given.text.empty();
      if (!first && (!list || words[next].span.line != words[i].span.line)) break;
      given.text += (first ? "" : " ") + words[next].text;
      if (first) given.value = words[next].span;
    }
    if (valued && given.text.empty()) {
      diagnostics.error(fmt::format("`--{}` takes a value", name), words[i].span);
      continue;
    }
    const auto before = flags.given_.find(name);
    if (before != flags.given_.end() && before->second.text != given.text) {
      diagnostics.warning(fmt::format("`--{}` is given twice; the last counts, as in Megatron-LM", name), given.flag);
    }
    flags.given_[name] = std::move(given);
  }
  if (unknown > kMostWarnings)
    diagnostics.warning(fmt::format("{} more unknown arguments are passed over", unknown - kMostWarnings));
  return flags;
}

Span MegatronFlags::span(const std::string& name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? Span{} : found->second.value;
}

std::string MegatronFlags::text(const std::string& name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? "" : found->second.text;
}

int MegatronFlags::number(const std::string& name, int fallback, int minimum, Diagnostics& diagnostics) const {
  const auto found = given_.find(name);
  if (found == given_.end()) return fallback;
  const std::string& text = found->second.text;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = end == text.data() + text.size() && !text.empty();
  if (error == std::errc{} && whole && value >= minimum) return value;
  std::string hint = fmt::format("a whole number from {}", minimum);
  if (text.starts_with('$')) hint = "a variable that this text does not set: write its number";
  diagnostics.error(fmt::format("`--{}`: `{}` is no such number", name, text.substr(0, 40)), found->second.value, hint);
  return fallback;
}

std::optional<std::string> MegatronFlags::choice(const std::string& name, const std::vector<std::string>& choices,
                                                 Diagnostics& diagnostics) const {
  const auto found = given_.find(name);
  if (found == given_.end()) return std::nullopt;
  const std::string& text = found->second.text;
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  report_choice(name, text, found->second.value, choices, diagnostics);
  return std::nullopt;
}

std::vector<std::string> MegatronFlags::list(const std::string& name, const std::vector<std::string>& choices,
                                             Diagnostics& diagnostics) const {
  std::vector<std::string> values;
  std::istringstream words(text(name));
  for (std::string word; words >> word;) {
    if (std::find(choices.begin(), choices.end(), word) != choices.end()) {
      values.push_back(word);
    } else {
      report_choice(name, word, span(name), choices, diagnostics);
    }
  }
  return values;
}

}  // namespace orrery
