#include "scenario/value.hpp"

#include <algorithm>
#include <utility>

namespace orrery {

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

Value Value::of_boolean(bool value, Span span) {
  Value result;
  result.kind = Kind::Boolean;
  result.boolean = value;
  result.span = std::move(span);
  return result;
}

Value Value::of_integer(std::int64_t value, Span span) {
  Value result;
  result.kind = Kind::Integer;
  result.integer = value;
  result.span = std::move(span);
  return result;
}

Value Value::of_real(double value, Span span) {
  Value result;
  result.kind = Kind::Real;
  result.real = value;
  result.span = std::move(span);
  return result;
}

Value Value::of_text(std::string value, Span span) {
  Value result;
  result.kind = Kind::Text;
  result.text = std::move(value);
  result.span = std::move(span);
  return result;
}

Value Value::array(Span span) {
  Value result;
  result.kind = Kind::Array;
  result.span = std::move(span);
  return result;
}

Value Value::table(Span span) {
  Value result;
  result.kind = Kind::Table;
  result.span = std::move(span);
  return result;
}

const TableEntry* Value::find_entry(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const TableEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

const Value* Value::find(std::string_view key) const {
  const TableEntry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

void Value::set(std::string key, Value value, Span key_span) {
  for (TableEntry& entry : entries) {
    if (entry.key != key) continue;
    entry.key_span = std::move(key_span);
    entry.value = std::move(value);
    return;
  }
  entries.push_back({std::move(key), std::move(key_span), std::move(value)});
}

void Value::erase(std::string_view key) {
  entries.erase(
      std::remove_if(entries.begin(), entries.end(), [&](const TableEntry& entry) { return entry.key == key; }),
      entries.end());
}

const char* kind_name(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::Null:
      return "null";
    case Value::Kind::Boolean:
      return "true or false";
    case Value::Kind::Integer:
      return "a whole number";
    case Value::Kind::Real:
      return "a number";
    case Value::Kind::Text:
      return "text";
    case Value::Kind::Array:
      return "a list";
    case Value::Kind::Table:
      return "a table";
  }
  return "";
}

}  // namespace orrery
