--recompute-granularity selective --recompute-modules core_attn layernorm
pretrain_gpt.py --cuda-graph-scope
--cp-comm-type= --recompute-modules=moe_act nothing $MODULES --attention-dropout 1e999 --hidden-dropout nan --moe-layer-recompute --moe-layer-recompute
