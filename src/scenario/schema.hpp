#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/law_text.hpp"
#include "scenario/field.hpp"

namespace orrery {

namespace detail {
template <class M>
struct Unwrapped {
  using type = M;
};
template <class M>
struct Unwrapped<std::optional<M>> {
  using type = M;
};
}  // namespace detail

/// One of the names that an input may say, and what it stands for.
template <class E>
struct Choice {
  std::string name;
  E value;
  std::string help;
};

/// The declaration of a struct's inputs: the one place that knows a field's name, unit, range, default, help and
/// example.
///
///     static const Schema<Node> schema = Schema<Node>("node", "A server.")
///         .quantity("scale_up_latency", &Node::scale_up_latency, {.help = "One hop.", .example = "1 us"});
///
/// A member is named by a pointer to member, or by a function from T& to a reference where it stands deeper; the member
/// of a leaf may be a std::optional. Reading reports every mistake at once: unknown keys (with a suggestion), wrong
/// types, missing units, values out of range, missing required keys. A schema given to `table`, `optional_table` or
/// `list` must outlive this one.
template <class T>
class Schema {
 public:
  Schema(std::string name, std::string help) : name_(std::move(name)), help_(std::move(help)) {}

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }

  /// A text with a unit; the dimension follows from the member's type.
  template <class M>
  Schema& quantity(const std::string& name, M member, FieldOptions options) {
    using Q = Scalar<M>;
    constexpr Dimension kDimension = DimensionOf<Q>::value;
    FieldInfo info = detail::make_info(name, "quantity", options);
    info.unit = dimension_name(kDimension);
    if (const auto first = initial(member, options)) info.default_text = format_quantity(first->raw(), kDimension);
    if (std::isfinite(options.minimum)) info.minimum = format_quantity(options.minimum, kDimension);
    if (std::isfinite(options.maximum)) info.maximum = format_quantity(options.maximum, kDimension);
    return leaf(
        std::move(info), member,
        [=](const Leaf& value, const FieldInfo& field, Context& context) -> std::optional<Q> {
          const auto read = detail::read_quantity(value, field, kDimension, options, context);
          return read ? std::optional<Q>(Q(*read)) : std::nullopt;
        },
        [](const Q& value) { return Value::Data(exact_quantity(value.raw(), kDimension)); });
  }
  /// A law of quantities of `dimension`: a text with a unit where it is a fixed value, "exponential(mean 3 h)"
  /// otherwise. The range is that of its mean.
  template <class M>
  Schema& law(const std::string& name, M member, Dimension dimension, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "law", options);
    info.unit = dimension_name(dimension);
    if (const auto first = initial(member, options)) info.default_text = law_text(*first, dimension);
    if (std::isfinite(options.minimum)) info.minimum = format_quantity(options.minimum, dimension);
    if (std::isfinite(options.maximum)) info.maximum = format_quantity(options.maximum, dimension);
    return leaf(
        std::move(info), member,
        [=](const Leaf& value, const FieldInfo& field, Context& context) {
          return detail::read_law(value, field, dimension, options, context);
        },
        [=](const Law& value) { return Value::Data(law_text(value, dimension)); });
  }
  /// A plain number (or a percentage).
  template <class M>
  Schema& number(const std::string& name, M member, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "number", options);
    if (const auto first = initial(member, options)) info.default_text = format_significant(*first, 4);
    return leaf(
        std::move(info), member,
        [options](const Leaf& value, const FieldInfo& field, Context& context) {
          return detail::read_number(value, field, options, context);
        },
        [](double value) { return Value::Data(value); });
  }
  /// A whole number of any integer type, at most 2^53.
  template <class M>
  Schema& integer(const std::string& name, M member, FieldOptions options) {
    using I = Scalar<M>;
    FieldInfo info = detail::make_info(name, "integer", options);
    if (const auto first = initial(member, options)) info.default_text = std::to_string(*first);
    // The type's own limits are checked, but no range that a person should read about.
    options.minimum = std::max(options.minimum, static_cast<double>(std::numeric_limits<I>::min()));
    options.maximum = std::min(options.maximum, static_cast<double>(std::numeric_limits<I>::max()));
    return leaf(
        std::move(info), member,
        [options](const Leaf& value, const FieldInfo& field, Context& context) -> std::optional<I> {
          const auto read = detail::read_integer(value, field, options, context);
          return read ? std::optional<I>(static_cast<I>(*read)) : std::nullopt;
        },
        [](I value) { return Value::Data(static_cast<std::int64_t>(value)); });
  }
  template <class M>
  Schema& boolean(const std::string& name, M member, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "boolean", options);
    if (const auto first = initial(member, options)) info.default_text = *first ? "true" : "false";
    return leaf(std::move(info), member, detail::read_boolean, [](bool value) { return Value::Data(value); });
  }
  /// A day: "2025-01-21"; a month, a quarter or a year stands for its first.
  template <class M>
  Schema& date(const std::string& name, M member, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "date", options);
    if (const auto first = initial(member, options)) info.default_text = date_text(*first);
    return leaf(std::move(info), member, detail::read_date, [](Date value) { return Value::Data(date_text(value)); });
  }
  template <class M>
  Schema& text(const std::string& name, M member, FieldOptions options) {
    FieldInfo info = detail::make_info(name, "text", options);
    if (const auto first = initial(member, options)) info.default_text = *first;
    return leaf(std::move(info), member, detail::read_text,
                [](const std::string& value) { return Value::Data(value); });
  }
  /// One of a few names.
  template <class M>
  Schema& choice(
      const std::string& name, M member,
      std::vector<Choice<typename detail::Unwrapped<std::remove_cvref_t<std::invoke_result_t<M, T&>>>::type>> choices,
      FieldOptions options) {
    using E = Scalar<M>;
    FieldInfo info = detail::make_info(name, "choice", options);
    add_choices(choices, info);
    const auto first = initial(member, options);
    for (const auto& option : choices) {
      if (first && option.value == *first) info.default_text = option.name;
    }
    return leaf(std::move(info), member, choice_reader<E>(choices), choice_printer<E>(choices));
  }
  /// A list of texts. In this and the lists of other leaves a plain value stands for a list of one.
  template <class M>
  Schema& texts(const std::string& name, M member, FieldOptions options) {
    return leaves<std::string>(detail::make_info(name, "list", options), member, detail::read_text,
                               [](const std::string& value) { return Value::Data(value); });
  }
  /// A list of truths.
  template <class M>
  Schema& booleans(const std::string& name, M member, FieldOptions options) {
    return leaves<bool>(detail::make_info(name, "list", options), member, detail::read_boolean,
                        [](bool value) { return Value::Data(value); });
  }
  /// A list of names, each one of a few.
  template <class M>
  Schema& choice_list(
      const std::string& name, M member,
      std::vector<Choice<typename std::remove_cvref_t<std::invoke_result_t<M, T&>>::value_type>> choices,
      FieldOptions options) {
    using E = typename MemberType<M>::value_type;
    FieldInfo info = detail::make_info(name, "list", options);
    add_choices(choices, info);
    return leaves<E>(std::move(info), member, choice_reader<E>(choices), choice_printer<E>(choices));
  }
  /// A list of whole numbers; the range is that of each.
  template <class M>
  Schema& integers(const std::string& name, M member, FieldOptions options) {
    using I = typename MemberType<M>::value_type;
    FieldInfo info = detail::make_info(name, "list", options);
    options.minimum = std::max(options.minimum, static_cast<double>(std::numeric_limits<I>::min()));
    options.maximum = std::min(options.maximum, static_cast<double>(std::numeric_limits<I>::max()));
    return leaves<I>(
        std::move(info), member,
        [options](const Leaf& value, const FieldInfo& field, Context& context) -> std::optional<I> {
          const auto read = detail::read_integer(value, field, options, context);
          return read ? std::optional<I>(static_cast<I>(*read)) : std::nullopt;
        },
        [](I value) { return Value::Data(static_cast<std::int64_t>(value)); });
  }

  /// A struct inside this one.
  template <class M, class U>
  Schema& table(const std::string& name, M member, const Schema<U>& schema, FieldOptions options = {}) {
    return add(
        detail::make_info(name, "table", options), schema.fields(),
        [member, &schema](const Value& value, const FieldInfo& field, T& into, Context& context) {
          Context inner{context.diagnostics, context.provenance, context.path + field.path + "."};
          schema.read(value, std::invoke(member, into), inner);
        },
        [member, &schema](T& from) { return schema.write(std::invoke(member, from)); });
  }
  /// The same in a std::optional: there when the table is.
  template <class M, class U>
  Schema& optional_table(const std::string& name, M member, const Schema<U>& schema, FieldOptions options = {}) {
    return add(
        detail::make_info(name, "table", options), schema.fields(),
        [member, &schema](const Value& value, const FieldInfo& field, T& into, Context& context) {
          auto& held = std::invoke(member, into);
          if (!held) held.emplace();
          Context inner{context.diagnostics, context.provenance, context.path + field.path + "."};
          schema.read(value, *held, inner);
        },
        [member, &schema](T& from) {
          const auto& held = std::invoke(member, from);
          return held ? schema.write(*held) : Value();
        });
  }
  /// A list of tables: [[tiers]]. What is read replaces what was there.
  template <class M, class U>
  Schema& list(const std::string& name, M member, const Schema<U>& schema, FieldOptions options = {}) {
    return add(
        detail::make_info(name, "list", options), schema.fields(),
        [member, &schema](const Value& value, const FieldInfo& field, T& into, Context& context) {
          const Value::Array* elements = detail::expect_array(value, field.path, context);
          if (elements == nullptr) return;
          std::invoke(member, into).clear();
          for (std::size_t i = 0; i < elements->size(); ++i) {
            Context inner{context.diagnostics, context.provenance,
                          context.path + field.path + "[" + std::to_string(i) + "]."};
            schema.read((*elements)[i], std::invoke(member, into).emplace_back(), inner);
          }
        },
        [member, &schema](T& from) {
          Value::Array elements;
          for (const auto& element : std::invoke(member, from)) elements.push_back(schema.write(element));
          return Value(std::move(elements), Span{});
        });
  }
  /// A key that may stand in the table but is read elsewhere.
  Schema& ignore(std::string name) {
    ignored_.push_back(std::move(name));
    return *this;
  }

  /// Reads a table into `into`; what it does not name keeps its value. Mistakes go to `diagnostics`. `path` is where
  /// the table stands in the scenario ("training"), for messages and as the start of the paths in `provenance`.
  void read(const Value& table, T& into, Diagnostics& diagnostics, Provenance* provenance = nullptr,
            const std::string& path = "") const {
    detail::ReadContext context{diagnostics, provenance, path.empty() ? "" : path + "."};
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

  /// The table that `read` turns into the same struct: every field, defaults included, in the order of declaration.
  Value write(T from) const {
    Value result(Value::Table{}, Span{});
    for (const Member& member : members_) {
      Value value = member.write(from);
      if (!value.is_null()) result.set(member.info.path, std::move(value), Span{});
    }
    return result;
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
  using Leaf = detail::Leaf;
  using Context = detail::ReadContext;
  using Reader = std::function<void(const Value&, const FieldInfo&, T&, Context&)>;
  using Writer = std::function<Value(T&)>;
  template <class M>
  using MemberType = std::remove_cvref_t<std::invoke_result_t<M, T&>>;
  template <class M>
  using Scalar = typename detail::Unwrapped<MemberType<M>>::type;

  struct Member {
    FieldInfo info;
    std::vector<FieldInfo> nested;
    Reader read;
    Writer write;
  };

  /// What the member holds in a fresh struct; nothing where it must be given, or a reader fills it in.
  template <class M>
  static std::optional<Scalar<M>> initial(M member, const FieldOptions& options) {
    if (options.required || !options.default_text.empty()) return std::nullopt;
    T fresh{};
    return std::invoke(member, fresh);
  }

  template <class E>
  static void add_choices(const std::vector<Choice<E>>& choices, FieldInfo& info) {
    for (const auto& option : choices) {
      info.choices.push_back(option.name);
      info.choice_helps.push_back(option.help);
    }
  }
  template <class E>
  static auto choice_reader(const std::vector<Choice<E>>& choices) {
    return [choices](const Leaf& value, const FieldInfo& field, Context& context) -> std::optional<E> {
      const auto index = detail::read_choice(value, field, context);
      return index ? std::optional<E>(choices[*index].value) : std::nullopt;
    };
  }
  template <class E>
  static auto choice_printer(const std::vector<Choice<E>>& choices) {
    return [choices](E value) {
      for (const auto& option : choices) {
        if (option.value == value) return Value::Data(option.name);
      }
      return Value::Data();
    };
  }

  Schema& add(FieldInfo info, std::vector<FieldInfo> nested, Reader reader, Writer writer) {
    for (const Member& member : members_) ORRERY_CHECK(member.info.path != info.path, "a field is declared once");
    members_.push_back({std::move(info), std::move(nested), std::move(reader), std::move(writer)});
    return *this;
  }
  template <class M, class Read, class Write>
  Schema& leaf(FieldInfo info, M member, Read parse, Write print) {
    return add(
        std::move(info), {},
        [member, parse](const Value& value, const FieldInfo& field, T& into, Context& context) {
          const Leaf written = detail::leaf_of(value, field.path, context);
          if (written.value == nullptr) return;
          if (const auto result = parse(written, field, context)) std::invoke(member, into) = *result;
          detail::record(written, field.path, context);
        },
        [member, print](T& from) {
          const std::optional<Scalar<M>> held = std::invoke(member, from);
          return held ? Value(print(*held), Span{}) : Value();
        });
  }
  template <class E, class M, class Read, class Write>
  Schema& leaves(FieldInfo info, M member, Read parse, Write print) {
    return add(
        std::move(info), {},
        [member, parse](const Value& value, const FieldInfo& field, T& into, Context& context) {
          const Leaf written = detail::leaf_of(value, field.path, context);
          if (written.value == nullptr) return;
          const auto read_one = [&](const Value& element) {
            const Leaf one{&element};
            if (const std::optional<E> result = parse(one, field, context))
              std::invoke(member, into).push_back(*result);
          };
          std::invoke(member, into).clear();
          if (const Value::Array* list = written.value->array()) {
            for (const Value& element : *list) read_one(element);
          } else {
            read_one(*written.value);
          }
          detail::record(written, field.path, context);
        },
        [member, print](T& from) {
          Value::Array list;
          for (const auto& element : std::invoke(member, from)) list.emplace_back(print(element), Span{});
          return Value(std::move(list), Span{});
        });
  }

  std::string name_, help_;
  std::vector<Member> members_;
  std::vector<std::string> ignored_;
};

}  // namespace orrery
