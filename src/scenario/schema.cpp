#include "scenario/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::detail {
namespace {

constexpr double kLargestWhole = 9007199254740992.0;  // 2^53: beyond it a double is no longer every whole number.

std::string hint_of(const FieldInfo& info, const std::string& fallback) {
  return info.example.empty() ? fallback : fmt::format("{}, for example {}", fallback, info.example);
}

void wrong_kind(const Leaf& leaf, const FieldInfo& info, const char* expected, ReadContext& context) {
  context.diagnostics.error(
      fmt::format("`{}{}` is {}, expected {}", context.path, info.path, leaf.value->kind_name(), expected),
      leaf.value->span(), info.example.empty() ? "" : fmt::format("for example {}", info.example));
}

bool in_range(double value, const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
              ReadContext& context) {
  if (value >= options.minimum && value <= options.maximum) return true;
  const std::string range = info.maximum.empty()   ? fmt::format("at least {}", info.minimum)
                            : info.minimum.empty() ? fmt::format("at most {}", info.maximum)
                                                   : fmt::format("from {} to {}", info.minimum, info.maximum);
  context.diagnostics.error(fmt::format("`{}{}` is out of range", context.path, info.path), leaf.value->span(), range);
  return false;
}

std::string written(const Value& value) {
  if (const auto* text = value.string()) return *text;
  if (const auto* whole = value.integer()) return fmt::format("{}", *whole);
  if (const auto* real = value.real()) return fmt::format("{}", *real);
  if (const auto* truth = value.boolean()) return *truth ? "true" : "false";
  return "";
}

}  // namespace

FieldInfo make_info(const std::string& name, const char* type, const FieldOptions& options) {
  FieldInfo info;
  info.path = name;
  info.type = type;
  info.help = options.help;
  info.example = options.example;
  info.required = options.required;
  if (std::isfinite(options.minimum)) info.minimum = fmt::format("{:.10g}", options.minimum);
  if (std::isfinite(options.maximum)) info.maximum = fmt::format("{:.10g}", options.maximum);
  return info;
}

Leaf leaf_of(const Value& value, const std::string& name, ReadContext& context) {
  if (value.table() == nullptr) return {&value, "", false};
  Leaf leaf;
  for (const Value::Entry& entry : *value.table()) {
    if (entry.key == "value") {
      leaf.value = &entry.value;
    } else if (entry.key == "source" && entry.value.string() != nullptr) {
      leaf.source = *entry.value.string();
    } else if (entry.key == "unverified" && entry.value.boolean() != nullptr) {
      leaf.unverified = *entry.value.boolean();
    } else if (entry.key != "note") {
      context.diagnostics.error(fmt::format("unknown key `{}` in `{}{}`", entry.key, context.path, name),
                                entry.key_span, "a value is plain, or a table of value, source, unverified and note");
    }
  }
  if (leaf.value == nullptr) {
    context.diagnostics.error(fmt::format("`{}{}` has no `value`", context.path, name), value.span());
  } else if (leaf.value->table() != nullptr) {
    context.diagnostics.error(fmt::format("`{}{}` must be a single value", context.path, name), leaf.value->span());
    leaf.value = nullptr;
  }
  return leaf;
}

std::optional<double> read_quantity(const Leaf& leaf, const FieldInfo& info, Dimension dimension,
                                    const FieldOptions& options, ReadContext& context) {
  std::string text;
  if (const auto* given = leaf.value->string()) {
    text = *given;
  } else if (leaf.value->integer() != nullptr || leaf.value->real() != nullptr) {
    context.diagnostics.error(fmt::format("`{}{}` has no unit", context.path, info.path), leaf.value->span(),
                              dimension_hint(dimension));
    return std::nullopt;
  } else {
    wrong_kind(leaf, info, dimension_name(dimension), context);
    return std::nullopt;
  }
  const auto value = parse_quantity(text, dimension);
  if (!value) {
    context.diagnostics.error(fmt::format("`{}{}`: {}", context.path, info.path, value.error().message),
                              leaf.value->span(), value.error().hint);
    return std::nullopt;
  }
  if (!in_range(*value, leaf, info, options, context)) return std::nullopt;
  return *value;
}

std::optional<double> read_number(const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
                                  ReadContext& context) {
  double value = 0;
  if (const auto* real = leaf.value->real()) {
    value = *real;
  } else if (const auto* whole = leaf.value->integer()) {
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
  double value = 0;
  if (const auto* whole = leaf.value->integer()) {
    value = static_cast<double>(*whole);
  } else if (const auto* real = leaf.value->real(); real != nullptr && *real == std::floor(*real)) {
    value = *real;
  } else {
    wrong_kind(leaf, info, "a whole number", context);
    return std::nullopt;
  }
  if (std::abs(value) > kLargestWhole) {
    context.diagnostics.error(fmt::format("`{}{}` is beyond 2^53", context.path, info.path), leaf.value->span());
    return std::nullopt;
  }
  if (!in_range(value, leaf, info, options, context)) return std::nullopt;
  return static_cast<long long>(value);
}

std::optional<bool> read_boolean(const Leaf& leaf, const FieldInfo& info, ReadContext& context) {
  if (const auto* truth = leaf.value->boolean()) return *truth;
  wrong_kind(leaf, info, "true or false", context);
  return std::nullopt;
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
  context.diagnostics.error(
      fmt::format("`{}{}`: unknown choice `{}`", context.path, info.path, *text), leaf.value->span(),
      near.empty() ? fmt::format("one of {}", fmt::join(info.choices, ", ")) : fmt::format("did you mean `{}`?", near));
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

const Value::Array* expect_array(const Value& value, const std::string& name, ReadContext& context) {
  if (const auto* array = value.array()) return array;
  context.diagnostics.error(fmt::format("`{}{}` is {}, expected a list", context.path, name, value.kind_name()),
                            value.span());
  return nullptr;
}

void report_unknown(const Value::Table& table, const std::vector<std::string>& known,
                    const std::vector<std::string>& ignored, ReadContext& context) {
  for (const Value::Entry& entry : table) {
    const auto has = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), entry.key) != list.end();
    };
    if (has(known) || has(ignored)) continue;
    const std::string where =
        context.path.empty() ? "" : fmt::format(" in [{}]", context.path.substr(0, context.path.size() - 1));
    const std::string near = did_you_mean(entry.key, known);
    context.diagnostics.error(
        fmt::format("unknown key `{}`{}", entry.key, where), entry.key_span,
        near.empty() ? fmt::format("known are {}", fmt::join(known, ", ")) : fmt::format("did you mean `{}`?", near));
  }
}

void report_missing(const Value& table, const FieldInfo& info, ReadContext& context) {
  context.diagnostics.error(fmt::format("`{}{}` is missing", context.path, info.path), table.span(),
                            hint_of(info, info.help));
}

void record(const Leaf& leaf, const std::string& name, ReadContext& context) {
  if (context.provenance == nullptr) return;
  const Span& span = leaf.value->span();
  const std::string place = !span.source    ? ""
                            : span.line > 0 ? fmt::format("{}:{}", span.source->name, span.line)
                                            : span.source->name;
  (*context.provenance)[context.path + name] = {written(*leaf.value), leaf.source, leaf.unverified, place};
}

}  // namespace orrery::detail
