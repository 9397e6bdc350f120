#include "report/step_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "step/layout.hpp"
#include "step/step_fields.hpp"

namespace orrery {
namespace {

std::string interval_text(const StepResult& result) {
  if (result.low == result.high) return "";
  return fmt::format(", 80 % interval {} to {}", format_time(result.low), format_time(result.high));
}

std::string memory_text(const StepResult& result) {
  return fmt::format("{} of {}", format_bytes(result.peak_memory()), format_bytes(result.memory_budget));
}

std::string machine_text(const StepSpec& spec) {
  return fmt::format("{} on {} x {}", spec.model.name, format_count(spec.cluster.chips), spec.cluster.chip.name);
}

/// The layout as [layout] of a scenario says it, under the same keys.
Object layout_object(const Layout& layout) {
  Object object;
  const Value table = layout_schema().write(layout);
  for (const Value::Entry& entry : *table.table()) {
    if (const auto* whole = entry.value.integer()) object.entries.emplace_back(entry.key, count(*whole));
    if (const auto* truth = entry.value.boolean()) object.entries.emplace_back(entry.key, *truth);
    if (const auto* text = entry.value.string()) object.entries.emplace_back(entry.key, *text);
  }
  return object;
}

/// Rounding leaves 1e-16 of a step where nothing is.
Seconds without_rounding(Seconds part, Seconds step) {
  return part < 1e-12 * step ? Seconds{} : part;
}

/// A layout as text and as an object, under `key` and `key_table`.
void add_layout(const std::string& key, const Layout& layout, Document& document) {
  document.fields.push_back({key, "", describe(layout)});
  document.fields.push_back({key + "_table", "", layout_object(layout)});
}

Parts breakdown_parts(const StepResult& result) {
  Parts parts{"breakdown", "where the time goes", figure(result.step_time), {}};
  for (std::size_t i = 0; i < kPartCount; ++i) {
    const Part part = static_cast<Part>(i);
    parts.parts.emplace_back(part_name(part), figure(without_rounding(result.breakdown[part], result.step_time)));
  }
  return parts;
}

Parts memory_parts(const StepResult& result) {
  const auto largest =
      std::max_element(result.memory.begin(), result.memory.end(),
                       [](const StageMemory& a, const StageMemory& b) { return a.total() < b.total(); });
  const auto stage = largest - result.memory.begin();
  Parts parts{"memory",
              result.memory.size() > 1 ? fmt::format("memory of stage {}, the fullest", stage) : "memory",
              figure(largest->total()),
              {}};
  for (const auto& [name, bytes] : {std::pair{"weights", largest->weights},
                                    {"gradients", largest->gradients},
                                    {"optimizer", largest->optimizer},
                                    {"activations", largest->activations},
                                    {"logits and loss", largest->head},
                                    {"buffers", largest->buffers},
                                    {"allocator reserve", largest->reserve},
                                    {"driver and network", largest->overhead}}) {
    parts.parts.emplace_back(name, figure(bytes));
  }
  return parts;
}

Table stage_table(const StepResult& result) {
  Table table{"stages",
              "Memory by pipeline stage",
              {{"stage", "stage"},
               {"weights", "weights"},
               {"gradients", "gradients"},
               {"optimizer", "optimizer"},
               {"activations", "activations"},
               {"logits_and_loss", "logits and loss"},
               {"buffers", "buffers"},
               {"allocated", "allocated"},
               {"reserved", "reserved"},
               {"total", "total"}},
              {},
              "",
              true};
  for (std::size_t stage = 0; stage < result.memory.size(); ++stage) {
    const StageMemory& m = result.memory[stage];
    table.rows.push_back({count(static_cast<long long>(stage)), figure(m.weights), figure(m.gradients),
                          figure(m.optimizer), figure(m.activations), figure(m.head), figure(m.buffers),
                          figure(m.allocated()), figure(m.reserved()), figure(m.total())});
  }
  return table;
}

/// Measurements near the question, with the model's errors on them.
void add_nearby(const StepContext& context, Document& document) {
  if (context.nearby.empty()) return;
  std::vector<double> errors;
  Table table{"nearest",
              "Nearest published measurements",
              {{"id", "measurement"},
               {"model", "model"},
               {"chip", "chip"},
               {"chips", "chips"},
               {"precision", "precision"},
               {"measured", "measured"},
               {"predicted", "predicted"},
               {"relative_error", "error"},
               {"source", "source"}},
              {},
              "",
              true};
  for (const NearbyRow& near : context.nearby) {
    const MeasuredRow& row = near.reference->row;
    errors.push_back(std::abs(near.score.relative_error));
    table.rows.push_back({row.id, row.model, row.chip, count(row.gpus.value_or(0)), row.precision,
                          figure(Seconds(near.score.measured_base)), figure(Seconds(near.score.predicted_base)),
                          signed_fraction(near.score.relative_error), row.source});
  }
  std::sort(errors.begin(), errors.end());
  document.notes.push_back(
      fmt::format("like the {} nearest published runs: median error {:.0f} %, worst {:.0f} % "
                  "(--explain shows them)",
                  errors.size(), 100 * errors[errors.size() / 2], 100 * errors.back()));
  document.tables.push_back(std::move(table));
}

void add_assumptions(const std::vector<std::string>& assumptions, Document& document) {
  if (assumptions.empty()) return;
  document.notes.push_back(fmt::format("assumed: {}", fmt::join(assumptions, "; ")));
}

void add_result_fields(const StepSpec& spec, const StepResult& result, Document& document) {
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("step_time", figure(result.step_time));
  silent("low", figure(result.low));
  silent("high", figure(result.high));
  silent("regime", std::string(regime_name(result.regime)));
  silent("mfu_full_attention", fraction(result.mfu_full));
  silent("mfu_causal_attention", fraction(result.mfu_causal));
  silent("hfu_full_attention", fraction(result.hfu));
  silent("peak", figure(result.peak));
  silent("tokens_per_second", number(result.tokens_per_second()));
  silent("tokens_per_second_per_chip", number(result.tokens_per_second() / static_cast<double>(spec.cluster.chips)));
  silent("peak_memory", figure(result.peak_memory()));
  silent("memory_budget", figure(result.memory_budget));
  silent("fits", result.fits());
  add_layout("layout", spec.layout, document);
}

/// A terminal shows the exchange of experts where there are any.
std::vector<Column> layout_columns(const StepSpec& spec) {
  const char* expert_title = spec.model.experts ? "ep comm" : "";
  return {{"layout", "layout"},   {"layout_table", ""}, {"step_time", "step"},  {"mfu", "MFU"},
          {"memory", "memory"},   {"bubble", "bubble"}, {"tp_comm", "tp comm"}, {"ep_comm", expert_title},
          {"dp_comm", "dp comm"}, {"low", "low"},       {"high", "high"}};
}

std::vector<Cell> layout_row(const PlannedLayout& planned) {
  const StepResult& r = planned.result;
  const auto share = [&](Seconds part) { return fraction(without_rounding(part, r.step_time) / r.step_time); };
  return {describe(planned.layout),
          layout_object(planned.layout),
          figure(r.step_time),
          fraction(r.mfu_full),
          figure(r.peak_memory()),
          share(r.breakdown[Part::Bubble] + r.breakdown[Part::PipelineComm]),
          share(r.breakdown[Part::TensorComm]),
          share(r.breakdown[Part::ExpertComm]),
          share(r.breakdown[Part::DataComm]),
          figure(r.low),
          figure(r.high)};
}

Table alternatives_table(const Plan& plan) {
  Table table{"alternatives",
              "Why not another degree? The best layout with each",
              {{"", "with"},
               {"axis", ""},
               {"value", ""},
               {"", "outcome"},
               {"fits", ""},
               {"slowdown", ""},
               {"memory", ""},
               {"layout", "best layout with it"},
               {"layout_table", ""}},
              {},
              ""};
  for (const Alternative& other : plan.alternatives) {
    const Bytes memory = other.candidate.cost.memory;
    const std::string outcome = other.fits ? fmt::format("{:+.1f} % step time", 100 * other.slowdown)
                                           : fmt::format("does not fit: {}", format_bytes(memory));
    const std::size_t equals = other.axis.find('=');
    table.rows.push_back({other.axis, other.axis.substr(0, equals), count(std::stoll(other.axis.substr(equals + 1))),
                          outcome, other.fits, other.fits ? Cell{signed_fraction(other.slowdown)} : Cell{},
                          figure(memory), describe(other.candidate.layout), layout_object(other.candidate.layout)});
  }
  return table;
}

}  // namespace

Document step_document(const StepSpec& spec, const StepResult& result, const StepContext& context) {
  Document document;
  document.command = "step";
  const std::string time = fmt::format("{} a step{}, {} MFU", format_time(result.step_time), interval_text(result),
                                       format_percent(result.mfu_full));
  document.breakdowns = {breakdown_parts(result), memory_parts(result)};
  if (result.fits()) {
    document.answer.push_back(fmt::format("{}: {}", time, machine_text(spec)));
    document.answer.push_back(fmt::format("{}; {} a chip", describe(spec.layout), memory_text(result)));
  } else {
    document.answer.push_back(fmt::format("does not fit: {} needed, {} a chip: {}", format_bytes(result.peak_memory()),
                                          format_bytes(result.memory_budget), machine_text(spec)));
    document.answer.push_back(fmt::format("{}; with enough memory {}", describe(spec.layout), time));
    std::swap(document.breakdowns.front(), document.breakdowns.back());
  }
  add_result_fields(spec, result, document);
  document.tables.push_back(stage_table(result));
  document.notes.push_back(fmt::format(
      "MFU {} with full attention and {} with its causal half, of a dense peak of {} a chip; {} tokens/s, {} a chip",
      format_percent(result.mfu_full), format_percent(result.mfu_causal), format_flop_rate(result.peak),
      format_count(std::llround(result.tokens_per_second())),
      format_count(std::llround(result.tokens_per_second() / static_cast<double>(spec.cluster.chips)))));
  add_nearby(context, document);
  add_assumptions(context.assumptions, document);
  return document;
}

Document plan_document(const StepSpec& spec, const Plan& plan, const StepContext& context) {
  const PlannedLayout& best = plan.best.front();
  StepSpec chosen = spec;
  chosen.layout = best.layout;
  Document document;
  document.command = "plan";
  document.answer.push_back(fmt::format("{} a step{}, {} MFU: {}", format_time(best.result.step_time),
                                        interval_text(best.result), format_percent(best.result.mfu_full),
                                        machine_text(spec)));
  document.answer.push_back(fmt::format("{}; {} a chip", describe(best.layout), memory_text(best.result)));
  add_result_fields(chosen, best.result, document);
  document.breakdowns = {breakdown_parts(best.result), memory_parts(best.result)};
  Table top{"layouts",
            fmt::format("Best layouts of {} costed", format_count(plan.counts.costed)),
            layout_columns(spec),
            {},
            ""};
  for (const PlannedLayout& planned : plan.best) top.rows.push_back(layout_row(planned));
  document.tables.push_back(std::move(top));
  Table front{"pareto", "Less memory or fewer chips for more time", layout_columns(spec), {}, "", true};
  front.columns.insert(front.columns.begin() + 1, {"chips", "chips"});
  for (const PlannedLayout& planned : plan.pareto) {
    front.rows.push_back(layout_row(planned));
    front.rows.back().insert(front.rows.back().begin() + 1, count(planned.layout.chips()));
  }
  document.tables.push_back(std::move(front));
  document.tables.push_back(alternatives_table(plan));
  document.fields.push_back({"layouts_costed", "", count(plan.counts.costed)});
  document.fields.push_back({"layouts_settled", "", count(plan.counts.settled)});
  document.fields.push_back({"layouts_fitting", "", count(plan.counts.fitting)});
  add_nearby(context, document);
  add_assumptions(context.assumptions, document);
  return document;
}

Document nothing_fits_document(const StepSpec& spec, const NothingFits& none,
                               const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "plan";
  document.answer.push_back(none.closest ? fmt::format("nothing fits: {}: {}", machine_text(spec), none.reason)
                                         : fmt::format("{}: {}", none.reason, machine_text(spec)));
  document.fields.push_back({"fits", "", false});
  if (none.closest) {
    const Candidate& c = *none.closest;
    document.answer.push_back(fmt::format("closest: {}: {} needed, {} a chip", describe(c.layout),
                                          format_bytes(c.cost.memory), format_bytes(spec.cluster.chip.memory)));
    add_layout("closest_layout", c.layout, document);
    document.fields.push_back({"closest_memory", "", figure(c.cost.memory)});
  }
  add_assumptions(assumptions, document);
  return document;
}

void add_closest(const StepResult& asked, const PlannedLayout& closest, Document& document) {
  const StepResult& result = closest.result;
  document.answer.push_back(fmt::format("closest that fits: {}: {}, step {:+.0f} %", describe(closest.layout),
                                        format_bytes(result.peak_memory()),
                                        100 * (result.step_time / asked.step_time - 1.0)));
  add_layout("closest_layout", closest.layout, document);
  document.fields.push_back({"closest_memory", "", figure(result.peak_memory())});
  document.fields.push_back({"closest_step_time", "", figure(result.step_time)});
}

void add_enough_chips(const StepSpec& spec, const EnoughChips& enough, Document& document) {
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("chips_tried", count(enough.tried));
  if (!enough.planned) {
    silent("fitting_chips", {});
    if (enough.tried == spec.cluster.chips) return;
    document.answer.push_back(
        fmt::format("nor on more chips, up to {}: a chip with more memory, a shorter sequence or another batch would "
                    "have to do",
                    format_count(enough.tried)));
    return;
  }
  const auto& [layout, overlaps, result] = *enough.planned;
  silent("fitting_chips", count(layout.chips()));
  add_layout("fitting_layout", layout, document);
  silent("fitting_memory", figure(result.peak_memory()));
  silent("fitting_step_time", figure(result.step_time));
  document.answer.push_back(fmt::format(
      "fits on {} chips, {:.3g} times as many, with the same batch: {}: {} of {} a chip, {} a step",
      format_count(layout.chips()), static_cast<double>(layout.chips()) / static_cast<double>(spec.cluster.chips),
      describe(layout), format_bytes(result.peak_memory()), format_bytes(result.memory_budget),
      format_time(result.step_time)));
}

}  // namespace orrery
