#include "validate/collective_meaning.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "validate/collective_machine.hpp"

namespace orrery {
namespace {

/// [F] What a launch from the host adds where a loop is timed: eight H200 against the same without launches.
constexpr Seconds kHostLaunch{15e-6};
/// Size of the long messages that a peak stands for.
constexpr Bytes kLongMessage{16.0 * 1024 * 1024 * 1024};
/// DeepEP's README: tokens of a rank, values of a token, experts a token.
constexpr double kTokens = 8192, kHidden = 7168;
constexpr int kExpertsOfToken = 8, kExperts = 256;

bool is_exchange_of_experts(const CollectiveRow& row) {
  return row.collective.starts_with("moe");
}

Collective collective_of(const std::string& name) {
  if (name == "all_gather") return Collective::AllGather;
  if (name == "reduce_scatter") return Collective::ReduceScatter;
  if (name == "all_to_all") return Collective::AllToAll;
  if (name == "sendrecv") return Collective::SendReceive;
  if (name == "broadcast") return Collective::Broadcast;
  return Collective::AllReduce;
}

/// Parts of the notes between commas and semicolons.
std::vector<std::string> remarks(const std::string& notes) {
  std::vector<std::string> parts(1);
  for (const char c : notes) {
    if (c == ',' || c == ';') {
      parts.emplace_back();
    } else if (c != ' ' || !parts.back().empty()) {
      parts.back() += c;
    }
  }
  return parts;
}

std::string forced_algorithm(const std::string& notes) {
  for (std::string part : remarks(notes)) {
    if (part.starts_with("ALGO=")) part = part.substr(5);
    if (part.starts_with("NCCL_ALGO=")) part = part.substr(10);
    if (part == "Ring") return "ring";
    if (part == "Tree") return "tree";
    if (part == "NVLS" || part == "NVLSTree") return part;
    if (says(part, "NVLS_ENABLE=0")) return "ring";
  }
  return "";
}

/// The number before a word of the notes ("4096 tokens"), or behind it ("top-8"); 0 where it is not there.
double number_before(const std::string& notes, const std::string& word) {
  const std::size_t at = notes.find(" " + word);
  if (at == std::string::npos) return 0;
  std::size_t from = at;
  while (from > 0 && at - from < 9 && std::isdigit(static_cast<unsigned char>(notes[from - 1])) != 0) --from;
  double value = 0;
  for (std::size_t i = from; i < at; ++i) value = 10 * value + (notes[i] - '0');
  return value;
}
int number_behind(const std::string& notes, const std::string& word) {
  const std::size_t at = notes.find(word);
  int value = 0;
  for (std::size_t i = at == std::string::npos ? notes.size() : at + word.size(); i < notes.size() && value < 1000;
       ++i) {
    if (std::isdigit(static_cast<unsigned char>(notes[i])) == 0) break;
    value = 10 * value + (notes[i] - '0');
  }
  return value;
}

void exchange_of_experts(const CollectiveRow& row, CollectiveMeaning& meaning) {
  ExpertExchange exchange;
  exchange.low_latency = says(row.notes, "low-latency") || says(row.notes, "low latency");
  const auto taken = [&](double stated, double usual, const char* what) {
    if (stated > 0) return stated;
    meaning.fills.emplace_back(what, std::to_string(static_cast<long long>(usual)));
    return usual;
  };
  exchange.tokens = taken(number_before(row.notes, "tokens"), kTokens, "tokens");
  const double hidden = taken(number_before(row.notes, "hidden"), kHidden, "hidden");
  exchange.chosen = static_cast<int>(taken(number_behind(row.notes, "top-"), kExpertsOfToken, "top-k"));
  // Rows state the experts of a token, not all; 256 as in DeepSeek-V3, or one a rank where there are more.
  exchange.experts = std::max(kExperts, meaning.group.ranks);
  exchange.chosen = std::min(exchange.chosen, exchange.experts);
  const bool fp8 = says(row.notes, "fp8") || (row.collective == "moe_dispatch" && !says(row.notes, "bf16"));
  // FP8 brings a scale of four bytes for 128 values.
  exchange.token_bytes = hidden * (fp8 ? 1 + 4.0 / 128 : 2.0);
  meaning.experts = exchange;
  const ExpertSpread spread = expert_spread(meaning.group, exchange);
  const double copies = exchange.low_latency            ? exchange.chosen
                        : says(row.notes, "rdma")       ? spread.domains
                        : meaning.group.spans_domains() ? spread.domains
                                                        : spread.ranks;
  meaning.payload = Bytes(exchange.tokens * exchange.token_bytes * copies);
}

}  // namespace

std::pair<std::string, double> stated_figure(const CollectiveRow& row) {
  if (row.time_us) return {kTimeMetric, *row.time_us};
  if (row.bus_bandwidth.value_or(0) > 0) return {kBusMetric, *row.bus_bandwidth};
  if (row.algorithm_bandwidth.value_or(0) > 0) return {kAlgorithmMetric, *row.algorithm_bandwidth};
  return {};
}

Expected<CollectiveMeaning, std::string> interpret_collective(const CollectiveRow& row, const RowPresets& presets) {
  CollectiveMeaning meaning;
  const auto [metric, figure] = stated_figure(row);
  if (metric.empty()) return Unexpected<std::string>("neither time nor bandwidth stated");
  if (says(row.notes, "badly tuned")) return Unexpected<std::string>("the source calls it badly tuned");
  if (std::string reason = collective_machine(row, presets, meaning); !reason.empty())
    return Unexpected<std::string>(std::move(reason));

  double counted = 1;  // bytes of the stated bandwidth over the payload
  if (is_exchange_of_experts(row)) {
    exchange_of_experts(row, meaning);
  } else {
    meaning.collective = collective_of(row.collective);
    meaning.algorithm = forced_algorithm(row.notes);
    meaning.payload = Bytes(row.bytes.value_or(0));
    if (!row.bytes) {
      meaning.payload = kLongMessage;
      meaning.fills.emplace_back("bytes", "16 GiB: a peak");
    }
    counted = bus_factor(meaning.collective, meaning.group.ranks);
    if (!says(row.notes, "graph")) meaning.host = kHostLaunch;
  }
  const double gigabytes = figure * 1e9;
  meaning.measured = metric == kTimeMetric  ? Seconds(figure * 1e-6)
                     : metric == kBusMetric ? counted * meaning.payload / BytesPerSecond(gigabytes)
                                            : meaning.payload / BytesPerSecond(gigabytes);
  return meaning;
}

}  // namespace orrery
