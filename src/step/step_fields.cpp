#include "step/step_fields.hpp"

namespace orrery {
namespace {

constexpr double kMostChips = 1e8;

FieldOptions degree(const char* help, const char* example, double most = kMostChips) {
  return {.help = help, .example = example, .minimum = 1, .maximum = most};
}

const std::vector<Choice<Recompute>>& recompute_choices() {
  static const std::vector<Choice<Recompute>> choices = {
      {"none", Recompute::None, "keep all activations"},
      {"selective", Recompute::Selective, "attention scores, or norms and activations with flash attention"},
      {"full", Recompute::Full, "keep only the input of a layer"}};
  return choices;
}

Schema<Layout> layout_declared() {
  Schema<Layout> s("layout", "A parallel layout: tp x pp x cp x dp chips; ep takes its chips from tp, cp and dp.");
  s.integer("tp", &Layout::tp, degree("Tensor parallel.", "8"));
  s.integer("pp", &Layout::pp,
            {.help = "Pipeline stages.", .example = "16", .minimum = 1, .maximum = 1.0 * kMostStages});
  s.integer("vpp", &Layout::vpp, degree("Model chunks a stage (interleaving).", "4"));
  s.integer("cp", &Layout::cp, degree("Context parallel.", "2"));
  s.integer("ep", &Layout::ep, degree("Expert parallel.", "8"));
  s.integer("expert_tp", &Layout::expert_tp, degree("Tensor parallel inside an expert.", "1"));
  s.integer("dp", &Layout::dp,
            {.help = "Data parallel; 0 takes the chips that the others leave.",
             .example = "128",
             .minimum = 0,
             .maximum = kMostChips,
             .default_text = "the chips that tp, pp and cp leave"});
  s.boolean("sequence_parallel", &Layout::sequence_parallel,
            {.help = "Norms and residuals split over the tensor-parallel group.",
             .example = "true",
             .default_text = "true where tp > 1"});
  s.integer("zero", &Layout::zero,
            {.help = "Sharded over dp: 1 optimizer, 2 + gradients, 3 + parameters (FSDP).",
             .example = "1",
             .minimum = 0,
             .maximum = 3,
             .default_text = "1; 0 where dp and cp are 1"});
  s.integer("shard_group", &Layout::shard_group,
            {.help = "Hybrid sharding: chips over which ZeRO shards; 0 is all of dp.",
             .example = "64",
             .minimum = 0,
             .maximum = kMostChips});
  s.integer("micro_batch", &Layout::micro_batch, degree("Sequences a micro-batch.", "1"));
  s.choice("recompute", &Layout::recompute, recompute_choices(),
           {.help = "Activations that the backward pass computes again.", .example = "selective"});
  s.integer(
      "recompute_layers", &Layout::recompute_layers,
      {.help = "With full: layers of a stage that recompute; 0 is all.", .example = "0", .minimum = 0, .maximum = 1e5});
  s.choice("schedule", &Layout::schedule,
           {{"1f1b", Schedule::OneForwardOneBackward, "one forward, one backward; interleaved where vpp > 1"},
            {"gpipe", Schedule::GPipe, "all forwards, then all backwards"}},
           {.help = "Pipeline schedule.", .example = "1f1b"});
  return s;
}

Schema<Training> training_declared() {
  Schema<Training> s("training", "What is trained on, and how.");
  s.integer("sequence", &Training::sequence,
            {.help = "Tokens a sequence.",
             .example = "8192",
             .minimum = 1,
             .maximum = 1e8,
             .default_text = "8192, or the model's longest where that is less"});
  s.integer("document_length", &Training::document_length,
            {.help = "Mean tokens of the documents packed into a sequence, attention kept within each; 0: none are.",
             .example = "512",
             .minimum = 0,
             .maximum = 1e8});
  s.integer("global_batch", &Training::global_batch,
            {.help = "Sequences a step, over all chips.",
             .example = "2048",
             .minimum = 1,
             .maximum = 1e9,
             .default_text = "4 Mi tokens, 16 Mi from 100 B parameters on, as many as the chips share"});
  s.choice("precision", &Training::precision,
           {{"fp32", Precision::Fp32, "TF32 products"},
            {"fp16", Precision::Fp16, "with loss scaling"},
            {"bf16", Precision::Bf16, ""},
            {"fp8", Precision::Fp8Tensorwise, "one scale a tensor"},
            {"fp8-blockwise", Precision::Fp8Blockwise, "1 x 128 and 128 x 128 blocks"},
            {"mxfp8", Precision::Mxfp8, "32-element blocks"},
            {"nvfp4", Precision::Nvfp4, "16-element blocks"}},
           {.help = "Number formats of the matrix products.",
            .example = "bf16",
            .default_text = "bf16; fp16 on a chip without"});
  s.number(
      "expert_imbalance", &Training::expert_imbalance,
      {.help = "Load of the busiest expert group over the mean.", .example = "1.15", .minimum = 1, .maximum = 100});
  return s;
}

/// A member of the search's space.
template <class M>
auto bound(M SearchSpace::*member) {
  return [member](PlanOptions& options) -> M& { return options.space.*member; };
}

Schema<PlanOptions> plan_declared() {
  using Space = SearchSpace;
  Schema<PlanOptions> s("plan", "Bounds of the search; an axis that is not named takes every value that divides.");
  s.integer("top", &PlanOptions::top, {.help = "Layouts to print.", .example = "5", .minimum = 1, .maximum = 1000});
  const auto degrees = [&](const char* name, std::vector<int> Space::*member, const char* help, const char* example) {
    s.integers(name, bound(member), degree(help, example));
  };
  degrees("tp", &Space::tp, "Tensor-parallel degrees to consider.", "[4, 8]");
  s.integers("pp", bound(&Space::pp), degree("Pipeline stages to consider.", "[8, 16]", kMostStages));
  degrees("vpp", &Space::vpp, "Interleavings to consider.", "[1]");
  degrees("cp", &Space::cp, "Context-parallel degrees to consider.", "[1]");
  degrees("ep", &Space::ep, "Expert-parallel degrees to consider.", "[8]");
  degrees("expert_tp", &Space::expert_tp, "Tensor-parallel degrees inside an expert to consider; none: 1 and tp.",
          "[1]");
  s.integer("max_tp", bound(&Space::max_tp),
            degree("Largest tensor-parallel degree to consider where tp names none.", "8"));
  s.integer("max_cp", bound(&Space::max_cp),
            degree("Largest context-parallel degree to consider where cp names none.", "16"));
  s.booleans("sequence_parallel", bound(&Space::sequence_parallel),
             {.help = "Sequence parallelism to consider where tp > 1; none: with and without.", .example = "[true]"});
  s.integers("zero", bound(&Space::zero),
             {.help = "ZeRO stages to consider; none: 0, 1 and, without a pipeline, 3.",
              .example = "[1, 3]",
              .minimum = 0,
              .maximum = 3});
  degrees("micro_batch", &Space::micro_batch, "Micro-batches to consider.", "[1]");
  s.choice_list("recompute", bound(&Space::recompute), recompute_choices(),
                {.help = "Recomputations to consider; none: all three.", .example = "[\"none\", \"selective\"]"});
  s.number(
      "headroom", &PlanOptions::headroom,
      {.help = "Share of the chip's memory that a plan leaves free.", .example = "0.05", .minimum = 0, .maximum = 0.9});
  s.boolean("fewer_chips", &PlanOptions::fewer_chips,
            {.help = "Also search a half and a quarter of the chips, for the table of trade-offs.", .example = "true"});
  return s;
}

}  // namespace

const Schema<Layout>& layout_schema() {
  static const Schema<Layout> schema = layout_declared();
  return schema;
}

const Schema<Training>& training_schema() {
  static const Schema<Training> schema = training_declared();
  return schema;
}

const Schema<PlanOptions>& plan_schema() {
  static const Schema<PlanOptions> schema = plan_declared();
  return schema;
}

}  // namespace orrery
