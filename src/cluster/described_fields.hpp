#pragma once

#include <optional>
#include <string>

#include "base/quantity.hpp"
#include "scenario/schema.hpp"
#include "step/spec.hpp"

namespace orrery {

/// [[workload.described]]: jobs that are described, "train this model for these tokens", instead of recorded.
struct DescribedInput {
  std::string name{};
  std::string model{}, software{}, node{};  ///< As the step level takes them; `node` empty: as `gpu_type`.
  std::optional<double> tokens{}, steps{};  ///< What is to be done: one of these,
  std::optional<Seconds> run{};             ///< or a time on the reference placement.
  int gpus = 1;
  std::string gpu_type{};  ///< The only type of the machine that it runs on; empty: any.
  std::string tenant{}, user{}, pool{};
  int priority = 0;
  double limit_factor = 0;  ///< Time limit over run time; 0: none is stated.
  Seconds submit{};
  long long count = 1;  ///< So many, each `every` after the one before;
  Seconds every{};
  double per_day = 0;  ///< or so many a day on average over `days`, at random times.
  double days = 0;
  std::optional<Training> training{};  ///< Read again by the step level, which knows what to fill in.
  std::optional<Layout> layout{};
};
const Schema<DescribedInput>& described_schema();

}  // namespace orrery
