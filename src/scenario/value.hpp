#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {

struct TableEntry;

/// One node of an input file: a scalar, an array or a table whose keys keep their order, each with its place in the
/// source. Both readers (TOML and JSON) give this, so that nothing later knows the format.
struct Value {
  enum class Kind { Null, Boolean, Integer, Real, Text, Array, Table };

  Kind kind = Kind::Null;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<Value> items;         ///< Of an array.
  std::vector<TableEntry> entries;  ///< Of a table, in the order of the source; no key twice.
  Span span;                        ///< The value itself; for a table its header or opening brace.

  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  static Value of_boolean(bool value, Span span = {});
  static Value of_integer(std::int64_t value, Span span = {});
  static Value of_real(double value, Span span = {});
  static Value of_text(std::string value, Span span = {});
  static Value array(Span span = {});
  static Value table(Span span = {});

  bool is_table() const { return kind == Kind::Table; }
  bool is_array() const { return kind == Kind::Array; }
  bool is_text() const { return kind == Kind::Text; }
  bool is_number() const { return kind == Kind::Integer || kind == Kind::Real; }
  /// Of an integer or a real.
  double number() const { return kind == Kind::Integer ? static_cast<double>(integer) : real; }

  /// The value behind a key, or null where there is none or this is no table.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  const TableEntry* find_entry(std::string_view key) const;
  /// Sets a key of a table, replacing the value in place when the key is there.
  void set(std::string key, Value value, Span key_span = {});
  /// Removes a key; nothing happens where there is none.
  void erase(std::string_view key);
};

/// A key of a table, where it stands, and its value.
struct TableEntry {
  std::string key;
  Span key_span;
  Value value;
};

/// "text", "a whole number", "a table": for messages.
const char* kind_name(Value::Kind kind);

/// Deepest nesting that the readers accept, so that no walk over a tree can exhaust the stack.
inline constexpr int kDeepestNesting = 48;

}  // namespace orrery
