#include "model/hf_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace orrery {
namespace {

/// The range of a number, also of those that only this format has.
FieldRange range_of(const std::string& field) {
  if (field == "shared_experts") return field_range("experts");
  if (field == "full_layers") return {0, field_range("layers").high};
  if (field == "expansion_ratio") return {1, 100};
  return field_range(field);
}

}  // namespace

HfReader::HfReader(const Value& object, FieldPlaces& places, Diagnostics& diagnostics)
    : object_(&object), places_(&places), diagnostics_(&diagnostics) {}

const Value* HfReader::find(std::string_view key) const {
  const Value* value = object_->find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<int> HfReader::read(const std::string& field, const std::string& key, const Value& value) {
  places_->set(field, key, value.span());
  double number = std::numeric_limits<double>::quiet_NaN();
  if (const std::int64_t* integer = value.integer()) number = static_cast<double>(*integer);
  if (const double* real = value.real()) number = *real;
  if (!(number == std::floor(number))) {  // also not a number at all
    diagnostics_->error(fmt::format("`{}` is not a whole number but {}", key, value.kind_name()), value.span());
    ok_ = false;
    return std::nullopt;
  }
  const auto [low, high] = range_of(field);
  if (number < low || number > high) {
    diagnostics_->error(fmt::format("`{}` is {}", key, number), value.span(), fmt::format("from {} to {}", low, high));
    ok_ = false;
    return std::nullopt;
  }
  return static_cast<int>(number);
}

int HfReader::required(const std::string& field, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (const Value* value = find(key)) return read(field, key, *value).value_or(1);
  }
  ok_ = false;
  Span span = object_->span();
  span.length = 1;
  diagnostics_->error(fmt::format("`{}` is missing", keys.front()), std::move(span));
  return 1;
}

int HfReader::optional(const std::string& field, const std::vector<std::string>& keys, int fallback) {
  for (const std::string& key : keys) {
    if (const Value* value = find(key)) return read(field, key, *value).value_or(1);
  }
  return fallback;
}

int HfReader::number(const std::string& field, const std::vector<std::string>& keys, int fallback) {
  return fallback > 0 ? optional(field, keys, fallback) : required(field, keys);
}

bool HfReader::flag(const std::string& key, bool fallback) {
  const Value* value = find(key);
  if (value == nullptr) return fallback;
  if (const bool* read = value->boolean()) return *read;
  diagnostics_->error(fmt::format("`{}` is not true or false but {}", key, value->kind_name()), value->span());
  ok_ = false;
  return fallback;
}

std::string HfReader::text(std::string_view key) const {
  const Value* value = find(key);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

std::optional<HfReader> HfReader::object(const std::string& key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->table() == nullptr) {
    diagnostics_->error(fmt::format("`{}` is not an object but {}", key, value->kind_name()), value->span());
    ok_ = false;
    return std::nullopt;
  }
  return HfReader(*value, *places_, *diagnostics_);
}

int HfReader::share(const std::string& field, const std::string& whole_field, int whole, const std::string& parts_field,
                    int parts) {
  if (parts > 0 && whole % parts == 0) return whole / parts;
  diagnostics_->error(
      fmt::format("`{}` ({}) is no multiple of `{}` ({}), and `{}` does not say otherwise", places_->key(whole_field),
                  whole, places_->key(parts_field), parts, places_->key(field)),
      places_->span(parts_field));
  ok_ = false;
  return 1;
}

int HfReader::times(int factor, int width) const {
  return static_cast<int>(std::min<long long>(1LL * factor * width, field_range("ffn").high));
}

void HfReader::layer_types(Transformer& model) {
  const Value* value = find("layer_types");
  const Value::Array* types = value != nullptr ? value->array() : nullptr;
  if (types == nullptr || types->empty()) return;
  std::vector<bool> full;
  for (const Value& type : *types) full.push_back(type.string() != nullptr && *type.string() == "full_attention");
  const auto count = static_cast<int>(full.size());
  if (count != model.layers && ok_) {
    diagnostics_->error(
        fmt::format("`layer_types` names {} layers, `{}` {}", count, places_->key("layers"), model.layers),
        value->span());
    ok_ = false;
    return;
  }
  const auto first = std::find(full.begin(), full.end(), true);
  Attention& a = model.attention;
  a.full_every = first == full.end() ? 0 : static_cast<int>(first - full.begin()) + 1;
  if (a.full_every == 1) a.window = 0;
  bool regular = true;
  for (int layer = 0; layer < count; ++layer) {
    regular = regular && full[static_cast<std::size_t>(layer)] == model.is_full_attention_layer(layer);
  }
  if (!regular) {
    warn("layer_types",
         fmt::format("`layer_types` is read as: every layer number {} keeps full attention", a.full_every),
         "only regular patterns are represented");
  }
}

int HfReader::leading_integers(const std::string& key) {
  const Value* value = find(key);
  const Value::Array* list = value != nullptr ? value->array() : nullptr;
  if (list == nullptr) return 0;
  int expected = 0;
  for (const Value& element : *list) {
    const std::int64_t* integer = element.integer();
    if (integer == nullptr || *integer != expected) {
      warn(key, fmt::format("`{}` is passed over: only leading layers 0, 1, 2, ... are represented", key), "");
      return 0;
    }
    ++expected;
  }
  return expected;
}

void HfReader::warn(std::string_view key, std::string message, std::string hint) {
  const Value* value = find(key);
  diagnostics_->warning(std::move(message), value != nullptr ? value->span() : object_->span(), std::move(hint));
}

}  // namespace orrery
