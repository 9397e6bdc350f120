#include <fmt/format.h>

#include "base/check.hpp"
#include "validate/conventions.hpp"

namespace orrery {

const std::vector<Convention>& conventions() {
  static const std::vector<Convention> table = {
      {Fill::ModelPreset, "model", "a model preset of the same series has the row's hidden size and heads",
       "what columns cannot carry is the preset's: latent attention, shared experts, leading dense layers, sliding "
       "window, extra prediction layers, norms, positions, biases, tied embeddings; and blank sizes",
       "the name selects an architecture, never a constant"},
      {Fill::ModelSeries, "model", "a preset of the same series exists in another size",
       "norms, positions, biases and tying of the preset nearest in hidden size",
       "sizes of a series share their block"},
      {Fill::GptStyle, "model", "no preset of the series; gated_mlp = 0",
       "LayerNorm, biases, learned positions, tied embeddings", "GPT-2 and GPT-3 (arXiv:2005.14165)"},
      {Fill::LlamaStyle, "model", "no preset of the series; gated_mlp = 1",
       "RMSNorm, rotary positions, no biases, untied embeddings", "Llama (arXiv:2302.13971)"},
      {Fill::GatedMlp, "gated_mlp", "blank", "ungated where ffn = 4 x hidden, else gated",
       "gated MLPs are narrower to keep the parameter count (arXiv:2002.05202)"},
      {Fill::Ffn, "ffn", "blank", "4 x hidden", "GPT block"},
      {Fill::KvHeads, "kv_heads", "blank", "heads", "multi-head attention unless said"},
      {Fill::HeadDim, "head_dim", "blank",
       "what notes say (\"head_dim default was N\"); else the matching preset's, else hidden / heads", "usual shape"},
      {Fill::Vocab, "vocab", "blank", "the matching preset's, else 50,257; padded to a multiple of 128 x tp",
       "GPT-2's vocabulary, padded as Megatron-LM does by default"},
      {Fill::Truncated, "layers", "fewer layers than the matching preset",
       "no extra prediction layers; leading dense layers shrink in proportion, one at least",
       "truncated benchmarks keep one of each kind of layer"},
      {Fill::ParallelBlock, "framework", "megascale", "attention and MLP read the same input",
       "parallel transformer block (arXiv:2402.15627, section 3.1)"},
      {Fill::DataParallel, "dp", "blank", "gpus / (tp x pp x cp)", "definition"},
      {Fill::ContextParallel, "cp", "blank", "1", "off unless said"},
      {Fill::ExpertParallel, "ep", "blank",
       "1; with experts the largest divisor of the experts among tp x cp x dp chips of one scale-up domain, or of the "
       "chips that FSDP shards over (\"shard size N\")",
       "expert parallelism stays on scale-up links where it can; FSDP stacks spread experts over the chips that would "
       "else gather them (NeMo AutoModel's benchmark configurations)"},
      {Fill::Interleaving, "vpp", "blank",
       "1; from 2023 with pp > 1 the fewest chunks dividing a stage's layers that bring the bubble below 5 % of the "
       "work, else the most",
       "interleaved schedules are standard by then (arXiv:2104.04473, section 2.2)"},
      {Fill::Zero, "zero", "blank", "1 where dp > 1 and the framework is dated 2023 or later, else 0",
       "sharding the optimizer is the default of large runs by then"},
      {Fill::ShardGroup, "shard group", "notes say \"shard size N\" or \"FSDP group N\"; zero = 3 over N slices",
       "N chips; the chips of one slice",
       "stated by the source; parameters are sharded within a slice and replicated over slices"},
      {Fill::SequenceParallel, "sequence_parallel", "blank",
       "on where tp > 1, the framework is dated 2023 or later and is not DeepSpeed",
       "arXiv:2205.05198; Megatron-DeepSpeed leaves it off by default"},
      {Fill::MicroBatch, "micro_batch", "blank",
       "1 for 100 billion parameters or more; else the largest power of two of at most 8,192 tokens that divides "
       "global_batch / dp and leaves 4 micro-batches a stage; before 2021 all of global_batch / dp",
       "large models split to fit and to fill the pipeline; gradient accumulation came to Megatron-LM with "
       "pipelining"},
      {Fill::GlobalBatch, "global_batch", "blank; notes say \"NM tokens/batch\", or micro_batch is stated and pp = 1",
       "N x 2^20 / seq; else micro_batch x dp", "stated by the source; no accumulation"},
      {Fill::Recompute, "recompute", "blank",
       "the least that fits in memory (none, selective, full; full when nothing fits); before 2022-05 full",
       "nobody recomputes more than memory asks for; selective recomputation begins with arXiv:2205.05198"},
      {Fill::RecomputeWords, "recompute", "another word than none, selective, full",
       "\"selective layer\" is full for every other layer; \"qkv_proj_offloaded\" is full; other kinds of selective "
       "are selective",
       "nearest of what the model knows"},
      {Fill::PrecisionBlank, "precision", "blank",
       "bf16; fp32 for megatron-lm and megatron-deepspeed; fp16 on chips without bf16 (V100)",
       "defaults of the frameworks: Megatron-LM trains in FP32 unless a flag says otherwise"},
      {Fill::PrecisionWords, "precision", "fp8, fp8-cs, fp8-tensorwise, fp8-rowwise",
       "one scale a tensor (row scales are priced like tensor scales)", "delayed, current and row-wise scaling"},
      {Fill::FrameworkDate, "framework_date", "the name of the source's file has another month (`_202506_`)",
       "that month, for the software profile", "a page of results is dated by its name and its table of versions"},
      {Fill::Eager, "precision", "ends in -eager",
       "the profile without fused elementwise kernels, fused loss and graphs", "the source ran it uncompiled"},
      {Fill::NewerEngine, "framework", "megatron-lm of 2025-06 or later",
       "gradient placeholders are kept, and routing weights applied inside the experts; all else as its profile has it",
       "Transformer Engine 2.3 (its pull request 1651) and Megatron-Core 0.12"},
      {Fill::FusedLoss, "source", "names its case `..._cef`", "a loss that holds no FP32 copy of the logits",
       "cross-entropy fusion, Transformer Engine's, says the source's guide"},
      {Fill::ExpertLoad, "moe_routing", "with experts: balanced or token-drop 1.0; dropless or blank 1.15",
       "busiest expert group over the mean", "real routing costs 8 to 20 % against forced balance"},
      {Fill::Packing, "task", "sft", "attention stays within documents of 180 tokens",
       "NeMo's recipes pack SQuAD, paragraphs with a question (Megatron-Bridge pull request 183, NeMo 11046); "
       "attention is "
       "then short, whatever the length"},
      {Fill::NodeSize, "gpus_per_node", "differs from the chip's usual node",
       "that many chips a node; the scale-up domain follows unless it spans nodes (NVL72, TPU pods)",
       "stated by the row"},
      {Fill::NeuronCore, "gpu", "ends in NeuronCore", "half a chip: half its peaks, memory and links; 32 a server",
       "the row counts cores; a Trainium1 chip has two"},
      {Fill::Slices, "scale-up domain", "notes say \"N slices\"", "gpus / N chips",
       "TPU slices are joined by the data-centre network only"},
      {Fill::NetworkStated, "network", "source is vTrain's repository, or arXiv:2407.21783",
       "800 Gbit/s a node; the preset meta-24k",
       "stated by the papers (arXiv:2312.12391; arXiv:2407.21783, section 3.3.1) and in no column"},
      {Fill::Software, "framework", "no profile names it", "torchtitan's profile where zero = 3, else megatron-lm's",
       "nearest in kind"},
      {Fill::OverlapStated, "software",
       "notes say \"DP/TP/PP comm overlap on\", \"no TP/DP/P2P overlap\" or \"AsyncTP\"",
       "the profile with these overlaps switched", "stated by the source"},
      {Fill::DropoutStated, "software", "notes say \"dropout on\"", "the profile with dropout", "stated by the source"},
      {Fill::AttentionKernels, "framework", "notes say \"kernels TE\" and neither FlexAttn nor TorchSDPA",
       "the profile with tuned attention", "stated by the source: Transformer Engine's attention is cuDNN's"},
      {Fill::AttentionCount, "attention_flops", "blank, and needed to read the metric", "full",
       "most sources count the whole score matrix"},
      {Fill::PeakTflops, "peak_tflops", "blank, and needed to read the metric",
       "the chip's dense peak at the precision", "definition of utilisation"},
      {Fill::RecomputeCounted, "metric", "tflops_per_gpu of megatron-lm before 2022-05",
       "operations of full recomputation are included",
       "F = 96 B s l h^2 (1 + s/6h + V/16lh), arXiv:2104.04473, equation 3"},
      {Fill::KvHeadsCounted, "metric", "notes say that its FLOPs ignore GQA", "keys and values counted for every head",
       "stated by the source's later release"},
      {Fill::MemoryCounted, "metric", "peak_memory_gib of torchtitan; of megatron-deepspeed",
       "reserved memory; the device's memory in use; not allocated memory",
       "torchtitan logs max_memory_reserved; the rows of megatron-deepspeed are whole MiB, odd ones too, as nvidia-smi "
       "prints them and no allocator does"},
  };
  return table;
}

const Convention& convention(Fill fill) {
  const auto index = static_cast<std::size_t>(fill);
  ORRERY_CHECK(index < conventions().size() && conventions()[index].fill == fill,
               "the table of conventions is in the order of Fill");
  return conventions()[index];
}

std::string conventions_markdown() {
  std::string text = "| column | when | taken | why |\n|---|---|---|---|\n";
  for (const Convention& c : conventions()) {
    text += fmt::format("| {} | {} | {} | {} |\n", c.field, c.when, c.value, c.why);
  }
  return text;
}

}  // namespace orrery
