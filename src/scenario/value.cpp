#include "scenario/value.hpp"

#include "base/check.hpp"

namespace orrery {

const Value* Value::find(std::string_view key) const {
  const Table* entries = table();
  if (entries == nullptr) return nullptr;
  for (const Entry& entry : *entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(static_cast<const Value*>(this)->find(key));
}

void Value::set(std::string key, Value value, Span key_span) {
  Table* entries = table();
  ORRERY_CHECK(entries != nullptr, "keys are set in tables only");
  for (Entry& entry : *entries) {
    if (entry.key != key) continue;
    entry.value = std::move(value);
    entry.key_span = std::move(key_span);
    return;
  }
  entries->push_back({std::move(key), std::move(key_span), std::move(value)});
}

void Value::erase(std::string_view key) {
  if (Table* entries = table()) std::erase_if(*entries, [&](const Entry& entry) { return entry.key == key; });
}

const char* Value::kind_name() const {
  static constexpr const char* kNames[] = {"nothing", "true or false", "a whole number", "a number",
                                           "a text",  "a list",        "a table"};
  return kNames[data_.index()];
}

}  // namespace orrery
