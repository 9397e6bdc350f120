#include "fit/architectures.hpp"

#include <cstdlib>

namespace orrery {

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all = {
      {"A100-SXM4-80GB", {"a100_sxm", "vllm_0.14.0"}, {"A100-SXM4-80GB", "A100-SXM4-40GB"}},
      {"H100-SXM5-80GB",
       {"h100_sxm", "vllm_0.24.0"},
       {"H100-SXM5-80GB", "H100-96GB-500W", "H100-PCIe-80GB", "H100-NVL-94GB", "H200-SXM5-141GB", "GH200-96GB",
        "H800-SXM5", "H20-SXM5"},
       true},
      {"B200-SXM-HGX",
       {"b200_sxm", "vllm_0.24.0"},
       {"B200-SXM-HGX", "GB200-NVL72", "B300-SXM-HGX", "GB300-NVL72"},
       true},
      // No kernel tables: only the constants of whole steps are shared.
      {"MI300X", {}, {"MI300X", "MI325X"}},
      {"TPU-v5p", {}, {"TPU-v3", "TPU-v4", "TPU-v5p", "TPU-v6e-Trillium", "TPU-v7-Ironwood"}},
  };
  return all;
}

std::vector<std::vector<std::string>> shared_chips() {
  std::vector<std::vector<std::string>> shared;
  for (const Architecture& architecture : architectures()) shared.push_back(architecture.members);
  return shared;
}

std::string measurements_folder() {
  const char* given = std::getenv("ORRERY_DATA");
  return given != nullptr ? given : "../shared/data";
}

}  // namespace orrery
