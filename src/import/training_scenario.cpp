#include "import/training_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fleet/chip_cost.hpp"
#include "fleet/chip_offer.hpp"
#include "hardware/hardware_fields.hpp"
#include "import/scenario_tables.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/preset.hpp"
#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

constexpr long long kComparedChips = 8192;
constexpr int kFirstYear = 2000, kLastYear = 2100;

const std::vector<std::string>& usual_offers() {
  static const std::vector<std::string> names = {"h100-sxm", "h200",    "b200",    "gb200",    "gb300",
                                                 "mi300x",   "tpu-v5p", "tpu-v6e", "trainium2"};
  return names;
}

/// The reader of a scenario, part by part.
class TrainingReader {
 public:
  TrainingReader(const Value& root, std::uint64_t seed, Diagnostics& diagnostics)
      : root_(root), diagnostics_(diagnostics) {
    all_.race.seed = seed;
  }

  TrainingScenario read();

 private:
  void read_train();
  Value expanded_list(const Value& train, const char* key, const char* folder);
  void check_projects();
  void check_fallbacks();
  void check_question();
  void read_fleets();
  void compare_batches();
  void read_chips();
  void read_question();

  const ChipOffer* offer(const std::string& name, const Span& span);
  std::optional<TrainingPool> pool_of(const ChipOffer& offer, double chips, const Span& span);
  std::optional<TrainingTask> task_of(std::size_t project, const Cluster& cluster);
  const TrainingProject* project_called(const std::string& name) const;
  Span span_of(const std::string& path) const {
    const auto found = all_.provenance.find(path);
    return found == all_.provenance.end() ? span_ : found->second.span;
  }
  std::string path(const char* list, std::size_t i, const char* key) const {
    return fmt::format("train.{}[{}].{}", list, i, key);
  }

  const Value& root_;
  Diagnostics& diagnostics_;
  TrainingScenario all_;
  Span span_;                       ///< Of [train].
  std::vector<ChipOffer> offers_;   ///< [[offers]].
  std::vector<ChipOffer> presets_;  ///< Those that were asked for by name besides.
};

/// A list whose texts are presets and whose tables may start from one.
Value TrainingReader::expanded_list(const Value& train, const char* key, const char* folder) {
  const Value* written = train.find(key);
  if (written == nullptr) return Value(Value::Array{}, train.span());
  const Value::Array* list = written->array();
  if (list == nullptr) {
    diagnostics_.error(fmt::format("`{}` is {}, expected a list", key, written->kind_name()), written->span(),
                       fmt::format("{} = [\"{}\"]", key, preset_names(folder).front()));
    return Value(Value::Array{}, written->span());
  }
  Value::Array expanded;
  for (const Value& element : *list) {
    Value table = element;
    if (element.string() != nullptr) {
      table = Value(Value::Table{}, element.span());
      table.set("preset", element, element.span());
    }
    if (table.table() == nullptr) {
      diagnostics_.error(fmt::format("one of `{}` is {}, expected a name or a table", key, element.kind_name()),
                         element.span());
      continue;
    }
    Diagnostics unknown;
    Value whole = with_preset(table, folder, unknown);
    for (const Diagnostic& d : unknown.all()) diagnostics_.error(d.message, d.span, d.hint);
    if (!unknown.has_errors()) expanded.push_back(std::move(whole));
  }
  return Value(std::move(expanded), written->span());
}

void TrainingReader::read_train() {
  const Value* written = root_.find("train");
  if (written == nullptr || written->table() == nullptr) {
    diagnostics_.error("no table [train] says what is trained on which fleets",
                       written == nullptr ? root_.span() : written->span(), "[train]\nprojects = [\"gpt-4\"]");
    return;
  }
  span_ = written->span();
  Value table = *written;
  table.set("projects", expanded_list(*written, "projects", "projects"), span_);
  table.set("fleets", expanded_list(*written, "fleets", "fleets"), span_);
  const Value* growth = written->find("growth");
  Value grown(Value::Table{}, span_);
  if (growth != nullptr && growth->table() != nullptr) grown = *growth;
  if (growth != nullptr && growth->string() != nullptr) grown.set("preset", *growth, growth->span());
  if (grown.find("preset") == nullptr) grown.set("preset", Value(std::string("2025"), Span{}), Span{});
  Diagnostics unknown;
  grown = with_preset(grown, "growth", unknown);
  for (const Diagnostic& d : unknown.all()) diagnostics_.error(d.message, d.span, d.hint);
  if (unknown.has_errors()) grown = Value(Value::Table{}, span_);
  table.set("growth", std::move(grown), span_);
  all_.projects = *table.find("projects")->array();
  all_.input.growth = compute_growth_preset();
  train_schema().read(table, all_.input, diagnostics_, &all_.provenance, "train");
  all_.race.economics = read_economics(root_.find("economics"), diagnostics_, &all_.provenance);
  if (const Value* listed = root_.find("offers")) offers_ = read_offers(listed, {}, diagnostics_, &all_.provenance);
}

const TrainingProject* TrainingReader::project_called(const std::string& name) const {
  const auto& list = all_.input.projects;
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.name == name; });
  return found == list.end() ? nullptr : &*found;
}

void TrainingReader::check_projects() {
  const auto& projects = all_.input.projects;
  if (projects.empty())
    diagnostics_.error("nothing is trained", span_of("train.projects"), "projects = [\"gpt-4\"] in [train]");
  for (std::size_t i = 0; i < projects.size(); ++i) {
    const TrainingProject& each = projects[i];
    const Span span = span_of(path("projects", i, "name"));
    if (project_called(each.name) != &each)
      diagnostics_.error(fmt::format("two projects are called `{}`", each.name), span, "give each a `name` of its own");
    if (!each.model.empty() && !each.stand_in.empty())
      diagnostics_.error(fmt::format("`{}` has both a model and a stand-in", each.name),
                         span_of(path("projects", i, "stand_in")), "leave the stand-in out");
    if (!each.flop && (!each.tokens || each.model.empty()))
      diagnostics_.error(fmt::format("nothing says how much `{}` computes", each.name), span,
                         "`flop`, or `tokens` of a `model`");
  }
}

/// What is said for want of a level has to be taken by some project.
void TrainingReader::check_fallbacks() {
  const auto check = [&](const char* key, std::optional<Law> TrainInput::*said,
                         std::optional<Law> TrainingProject::*own) {
    if (!(all_.input.*said)) return;
    const auto takes = [&](const TrainingProject& project) {
      const bool asks = all_.input.levels && !(project.model.empty() && project.stand_in.empty());
      return !asks && !(project.*own);
    };
    if (std::none_of(all_.input.projects.begin(), all_.input.projects.end(), takes))
      diagnostics_.error(fmt::format("no project takes this `{}`: each has its own, or asks the level below", key),
                         span_of(std::string("train.") + key), "levels = false");
  };
  check("mfu", &TrainInput::mfu, &TrainingProject::mfu);
  check("goodput", &TrainInput::goodput, &TrainingProject::goodput);
}

void TrainingReader::check_question() {
  const auto& question = all_.input.cheapest;
  if (!question && all_.input.fleets.empty())
    diagnostics_.error("neither a fleet nor the cheapest way is asked for", span_,
                       "fleets = [\"xai-2024-09\"], or [train.cheapest]");
  if (!question) return;
  if (question->by <= question->from)
    diagnostics_.error(fmt::format("it has to be done by {}, which is not after the decision on {}",
                                   date_text(question->by), date_text(question->from)),
                       span_of("train.cheapest.by"), "a later `by`, or an earlier `from`");
  for (const auto& [date, key] : {std::pair(question->by, "by"), std::pair(question->from, "from")}) {
    if (date.year() < kFirstYear || date.year() > kLastYear)
      diagnostics_.error(fmt::format("{} lies outside {} to {}", date_text(date), kFirstYear, kLastYear),
                         span_of(std::string("train.cheapest.") + key));
  }
  if (!all_.input.projects.empty() && project_called(question->project) == nullptr) {
    std::vector<std::string> names;
    for (const TrainingProject& each : all_.input.projects) names.push_back(each.name);
    const std::string near = did_you_mean(question->project, names);
    diagnostics_.error(fmt::format("no project is called `{}`", question->project), span_of("train.cheapest.project"),
                       near.empty() ? "the `name` of one of the projects" : fmt::format("did you mean `{}`?", near));
  }
}

const ChipOffer* TrainingReader::offer(const std::string& name, const Span& span) {
  if (const ChipOffer* listed = find_offer(offers_, name)) return listed;
  if (const ChipOffer* known = find_offer(presets_, name)) return known;
  Diagnostics unknown;
  const auto preset = find_preset("offers", name, unknown);
  if (!preset) {
    report_unknown_preset("offers", name, span, diagnostics_);
    return nullptr;
  }
  if (preset->name != name) return offer(preset->name, span);
  presets_.push_back(offer_preset(name));
  return &presets_.back();
}

std::optional<TrainingPool> TrainingReader::pool_of(const ChipOffer& offer, double chips, const Span& span) {
  Diagnostics own;
  const std::string node = offer.node.empty() ? offer.chip : offer.node;
  const auto count = std::max(1LL, std::llround(chips));
  const std::string base = node.substr(0, node.find(':'));
  TrainingPool pool;
  pool.cluster = load_cluster(fmt::format("{}:{}", base, count), own, nullptr, span);
  for (const Diagnostic& d : own.all())
    if (d.severity == Severity::Error) diagnostics_.error(d.message, d.span, d.hint);
  if (own.has_errors()) return std::nullopt;
  pool.name = fmt::format("{} {}", format_count(count), offer.name);
  pool.drawn_power = drawn_power(offer, values_of(all_.race.economics));
  return pool;
}

std::optional<TrainingTask> TrainingReader::task_of(std::size_t project, const Cluster& cluster) {
  const TrainingProject& asked = all_.input.projects[project];
  TrainingTask task;
  task.name = asked.name;
  const bool has_model = !asked.model.empty() || !asked.stand_in.empty();
  task.stands_in = asked.model.empty();
  if (has_model) {
    Value job(Value::Table{}, all_.projects[project].span());
    const char* key = asked.model.empty() ? "stand_in" : "model";
    job.set("model", *all_.projects[project].find(key), all_.projects[project].span());
    for (const char* part : {"training", "software"})
      if (const Value* found = all_.projects[project].find(part)) job.set(part, *found, found->span());
    task.step = training_step(job, cluster, nullptr, diagnostics_);
    if (!task.step) return std::nullopt;
  }
  if (asked.flop) {
    const double middle = asked.flop->quantile(0.5);
    task.compute = Flops(middle);
    if (!asked.flop->is_fixed() && middle > 0) task.compute_factor = asked.flop->scaled(1 / middle);
  } else {
    task.compute = Flops(6 * *asked.tokens * parameters(task.step->model).active);
  }
  if (!all_.input.levels) task.step.reset();
  task.mfu = asked.mfu;
  task.goodput = asked.goodput;
  if (!task.step && !task.mfu) task.mfu = all_.input.mfu;
  if (!task.step && !task.goodput) task.goodput = all_.input.goodput;
  return task;
}

/// Where [training] is of the same scenario, trainings here may differ from what `step`, `run` and `run scale` repeat.
void TrainingReader::compare_batches() {
  const Value* training = root_.find("training");
  const Value* written = training == nullptr || training->table() == nullptr ? nullptr : training->find("global_batch");
  const std::int64_t* batch = written == nullptr ? nullptr : written->integer();
  if (batch == nullptr) return;
  std::vector<std::string> others;
  for (std::size_t p = 0; p < all_.race.projects.size(); ++p) {
    for (const RaceFleet& fleet : all_.race.fleets) {
      if (fleet.tasks[p].empty() || !fleet.tasks[p].front().step) continue;
      const long long own = fleet.tasks[p].front().step->training.global_batch;
      if (own != *batch) others.push_back(fmt::format("{} {}", all_.race.projects[p], format_count(own)));
      break;
    }
  }
  if (others.empty()) return;
  all_.assumptions.push_back(
      fmt::format("each project keeps its own batch on every machine ({} sequences), where `run` has the {} of "
                  "[training] and `run scale` may let it grow: their days differ",
                  fmt::join(others, ", "), format_count(*batch)));
}

void TrainingReader::read_fleets() {
  const std::size_t count = all_.input.projects.size();
  std::vector<std::string> jobs;
  for (std::size_t p = 0; p < count; ++p) {
    const TrainingProject& project = all_.input.projects[p];
    all_.race.projects.push_back(project.name);
    Value job(Value::Table{}, Span{});
    for (const char* key : {"model", "stand_in", "training", "software", "mfu", "goodput"})
      if (const Value* found = all_.projects[p].find(key)) job.set(key, *found, Span{});
    // A model that stands in is searched like its own; projects without any model are each their own job.
    std::string text = project.model.empty() && project.stand_in.empty() ? project.name : write_toml(job);
    if (text.rfind("stand_in", 0) == 0) text.replace(0, 8, "model");
    const auto known = std::find(jobs.begin(), jobs.end(), text);
    all_.race.job_of_project.push_back(static_cast<int>(known - jobs.begin()));
    if (known == jobs.end()) jobs.push_back(std::move(text));
  }
  for (std::size_t f = 0; f < all_.input.fleets.size(); ++f) {
    const TrainingFleet& written = all_.input.fleets[f];
    RaceFleet fleet{written.name, written.owner, written.date, {}, {}, std::vector<std::vector<TrainingTask>>(count)};
    const Span span = span_of(path("fleets", f, "name"));
    const auto same = [&](const RaceFleet& other) { return other.name == written.name; };
    if (std::any_of(all_.race.fleets.begin(), all_.race.fleets.end(), same))
      diagnostics_.error(fmt::format("two fleets are called `{}`", written.name), span,
                         "give each a `name` of its own");
    if (written.pools.empty())
      diagnostics_.error(fmt::format("`{}` has no chips", written.name), span, "[[train.fleets.pools]]");
    for (std::size_t k = 0; k < written.pools.size(); ++k) {
      const FleetPool& part = written.pools[k];
      const std::string at = fmt::format("train.fleets[{}].pools[{}]", f, k);
      const ChipOffer* found = offer(part.offer, span_of(at + ".offer"));
      if (found == nullptr) continue;
      const ChipOffer kind = *found;
      if (written.date < kind.launch) {
        diagnostics_.error(fmt::format("`{}` has {} on {}, before their launch on {}", written.name, kind.name,
                                       date_text(written.date), date_text(kind.launch)),
                           span_of(path("fleets", f, "date")), "a later `date`, or another `offer`");
        continue;
      }
      const double middle = part.chips.quantile(0.5);
      auto pool = pool_of(kind, middle * all_.input.share, span_of(at + ".chips"));
      if (!pool) continue;
      if (!part.chips.is_fixed() && middle > 0) pool->chips_factor = part.chips.scaled(1 / middle);
      for (std::size_t p = 0; p < count && !diagnostics_.has_errors(); ++p) {
        if (auto task = task_of(p, pool->cluster)) fleet.tasks[p].push_back(std::move(*task));
      }
      fleet.pools.push_back(std::move(*pool));
      fleet.offers.push_back(kind);
    }
    all_.race.fleets.push_back(std::move(fleet));
  }
}

/// Own silicon against bought: every kind of chip of the fleets, where one of them is not for sale.
void TrainingReader::read_chips() {
  std::vector<ChipOffer> kinds;
  for (const RaceFleet& fleet : all_.race.fleets) {
    all_.race.chip_date = std::max(all_.race.chip_date, fleet.date);
    for (const ChipOffer& each : fleet.offers)
      if (find_offer(kinds, each.name) == nullptr) kinds.push_back(each);
  }
  const bool own = std::any_of(kinds.begin(), kinds.end(), [](const ChipOffer& kind) { return !kind.owner.empty(); });
  if (!own) return;
  std::size_t project = 0;
  while (project < all_.projects.size() && all_.input.projects[project].model.empty()) ++project;
  if (project == all_.projects.size()) project = 0;
  if (all_.input.cheapest) {
    if (const TrainingProject* asked = project_called(all_.input.cheapest->project))
      project = static_cast<std::size_t>(asked - all_.input.projects.data());
  }
  all_.race.chip_project = all_.input.projects[project].name;
  // Bought ones first: the others are compared with the first.
  std::stable_partition(kinds.begin(), kinds.end(), [](const ChipOffer& kind) { return kind.owner.empty(); });
  for (const ChipOffer& kind : kinds) {
    auto pool = pool_of(kind, kComparedChips, span_);
    if (!pool) continue;
    const long long node = std::max(1, pool->cluster.node.chips);
    pool->cluster.chips = std::max(1LL, kComparedChips / node) * node;
    if (auto task = task_of(project, pool->cluster))
      all_.race.chips.push_back({kind, std::move(*pool), std::move(*task)});
  }
}

void TrainingReader::read_question() {
  if (!all_.input.cheapest) return;
  const CheapestQuestion& question = *all_.input.cheapest;
  const TrainingProject* asked = project_called(question.project);
  if (asked == nullptr) return;
  CheapestSpec spec;
  spec.project = question.project;
  spec.from = question.from;
  spec.by = question.by;
  spec.confidence = question.confidence;
  spec.most_share = question.most_share;
  spec.buyer = question.buyer;
  spec.use = all_.input.use;
  spec.economics = all_.race.economics;
  spec.levels = all_.race.levels;
  spec.seed = all_.race.seed;
  std::vector<std::string> names = question.offers;
  if (names.empty() && !offers_.empty())
    for (const ChipOffer& each : offers_) names.push_back(each.name);
  if (names.empty()) {
    names = usual_offers();
    all_.assumptions.push_back(fmt::format("chips to choose from: {}", fmt::join(names, ", ")));
  }
  for (const std::string& name : names) {
    const Span span = span_of("train.cheapest.offers");
    const ChipOffer* found = offer(name, span);
    if (found == nullptr) continue;
    const ChipOffer kind = *found;
    if (std::any_of(spec.chips.begin(), spec.chips.end(), [&](const auto& c) { return c.offer.name == kind.name; })) {
      diagnostics_.error(fmt::format("`{}` is among the chips twice", kind.name), span, "each chip once");
      continue;
    }
    auto pool = pool_of(kind, 1, span_);
    if (!pool) continue;
    pool->cluster.chips = std::max(1, pool->cluster.node.chips);
    auto task = task_of(static_cast<std::size_t>(asked - all_.input.projects.data()), pool->cluster);
    if (task) spec.chips.push_back({kind, pool->cluster, std::move(*task)});
  }
  all_.cheapest = std::move(spec);
}

TrainingScenario TrainingReader::read() {
  if (root_.table() == nullptr) {
    diagnostics_.error("a scenario is a table", root_.span());
    return std::move(all_);
  }
  check_table_names(root_, diagnostics_);
  read_train();
  if (diagnostics_.has_errors()) return std::move(all_);
  check_projects();
  check_fallbacks();
  check_question();
  Diagnostics unknown;
  if (find_preset("loss", all_.input.loss, unknown)) {
    all_.race.loss = loss_law_preset(all_.input.loss);
  } else {
    report_unknown_preset("loss", all_.input.loss, span_of("train.loss"), diagnostics_);
  }
  all_.race.other_loss = loss_law_preset(all_.input.loss == "chinchilla" ? "chinchilla-corrected" : "chinchilla");
  all_.race.use = all_.input.use;
  all_.race.horizon = all_.input.horizon;
  if (all_.input.levels) all_.race.levels = training_levels(root_, all_.assumptions, diagnostics_);
  if (diagnostics_.has_errors()) return std::move(all_);
  read_fleets();
  if (diagnostics_.has_errors()) return std::move(all_);
  compare_batches();
  read_chips();
  read_question();
  all_.offers = offers_;
  all_.offers.insert(all_.offers.end(), presets_.begin(), presets_.end());
  if (const Value* run = root_.find("run")) all_.run = *run;
  return std::move(all_);
}

}  // namespace

TrainingScenario read_training_scenario(const Value& root, std::uint64_t seed, Diagnostics& diagnostics) {
  return TrainingReader(root, seed, diagnostics).read();
}

Value training_scenario_table(const TrainingScenario& scenario) {
  TrainInput input = scenario.input;
  // With offers of its own a scenario chooses from them all, those of its fleets too.
  if (input.cheapest && scenario.cheapest) {
    input.cheapest->offers.clear();
    for (const CheapestChip& chip : scenario.cheapest->chips) input.cheapest->offers.push_back(chip.offer.name);
  }
  Value train = train_schema().write(input);
  if (const Value* written = train.find("projects")) {
    Value::Array projects = *written->array();
    for (std::size_t i = 0; i < projects.size(); ++i) {
      for (const char* part : {"training", "software"})
        if (const Value* own = scenario.projects[i].find(part)) projects[i].set(part, *own, Span{});
    }
    train.set("projects", Value(std::move(projects), Span{}), Span{});
  }
  Value root(Value::Table{}, Span{});
  add_table("train", std::move(train), scenario.provenance, root);
  add_table("economics", economics_schema().write(scenario.race.economics), scenario.provenance, root);
  if (scenario.run) root.set("run", *scenario.run, Span{});
  Value::Array offers;
  for (const ChipOffer& offer : scenario.offers) offers.push_back(offer_schema().write(offer));
  root.set("offers", Value(std::move(offers), Span{}), Span{});
  return root;
}

}  // namespace orrery
