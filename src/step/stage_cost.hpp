#pragma once

#include "step/prices.hpp"
#include "step/result.hpp"

namespace orrery {

/// A run of layers of the model that executes as one slot of the pipeline.
struct Chunk {
  LayerIndex::Counts layers{};
  bool first = false;  ///< Holds the embedding.
  bool last = false;   ///< Holds the head.
};

/// Forward and backward slot of a chunk for one micro-batch, and what fills both.
struct ChunkCost {
  Seconds forward, backward;
  Breakdown parts;  ///< Adds up to forward + backward.
};

/// Prices a chunk. The host issues kernels ahead of the device: a slot lasts as long as the slower of the two. Under
/// ZeRO-3 each layer's parameters are gathered before use, forward and backward, and its gradient is scattered where
/// gradients are sharded, all under the compute of the neighbouring layer.
ChunkCost chunk_cost(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data, const Chunk& chunk);

/// What a stage with these layers (of all its chunks) and ends holds.
StageContent stage_content(const StepSpec& spec, const LayoutPrices& prices, const Chunk& whole);

/// Once-a-step exchange and update of a stage, as its parameters alone decide them: nothing here depends on the
/// micro-batch, so that a search computes it once for many layouts.
struct StageExchange {
  Seconds reduce, gather;  ///< Gradient reduction and parameter gathering, which compute may hide.
  Seconds unhidden;        ///< Behind everything: tied embeddings, replicas of a ZeRO-3 shard group.
  Seconds optimizer;
  double layers = 0;  ///< Of the stage: buckets follow them.
};
StageExchange stage_exchange(const StepSpec& spec, const DataCurves& data, const StageContent& stage);

/// Once-a-step work of a stage behind its pipeline slots.
struct StageTail {
  Seconds
      data_comm;  ///< Exposed gradient reduction and parameter gathering (zero under ZeRO-3, which is in the slots).
  Seconds optimizer;
};
/// `backward_window`, `forward_window`: compute of the stage's last backward and first forward micro-batch, under which
/// communication can hide.
StageTail stage_tail(const StepSpec& spec, const StageExchange& exchange, Seconds backward_window,
                     Seconds forward_window);

}  // namespace orrery
