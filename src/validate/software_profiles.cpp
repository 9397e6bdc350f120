#include "validate/software_profiles.hpp"

#include <algorithm>
#include <tuple>

#include "scenario/preset.hpp"

namespace orrery {
namespace {

using Profile = SoftwareProfile;

/// A member of the profile's software.
template <class M>
auto of(M Software::*member) {
  return [member](Profile& profile) -> M& { return profile.software.*member; };
}

Schema<Profile> declared() {
  Schema<Profile> s("software", "A dated software profile: what a framework fuses and overlaps, and its host times.");
  s.texts("frameworks", &Profile::frameworks,
          {.help = "Frameworks as measured rows name them.", .example = "[\"megatron-lm\"]", .required = true});
  s.text("from", &Profile::from, {.help = "First month that it holds for.", .example = "2024-07", .required = true});
  s.text("name", of(&Software::name), {.help = "Name of the profile.", .example = "megatron-2024", .required = true});
  s.choice("attention", of(&Software::attention),
           {{"unfused", AttentionKernel::Unfused, "score, softmax and value kernels"},
            {"flash", AttentionKernel::Flash, "FlashAttention 1 or 2 class"},
            {"tuned", AttentionKernel::Tuned, "FlashAttention 3, cuDNN, CK or Splash class"}},
           {.help = "Attention kernels.", .example = "flash"});
  s.boolean("fused_elementwise", of(&Software::fused_elementwise),
            {.help = "Norm, bias with activation, and residual each run as one kernel.", .example = "true"});
  s.boolean("dropout", of(&Software::dropout), {.help = "Attention and residual dropout are on.", .example = "false"});
  s.choice("graphs", of(&Software::graphs),
           {{"none", Graphs::None, "the host issues every kernel"},
            {"static", Graphs::Static, "CUDA graphs of what has fixed shapes: all but the experts"},
            {"step", Graphs::Step, "a captured or compiled step (XLA), experts included"}},
           {.help = "What the host issues in one go, a layer at a time.", .example = "static"});
  s.choice("tensor_overlap", of(&Software::tensor_overlap),
           {{"none", TensorOverlap::None, "all exposed"},
            {"backward", TensorOverlap::Backward, "the input gradient's under the weight gradient"},
            {"full", TensorOverlap::Full, "gathers and scatters in chunks under products"}},
           {.help = "Tensor-parallel collectives that run under products.", .example = "backward"});
  s.boolean("overlap_dp", of(&Software::overlap_dp),
            {.help = "Gradient reduction and parameter gathering run under compute.", .example = "true"});
  s.boolean("overlap_pp", of(&Software::overlap_pp), {.help = "Pipeline sends run under compute.", .example = "true"});
  s.choice(
      "overlap_ep", of(&Software::overlap_ep),
      {{"none", ExpertOverlap::None, "all exposed"},
       {"interleaved", ExpertOverlap::Interleaved, "across domains in an interleaved pipeline; in a captured step"},
       {"full", ExpertOverlap::Full, "everywhere, as DualPipe does"}},
      {.help = "Token dispatch and combine that run under another micro-batch's compute.", .example = "none"});
  s.boolean("fused_dispatch", of(&Software::fused_dispatch),
            {.help = "A token is sent once to each domain and rank, and sorted on arrival.", .example = "true"});
  s.boolean(
      "fused_experts", of(&Software::fused_experts),
      {.help = "Block-scaled experts are sync-free kernels with activation and casts inside.", .example = "true"});
  s.boolean("fused_gradient_accumulation", of(&Software::fused_gradient_accumulation),
            {.help = "Weight-gradient products add into the main gradient themselves.", .example = "true"});
  s.boolean("gradients_fp32", of(&Software::gradients_fp32),
            {.help = "Gradients are held and reduced in FP32.", .example = "true"});
  s.boolean("gradient_placeholders", of(&Software::gradient_placeholders),
            {.help = "Such products still form an empty 16-bit gradient, one of each shape.", .example = "false"});
  s.boolean(
      "weights_in_experts", of(&Software::weights_in_experts),
      {.help = "Routing weights scale the experts' activations: their outputs are not kept.", .example = "false"});
  s.choice("loss", of(&Software::loss),
           {{"fused", LossKernel::Fused, "logits and gradient, FP32 in registers"},
            {"in-place", LossKernel::InPlace, "one FP32 copy, reused"},
            {"unfused", LossKernel::Unfused, "three FP32 copies"}},
           {.help = "What the loss holds of the logits at its peak.", .example = "in-place"});
  s.choice("selective", of(&Software::selective),
           {{"cheap-results", SelectiveRecompute::CheapResults, "norms and activations run again"},
            {"every-second-product", SelectiveRecompute::EverySecondProduct, "and every second matrix product"}},
           {.help = "What selective recomputation runs again with flash attention.", .example = "cheap-results"});
  s.quantity("host_per_kernel", of(&Software::host_per_kernel),
             {.help = "Time to issue one kernel.", .example = "6 us", .minimum = 0, .maximum = 1e-3});
  s.quantity("host_per_step", of(&Software::host_per_step),
             {.help = "Fixed host time a step.", .example = "10 ms", .minimum = 0, .maximum = 10});
  s.quantity("host_per_exchange", of(&Software::host_per_exchange),
             {.help = "Wait for the host at a dispatch or combine of experts that no graph holds.",
              .example = "500 us",
              .minimum = 0,
              .maximum = 1});
  s.number(
      "communication_units", of(&Software::communication_units),
      {.help = "Compute units that a running collective occupies.", .example = "16", .minimum = 0, .maximum = 1e3});
  s.ignore("source").ignore("aliases");
  return s;
}

}  // namespace

const Schema<SoftwareProfile>& software_schema() {
  static const Schema<SoftwareProfile> schema = declared();
  return schema;
}

std::vector<SoftwareProfile> software_profiles(Diagnostics& diagnostics) {
  std::vector<SoftwareProfile> profiles;
  for (const Preset& preset : all_presets("software", diagnostics)) {
    software_schema().read(preset.value, profiles.emplace_back(), diagnostics);
  }
  std::sort(profiles.begin(), profiles.end(), [](const SoftwareProfile& a, const SoftwareProfile& b) {
    return std::tie(a.from, a.software.name) < std::tie(b.from, b.software.name);
  });
  return profiles;
}

}  // namespace orrery
