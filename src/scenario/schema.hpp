#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/unit_text.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// One input as it is declared: what the parser checks, what messages, `orrery schema`, the reference page and shell
/// completion say of it.
struct FieldInfo {
  std::string path;  ///< "calibration.sustained_clock"; a list's elements are "tiers[].chips".
  std::string type;  ///< "quantity", "number", "integer", "boolean", "text", "choice", "table", "list".
  std::string unit;  ///< What a quantity measures: "a time".
  std::string minimum, maximum;
  std::string default_text;
  std::string help, example;
  std::vector<std::string> choices;
  bool required = false;
};

/// What a declaration may add to a name and a place.
struct FieldOptions {
  std::string help{};
  std::string example{};
  double minimum = -std::numeric_limits<double>::infinity();  ///< In base units.
  double maximum = std::numeric_limits<double>::infinity();
  bool required = false;
};

/// Where a value came from.
struct FieldSource {
  std::string value;   ///< As written.
  std::string source;  ///< Its `source`, or that of the file; may be empty.
  bool unverified = false;
  std::string place;  ///< File and line.
};
/// Sources by path, in reading order of the paths.
using Provenance = std::map<std::string, FieldSource>;

namespace detail {

/// Reading of one table: collects mistakes and sources.
struct ReadContext {
  Diagnostics& diagnostics;
  Provenance* provenance = nullptr;
  std::string path;  ///< Of the table that is read, with a trailing dot.
};

/// A leaf as written: plainly, or as { value, source, unverified }.
struct Leaf {
  const Value* value = nullptr;
  std::string source;
  bool unverified = false;
};
Leaf leaf_of(const Value& value, const std::string& name, ReadContext& context);
std::optional<double> read_quantity(const Leaf& leaf, const FieldInfo& info, Dimension dimension,
                                    const FieldOptions& options, ReadContext& context);
std::optional<double> read_number(const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
                                  ReadContext& context);
std::optional<long long> read_integer(const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
                                      ReadContext& context);
std::optional<bool> read_boolean(const Leaf& leaf, const FieldInfo& info, ReadContext& context);
std::optional<std::string> read_text(const Leaf& leaf, const FieldInfo& info, ReadContext& context);
/// Index of the choice, or nothing.
std::optional<std::size_t> read_choice(const Leaf& leaf, const FieldInfo& info, ReadContext& context);
const Value::Table* expect_table(const Value& value, const std::string& name, ReadContext& context);
const Value::Array* expect_array(const Value& value, const std::string& name, ReadContext& context);
/// Reports keys of `table` that are neither in `known` nor in `ignored`.
void report_unknown(const Value::Table& table, const std::vector<std::string>& known,
                    const std::vector<std::string>& ignored, ReadContext& context);
void report_missing(const Value& table, const FieldInfo& info, ReadContext& context);
void record(const Leaf& leaf, const std::string& name, ReadContext& context);
FieldInfo make_info(const std::string& name, const char* type, const FieldOptions& options);

}  // namespace detail

/// The declaration of a struct's inputs: the one place that knows a field's name, unit, range, default, help and
/// example.
///
///     static const Schema<Node> schema = Schema<Node>("node", "A server.")
///         .quantity("scale_up_latency", &Node::scale_up_latency, {.help = "One hop.", .example = "1 us"});
///
/// A member is named by a pointer to member, or by a function from T& to a reference where it stands deeper. Reading
/// reports every mistake at once: unknown keys (with a suggestion), wrong types, missing units, values out of range,
/// missing required keys.
template <class T>
class Schema {
 public:
  Schema(std::string name, std::string help) : name_(std::move(name)), help_(std::move(help)) {}

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }

  /// A text with a unit; the dimension follows from the member's type.
  template <class M>
  Schema& quantity(const std::string& name, M member, FieldOptions options) {
    using Q = MemberType<M>;
    constexpr Dimension kDimension = DimensionOf<Q>::value;
    FieldInfo info = detail::make_info(name, "quantity", options);
    info.unit = dimension_name(kDimension);
    if (!options.required) info.default_text = format_quantity(initial(member).raw(), kDimension);
    if (std::isfinite(options.minimum)) info.minimum = format_quantity(options.minimum, kDimension);
    if (std::isfinite(options.maximum)) info.maximum = format_quantity(options.maximum, kDimension);
    return leaf(std::move(info), [=](const detail::Leaf& value, const FieldInfo& field, T& into, Context& context) {
      const auto read = detail::read_quantity(value, field, kDimension, options, context);
      if (read) std::invoke(member, into) = Q(*read);
    });
  }
  /// A plain number (or a percentage).
  template <class M>
  Schema& number(const std::string& name, M member, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "number", options);
    if (!options.required) info.default_text = format_significant(initial(member), 4);
    return leaf(std::move(info), [=](const detail::Leaf& value, const FieldInfo& field, T& into, Context& context) {
      if (const auto read = detail::read_number(value, field, options, context)) std::invoke(member, into) = *read;
    });
  }
  template <class M>
  Schema& integer(const std::string& name, M member, FieldOptions options) {
    using I = MemberType<M>;
    options.minimum = std::max(options.minimum, static_cast<double>(std::numeric_limits<I>::min()));
    options.maximum = std::min(options.maximum, static_cast<double>(std::numeric_limits<I>::max()));
    FieldInfo info = detail::make_info(name, "integer", options);
    if (!options.required) info.default_text = std::to_string(initial(member));
    return leaf(std::move(info), [=](const detail::Leaf& value, const FieldInfo& field, T& into, Context& context) {
      if (const auto read = detail::read_integer(value, field, options, context))
        std::invoke(member, into) = static_cast<I>(*read);
    });
  }
  template <class M>
  Schema& boolean(const std::string& name, M member, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "boolean", options);
    if (!options.required) info.default_text = initial(member) ? "true" : "false";
    return leaf(std::move(info), [=](const detail::Leaf& value, const FieldInfo& field, T& into, Context& context) {
      if (const auto read = detail::read_boolean(value, field, context)) std::invoke(member, into) = *read;
    });
  }
  template <class M>
  Schema& text(const std::string& name, M member, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "text", options);
    return leaf(std::move(info), [=](const detail::Leaf& value, const FieldInfo& field, T& into, Context& context) {
      if (const auto read = detail::read_text(value, field, context)) std::invoke(member, into) = *read;
    });
  }
  template <class E>
  struct Choice {
    std::string name;
    E value;
    std::string help;
  };
  template <class M>
  Schema& choice(const std::string& name, M member,
                 std::vector<Choice<std::remove_cvref_t<std::invoke_result_t<M, T&>>>> choices, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "choice", options);
    const auto first = initial(member);
    for (const auto& option : choices) {
      info.choices.push_back(option.name);
      if (!options.required && option.value == first) info.default_text = option.name;
    }
    return leaf(std::move(info),
                [member, choices](const detail::Leaf& value, const FieldInfo& field, T& into, Context& context) {
                  if (const auto index = detail::read_choice(value, field, context))
                    std::invoke(member, into) = choices[*index].value;
                });
  }
  /// A list of texts.
  template <class M>
  Schema& texts(const std::string& name, M member, FieldOptions options) {
    return add(detail::make_info(name, "list", options), {},
               [=](const Value& value, const FieldInfo& field, T& into, Context& context) {
                 const Value::Array* list = detail::expect_array(value, field.path, context);
                 if (list == nullptr) return;
                 std::invoke(member, into).clear();
                 for (const Value& element : *list) {
                   const detail::Leaf one{&element, "", false};
                   if (const auto read = detail::read_text(one, field, context))
                     std::invoke(member, into).push_back(*read);
                 }
               });
  }
  template <class M, class U>
  Schema& table(const std::string& name, M member, const Schema<U>& schema, FieldOptions options = {}) {
    return add(detail::make_info(name, "table", options), schema.fields(),
               [member, &schema](const Value& value, const FieldInfo& field, T& into, Context& context) {
                 nested(value, field, context,
                        [&](Context& inner) { schema.read(value, std::invoke(member, into), inner); });
               });
  }
  template <class M, class U>
  Schema& optional_table(const std::string& name, M member, const Schema<U>& schema, FieldOptions options = {}) {
    return add(detail::make_info(name, "table", options), schema.fields(),
               [member, &schema](const Value& value, const FieldInfo& field, T& into, Context& context) {
                 auto& held = std::invoke(member, into);
                 if (!held) held.emplace();
                 nested(value, field, context, [&](Context& inner) { schema.read(value, *held, inner); });
               });
  }
  /// A list of tables: [[tiers]].
  template <class M, class U>
  Schema& list(const std::string& name, M member, const Schema<U>& schema, FieldOptions options = {}) {
    return add(detail::make_info(name, "list", options), schema.fields(),
               [member, &schema](const Value& value, const FieldInfo& field, T& into, Context& context) {
                 const Value::Array* elements = detail::expect_array(value, field.path, context);
                 if (elements == nullptr) return;
                 std::invoke(member, into).clear();
                 for (std::size_t i = 0; i < elements->size(); ++i) {
                   Context inner{context.diagnostics, context.provenance,
                                 context.path + field.path + "[" + std::to_string(i) + "]."};
                   schema.read((*elements)[i], std::invoke(member, into).emplace_back(), inner);
                 }
               });
  }
  /// A key that may stand in the table but is read elsewhere.
  Schema& ignore(std::string name) {
    ignored_.push_back(std::move(name));
    return *this;
  }

  /// Reads a table into `into`; what it does not name keeps its value. Mistakes go to `diagnostics`.
  void read(const Value& table, T& into, Diagnostics& diagnostics, Provenance* provenance = nullptr) const {
    detail::ReadContext context{diagnostics, provenance, ""};
    read(table, into, context);
  }
  void read(const Value& value, T& into, detail::ReadContext& context) const {
    const Value::Table* entries = detail::expect_table(value, name_, context);
    if (entries == nullptr) return;
    std::vector<std::string> known;
    for (const Member& member : members_) {
      known.push_back(member.info.path);
      if (const Value* found = value.find(member.info.path)) {
        member.read(*found, member.info, into, context);
      } else if (member.info.required) {
        detail::report_missing(value, member.info, context);
      }
    }
    detail::report_unknown(*entries, known, ignored_, context);
  }

  /// Every field, nested ones with their full path.
  std::vector<FieldInfo> fields() const {
    std::vector<FieldInfo> all;
    for (const Member& member : members_) {
      all.push_back(member.info);
      const std::string prefix = member.info.path + (member.info.type == "list" ? "[]." : ".");
      for (FieldInfo inner : member.nested) {
        inner.path = prefix + inner.path;
        all.push_back(std::move(inner));
      }
    }
    return all;
  }

 private:
  template <class M>
  using MemberType = std::remove_cvref_t<std::invoke_result_t<M, T&>>;
  template <class M>
  static MemberType<M> initial(M member) {
    T fresh{};
    return std::invoke(member, fresh);
  }

  using Context = detail::ReadContext;
  using Reader = std::function<void(const Value&, const FieldInfo&, T&, Context&)>;
  struct Member {
    FieldInfo info;
    std::vector<FieldInfo> nested;
    Reader read;
  };

  Schema& add(FieldInfo info, std::vector<FieldInfo> nested_fields, Reader reader) {
    members_.push_back({std::move(info), std::move(nested_fields), std::move(reader)});
    return *this;
  }
  template <class Read>
  Schema& leaf(FieldInfo info, Read read) {
    return add(std::move(info), {}, [read](const Value& value, const FieldInfo& field, T& into, Context& context) {
      const detail::Leaf written = detail::leaf_of(value, field.path, context);
      if (written.value == nullptr) return;
      read(written, field, into, context);
      detail::record(written, field.path, context);
    });
  }
  template <class Read>
  static void nested(const Value&, const FieldInfo& field, Context& context, Read read) {
    Context inner{context.diagnostics, context.provenance, context.path + field.path + "."};
    read(inner);
  }

  std::string name_, help_;
  std::vector<Member> members_;
  std::vector<std::string> ignored_;
};

}  // namespace orrery
