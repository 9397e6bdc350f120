#include "cluster/quota/resources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace orrery {
namespace {

constexpr std::size_t index(QuotaResource resource) {
  return static_cast<std::size_t>(resource);
}

/// Factor of a suffix; 0: there is none of that name.
double suffix_factor(std::string_view suffix) {
  if (suffix.empty()) return 1;
  if (suffix == "n") return 1e-9;
  if (suffix == "u") return 1e-6;
  if (suffix == "m") return 1e-3;
  static constexpr std::string_view kDecimal = "kMGTPE", kBinary = "KMGTPE";
  if (suffix.size() == 1) {
    const auto at = kDecimal.find(suffix.front());
    return at == std::string_view::npos ? 0 : std::pow(1e3, static_cast<double>(at + 1));
  }
  if (suffix.size() == 2 && suffix.back() == 'i') {
    const auto at = kBinary.find(suffix.front());
    return at == std::string_view::npos ? 0 : std::ldexp(1.0, static_cast<int>(10 * (at + 1)));
  }
  return 0;
}

}  // namespace

Amounts amounts_of(const Demand& demand) {
  Amounts amounts{};
  amounts[index(QuotaResource::Gpu)] = 1LL * demand.gpus * demand.gpu_milli;
  amounts[index(QuotaResource::Cpu)] = demand.cpu_milli;
  amounts[index(QuotaResource::Memory)] = demand.memory_mib;
  amounts[index(QuotaResource::Pods)] = std::max(demand.workers, 1);
  return amounts;
}

std::optional<QuotaResource> quota_resource(std::string_view name) {
  if (name == "cpu") return QuotaResource::Cpu;
  if (name == "memory") return QuotaResource::Memory;
  if (name == "pods") return QuotaResource::Pods;
  if (name == "gpu" || name.ends_with("/gpu")) return QuotaResource::Gpu;
  return std::nullopt;
}

Expected<double, std::string> parse_kubernetes_quantity(std::string_view text) {
  double number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  // "1E" is an exa, "1E3" an exponent: from_chars takes the exponent only where digits follow.
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc{} || !std::isfinite(number))
    return Unexpected<std::string>(fmt::format("`{}` is no quantity", text.substr(0, 40)));
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  const double factor = suffix_factor(suffix);
  if (factor == 0) return Unexpected<std::string>(fmt::format("`{}` is no suffix of a quantity", suffix.substr(0, 40)));
  const double value = number * factor;
  if (value < 0) return Unexpected<std::string>(fmt::format("`{}` is below zero", text.substr(0, 40)));
  if (value >= 0x1p60) return Unexpected<std::string>(fmt::format("`{}` is larger than 1 Ei", text.substr(0, 40)));
  return value;
}

Amount amount_of_quantity(double quantity, QuotaResource resource) {
  double amount = quantity;
  if (resource == QuotaResource::Gpu || resource == QuotaResource::Cpu) amount *= 1000;
  if (resource == QuotaResource::Memory) amount /= 1024.0 * 1024.0;
  // 0.3 CPUs are 300 thousandths although 0.3 * 1000 is a little less.
  return static_cast<Amount>(std::min(std::floor(amount * (1 + 1e-12)), static_cast<double>(kUnlimited)));
}

}  // namespace orrery
