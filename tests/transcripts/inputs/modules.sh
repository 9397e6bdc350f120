# A mixture of experts: what is modelled, what is not, and what Megatron-LM would refuse.
--num-layers 61 --hidden-size 4096 --num-attention-heads 32 --vocab-size 129280 --position-embedding-type rope
--num-experts 64 --moe-ffn-hidden-size 2048 --moe-token-dispatcher-type flex --moe-enable-deepep --moe-grouped-gemm
--moe-expert-capacity-factor 1.0 --expert-model-parallel-size 8 --seq-length 4096 --micro-batch-size 1
--global-batch-size 2048 --bf16 --attention-dropout 0 --hidden-dropout 0
--recompute-granularity selective --recompute-modules layernorm mlp moe_act --overlap-moe-expert-parallel-comm
--pipeline-model-parallel-size 16
