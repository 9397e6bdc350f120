#include "support/kernel_tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <sstream>
#include <tuple>
#include <vector>

#include "support/data_file.hpp"

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
      read_packed(*folder / "kernels" / (files.chip + "-" + table + "-" + files.release + ".csv.gz")));
  std::string line;
  std::getline(text, line);
  std::map<std::string, std::size_t> columns;
  for (const std::string& name : split(line)) columns.emplace(name, columns.size());
  while (std::getline(text, line)) {
    const std::vector<std::string> cells = split(line);
    if (cells.size() == columns.size()) use(Line(columns, cells));
  }
}

/// Load of the busiest of `ranks` chips over the mean, averaged over draws, when expert loads follow a power law.
///
/// As the tables were made (aiconfigator's collector): a load is drawn between 1 and 0.8 x tokens from the density
/// x^-exponent, loads are scaled to `tokens` x top_k, and the rank measured is the busiest.
double power_law_imbalance(double exponent, double tokens, long long experts, long long ranks) {
  if (ranks <= 1) return 1.0;
  std::uint64_t state = 1;
  const double low = 1.0, high = std::max(2.0, 0.8 * tokens), p = 1.0 - exponent;
  const long long local = experts / ranks;
  constexpr int kDraws = 40;
  double sum = 0.0;
  for (int draw = 0; draw < kDraws; ++draw) {
    double total = 0.0, busiest = 0.0;
    for (long long rank = 0; rank < ranks; ++rank) {
      double load = 0.0;
      for (long long i = 0; i < local; ++i) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        const double u = static_cast<double>(state >> 11) * 0x1.0p-53;
        load += std::pow((std::pow(high, p) - std::pow(low, p)) * u + std::pow(low, p), 1.0 / p);
      }
      total += load;
      busiest = std::max(busiest, load);
    }
    sum += busiest * static_cast<double>(ranks) / total;
  }
  return sum / kDraws;
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

std::vector<AttentionRow> latent_attention_rows(const TableFiles& files) {
  std::vector<AttentionRow> rows;
  each_line(files, "context_mla", [&](const Line& line) {
    if (line.text("kv_cache_dtype") != "bfloat16" || line.whole("step") != 0 || line.whole("isl") < 128) return;
    AttentionShape s;
    s.batch = line.whole("batch_size");
    s.heads = s.kv_heads = line.whole("num_heads");
    s.q_len = s.kv_len = line.whole("isl");
    s.qk_dim = 192;
    s.v_dim = 128;
    rows.push_back({s, NumberFormat::Bf16, line.latency()});
  });
  return rows;
}

std::vector<ExpertRow> expert_rows(const TableFiles& files, const std::string& distribution) {
  std::map<std::tuple<double, long long, long long>, double> imbalances;
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
    if (distribution.rfind("power_law_", 0) == 0) {
      const auto key = std::make_tuple(s.tokens, s.experts, s.local);
      const auto [found, missing] = imbalances.emplace(key, 1.0);
      if (missing) {
        found->second =
            power_law_imbalance(std::stod(distribution.substr(10)), s.tokens, s.experts, s.experts / s.local);
      }
      s.imbalance = found->second;
    }
    rows.push_back({s, dtype == "fp8" ? NumberFormat::Fp8 : NumberFormat::Bf16, line.latency()});
  });
  return rows;
}

}  // namespace orrery::test
