#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "base/law.hpp"
#include "base/unit_text.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// One input as it is declared: what the parser checks, what messages, `orrery schema`, the reference page and shell
/// completion say of it.
struct FieldInfo {
  std::string path;  ///< "calibration.sustained_clock"; a list's elements are "tiers[].chips".
  std::string type;  ///< "quantity", "law", "number", "integer", "boolean", "date", "text", "choice", "table", "list".
  std::string unit;  ///< What a quantity measures: "a time".
  std::string minimum, maximum;
  std::string default_text;       ///< What silence means: a value, or words; empty where nothing is the default.
  bool default_is_words = false;  ///< What silence means depends on other inputs: "the chips that tp, pp, cp leave".
  std::string help, example;
  std::vector<std::string> choices;
  std::vector<std::string> choice_helps;  ///< One for each choice.
  bool required = false;
};

/// What a declaration may add to a name and a place.
struct FieldOptions {
  std::string help{};
  std::string example{};
  double minimum = -std::numeric_limits<double>::infinity();  ///< In base units.
  double maximum = std::numeric_limits<double>::infinity();
  bool required = false;
  std::string default_text{};  ///< In words, where a reader fills in what is not said; empty: the fresh struct's value.
};

/// In seconds, three centuries: beyond, a time is a slip of a unit.
constexpr double kLongestTime = 1e10;

/// Options of a field that is a number or a quantity between two bounds, in base units.
FieldOptions bounded(std::string help, std::string example, double minimum = 0, double maximum = kLongestTime,
                     bool required = false);
/// Options of a field without bounds.
FieldOptions described(std::string help, std::string example);
/// The same of a field that has to be written.
FieldOptions needed(FieldOptions options);
/// The same of a field whose reader fills in what is not said, as `default_text` says.
FieldOptions otherwise(FieldOptions options, std::string default_text);

/// How far a value is to be trusted, as its `status` says: "confirmed" where it is not said otherwise.
enum class ValueStatus { Confirmed, Estimate, Forecast, Plan };
const char* status_name(ValueStatus status);

/// Where a value came from.
struct FieldSource {
  std::string value{};   ///< As written.
  std::string source{};  ///< Its `source`; may be empty.
  bool unverified = false;
  Span span{};  ///< Of the value.
  ValueStatus status = ValueStatus::Confirmed;

  /// File and line: "hall.toml:4"; empty for what no text says.
  std::string place() const;
};
/// Sources by path.
using Provenance = std::map<std::string, FieldSource>;

namespace detail {

/// Reading of one table: collects mistakes and sources.
struct ReadContext {
  Diagnostics& diagnostics;
  Provenance* provenance = nullptr;
  std::string path;  ///< Of the table that is read, with a trailing dot.
};

/// A leaf as written: plainly, or as { value, source, status, unverified, note }.
struct Leaf {
  const Value* value = nullptr;
  std::string source{};
  bool unverified = false;
  ValueStatus status = ValueStatus::Confirmed;
};
Leaf leaf_of(const Value& value, const std::string& name, ReadContext& context);
void record(const Leaf& leaf, const std::string& name, ReadContext& context);

// Each reports what is wrong with the leaf and then gives nothing.
std::optional<double> read_quantity(const Leaf& leaf, const FieldInfo& info, Dimension dimension,
                                    const FieldOptions& options, ReadContext& context);
std::optional<double> read_number(const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
                                  ReadContext& context);
std::optional<long long> read_integer(const Leaf& leaf, const FieldInfo& info, const FieldOptions& options,
                                      ReadContext& context);
std::optional<bool> read_boolean(const Leaf& leaf, const FieldInfo& info, ReadContext& context);
/// "2025-01-21", "2025-01", "2025-Q1" or "2025": the first day of it (base/date.hpp).
std::optional<Date> read_date(const Leaf& leaf, const FieldInfo& info, ReadContext& context);
std::optional<std::string> read_text(const Leaf& leaf, const FieldInfo& info, ReadContext& context);
/// A law of quantities of `dimension` (base/law_text.hpp); the range is that of its mean.
std::optional<Law> read_law(const Leaf& leaf, const FieldInfo& info, Dimension dimension, const FieldOptions& options,
                            ReadContext& context);
/// Index of the choice.
std::optional<std::size_t> read_choice(const Leaf& leaf, const FieldInfo& info, ReadContext& context);

const Value::Table* expect_table(const Value& value, const std::string& name, ReadContext& context);
const Value::Array* expect_array(const Value& value, const std::string& name, ReadContext& context,
                                 const std::string& example = "");
/// Reports keys of `table` that are neither in `known` nor in `ignored`.
void report_unknown(const Value::Table& table, const std::vector<std::string>& known,
                    const std::vector<std::string>& ignored, ReadContext& context);
void report_missing(const Value& table, const FieldInfo& info, ReadContext& context);

FieldInfo make_info(const std::string& name, const char* type, const FieldOptions& options);

}  // namespace detail
}  // namespace orrery
