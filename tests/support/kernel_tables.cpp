#include "support/kernel_tables.hpp"

#include <map>
#include <sstream>
#include <vector>

#include "support/gzip_file.hpp"

namespace orrery::test {
namespace {

/// One line of a table, by column name.
class Line {
 public:
  Line(const std::map<std::string, std::size_t>& columns, const std::vector<std::string>& cells)
      : columns_(columns), cells_(cells) {}
  bool has(const std::string& name) const { return columns_.count(name) > 0; }
  const std::string& text(const std::string& name) const { return cells_.at(columns_.at(name)); }
  long long whole(const std::string& name) const { return std::stoll(text(name)); }
  Seconds latency() const { return Seconds(std::stod(text("latency")) * 1e-3); }

 private:
  const std::map<std::string, std::size_t>& columns_;
  const std::vector<std::string>& cells_;
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}

template <typename Use>
void each_line(const TableFiles& files, const std::string& table, Use use) {
  const auto folder = data_folder();
  if (!folder) return;
  std::istringstream text(
      read_gzip(*folder / "kernels" / (files.chip + "-" + table + "-" + files.release + ".csv.gz")));
  std::string line;
  std::getline(text, line);
  std::map<std::string, std::size_t> columns;
  for (const std::string& name : split(line)) columns.emplace(name, columns.size());
  while (std::getline(text, line)) {
    const std::vector<std::string> cells = split(line);
    if (cells.size() == columns.size()) use(Line(columns, cells));
  }
}

}  // namespace

std::vector<GemmRow> gemm_rows(const TableFiles& files) {
  const std::map<std::string, NumberFormat> formats = {
      {"bfloat16", NumberFormat::Bf16}, {"fp8", NumberFormat::Fp8}, {"nvfp4", NumberFormat::Fp4}};
  std::vector<GemmRow> rows;
  each_line(files, "gemm", [&](const Line& line) {
    const auto format = formats.find(line.text("gemm_dtype"));
    if (format == formats.end()) return;
    rows.push_back({{line.whole("m"), line.whole("n"), line.whole("k"), 1}, format->second, line.latency()});
  });
  return rows;
}

std::vector<AttentionRow> attention_rows(const TableFiles& files) {
  std::vector<AttentionRow> rows;
  each_line(files, "context_attention", [&](const Line& line) {
    const std::string& source = line.text("kernel_source");
    if (source != "vllm_flash_attn" && source != "vllm_flash_attn_fa3" && source != "vllm_flashinfer_trtllmprefill") {
      return;
    }
    if (line.text("kv_cache_dtype") != "bfloat16" || line.whole("step") != 0 || line.whole("isl") < 128) return;
    AttentionShape s;
    s.batch = line.whole("batch_size");
    s.heads = line.whole("num_heads");
    s.kv_heads = line.whole("num_key_value_heads");
    s.q_len = s.kv_len = line.whole("isl");
    s.qk_dim = s.v_dim = line.whole("head_dim");
    s.window = line.has("window_size") ? line.whole("window_size") : 0;
    rows.push_back({s, NumberFormat::Bf16, line.latency()});
  });
  return rows;
}

std::vector<ExpertRow> expert_rows(const TableFiles& files, const std::string& distribution) {
  std::vector<ExpertRow> rows;
  each_line(files, "moe", [&](const Line& line) {
    const std::string& dtype = line.text("moe_dtype");
    if (line.text("distribution") != distribution || (dtype != "bfloat16" && dtype != "fp8")) return;
    ExpertShape s;
    s.tokens = static_cast<double>(line.whole("num_tokens"));
    s.hidden = line.whole("hidden_size");
    s.ffn = line.whole("inter_size") / line.whole("moe_tp_size");
    s.top_k = line.whole("topk");
    s.experts = line.whole("num_experts");
    s.local = s.experts / line.whole("moe_ep_size");
    if (s.ffn < 1 || s.local < 1) return;
    rows.push_back({s, dtype == "fp8" ? NumberFormat::Fp8 : NumberFormat::Bf16, line.latency()});
  });
  return rows;
}

}  // namespace orrery::test
