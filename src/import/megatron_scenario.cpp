#include "import/megatron_scenario.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "scenario/preset.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

const char* position_name(Position position) {
  switch (position) {
    case Position::Rotary:
      return "rotary";
    case Position::Learned:
      return "learned";
    case Position::Alibi:
      return "alibi";
    case Position::None:
      return "none";
  }
  return "";
}

/// A table whose keys stand where their flags do, or in the file at large.
class TableWriter {
 public:
  explicit TableWriter(const Source& source) : span_{source, 0, 0, 1}, table_(Value::Table{}, span_) {}
  TableWriter(const Source& source, const std::map<std::string, Span>& places, std::string name) : TableWriter(source) {
    places_ = &places;
    name_ = std::move(name);
  }
  void set(const char* key, long long n) { put(key, Value(static_cast<std::int64_t>(n), place(key))); }
  void set(const char* key, int n) { set(key, static_cast<long long>(n)); }
  void set(const char* key, bool truth) { put(key, Value(truth, place(key))); }
  void set(const char* key, const char* text) { put(key, Value(std::string(text), place(key))); }
  void put(const char* key, Value value) { table_.set(key, std::move(value), place(key)); }
  Value take() { return std::move(table_); }

 private:
  Span place(const char* key) const {
    if (places_ == nullptr) return span_;
    const auto found = places_->find(name_ + "." + key);
    return found == places_->end() ? span_ : found->second;
  }

  Span span_;
  Value table_;
  const std::map<std::string, Span>* places_ = nullptr;
  std::string name_;
};

Value latent_table(const Attention::Latent& latent, const Source& source) {
  TableWriter t(source);
  t.set("q_rank", latent.q_rank);
  t.set("kv_rank", latent.kv_rank);
  t.set("nope_dim", latent.nope_dim);
  t.set("rope_dim", latent.rope_dim);
  t.set("value_dim", latent.value_dim);
  return t.take();
}

Value experts_table(const Experts& experts, const Source& source) {
  TableWriter t(source);
  t.set("count", experts.count);
  t.set("top_k", experts.top_k);
  t.set("expert_ffn", experts.expert_ffn);
  t.set("shared_ffn", experts.shared_ffn);
  t.set("first_dense_layers", experts.first_dense_layers);
  t.set("every", experts.every);
  return t.take();
}

Value model_table(const Transformer& model, const Source& source) {
  TableWriter t(source);
  const Attention& a = model.attention;
  t.set("name", model.name.c_str());
  t.set("layers", model.layers);
  t.set("hidden", model.hidden);
  t.set("heads", a.heads);
  t.set("kv_heads", a.kv_heads);
  t.set("head_dim", a.head_dim);
  t.set("window", a.window);
  t.set("full_every", a.full_every);
  t.set("qkv_bias", a.qkv_bias);
  t.set("qk_norm", a.qk_norm);
  t.set("ffn", model.ffn);
  t.set("gated_mlp", model.gated_mlp);
  t.set("vocab", model.vocab);
  t.set("tied_embeddings", model.tied_embeddings);
  t.set("biases", model.biases);
  t.set("norm", model.norm == Norm::RmsNorm ? "rms_norm" : "layer_norm");
  t.set("position", position_name(model.position));
  t.set("max_positions", model.max_positions);
  t.set("mtp_layers", model.mtp_layers);
  if (a.latent) t.put("latent", latent_table(*a.latent, source));
  if (model.experts) t.put("experts", experts_table(*model.experts, source));
  return t.take();
}

Value layout_table(const MegatronJob& job, const Source& source) {
  const Layout& layout = job.layout;
  TableWriter t(source, job.places, "layout");
  t.set("tp", layout.tp);
  t.set("pp", layout.pp);
  t.set("vpp", layout.vpp);
  t.set("cp", layout.cp);
  t.set("ep", layout.ep);
  t.set("expert_tp", layout.expert_tp);
  t.set("dp", layout.dp);
  t.set("sequence_parallel", layout.sequence_parallel);
  t.set("zero", layout.zero);
  t.set("micro_batch", layout.micro_batch);
  t.set("recompute", recompute_name(layout.recompute));
  t.set("recompute_layers", layout.recompute_layers);
  return t.take();
}

Value training_table(const MegatronJob& job, const Source& source) {
  const Training& training = job.training;
  TableWriter t(source, job.places, "training");
  t.set("sequence", training.sequence);
  t.set("global_batch", training.global_batch);
  t.set("precision", precision_name(training.precision));
  return t.take();
}

Value software_table(const MegatronSoftware& software, const Source& source) {
  TableWriter t(source);
  if (software.attention) t.set("attention", attention_kernel_name(*software.attention));
  if (software.gradients_fp32) t.set("gradients_fp32", *software.gradients_fp32);
  if (software.overlap_pp) t.set("overlap_pp", *software.overlap_pp);
  t.set("fused_elementwise", software.fused_elementwise);
  t.set("dropout", software.dropout);
  t.set("graphs", graphs_name(software.graphs));
  t.set("tensor_overlap", software.tensor_overlap == TensorOverlap::Full ? "full" : "backward");
  t.set("overlap_dp", software.overlap_dp);
  t.set("overlap_ep", software.overlap_ep == ExpertOverlap::Full ? "full" : "none");
  t.set("fused_dispatch", software.fused_dispatch);
  t.set("fused_gradient_accumulation", software.fused_gradient_accumulation);
  t.set("loss", software.loss == LossKernel::Fused ? "fused" : "in-place");
  return t.take();
}

}  // namespace

Value megatron_scenario(const MegatronJob& job, const Source& source) {
  TableWriter root(source);
  if (job.has_model) root.put("model", model_table(job.model, source));
  root.put("layout", layout_table(job, source));
  root.put("training", training_table(job, source));
  root.put("software", software_table(job.software, source));
  return root.take();
}

void lay_megatron_over(Value& root, const MegatronJob& job, const Source& source) {
  // A profile that is named by its name alone becomes the table that starts from it.
  if (const Value* profile = root.find("software"); profile != nullptr && profile->string() != nullptr) {
    Value table(Value::Table{}, profile->span());
    table.set("preset", *profile, profile->span());
    root.set("software", std::move(table), profile->span());
  }
  root = merged(root, megatron_scenario(job, source));
}

}  // namespace orrery
