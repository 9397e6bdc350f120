#include "import/megatron_flag_names.hpp"

#include <map>
#include <sstream>

namespace orrery {
namespace {

// Names from megatron/training/arguments.py of github.com/NVIDIA/Megatron-LM (2024-05 and 2025) and from torchrun.

constexpr const char* kValues = R"(
num-layers encoder-num-layers hidden-size ffn-hidden-size num-attention-heads kv-channels num-query-groups
max-position-embeddings position-embedding-type normalization vocab-size window-size window-attn-skip-freq
q-lora-rank kv-lora-rank qk-head-dim qk-pos-emb-head-dim v-head-dim mtp-num-layers num-experts moe-router-topk
moe-ffn-hidden-size moe-shared-expert-intermediate-size moe-layer-freq tensor-model-parallel-size
pipeline-model-parallel-size context-parallel-size expert-model-parallel-size expert-tensor-parallel-size
num-layers-per-virtual-pipeline-stage num-virtual-stages-per-pipeline-rank data-parallel-sharding-strategy
micro-batch-size global-batch-size seq-length encoder-seq-length recompute-granularity recompute-method
recompute-num-layers fp8-format fp8-recipe fp4-format fp4-recipe tokenizer-type nnodes nproc-per-node
pipeline-model-parallel-layout decoder-first-pipeline-num-layers decoder-last-pipeline-num-layers
attention-backend attention-dropout hidden-dropout cross-entropy-fusion-impl cuda-graph-impl
moe-token-dispatcher-type moe-flex-dispatcher-backend optimizer
)";

constexpr const char* kLists = R"(
recompute-modules cuda-graph-scope cp-comm-type
)";

constexpr const char* kSwitches = R"(
group-query-attention multi-latent-attention swiglu squared-relu quick-geglu qk-layernorm
untie-embeddings-and-output-weights disable-bias-linear add-qkv-bias use-rotary-position-embeddings
sequence-parallel use-distributed-optimizer use-megatron-fsdp use-custom-fsdp use-torch-fsdp2
recompute-activations overlap-grad-reduce overlap-param-gather fp16 bf16 account-for-embedding-in-pipeline-split
account-for-loss-in-pipeline-split no-bias-gelu-fusion no-bias-swiglu-fusion no-bias-dropout-fusion
no-masked-softmax-fusion no-gradient-accumulation-fusion cross-entropy-loss-fusion tp-comm-overlap
no-overlap-p2p-communication accumulate-allreduce-grads-in-fp32 grad-reduce-in-bf16 enable-cuda-graph
external-cuda-graph moe-grouped-gemm moe-enable-deepep overlap-moe-expert-parallel-comm
)";

// They change a step's time or memory in ways that have no input here.
constexpr const char* kNotModelled = R"(
moe-layer-recompute moe-expert-capacity-factor moe-shared-expert-overlap moe-router-num-groups fp8-param-gather
fp4-param-gather no-fp8-wgrad fp32-residual-connection main-grads-dtype main-params-dtype exp-avg-dtype
exp-avg-sq-dtype optimizer-cpu-offload fine-grained-activation-offloading delay-wgrad-compute
defer-embedding-wgrad-compute deterministic-mode distribute-saved-activations first-last-layers-bf16
num-distributed-optimizer-instances hierarchical-context-parallel-sizes overlap-param-gather-with-optimizer-step
no-scatter-gather-tensors-in-pipeline use-tp-pp-dp-mapping
)";

constexpr const char* kWithoutEffect = R"(
norm-epsilon rotary-base rotary-percent rotary-interleaved use-rope-scaling rope-scaling-factor
rotary-scaling-factor no-rope-fusion no-position-embedding softmax-type make-vocab-size-divisible-by
apply-layernorm-1p apply-query-key-layer-scaling attention-softmax-in-fp32 weight-decay start-weight-decay
end-weight-decay weight-decay-incr-style clip-grad adam-beta1 adam-beta2 adam-eps sgd-momentum init-method-std
init-method-xavier-uniform seed data-parallel-random-init lr min-lr lr-decay-style lr-decay-iters
lr-decay-samples lr-warmup-fraction lr-warmup-iters lr-warmup-samples lr-warmup-init train-iters train-samples
rampup-batch-size exit-interval exit-duration-in-mins exit-signal-handler save load save-interval no-save-optim
no-save-rng no-load-optim no-load-rng finetune ckpt-step ckpt-format dist-ckpt-format use-dist-ckpt async-save
auto-detect-ckpt-format ckpt-fully-parallel-save ckpt-fully-parallel-load dist-ckpt-strictness no-initialization
use-checkpoint-args exit-on-missing-checkpoint data-path split mock-data train-data-path valid-data-path
test-data-path data-cache-path no-mmap-bin-files vocab-file merge-file tokenizer-model num-workers
dataloader-type eval-iters eval-interval reset-position-ids reset-attention-mask eod-mask-loss
no-create-attention-mask-in-dataloader log-interval log-throughput log-progress log-params-norm
log-num-zeros-in-grad log-timers-to-tensorboard log-batch-size-to-tensorboard log-validation-ppl-to-tensorboard
log-memory-to-tensorboard log-world-size-to-tensorboard no-log-loss-scale-to-tensorboard timing-log-level
timing-log-option tensorboard-dir tensorboard-log-interval tensorboard-queue-size wandb-project wandb-exp-name
wandb-save-dir profile profile-step-start profile-step-end profile-ranks use-mcore-models use-legacy-models
transformer-impl spec use-flash-attn distributed-backend distributed-timeout-minutes use-cpu-initialization
manual-gc manual-gc-interval no-manual-gc-eval empty-unused-memory-level no-check-for-nan-in-loss-and-grad
fp16-lm-cross-entropy loss-scale initial-loss-scale min-loss-scale loss-scale-window hysteresis fp8-margin
fp8-interval fp8-amax-history-len fp8-amax-compute-algo ddp-bucket-size no-delay-grad-reduce delay-param-gather
tp-comm-overlap-cfg tp-comm-overlap-rs-dgrad no-persist-layer-norm te-rng-tracker moe-router-load-balancing-type
moe-aux-loss-coeff moe-z-loss-coeff moe-router-dtype moe-router-score-function moe-router-pre-softmax
moe-router-group-topk moe-router-topk-scaling-factor moe-router-enable-expert-bias moe-router-bias-update-rate
moe-permute-fusion moe-pad-expert-input-to-capacity moe-token-drop-policy moe-per-layer-logging
mtp-loss-scaling-factor nccl-communicator-config-path node-rank master-addr master-port rdzv-id rdzv-backend
rdzv-endpoint local-rank max-restarts override-opt-param-scheduler use-checkpoint-opt-param-scheduler
cuda-graph-warmup-steps use-precision-aware-optimizer optimizer-offload-fraction overlap-cpu-optimizer-d2h-h2d
calculate-per-token-loss moe-router-force-load-balancing moe-router-fusion moe-router-padding-for-fp8
moe-router-padding-for-quantization high-priority-stream-groups trust-remote-code enable-experimental rope-type
mscale mscale-all-dim rerun-mode
)";

std::map<std::string, MegatronFlagKind> table() {
  std::map<std::string, MegatronFlagKind> kinds;
  for (const auto& [names, kind] : {std::pair{kValues, MegatronFlagKind::Value},
                                    {kLists, MegatronFlagKind::List},
                                    {kSwitches, MegatronFlagKind::Switch},
                                    {kNotModelled, MegatronFlagKind::NotModelled},
                                    {kWithoutEffect, MegatronFlagKind::WithoutEffect}}) {
    std::istringstream words(names);
    for (std::string name; words >> name;) kinds[name] = kind;
  }
  return kinds;
}

const std::map<std::string, MegatronFlagKind>& kinds() {
  static const std::map<std::string, MegatronFlagKind> all = table();
  return all;
}

}  // namespace

MegatronFlagKind megatron_flag_kind(const std::string& name) {
  const auto found = kinds().find(name);
  return found == kinds().end() ? MegatronFlagKind::Unknown : found->second;
}

const std::vector<std::string>& megatron_flags_with_effect() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, kind] : kinds()) {
      if (kind != MegatronFlagKind::WithoutEffect) all.push_back("--" + name);
    }
    return all;
  }();
  return names;
}

}  // namespace orrery
