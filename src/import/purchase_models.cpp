#include "import/purchase_models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "fleet/chip_cost.hpp"
#include "hardware/hardware_fields.hpp"
#include "import/training_levels.hpp"
#include "model/transformer.hpp"

namespace orrery {
namespace {

constexpr double kH100Peak = 989.4e12;  // BF16, dense (hardware.csv).

/// The software that chips of a vendor are trained with.
const char* software_of(const Chip& chip) {
  if (chip.vendor == "Google") return "maxtext-2024";
  if (chip.vendor == "AWS" || chip.vendor == "Amazon") return "neuron-2024";
  return "megatron-2024";
}

Value text_value(std::string text) {
  return Value(std::move(text), Span{});
}

/// The job of a model on chips of a vendor.
Value job_of(const PurchaseModelInput& model, const Chip& chip) {
  Value job(Value::Table{}, Span{});
  job.set("model", text_value(model.model), Span{});
  job.set("software", text_value(software_of(chip)), Span{});
  Value training(Value::Table{}, Span{});
  if (model.batch)
    training.set("global_batch", Value(static_cast<std::int64_t>(std::llround(*model.batch)), Span{}), Span{});
  if (model.sequence)
    training.set("sequence", Value(static_cast<std::int64_t>(std::llround(*model.sequence)), Span{}), Span{});
  job.set("training", std::move(training), Span{});
  return job;
}

/// The power of two nearest to `wanted` nodes, by ratio: what every layout divides.
long long even_nodes(double wanted) {
  return 1LL << std::clamp(std::lround(std::log2(std::max(1.0, wanted))), 0L, 24L);
}

/// A pool of whole nodes whose dense BF16 peak is about that of so many H100s, with spares besides: a model's cost is
/// to say nothing of how an odd number of chips is divided.
std::optional<TrainingPool> pool_of(const ChipOffer& offer, double h100s, const Economics& economics,
                                    Diagnostics& diagnostics) {
  const Cluster one = load_cluster(offer.node, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  const double peak = offer.hardware.peak_bf16.raw();
  const int unit = std::max(1, one.node.chips);
  const long long chips = even_nodes(h100s * kH100Peak / peak / unit) * unit;
  TrainingPool pool;
  pool.name = offer.name;
  Diagnostics beyond;  // A fabric that was never built so large is said of by notes of the step level.
  pool.cluster = load_cluster(fmt::format("{}:{}", offer.node, chips), beyond);
  if (beyond.has_errors()) {
    for (const Diagnostic& d : beyond.all()) diagnostics.error(d.message, d.span, d.hint);
    return std::nullopt;
  }
  pool.spares_besides = true;
  pool.drawn_power = drawn_power(offer, values_of(economics));
  return pool;
}

/// One message for all that is wrong.
std::string first_problem(const Diagnostics& diagnostics) {
  for (const Diagnostic& d : diagnostics.all())
    if (d.severity == Severity::Error) return d.message;
  return "";
}

void add_cell(const PurchaseModelInput& input, const ChipOffer& offer, const Economics& economics,
              TrainedModelSpec& model) {
  Diagnostics problems;
  TrainingTask task;
  task.name = model.name;
  TrainingPool pool;
  if (const auto found = pool_of(offer, input.h100s, economics, problems)) {
    pool = *found;
    task.step = training_step(job_of(input, offer.hardware), pool.cluster, nullptr, problems);
    if (task.step) task.compute = Flops(6 * parameters(task.step->model).active * input.tokens);
  }
  model.problems.push_back(task.step ? "" : first_problem(problems));
  model.tasks.push_back(std::move(task));
  model.pools.push_back(std::move(pool));
}

}  // namespace

TrainedChipsQuestion trained_chips_question(const PurchaseScenario& scenario, const Value& root,
                                            Diagnostics& diagnostics) {
  TrainedChipsQuestion question;
  const PurchaseInput& input = scenario.input;
  TrainedChipsSpec& spec = question.spec;
  spec.date = input.date;
  spec.economics = scenario.economics;
  spec.use = input.use;
  const EconomicValues landlord = landlord_economics();
  const ChipOffer h100 = offer_preset("h100-sxm");
  for (const std::string& name : input.chips) {
    const ChipOffer& offer = *find_offer(scenario.offers, name);
    const RentMarket market = rent_market(offer, h100, landlord, input.date);
    spec.chips.push_back({known_at(offer, input.date), market, offer.owner.empty() || !offer.rent.empty()});
  }
  question.levels = training_levels(root, question.assumptions, diagnostics);
  for (const PurchaseModelInput& each : input.models) {
    TrainedModelSpec model;
    model.name = each.name.empty() ? each.model : each.name;
    for (const TrainedChipSpec& kind : spec.chips) add_cell(each, kind.offer, scenario.economics, model);
    spec.models.push_back(std::move(model));
  }
  return question;
}

}  // namespace orrery
