#include "network/expect.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/check.hpp"
#include "base/statistics.hpp"
#include "network/expect_changes.hpp"

namespace orrery {
namespace {

/// Times of a question, one a payload of it.
using Times = std::vector<Seconds>;

Times times_of(const NetworkResult& result) {
  Times times;
  for (const NetworkRow& row : result.rows) times.push_back(row.time);
  return times;
}

/// The fastest of a change's specs at each payload; nothing where the machine cannot be so.
std::optional<Times> changed_times(const ChangedQuestion& change) {
  try {
    Times fastest;
    for (const NetworkSpec& spec : change.specs) {
      const Times times = times_of(simulate_network(spec));
      if (fastest.empty()) fastest = times;
      for (std::size_t i = 0; i < times.size(); ++i) fastest[i] = min(fastest[i], times[i]);
    }
    return fastest;
  } catch (const InputError&) {
    return std::nullopt;  // an algorithm that this group cannot use, a tier that cannot be narrower
  }
}

bool are_alike(const Times& a, const Times& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](Seconds x, Seconds y) { return std::abs(x / y - 1) < 1e-6; });
}

std::optional<double> median_or_nothing(const std::vector<double>& values) {
  return values.empty() ? std::nullopt : std::optional(median(values));
}

/// Medians of a value of the measured rows below and from `kLargeMessage`.
template <class Value>
std::pair<std::optional<double>, std::optional<double>> medians(const std::vector<ExpectRow>& rows, Value value) {
  std::vector<double> small, large;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].measured) (rows[i].expected.payload < kLargeMessage ? small : large).push_back(value(i));
  }
  return {median_or_nothing(small), median_or_nothing(large)};
}

/// `places`: of each row's payload in `times`.
CurveError error_of(const std::vector<ExpectRow>& rows, const std::vector<std::size_t>& places, const Times& times) {
  const auto [small, large] =
      medians(rows, [&](std::size_t i) { return std::abs(std::log(*rows[i].measured / times[places[i]])); });
  return {small, large};
}

/// For the order of explanations.
double total(const CurveError& error) {
  return error.small.value_or(0) + error.large.value_or(0);
}

Standing standing_of(const ExpectRow& row) {
  if (*row.measured > row.range.high) return Standing::Short;
  return *row.measured < row.range.low ? Standing::Ahead : Standing::Inside;
}

/// Every change that the model notices, and that no earlier one is alike to.
std::vector<Explanation> explanations(const NetworkSpec& question, const ExpectResult& result,
                                      const std::vector<std::size_t>& places) {
  std::vector<Explanation> all;
  std::vector<Times> seen = {times_of(result.model)};
  for (const ChangedQuestion& change : usual_changes(question, result.model.group)) {
    const std::optional<Times> times = changed_times(change);
    if (!times || std::any_of(seen.begin(), seen.end(), [&](const Times& t) { return are_alike(t, *times); })) continue;
    const CurveError error = error_of(result.rows, places, *times);
    all.push_back({change.change, error, explains(error, result.error)});
    seen.push_back(*times);
  }
  std::stable_sort(all.begin(), all.end(), [](const Explanation& a, const Explanation& b) {
    return a.fits != b.fits ? a.fits : total(a.error) < total(b.error);
  });
  return all;
}

}  // namespace

bool explains(const CurveError& explained, const CurveError& as_it_is) {
  const double small = as_it_is.small.value_or(0) - explained.small.value_or(0);
  const double large = as_it_is.large.value_or(0) - explained.large.value_or(0);
  const auto halves = [](double gain, const std::optional<double>& before) {
    return gain >= kLeastGain && gain >= 0.5 * before.value_or(0);
  };
  const double loss = std::max(0.0, -std::min(small, large));
  return (halves(small, as_it_is.small) || halves(large, as_it_is.large)) && loss < kLeastGain;
}

ExpectResult expect_collective(const ExpectSpec& spec) {
  NetworkSpec question = spec.question;
  std::vector<MeasuredTime> measured = spec.measured;
  std::stable_sort(measured.begin(), measured.end(),
                   [](const MeasuredTime& a, const MeasuredTime& b) { return a.payload < b.payload; });
  if (!measured.empty()) question.payloads.clear();
  for (const MeasuredTime& each : measured) {
    ORRERY_CHECK(each.time.raw() > 0, "an operation takes time");
    if (question.payloads.empty() || question.payloads.back() < each.payload) question.payloads.push_back(each.payload);
  }

  ExpectResult result;
  result.model = simulate_network(question);
  if (result.model.group.ranks <= 1) throw InputError("one GPU alone has nothing to send", {}, "--gpus 8, for example");
  const auto add_row = [&](const NetworkRow& expected) -> ExpectRow& {
    ExpectRow& row = result.rows.emplace_back();
    row.expected = expected;
    row.range = spec.range(result.model.group, expected);
    return row;
  };
  if (measured.empty()) {
    for (const NetworkRow& expected : result.model.rows) add_row(expected);
    return result;
  }
  std::vector<std::size_t> places;
  for (const MeasuredTime& each : measured) {
    const bool is_next = !places.empty() && question.payloads[places.back()] < each.payload;
    places.push_back(places.empty() ? 0 : places.back() + (is_next ? 1 : 0));
    ExpectRow& row = add_row(result.model.rows[places.back()]);
    row.measured = each.time;
    row.standing = standing_of(row);
  }
  result.error = error_of(result.rows, places, times_of(result.model));
  std::tie(result.reached_small, result.reached_large) =
      medians(result.rows, [&](std::size_t i) { return result.rows[i].reached(); });
  result.explanations = explanations(question, result, places);
  for (const Explanation& each : result.explanations) {
    const double behind = total(each.error) - total(result.explanations.front().error);
    if (!each.fits || behind >= kLeastGain / 2) break;
    ++result.equally_good;
  }
  return result;
}

}  // namespace orrery
