#pragma once

#include <string>

#include "step/kernels/fit_kernels.hpp"

namespace orrery::test {

/// Which tables of kernels/ belong to a chip, as file name prefixes of the vLLM release they were measured with.
struct TableFiles {
  std::string chip;     ///< "h100_sxm"
  std::string release;  ///< "vllm_0.24.0"
};

/// Products in bf16, fp8 (one scale a tensor or token) and nvfp4. Block-scaled fp8 rows are left out: 60 us and more of
/// host time hide the kernel.
std::vector<GemmRow> gemm_rows(const TableFiles& files);
/// Context attention without cached tokens; keys and values in bf16; the tuned kernel of the chip.
std::vector<AttentionRow> attention_rows(const TableFiles& files);
/// Context attention of MLA models with keys and values expanded for every head (192 and 128 wide), bf16.
/// `files.release` is that of the MLA table.
std::vector<AttentionRow> latent_attention_rows(const TableFiles& files);
/// Experts routed evenly ("balanced") or by a power law ("power_law_1.2"); bf16 and fp8 (one scale a tensor).
std::vector<ExpertRow> expert_rows(const TableFiles& files, const std::string& distribution);

}  // namespace orrery::test
