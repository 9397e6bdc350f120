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

using Reader = std::function<void(const Cell&, MeasuredRow&)>;

Reader text(std::string MeasuredRow::*member) {
  return [member](const Cell& cell, MeasuredRow& row) { row.*member = std::string(cell.text); };
}
template <class Integer>
Reader whole_number(std::optional<Integer> MeasuredRow::*member, double least, double most) {
  return [=](const Cell& cell, MeasuredRow& row) { whole(cell, row.*member, least, most); };
}
Reader zero_or_one(std::optional<bool> MeasuredRow::*member) {
  return [member](const Cell& cell, MeasuredRow& row) { flag(cell, row.*member); };
}

void value(const Cell& cell, MeasuredRow& row) {
  if (cell.text.empty()) return cell.complain("`value` is blank", "what was measured");
  row.value = number(cell, 1e-9, 1e15).value_or(0);
}

void peak_tflops(const Cell& cell, MeasuredRow& row) {
  row.peak_tflops = number(cell, 1e-3, 1e7);
}

/// Every column, once: its name and what its cells may be.
struct Column {
  std::string name;
  Reader read;
};
const std::vector<Column>& column_table() {
  using Row = MeasuredRow;
  static const std::vector<Column> table = {{"id", text(&Row::id)},
                                            {"family", text(&Row::family)},
                                            {"source", text(&Row::source)},
                                            {"model", text(&Row::model)},
                                            {"layers", whole_number(&Row::layers, 1, 1e3)},
                                            {"hidden", whole_number(&Row::hidden, 1, 1e6)},
                                            {"heads", whole_number(&Row::heads, 1, 1e5)},
                                            {"kv_heads", whole_number(&Row::kv_heads, 1, 1e5)},
                                            {"ffn", whole_number(&Row::ffn, 1, 1e7)},
                                            {"vocab", whole_number(&Row::vocab, 1, 1e8)},
                                            {"seq", whole_number(&Row::seq, 1, 1e8)},
                                            {"experts", whole_number(&Row::experts, 0, 1e5)},
                                            {"topk", whole_number(&Row::topk, 0, 1e5)},
                                            {"gpu", text(&Row::gpu)},
                                            {"gpus_per_node", whole_number(&Row::gpus_per_node, 1, 1e5)},
                                            {"gpus", whole_number(&Row::gpus, 1, 1e8)},
                                            {"tp", whole_number(&Row::tp, 1, 1e5)},
                                            {"pp", whole_number(&Row::pp, 1, 1e5)},
                                            {"vpp", whole_number(&Row::vpp, 1, 1e4)},
                                            {"cp", whole_number(&Row::cp, 1, 1e5)},
                                            {"ep", whole_number(&Row::ep, 1, 1e5)},
                                            {"dp", whole_number(&Row::dp, 1, 1e7)},
                                            {"zero", whole_number(&Row::zero, 0, 3)},
                                            {"micro_batch", whole_number(&Row::micro_batch, 1, 1e6)},
                                            {"global_batch", whole_number(&Row::global_batch, 1, 1e10)},
                                            {"sequence_parallel", zero_or_one(&Row::sequence_parallel)},
                                            {"recompute", text(&Row::recompute)},
                                            {"precision", text(&Row::precision)},
                                            {"metric", metric},
                                            {"value", value},
                                            {"unit", text(&Row::unit)},
                                            {"group", text(&Row::group)},
                                            {"chip", text(&Row::chip)},
                                            {"framework", text(&Row::framework)},
                                            {"framework_date", text(&Row::framework_date)},
                                            {"task", text(&Row::task)},
                                            {"gated_mlp", zero_or_one(&Row::gated_mlp)},
                                            {"head_dim", whole_number(&Row::head_dim, 1, 1e5)},
                                            {"moe_routing", text(&Row::moe_routing)},
                                            {"attention_flops", attention_flops},
                                            {"peak_tflops", peak_tflops},
                                            {"notes", text(&Row::notes)}};
  return table;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

const std::vector<std::string>& measured_columns() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Column& column : column_table()) list.push_back(column.name);
    return list;
  }();
  return names;
}

MeasuredCells::MeasuredCells(const std::vector<std::string>& header, const Report& report) {
  const auto& known = measured_columns();
  std::vector<bool> seen(known.size(), false);
  std::vector<std::string> strangers;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto place = std::find(known.begin(), known.end(), trimmed(header[i]));
    if (place == known.end()) {
      positions_.push_back(-1);
      strangers.emplace_back(trimmed(header[i]));
      continue;
    }
    const auto index = static_cast<std::size_t>(place - known.begin());
    positions_.push_back(static_cast<int>(index));
    if (known[index] == "id") id_position_ = i;
    if (seen[index]) {
      report(i, fmt::format("column `{}` stands twice", known[index]), "remove one");
    }
    seen[index] = true;
  }
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (seen[i]) continue;
    const std::string near = did_you_mean(known[i], strangers);
    const auto place = std::find_if(header.begin(), header.end(), [&](const auto& h) { return trimmed(h) == near; });
    if (near.empty() || place == header.end()) {
      missing.push_back(known[i]);
    } else {
      report(static_cast<std::size_t>(place - header.begin()), fmt::format("unknown column `{}`", near),
             fmt::format("did you mean `{}`?", known[i]));
    }
  }
  if (missing.size() == 1) report(0, fmt::format("column `{}` is missing", missing.front()), "");
  if (missing.size() > 1) {
    report(0, fmt::format("{} columns are missing: {}", missing.size(), fmt::join(missing, ", ")),
           "docs/conventions.md tells what each holds; most cells may be blank");
  }
}

MeasuredRow MeasuredCells::row(const std::vector<std::string_view>& cells, const Report& report) const {
  MeasuredRow row;
  for (std::size_t i = 0; i < cells.size() && i < positions_.size(); ++i) {
    if (positions_[i] < 0) continue;
    const Column& column = column_table()[static_cast<std::size_t>(positions_[i])];
    const auto complain = [&report, i](std::string message, std::string hint) {
      report(i, std::move(message), std::move(hint));
    };
    column.read({column.name, trimmed(cells[i]), complain}, row);
  }
  return row;
}

}  // namespace orrery
