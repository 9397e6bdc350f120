#include "validate/measured_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace orrery {
namespace {

/// One cell while it is read: the column's name, its text, and how to complain about it.
struct Cell {
  const std::string& column;
  std::string_view text;
  std::function<void(std::string, std::string)> complain;
};

std::optional<double> number(const Cell& cell, double least, double most) {
  if (cell.text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(cell.text.data(), cell.text.data() + cell.text.size(), value);
  if (error != std::errc() || end != cell.text.data() + cell.text.size() || !std::isfinite(value)) {
    cell.complain(fmt::format("`{}` is not a number", cell.column), "a plain number, for example 12.5");
    return std::nullopt;
  }
  if (value < least || value > most) {
    cell.complain(fmt::format("`{}` is out of range", cell.column), fmt::format("between {:g} and {:g}", least, most));
    return std::nullopt;
  }
  return value;
}

/// A whole number; "8.0" counts, as tables written by other programs have it.
template <class Integer>
void whole(const Cell& cell, std::optional<Integer>& target, double least, double most) {
  const auto value = number(cell, least, most);
  if (!value) return;
  if (*value != std::floor(*value)) {
    cell.complain(fmt::format("`{}` is not a whole number", cell.column), "");
    return;
  }
  target = static_cast<Integer>(*value);
}

void flag(const Cell& cell, std::optional<bool>& target) {
  if (cell.text.empty()) return;
  if (cell.text == "1" || cell.text == "1.0" || cell.text == "true") {
    target = true;
  } else if (cell.text == "0" || cell.text == "0.0" || cell.text == "false") {
    target = false;
  } else {
    cell.complain(fmt::format("`{}` is neither 0 nor 1", cell.column), "0, 1 or blank");
  }
}

void metric(const Cell& cell, MeasuredRow& row) {
  std::vector<std::string> names;
  for (int m = 0; m <= static_cast<int>(Metric::PeakMemoryGib); ++m) {
    names.emplace_back(metric_name(static_cast<Metric>(m)));
    if (names.back() == cell.text) {
      row.metric = static_cast<Metric>(m);
      return;
    }
  }
  const std::string near = did_you_mean(cell.text, names);
  cell.complain(fmt::format("unknown metric `{}`", cell.text),
                near.empty() ? fmt::format("one of {}", fmt::join(names, ", ")) : "did you mean `" + near + "`?");
}

void attention_flops(const Cell& cell, MeasuredRow& row) {
  if (cell.text == "full") row.attention_flops = AttentionFlops::Full;
  if (cell.text == "causal") row.attention_flops = AttentionFlops::Causal;
  if (!cell.text.empty() && !row.attention_flops) {
    cell.complain(fmt::format("`attention_flops` is `{}`", cell.text), "`full`, `causal` or blank");
  }
}

/// Columns by kind; what is in none of these lists is handled by name.
struct TextColumn {
  const char* name;
  std::string MeasuredRow::*member;
};
struct WholeColumn {
  const char* name;
  std::optional<int> MeasuredRow::*member;
  double least, most;
};
const TextColumn kText[] = {{"id", &MeasuredRow::id},
                            {"family", &MeasuredRow::family},
                            {"source", &MeasuredRow::source},
                            {"model", &MeasuredRow::model},
                            {"gpu", &MeasuredRow::gpu},
                            {"recompute", &MeasuredRow::recompute},
                            {"precision", &MeasuredRow::precision},
                            {"unit", &MeasuredRow::unit},
                            {"group", &MeasuredRow::group},
                            {"chip", &MeasuredRow::chip},
                            {"framework", &MeasuredRow::framework},
                            {"framework_date", &MeasuredRow::framework_date},
                            {"task", &MeasuredRow::task},
                            {"moe_routing", &MeasuredRow::moe_routing},
                            {"notes", &MeasuredRow::notes}};
const WholeColumn kWhole[] = {{"layers", &MeasuredRow::layers, 1, 1e4},
                              {"hidden", &MeasuredRow::hidden, 1, 1e6},
                              {"heads", &MeasuredRow::heads, 1, 1e5},
                              {"kv_heads", &MeasuredRow::kv_heads, 1, 1e5},
                              {"ffn", &MeasuredRow::ffn, 1, 1e7},
                              {"vocab", &MeasuredRow::vocab, 1, 1e8},
                              {"seq", &MeasuredRow::seq, 1, 1e8},
                              {"experts", &MeasuredRow::experts, 0, 1e5},
                              {"topk", &MeasuredRow::topk, 0, 1e5},
                              {"gpus_per_node", &MeasuredRow::gpus_per_node, 1, 1e5},
                              {"tp", &MeasuredRow::tp, 1, 1e5},
                              {"pp", &MeasuredRow::pp, 1, 1e5},
                              {"vpp", &MeasuredRow::vpp, 1, 1e4},
                              {"cp", &MeasuredRow::cp, 1, 1e5},
                              {"ep", &MeasuredRow::ep, 1, 1e5},
                              {"dp", &MeasuredRow::dp, 1, 1e7},
                              {"zero", &MeasuredRow::zero, 0, 3},
                              {"micro_batch", &MeasuredRow::micro_batch, 1, 1e6},
                              {"head_dim", &MeasuredRow::head_dim, 1, 1e5}};

void read_cell(const Cell& cell, MeasuredRow& row) {
  for (const TextColumn& column : kText) {
    if (cell.column == column.name) {
      row.*column.member = std::string(cell.text);
      return;
    }
  }
  for (const WholeColumn& column : kWhole) {
    if (cell.column == column.name) return whole(cell, row.*column.member, column.least, column.most);
  }
  if (cell.column == "gpus") return whole(cell, row.gpus, 1, 1e8);
  if (cell.column == "global_batch") return whole(cell, row.global_batch, 1, 1e10);
  if (cell.column == "sequence_parallel") return flag(cell, row.sequence_parallel);
  if (cell.column == "gated_mlp") return flag(cell, row.gated_mlp);
  if (cell.column == "metric") return metric(cell, row);
  if (cell.column == "attention_flops") return attention_flops(cell, row);
  if (cell.column == "peak_tflops") {
    row.peak_tflops = number(cell, 1e-3, 1e7);
    return;
  }
  if (cell.column == "value") {
    if (cell.text.empty()) return cell.complain("`value` is blank", "what was measured");
    row.value = number(cell, 1e-9, 1e15).value_or(0);
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

const std::vector<std::string>& measured_columns() {
  static const std::vector<std::string> columns = {"id",
                                                   "family",
                                                   "source",
                                                   "model",
                                                   "layers",
                                                   "hidden",
                                                   "heads",
                                                   "kv_heads",
                                                   "ffn",
                                                   "vocab",
                                                   "seq",
                                                   "experts",
                                                   "topk",
                                                   "gpu",
                                                   "gpus_per_node",
                                                   "gpus",
                                                   "tp",
                                                   "pp",
                                                   "vpp",
                                                   "cp",
                                                   "ep",
                                                   "dp",
                                                   "zero",
                                                   "micro_batch",
                                                   "global_batch",
                                                   "sequence_parallel",
                                                   "recompute",
                                                   "precision",
                                                   "metric",
                                                   "value",
                                                   "unit",
                                                   "group",
                                                   "chip",
                                                   "framework",
                                                   "framework_date",
                                                   "task",
                                                   "gated_mlp",
                                                   "head_dim",
                                                   "moe_routing",
                                                   "attention_flops",
                                                   "peak_tflops",
                                                   "notes"};
  return columns;
}

MeasuredCells::MeasuredCells(const std::vector<std::string>& header, const Report& report) {
  const auto& known = measured_columns();
  std::vector<bool> seen(known.size(), false);
  std::vector<std::string> strangers;
  complete_ = true;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto place = std::find(known.begin(), known.end(), trimmed(header[i]));
    if (place == known.end()) {
      positions_.push_back(-1);
      strangers.emplace_back(trimmed(header[i]));
      continue;
    }
    const auto index = static_cast<std::size_t>(place - known.begin());
    positions_.push_back(static_cast<int>(index));
    if (seen[index]) {
      report(i, fmt::format("column `{}` stands twice", known[index]), "remove one");
      complete_ = false;
    }
    seen[index] = true;
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (seen[i]) continue;
    complete_ = false;
    const std::string near = did_you_mean(known[i], strangers);
    const auto place = std::find_if(header.begin(), header.end(), [&](const auto& h) { return trimmed(h) == near; });
    if (near.empty() || place == header.end()) {
      report(0, fmt::format("column `{}` is missing", known[i]), "");
    } else {
      report(static_cast<std::size_t>(place - header.begin()), fmt::format("unknown column `{}`", near),
             fmt::format("did you mean `{}`?", known[i]));
    }
  }
}

MeasuredRow MeasuredCells::row(const std::vector<std::string>& cells, const Report& report) const {
  MeasuredRow row;
  for (std::size_t i = 0; i < cells.size() && i < positions_.size(); ++i) {
    if (positions_[i] < 0) continue;
    const std::string& column = measured_columns()[static_cast<std::size_t>(positions_[i])];
    read_cell({column, trimmed(cells[i]),
               [&report, i](std::string message, std::string hint) { report(i, std::move(message), std::move(hint)); }},
              row);
  }
  return row;
}

}  // namespace orrery
