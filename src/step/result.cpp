#include "step/result.hpp"

namespace orrery {

const char* part_name(Part part) {
  switch (part) {
    case Part::Gemm:
      return "matrix products";
    case Part::Attention:
      return "attention";
    case Part::MemoryBound:
      return "memory-bound";
    case Part::Host:
      return "host";
    case Part::TensorComm:
      return "tp comm";
    case Part::ContextComm:
      return "cp comm";
    case Part::ExpertComm:
      return "ep comm";
    case Part::PipelineComm:
      return "pp comm";
    case Part::Bubble:
      return "bubble";
    case Part::DataComm:
      return "dp comm";
    case Part::Optimizer:
      return "optimizer";
    case Part::Other:
      return "other";
  }
  return "";
}

const char* regime_name(Regime regime) {
  switch (regime) {
    case Regime::HostBound:
      return "host-bound";
    case Regime::ComputeBound:
      return "compute-bound";
    case Regime::OneNode:
      return "one node";
    case Regime::ManyNodes:
      return "many nodes";
    case Regime::Experts:
      return "mixture of experts";
  }
  return "";
}

Seconds Breakdown::total() const {
  Seconds sum;
  for (const Seconds part : parts_) sum += part;
  return sum;
}

Breakdown& Breakdown::operator+=(const Breakdown& other) {
  for (std::size_t i = 0; i < kPartCount; ++i) parts_[i] += other.parts_[i];
  return *this;
}

}  // namespace orrery
