#include "fleet/uncertainty/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/check.hpp"

namespace orrery {
namespace {

/// Of a sample that may be reordered: linear between order statistics, as `quantile` does on a sorted copy.
double quantile_in_place(std::vector<double>& x, double q) {
  const double place = static_cast<double>(x.size() - 1) * q;
  const auto below = static_cast<std::ptrdiff_t>(place);
  const auto at = x.begin() + below;
  std::nth_element(x.begin(), at, x.end());
  const double share = place - static_cast<double>(below);
  if (share == 0) return *at;
  return *at + share * (*std::min_element(at + 1, x.end()) - *at);
}

double mean(const std::vector<double>& x) {
  double sum = 0;
  for (const double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

/// Width of the 80 % interval.
double width(std::vector<double>& x) {
  const double low = quantile_in_place(x, 0.1);
  return quantile_in_place(x, 0.9) - low;
}

/// The output by where the input's quantile lies in so many equal parts of 0 .. 1; parts without a draw are left out.
std::vector<std::vector<double>> parts_of(const QuantileMatrix& inputs, int input, std::span<const double> output,
                                          std::size_t parts) {
  std::vector<std::vector<double>> result(parts);
  for (auto& part : result) part.reserve(output.size() / parts + 1);
  for (std::size_t draw = 0; draw < output.size(); ++draw) {
    const double place = inputs(static_cast<int>(draw), input) * static_cast<double>(parts);
    result[std::min(static_cast<std::size_t>(place), parts - 1)].push_back(output[draw]);
  }
  std::erase_if(result, [](const auto& part) { return part.empty(); });
  return result;
}

/// Bins of a first-order index: enough to follow a curve, few enough that each has many draws.
std::size_t bins_for(std::size_t draws) {
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::sqrt(static_cast<double>(draws)) / 2), 2, 50);
}

double first_order(const std::vector<std::vector<double>>& bins, double total_mean, double total_square,
                   std::size_t draws) {
  if (total_square <= 0 || draws <= bins.size()) return 0;
  double between = 0;
  for (const auto& bin : bins) {
    const double shift = mean(bin) - total_mean;
    between += static_cast<double>(bin.size()) * shift * shift;
  }
  const double groups = static_cast<double>(bins.size()), n = static_cast<double>(draws);
  const double within = (total_square - between) / (n - groups);
  return std::clamp((between - (groups - 1) * within) / total_square, 0.0, 1.0);
}

/// Draws of a part that an interval of it can be told from.
constexpr std::size_t kLeastOfPart = 10;

double narrowing(std::vector<std::vector<double>> bins, double total_width, std::size_t draws) {
  if (total_width <= 0 || draws < kLeastOfPart * bins.size()) return 0;
  double sum = 0;
  for (auto& bin : bins) sum += width(bin) * static_cast<double>(bin.size());
  return 1 - sum / static_cast<double>(draws) / total_width;
}

}  // namespace

std::vector<Sensitivity> sensitivities(const QuantileMatrix& inputs, std::span<const double> output, double level) {
  ORRERY_CHECK(output.size() == static_cast<std::size_t>(inputs.draws()), "an output has one value a draw");
  ORRERY_CHECK(std::all_of(output.begin(), output.end(), [](double y) { return std::isfinite(y); }),
               "an output whose sensitivities are asked is finite");
  ORRERY_CHECK(level >= 0 && level < 1, "a level of a quantile is between 0 and 1");
  std::vector<double> all(output.begin(), output.end());
  const double total_mean = mean(all);
  double total_square = 0;
  for (const double y : all) total_square += (y - total_mean) * (y - total_mean);
  const double total_width = width(all);
  // What rounding leaves of an output that is the same in every draw is no variance.
  if (total_square <= 1e-24 * total_mean * total_mean * static_cast<double>(all.size())) total_square = 0;

  std::vector<Sensitivity> result;
  for (int input = 0; input < inputs.inputs(); ++input) {
    auto thirds = parts_of(inputs, input, output, 3);
    const auto end = [&](std::vector<double>& third) {
      return level > 0 ? quantile_in_place(third, level) : mean(third);
    };
    const double low = end(thirds.front()), high = end(thirds.back());
    result.push_back(
        {input,
         first_order(parts_of(inputs, input, output, bins_for(output.size())), total_mean, total_square, output.size()),
         low, high, narrowing(parts_of(inputs, input, output, 10), total_width, output.size())});
  }
  std::stable_sort(result.begin(), result.end(), [](const Sensitivity& a, const Sensitivity& b) {
    return std::abs(a.swing()) > std::abs(b.swing());
  });
  return result;
}

}  // namespace orrery
