#include "validate/measured_cells.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace orrery {
namespace {

using Cell = TableCell;

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

RowColumn<MeasuredRow> zero_or_one(std::string name, std::optional<bool> MeasuredRow::*member) {
  return {std::move(name), [member](const Cell& cell, MeasuredRow& row) { flag(cell, row.*member); }};
}

void value(const Cell& cell, MeasuredRow& row) {
  if (cell.text.empty()) return cell.complain("`value` is blank", "what was measured");
  row.value = number_cell(cell, 1e-9, 1e15).value_or(0);
}

void peak_tflops(const Cell& cell, MeasuredRow& row) {
  row.peak_tflops = number_cell(cell, 1e-3, 1e7);
}

}  // namespace

const std::vector<RowColumn<MeasuredRow>>& measured_column_table() {
  using Row = MeasuredRow;
  static const std::vector<RowColumn<MeasuredRow>> table = {text_column("id", &Row::id),
                                                            text_column("family", &Row::family),
                                                            text_column("source", &Row::source),
                                                            text_column("model", &Row::model),
                                                            whole_column("layers", &Row::layers, 1, 1e3),
                                                            whole_column("hidden", &Row::hidden, 1, 1e6),
                                                            whole_column("heads", &Row::heads, 1, 1e5),
                                                            whole_column("kv_heads", &Row::kv_heads, 1, 1e5),
                                                            whole_column("ffn", &Row::ffn, 1, 1e7),
                                                            whole_column("vocab", &Row::vocab, 1, 1e8),
                                                            whole_column("seq", &Row::seq, 1, 1e8),
                                                            whole_column("experts", &Row::experts, 0, 1e5),
                                                            whole_column("topk", &Row::topk, 0, 1e5),
                                                            text_column("gpu", &Row::gpu),
                                                            whole_column("gpus_per_node", &Row::gpus_per_node, 1, 1e5),
                                                            whole_column("gpus", &Row::gpus, 1, 1e8),
                                                            whole_column("tp", &Row::tp, 1, 1e5),
                                                            whole_column("pp", &Row::pp, 1, 1e5),
                                                            whole_column("vpp", &Row::vpp, 1, 1e4),
                                                            whole_column("cp", &Row::cp, 1, 1e5),
                                                            whole_column("ep", &Row::ep, 1, 1e5),
                                                            whole_column("dp", &Row::dp, 1, 1e7),
                                                            whole_column("zero", &Row::zero, 0, 3),
                                                            whole_column("micro_batch", &Row::micro_batch, 1, 1e6),
                                                            whole_column("global_batch", &Row::global_batch, 1, 1e10),
                                                            zero_or_one("sequence_parallel", &Row::sequence_parallel),
                                                            text_column("recompute", &Row::recompute),
                                                            text_column("precision", &Row::precision),
                                                            {"metric", metric},
                                                            {"value", value},
                                                            text_column("unit", &Row::unit),
                                                            text_column("group", &Row::group),
                                                            text_column("chip", &Row::chip),
                                                            text_column("framework", &Row::framework),
                                                            text_column("framework_date", &Row::framework_date),
                                                            text_column("task", &Row::task),
                                                            zero_or_one("gated_mlp", &Row::gated_mlp),
                                                            whole_column("head_dim", &Row::head_dim, 1, 1e5),
                                                            text_column("moe_routing", &Row::moe_routing),
                                                            {"attention_flops", attention_flops},
                                                            {"peak_tflops", peak_tflops},
                                                            text_column("notes", &Row::notes)};
  return table;
}

const std::vector<std::string>& measured_columns() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const RowColumn<MeasuredRow>& column : measured_column_table()) list.push_back(column.name);
    return list;
  }();
  return names;
}

}  // namespace orrery
