#include "step/kernels/fit_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace orrery {
namespace {

constexpr double kCut = 0.7;
constexpr Flops kLarge(20e9);
constexpr double kLargeWeight = 0.65;

/// A constant under search: where it lives (as a bare number in `scale` units) and its bounds.
struct Parameter {
  std::function<void(KernelFit&, double)> set;
  double start, low, high;
};

using Point = std::vector<double>;

/// Nelder and Mead (1965) with the usual coefficients.
Point minimize(const std::function<double(const Point&)>& loss, Point start, double edge, int evaluations) {
  struct Vertex {
    Point at;
    double value;
  };
  std::vector<Vertex> simplex;
  simplex.push_back({start, loss(start)});
  for (std::size_t i = 0; i < start.size(); ++i) {
    Point moved = start;
    moved[i] += edge;
    simplex.push_back({moved, loss(moved)});
  }
  int used = static_cast<int>(simplex.size());
  const auto better = [](const Vertex& a, const Vertex& b) { return a.value < b.value; };
  while (used < evaluations) {
    std::stable_sort(simplex.begin(), simplex.end(), better);
    Vertex& worst = simplex.back();
    if (worst.value - simplex.front().value < 1e-7) break;
    Point centre(start.size(), 0.0);
    for (std::size_t v = 0; v + 1 < simplex.size(); ++v) {
      for (std::size_t i = 0; i < centre.size(); ++i) {
        centre[i] += simplex[v].at[i] / static_cast<double>(simplex.size() - 1);
      }
    }
    const auto along = [&](double factor) {
      Vertex vertex{centre, 0.0};
      for (std::size_t i = 0; i < centre.size(); ++i) vertex.at[i] += factor * (worst.at[i] - centre[i]);
      vertex.value = loss(vertex.at);
      ++used;
      return vertex;
    };
    const Vertex reflected = along(-1.0);
    if (reflected.value < simplex.front().value) {
      const Vertex expanded = along(-2.0);
      worst = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < simplex[simplex.size() - 2].value) {
      worst = reflected;
    } else {
      const Vertex contracted = reflected.value < worst.value ? along(-0.5) : along(0.5);
      if (contracted.value < std::min(worst.value, reflected.value)) {
        worst = contracted;
      } else {
        for (std::size_t v = 1; v < simplex.size(); ++v) {
          for (std::size_t i = 0; i < start.size(); ++i) {
            simplex[v].at[i] = 0.5 * (simplex[v].at[i] + simplex[0].at[i]);
          }
          simplex[v].value = loss(simplex[v].at);
          ++used;
        }
      }
    }
  }
  return std::min_element(simplex.begin(), simplex.end(), better)->at;
}

/// Every n-th row, so that about `most` stay.
template <typename Row>
std::vector<Row> thinned(const std::vector<Row>& rows, std::size_t most) {
  std::vector<Row> kept;
  const double stride = std::max(1.0, static_cast<double>(rows.size()) / static_cast<double>(most));
  for (double next = 0.0; next < static_cast<double>(rows.size()); next += stride) {
    kept.push_back(rows[static_cast<std::size_t>(next)]);
  }
  return kept;
}

template <typename Row>
double mean_loss(const std::vector<Row>& rows, const Chip& chip, const TableOverhead& overhead) {
  if (rows.empty()) return 0.0;
  double sum = 0.0;
  for (const Row& row : rows) {
    sum += std::min(kCut, std::abs(std::log(predict(row, chip, overhead) / row.measured)));
  }
  return sum / static_cast<double>(rows.size());
}

void search(const std::vector<Parameter>& parameters, KernelFit& fit, const std::function<double()>& loss) {
  Point start;
  for (const Parameter& p : parameters) start.push_back(std::log(std::clamp(p.start, p.low, p.high)));
  const auto apply = [&](const Point& at) {
    double outside = 0.0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double inside = std::clamp(at[i], std::log(parameters[i].low), std::log(parameters[i].high));
      outside += std::abs(at[i] - inside);
      parameters[i].set(fit, std::exp(inside));
    }
    return outside;
  };
  const auto evaluate = [&](const Point& at) {
    const double outside = apply(at);
    return loss() + 10.0 * outside;
  };
  const int evaluations = 120 * static_cast<int>(parameters.size());
  for (const double edge : {0.4, 0.2, 0.1}) start = minimize(evaluate, start, edge, evaluations);
  apply(start);
  fit.loss = loss();
}

struct FormatRows {
  std::vector<GemmRow> large, small;
  TableOverhead KernelFit::*overhead;
};

std::vector<FormatRows> by_format(const std::vector<GemmRow>& rows, std::size_t most) {
  std::vector<FormatRows> formats;
  using Entry = std::pair<NumberFormat, TableOverhead KernelFit::*>;
  for (const auto& [format, overhead] :
       {Entry{NumberFormat::Bf16, &KernelFit::gemm_bf16}, Entry{NumberFormat::Fp8, &KernelFit::gemm_fp8},
        Entry{NumberFormat::Fp4, &KernelFit::gemm_fp4}}) {
    FormatRows of{{}, {}, overhead};
    for (const GemmRow& row : rows) {
      if (row.format != format || !in_fit_half(row)) continue;
      (gemm_flops(row.shape) > kLarge ? of.large : of.small).push_back(row);
    }
    of.large = thinned(of.large, most / 2);
    of.small = thinned(of.small, most / 2);
    if (!of.large.empty() || !of.small.empty()) formats.push_back(std::move(of));
  }
  return formats;
}

void fit_gemm(const std::vector<FormatRows>& formats, Chip chip, KernelFit& fit) {
  const ChipCalibration& c = fit.calibration;
  std::vector<Parameter> parameters = {
      {[](KernelFit& f, double x) { f.calibration.k_loop_fill = x; }, c.k_loop_fill, 5, 1500},
      {[](KernelFit& f, double x) { f.calibration.wave_weight = x; }, c.wave_weight, 0.01, 1},
      {[](KernelFit& f, double x) { f.calibration.operand_bytes_per_flop = x; }, c.operand_bytes_per_flop, 0.005, 0.2},
      {[](KernelFit& f, double x) { f.calibration.memory_efficiency = x; }, c.memory_efficiency, 0.4, 1},
      {[](KernelFit& f, double x) { f.calibration.kernel_latency = Seconds(x * 1e-6); }, c.kernel_latency.raw() * 1e6,
       0.5, 20},
  };
  for (const FormatRows& of : formats) {
    TableOverhead KernelFit::*at = of.overhead;
    if (at == &KernelFit::gemm_bf16) {
      parameters.push_back(
          {[](KernelFit& f, double x) { f.calibration.tensor_efficiency = x; }, c.tensor_efficiency, 0.3, 1});
      continue;
    }
    if (at == &KernelFit::gemm_fp8) {
      parameters.push_back(
          {[](KernelFit& f, double x) { f.calibration.tensor_efficiency_fp8 = x; }, c.tensor_efficiency_fp8, 0.3, 1});
    } else {
      parameters.push_back(
          {[](KernelFit& f, double x) { f.calibration.tensor_efficiency_fp4 = x; }, c.tensor_efficiency_fp4, 0.3, 1});
    }
    parameters.push_back({[at](KernelFit& f, double x) { (f.*at).latency = Seconds(x * 1e-6); }, 3, 0.01, 100});
    parameters.push_back({[at](KernelFit& f, double x) { (f.*at).cast_row = Seconds(x * 1e-9); }, 2, 0.01, 50});
    parameters.push_back({[at](KernelFit& f, double x) { (f.*at).cast_chunk = Seconds(x * 1e-9); }, 3, 0.01, 50});
  }
  search(parameters, fit, [&] {
    chip.calibration = fit.calibration;
    double sum = 0.0;
    for (const FormatRows& of : formats) {
      sum += kLargeWeight * mean_loss(of.large, chip, fit.*of.overhead) +
             (1.0 - kLargeWeight) * mean_loss(of.small, chip, fit.*of.overhead);
    }
    return sum / static_cast<double>(formats.size());
  });
}

void fit_experts(const std::vector<ExpertRow>& rows, Chip chip, KernelFit& fit) {
  const std::vector<Parameter> parameters = {
      {[](KernelFit& f, double x) { f.calibration.grouped_efficiency = x; }, fit.calibration.grouped_efficiency, 0.2,
       1},
      {[](KernelFit& f, double x) { f.experts.latency = Seconds(x * 1e-6); }, 20, 0.01, 200},
  };
  double best = 0.0;
  for (const bool remote : {true, false}) {
    KernelFit trial = fit;
    trial.experts.remote_copies = remote;
    search(parameters, trial, [&] {
      chip.calibration = trial.calibration;
      return mean_loss(rows, chip, trial.experts);
    });
    if (remote || trial.loss < best) {
      best = trial.loss;
      fit.calibration.grouped_efficiency = trial.calibration.grouped_efficiency;
      fit.experts = trial.experts;
    }
  }
  fit.loss = best;
}

void fit_attention(const std::vector<AttentionRow>& rows, Chip chip, KernelFit& fit) {
  const ChipCalibration& c = fit.calibration;
  std::vector<Parameter> parameters = {
      {[](KernelFit& f, double x) { f.calibration.attention_efficiency = x; }, c.attention_efficiency, 0.3, 1},
      {[](KernelFit& f, double x) { f.calibration.attention_block_latency = Seconds(x * 1e-6); },
       c.attention_block_latency.raw() * 1e6, 0.05, 20},
      {[](KernelFit& f, double x) { f.attention.latency = Seconds(x * 1e-6); }, 5, 0.01, 30},
  };
  // One width cannot tell products from softmax: the share of softmax then stays.
  const bool widths = std::any_of(
      rows.begin(), rows.end(), [&](const AttentionRow& row) { return row.shape.qk_dim != rows.front().shape.qk_dim; });
  if (widths) {
    parameters.push_back({[](KernelFit& f, double x) { f.calibration.attention_softmax_flops = x; },
                          c.attention_softmax_flops, 1, 1000});
  }
  search(parameters, fit, [&] {
    chip.calibration = fit.calibration;
    return mean_loss(rows, chip, fit.attention);
  });
}

}  // namespace

KernelFit fit_kernels(const KernelTable& table, const Chip& chip, std::size_t rows_per_table) {
  KernelFit fit;
  fit.calibration = chip.calibration;
  double loss = 0.0;
  int parts = 0;
  const std::vector<FormatRows> formats = by_format(table.gemm, rows_per_table);
  if (!formats.empty()) {
    // The loss has two valleys, supply-bound and compute-bound tiles: search from both, keep the better.
    KernelFit other = fit;
    other.calibration.operand_bytes_per_flop = 0.014;
    other.calibration.tensor_efficiency = 0.95;
    fit.calibration.operand_bytes_per_flop = 0.04;
    fit_gemm(formats, chip, fit);
    fit_gemm(formats, chip, other);
    if (other.loss < fit.loss) fit = other;
    loss += fit.loss;
    ++parts;
  }
  std::vector<AttentionRow> rows;
  for (const AttentionRow& row : table.attention) {
    // Widths of 128 to 256 without a window: what large models use. Others run kernels of their own on some chips.
    const AttentionShape& s = row.shape;
    if (in_fit_half(row) && s.window == 0 && s.qk_dim >= 128 && s.qk_dim <= 256) rows.push_back(row);
  }
  rows = thinned(rows, rows_per_table);
  if (!rows.empty()) {
    fit_attention(rows, chip, fit);
    loss += fit.loss;
    ++parts;
  }
  std::vector<ExpertRow> experts;
  for (const ExpertRow& row : table.experts) {
    if (in_fit_half(row) && row.format == NumberFormat::Bf16) experts.push_back(row);
  }
  experts = thinned(experts, rows_per_table);
  if (!experts.empty()) {
    fit_experts(experts, chip, fit);
    loss += fit.loss;
    ++parts;
  }
  fit.loss = parts > 0 ? loss / parts : 0.0;
  return fit;
}

}  // namespace orrery
