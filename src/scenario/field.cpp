#include "scenario/field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/law_text.hpp"
#include "base/unit_table.hpp"

namespace orrery {

FieldOptions bounded(std::string help, std::string example, double minimum, double maximum, bool required) {
  FieldOptions options = described(std::move(help), std::move(example));
  options.minimum = minimum;
  options.maximum = maximum;
  options.required = required;
  return options;
}

FieldOptions described(std::string help, std::string example) {
  FieldOptions options;
  options.help = std::move(help);
  options.example = std::move(example);
  return options;
}

FieldOptions needed(FieldOptions options) {
  options.required = true;
  return options;
}

FieldOptions otherwise(FieldOptions options, std::string default_text) {
  options.default_text = std::move(default_text);
  return options;
}

namespace {
constexpr std::array<const char*, 4> kStatusNames = {"confirmed", "estimate", "forecast", "plan"};
}

const char* status_name(ValueStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

std::string FieldSource::place() const {
  if (!span.source) return "";
  return span.line > 0 ? fmt::format("{}:{}", span.source->name, span.line) : span.source->name;
}

}  // namespace orrery

namespace orrery::detail {
namespace {

constexpr std::int64_t kLargestWhole = std::int64_t{1} << 53;  // Beyond it a double is no longer every whole number.
constexpr std::size_t kMostListed = 10;                        // Names in a hint.
constexpr std::size_t kMostReported = 1000;  // Mistakes; a file of nothing else must not fill the memory.

/// The table that is read, as its header writes it: "[training]", "[[cluster.fabric.tiers]]".
std::string header_of(const ReadContext& context) {
  if (context.path.empty()) return "";
  const std::string path = context.path.substr(0, context.path.size() - 1);
  if (!path.ends_with(']')) return fmt::format("[{}]", path);
  return fmt::format("[[{}]]", path.substr(0, path.rfind('[')));
}

/// "did you mean `x`?", or the first of what is known.
std::string suggestion(const std::string& word, const std::vector<std::string>& known, const char* lead) {
  if (const std::string near = did_you_mean(word, known); !near.empty()) return fmt::format("did you mean `{}`?", near);
  const std::vector<std::string> first(known.begin(), known.begin() + std::min(known.size(), kMostListed));
  return fmt::format("{} {}{}", lead, fmt::join(first, ", "), known.size() > first.size() ? ", ..." : "");
}

std::string hint_of(const FieldInfo& info) {
  const std::string help = info.help.ends_with('.') ? info.help.substr(0, info.help.size() - 1) : info.help;
  return info.example.empty() ? help : fmt::format("{}, for example {}", help, info.example);
}

void wrong_kind(const Leaf& leaf, const FieldInfo& info, const char* expected, ReadContext& context) {
  context.diagnostics.error(
      fmt::format("`{}{}` is {}, expected {}", context.path, info.path, leaf.value->kind_name(), expected),
      leaf.value->span(), info.example.empty() ? "" : fmt::format("for example {}", info.example));
}

/// A bound on a time in the unit of the field's example where that is a short number: "0.5 years", not "182.6 days".
std::string bound_text(double bound, const std::string& fitting, const FieldInfo& info) {
  if (info.unit != dimension_name(Dimension::Time) || bound == 0) return fitting;
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto last = std::find_if(info.example.rbegin(), info.example.rend(), is_letter);
  const auto before = std::find_if_not(last, info.example.rend(), is_letter);
  const std::string word(before.base(), last.base());
  for (const Unit& unit : all_units()) {
    if (unit.dimension != Dimension::Time || unit.name != word) continue;
    const std::string number = fmt::format("{:.4g}", bound / unit.size);
    const bool is_short = number.find('e') == std::string::npos &&
                          std::abs(std::strtod(number.c_str(), nullptr) * unit.size / bound - 1) < 1e-9;
    if (is_short) return fmt::format("{} {}", number, word);
  }
  return fitting;
}

bool in_range(double value, const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
              ReadContext& context) {
  if (value >= options.minimum && value <= options.maximum) return true;
  const std::string least = bound_text(options.minimum, info.minimum, info);
  const std::string most = bound_text(options.maximum, info.maximum, info);
  const std::string range = most.empty()    ? fmt::format("at least {}", least)
                            : least.empty() ? fmt::format("at most {}", most)
                                            : fmt::format("from {} to {}", least, most);
  context.diagnostics.error(fmt::format("`{}{}` is out of range", context.path, info.path), leaf.value->span(), range);
  return false;
}

/// Reports a whole number that a double may not hold exactly.
bool is_beyond_doubles(std::int64_t value, const Leaf& leaf, const FieldInfo& info, ReadContext& context) {
  if (value <= kLargestWhole && value >= -kLargestWhole) return false;
  context.diagnostics.error(fmt::format("`{}{}` is beyond 2^53", context.path, info.path), leaf.value->span());
  return true;
}

std::string written(const Value& value) {
  if (const auto* text = value.string()) return *text;
  if (const auto* whole = value.integer()) return fmt::format("{}", *whole);
  if (const auto* real = value.real()) return fmt::format("{}", *real);
  if (const auto* truth = value.boolean()) return *truth ? "true" : "false";
  std::string list;
  if (const auto* array = value.array()) {
    for (const Value& element : *array) list += (list.empty() ? "" : ", ") + written(element);
  }
  return list;
}

}  // namespace

FieldInfo make_info(const std::string& name, const char* type, const FieldOptions& options) {
  FieldInfo info;
  info.path = name;
  info.type = type;
  info.help = options.help;
  info.example = options.example;
  info.required = options.required;
  info.default_text = options.default_text;
  info.default_is_words = !options.default_text.empty();
  if (std::isfinite(options.minimum)) info.minimum = fmt::format("{:.10g}", options.minimum);
  if (std::isfinite(options.maximum)) info.maximum = fmt::format("{:.10g}", options.maximum);
  return info;
}

Leaf leaf_of(const Value& value, const std::string& name, ReadContext& context) {
  if (value.table() == nullptr) return {&value};
  Leaf leaf;
  const auto expect = [&](const Value::Entry& entry, const auto* found, const char* kind) {
    if (found != nullptr) return true;
    context.diagnostics.error(
        fmt::format("`{}` of `{}{}` is {}, expected {}", entry.key, context.path, name, entry.value.kind_name(), kind),
        entry.value.span());
    return false;
  };
  for (const Value::Entry& entry : *value.table()) {
    if (entry.key == "value") {
      leaf.value = &entry.value;
    } else if (entry.key == "source") {
      if (expect(entry, entry.value.string(), "a text")) leaf.source = *entry.value.string();
    } else if (entry.key == "status") {
      if (!expect(entry, entry.value.string(), "a text")) continue;
      const auto* const found = std::find(kStatusNames.begin(), kStatusNames.end(), *entry.value.string());
      if (found != kStatusNames.end()) {
        leaf.status = static_cast<ValueStatus>(found - kStatusNames.begin());
      } else {
        context.diagnostics.error(
            fmt::format("unknown status `{}` of `{}{}`", *entry.value.string(), context.path, name), entry.value.span(),
            fmt::format("one of {}", fmt::join(kStatusNames, ", ")));
      }
    } else if (entry.key == "unverified") {
      if (expect(entry, entry.value.boolean(), "true or false")) leaf.unverified = *entry.value.boolean();
    } else if (entry.key == "note") {
      expect(entry, entry.value.string(), "a text");
    } else if (context.diagnostics.all().size() < kMostReported) {
      context.diagnostics.error(fmt::format("unknown key `{}` in `{}{}`", entry.key, context.path, name),
                                entry.key_span,
                                "a value is plain, or a table of value, source, status, unverified and note");
    }
  }
  if (leaf.value == nullptr) {
    context.diagnostics.error(fmt::format("`{}{}` has no `value`", context.path, name), value.span(),
                              "for example { value = ..., source = \"...\" }");
  } else if (leaf.value->table() != nullptr) {
    context.diagnostics.error(fmt::format("`{}{}` must be a single value", context.path, name), leaf.value->span());
    leaf.value = nullptr;
  }
  return leaf;
}

/// What a value of that dimension looks like, by the field's own example where it has one: of the size that is meant.
std::string unit_hint(const FieldInfo& info, Dimension dimension) {
  if (info.example.empty()) return dimension_hint(dimension);
  return fmt::format("{}, for example \"{}\"", dimension_name(dimension), info.example);
}

/// The hint of a text that is no quantity or law, with that example.
std::string text_hint(const std::string& hint, const FieldInfo& info, Dimension dimension) {
  return hint == dimension_hint(dimension) ? unit_hint(info, dimension) : hint;
}

std::optional<double> read_quantity(const Leaf& leaf, const FieldInfo& info, Dimension dimension,
                                    const FieldOptions& options, ReadContext& context) {
  std::string text;
  if (const auto* given = leaf.value->string()) {
    text = *given;
  } else if (leaf.value->integer() != nullptr || leaf.value->real() != nullptr) {
    context.diagnostics.error(fmt::format("`{}{}` has no unit", context.path, info.path), leaf.value->span(),
                              unit_hint(info, dimension));
    return std::nullopt;
  } else {
    wrong_kind(leaf, info, dimension_name(dimension), context);
    return std::nullopt;
  }
  const auto value = parse_quantity(text, dimension);
  if (!value) {
    context.diagnostics.error(fmt::format("`{}{}`: {}", context.path, info.path, value.error().message),
                              leaf.value->span(), text_hint(value.error().hint, info, dimension));
    return std::nullopt;
  }
  if (!in_range(*value, leaf, info, options, context)) return std::nullopt;
  return *value;
}

std::optional<Law> read_law(const Leaf& leaf, const FieldInfo& info, Dimension dimension, const FieldOptions& options,
                            ReadContext& context) {
  std::string text;
  if (const auto* given = leaf.value->string()) {
    text = *given;
  } else if (dimension == Dimension::None && (leaf.value->integer() != nullptr || leaf.value->real() != nullptr)) {
    text = written(*leaf.value);
  } else if (leaf.value->integer() != nullptr || leaf.value->real() != nullptr) {
    context.diagnostics.error(fmt::format("`{}{}` has no unit", context.path, info.path), leaf.value->span(),
                              unit_hint(info, dimension));
    return std::nullopt;
  } else {
    wrong_kind(leaf, info, "a law", context);
    return std::nullopt;
  }
  const auto law = parse_law(text, dimension);
  if (!law) {
    context.diagnostics.error(fmt::format("`{}{}`: {}", context.path, info.path, law.error().message),
                              leaf.value->span(), text_hint(law.error().hint, info, dimension));
    return std::nullopt;
  }
  if (!std::isfinite(law->mean()) || !in_range(law->mean(), leaf, info, options, context)) return std::nullopt;
  return *law;
}

std::optional<double> read_number(const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
                                  ReadContext& context) {
  double value = 0;
  if (const auto* real = leaf.value->real()) {
    value = *real;
  } else if (const auto* whole = leaf.value->integer()) {
    if (is_beyond_doubles(*whole, leaf, info, context)) return std::nullopt;
    value = static_cast<double>(*whole);
  } else if (const auto* text = leaf.value->string()) {
    const auto parsed = parse_quantity(*text, Dimension::None);
    if (!parsed) {
      wrong_kind(leaf, info, "a number", context);
      return std::nullopt;
    }
    value = *parsed;
  } else {
    wrong_kind(leaf, info, "a number", context);
    return std::nullopt;
  }
  if (!std::isfinite(value)) {
    context.diagnostics.error(fmt::format("`{}{}` is not finite", context.path, info.path), leaf.value->span());
    return std::nullopt;
  }
  if (!in_range(value, leaf, info, options, context)) return std::nullopt;
  return value;
}

std::optional<long long> read_integer(const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
                                      ReadContext& context) {
  std::int64_t value = 0;
  if (const auto* whole = leaf.value->integer()) {
    value = *whole;
  } else if (const auto* real = leaf.value->real(); real != nullptr && *real == std::floor(*real)) {
    // Beyond 2^53 either way; a real of 1e300 fits no integer.
    value = std::abs(*real) > static_cast<double>(kLargestWhole) ? kLargestWhole + 1 : static_cast<std::int64_t>(*real);
  } else {
    wrong_kind(leaf, info, "a whole number", context);
    return std::nullopt;
  }
  if (is_beyond_doubles(value, leaf, info, context)) return std::nullopt;
  if (!in_range(static_cast<double>(value), leaf, info, options, context)) return std::nullopt;
  return value;
}

std::optional<bool> read_boolean(const Leaf& leaf, const FieldInfo& info, ReadContext& context) {
  if (const auto* truth = leaf.value->boolean()) return *truth;
  wrong_kind(leaf, info, "true or false", context);
  return std::nullopt;
}

std::optional<Date> read_date(const Leaf& leaf, const FieldInfo& info, ReadContext& context) {
  // A bare year is a whole number in TOML.
  const bool is_date = leaf.value->string() != nullptr || leaf.value->integer() != nullptr;
  if (!is_date) {
    wrong_kind(leaf, info, "a date", context);
    return std::nullopt;
  }
  const std::string text = written(*leaf.value);
  const std::optional<Date> date = parse_date(text);
  if (!date) {
    context.diagnostics.error(fmt::format("`{}{}`: `{}` is no date", context.path, info.path, text), leaf.value->span(),
                              "for example 2025-01-21, \"2025-01\", \"2025-Q1\" or \"2025\"");
  }
  return date;
}

std::optional<std::string> read_text(const Leaf& leaf, const FieldInfo& info, ReadContext& context) {
  if (const auto* text = leaf.value->string()) return *text;
  wrong_kind(leaf, info, "a text", context);
  return std::nullopt;
}

std::optional<std::size_t> read_choice(const Leaf& leaf, const FieldInfo& info, ReadContext& context) {
  const auto* text = leaf.value->string();
  if (text == nullptr) {
    wrong_kind(leaf, info, "a text", context);
    return std::nullopt;
  }
  const auto found = std::find(info.choices.begin(), info.choices.end(), *text);
  if (found != info.choices.end()) return static_cast<std::size_t>(found - info.choices.begin());
  const std::string near = did_you_mean(*text, info.choices);
  context.diagnostics.error(fmt::format("`{}{}`: unknown choice `{}`", context.path, info.path, *text),
                            leaf.value->span(),
                            fmt::format("{}one of {}", near.empty() ? "" : fmt::format("did you mean `{}`? ", near),
                                        fmt::join(info.choices, ", ")));
  return std::nullopt;
}

const Value::Table* expect_table(const Value& value, const std::string& name, ReadContext& context) {
  if (const auto* table = value.table()) return table;
  context.diagnostics.error(
      fmt::format("`{}` is {}, expected a table",
                  context.path.empty() ? name : context.path.substr(0, context.path.size() - 1), value.kind_name()),
      value.span());
  return nullptr;
}

const Value::Array* expect_array(const Value& value, const std::string& name, ReadContext& context,
                                 const std::string& example) {
  if (const auto* array = value.array()) return array;
  context.diagnostics.error(fmt::format("`{}{}` is {}, expected a list", context.path, name, value.kind_name()),
                            value.span(), example.empty() ? "" : "for example " + example);
  return nullptr;
}

void report_unknown(const Value::Table& table, const std::vector<std::string>& known,
                    const std::vector<std::string>& ignored, ReadContext& context) {
  for (const Value::Entry& entry : table) {
    const auto has = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), entry.key) != list.end();
    };
    if (has(known) || has(ignored)) continue;
    if (context.diagnostics.all().size() >= kMostReported) return;
    const std::string where = context.path.empty() ? "" : " in " + header_of(context);
    context.diagnostics.error(fmt::format("unknown key `{}`{}", entry.key, where), entry.key_span,
                              suggestion(entry.key, known, "known are"));
  }
}

void report_missing(const Value& table, const FieldInfo& info, ReadContext& context) {
  context.diagnostics.error(fmt::format("`{}{}` is missing", context.path, info.path), table.span(), hint_of(info));
}

void record(const Leaf& leaf, const std::string& name, ReadContext& context) {
  if (context.provenance == nullptr) return;
  (*context.provenance)[context.path + name] = {written(*leaf.value), leaf.source, leaf.unverified, leaf.value->span(),
                                                leaf.status};
}

}  // namespace orrery::detail
