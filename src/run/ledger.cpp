#include "run/ledger.hpp"

namespace orrery {
namespace {

struct Name {
  const char* key;
  const char* text;
};
constexpr std::array<Name, kGpuUses> kNames = {{{"useful", "useful"},
                                                {"rework", "rework"},
                                                {"checkpoint", "checkpoint"},
                                                {"detection", "detection"},
                                                {"restart", "restart"},
                                                {"wait_for_node", "wait for a node"},
                                                {"slow", "slow"},
                                                {"degraded", "degraded"},
                                                {"redundant", "redundant"},
                                                {"maintenance", "maintenance"},
                                                {"spare_idle", "idle spares"},
                                                {"in_repair", "in repair"}}};

}  // namespace

const char* gpu_use_name(GpuUse use) {
  return kNames[static_cast<std::size_t>(use)].text;
}

const char* gpu_use_key(GpuUse use) {
  return kNames[static_cast<std::size_t>(use)].key;
}

double Ledger::total() const {
  double sum = 0;
  for (const double part : gpu_seconds_) sum += part;
  return sum;
}

Ledger& Ledger::operator+=(const Ledger& other) {
  for (std::size_t i = 0; i < kGpuUses; ++i) gpu_seconds_[i] += other.gpu_seconds_[i];
  return *this;
}

Ledger& Ledger::operator*=(double factor) {
  for (double& part : gpu_seconds_) part *= factor;
  return *this;
}

}  // namespace orrery
