#pragma once

#include "step/kernels/attention.hpp"
#include "step/layer_cost.hpp"

namespace orrery {

/// Whether the experts run as sync-free kernels that hold activation and casts (block-scaled formats only).
bool fused_experts(const StepSpec& spec);
/// Whether the host must learn from the router how many tokens each expert gets before it can issue the experts.
bool routed_shapes(const StepSpec& spec);
/// Ranks that a token is sent to: one a copy, or each rank once with `fused_dispatch`.
double dispatched(const StepSpec& spec);

/// Adds up the operators of a layer in the order in which they run. Every call prices an operator forward and backward.
/// Widths are those of one chip: already divided by tensor parallelism.
class OperatorPricer {
 public:
  OperatorPricer(const StepSpec& spec, const LayoutCurves& curves);

  const StepSpec& spec() const { return spec_; }
  double tokens() const { return tokens_; }
  /// Tokens of the regions outside the tensor-parallel blocks: a tp-th of them under sequence parallelism.
  double region_tokens() const { return region_tokens_; }

  /// tokens x k times k x n, in the number format of the recipe. `again`: the share of it that recomputation of every
  /// second product runs again.
  void linear(double n, double k, double again = 0.0);
  /// The same in 16 bits whatever the recipe: the output head stays out of FP8, and its exchanges are never in chunks.
  void head_linear(double n, double k);
  void router(double experts, double routed_tokens);
  /// From here on kernels have shapes that depend on the routing (or no longer).
  void begin_experts();
  void end_experts();
  /// `arrived` token copies spread over `local` experts.
  void grouped_linear(int local, double arrived, double n, double k);
  void attention(double heads, double kv_heads, int window, double key_value_width);
  /// Operators that only move memory: elements read plus written (of the activation type), and kernels.
  void stream(double forward_elements, double backward_elements, double forward_kernels, double backward_kernels);
  /// Entry and exit of a block whose weights are split over the tensor-parallel group. Without sequence parallelism the
  /// exit all-reduces forward and the entry backward; with it, gathers and scatters of the same bytes.
  void enter_tensor_region();
  void leave_tensor_region();
  /// Dispatch or combine of `tokens` and their copies among the expert-parallel ranks, forward and backward.
  void all_to_all(double tokens);
  /// Gather before the experts and scatter behind them of `elements` among the tensor-parallel ranks of an expert.
  void expert_exchange(double elements);
  void embedding_reduction();
  void loss_reductions();

  LayerCost take() const { return cost_; }
  /// Forward cost of what selective recomputation runs again: with unfused attention its scores, softmax and values
  /// (Korthikanti et al. 2022); where attention keeps no scores, as the software has it the cheap operators whose
  /// results weigh most (norms, activations, the up-projections of latent attention), or all but attention, the
  /// products kept, what a tensor-parallel block's exit exchanged, and experts with their exchange.
  PhaseCost selective_cost() const;
  /// From here on forward costs count as cheap (or no longer).
  void begin_cheap();
  void end_cheap();

 private:
  /// Device time of one matrix product forward, of its input gradient and of its weight gradient.
  struct ProductTimes {
    Seconds forward, input_gradient, weight_gradient;
  };
  /// `groups` equal products in one grouped kernel; 0 is a plain product.
  ProductTimes product(double m, double n, double k, NumberFormat format, int groups);
  double sustained_clock(NumberFormat format) const;
  void cast_operands(double m, double n, double k);
  /// Collectives in front of the first product of a tensor-parallel block, forward and backward.
  void enter_exchange(const ProductTimes& times, bool in_chunks);
  void accumulate_gradient(double n, double k, int groups);
  Seconds streaming(double elements) const;
  /// Whether dispatch and combine run under the compute of another micro-batch.
  bool overlapped_exchange() const;
  /// Exposed part of a block's gather or scatter that a ring exchange may hide under `window`.
  Seconds exchanged(Seconds comm, Seconds window) const;
  /// Exposed part of a backward collective that asynchronous execution may hide under a gradient's product.
  Seconds under_gradient(Seconds comm, Seconds window) const;

  const StepSpec& spec_;
  const LayoutCurves& curves_;
  double tokens_, region_tokens_;
  LayerCost cost_;
  PhaseCost scores_;         ///< Of unfused attention.
  PhaseCost cheap_;          ///< Between `begin_cheap` and `end_cheap`.
  double kept_kernels_ = 0;  ///< Of `kept_`, before the experts.
  PhaseCost kept_;           ///< What recomputation of every second product does not run again.
  PhaseCost before_cheap_;
  ProductTimes last_product_;
  double forward_kernels_ = 0, backward_kernels_ = 0;  ///< Before the experts.
  bool at_entry_ = false;                              ///< The next product is the first of a tensor-parallel block.
};

}  // namespace orrery
