#!/bin/bash
export TP=8
ARGS=(
  --tensor-model-parallel-size $TP  # inside a node
  --pipeline-model-parallel-size ${PP:-4}
  --num-layers 126 --hidden-size 16384 --num-attention-heads 128 --group-query-attention --num-query-groups 8
  --ffn-hidden-size=53248 --swiglu --normalization RMSNorm --position-embedding-type rope --vocab-size 128256
)
MORE="--seq-length 8192 \
  --micro-batch-size 1 --global-batch-size 2048 --bf16"
torchrun --nproc_per_node 8 --nnodes 2048 pretrain_gpt.py ${ARGS[@]} $MORE
