#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {

/// What a TOML or JSON text says, with the place of every key and value. Tables keep the order of the text.
class Value {
 public:
  struct Entry;
  using Array = std::vector<Value>;
  using Table = std::vector<Entry>;
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Table>;

  // Defined below, where `Entry` is complete: clang's view of std::vector needs that to copy or destroy a table.
  Value();
  Value(Data data, Span span);
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();

  const Span& span() const { return span_; }
  const Data& data() const { return data_; }
  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }

  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
  const double* real() const { return std::get_if<double>(&data_); }
  const std::string* string() const { return std::get_if<std::string>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  const Table* table() const { return std::get_if<Table>(&data_); }
  Array* array() { return std::get_if<Array>(&data_); }
  Table* table() { return std::get_if<Table>(&data_); }

  /// The value of a table's key, or nullptr (also where this is no table).
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Sets a key of a table, replacing what was there. This must be a table.
  void set(std::string key, Value value, Span key_span);
  /// Removes a key; nothing happens where there is none, or where this is no table.
  void erase(std::string_view key);

  /// "a whole number", "a text", "a table": for messages.
  const char* kind_name() const;

 private:
  Data data_;
  Span span_;
};

struct Value::Entry {
  std::string key;
  Span key_span;
  Value value;
};

inline Value::Value() = default;
inline Value::Value(Data data, Span span) : data_(std::move(data)), span_(std::move(span)) {}
inline Value::Value(const Value& other) = default;
inline Value::Value(Value&& other) noexcept = default;
inline Value& Value::operator=(const Value& other) = default;
inline Value& Value::operator=(Value&& other) noexcept = default;
inline Value::~Value() = default;

}  // namespace orrery
