#!/bin/bash
# Llama 2 7B on two nodes.
GPUS_PER_NODE=8
MODEL_ARGS=(
  --num-layers 32 --hidden-size 4096 --ffn-hidden-size 11008 --num-attention-heads 32
  --swiglu --normalization RMSNorm --position-embedding-type rope --disable-bias-linear
  --untie-embeddings-and-output-weights --vocab-size 32000 --max-position-embeddings 4096
)
TRAINING_ARGS="--seq-length 4096 --micro-batch-size 1 --global-batch-size 128 --bf16 \
  --use-distributed-optimizer --overlap-grad-reduce --overlap-param-gather --lr 3.0e-4"
torchrun --nproc_per_node $GPUS_PER_NODE --nnodes 2 pretrain_gpt.py "${MODEL_ARGS[@]}" $TRAINING_ARGS \
  --tensor-model-parallel-size 2 --sequence-parallel --pipeline-model-parallel-size 1
