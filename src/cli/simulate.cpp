// `orrery simulate`: every level that a scenario names, from the lowest up, each fed by those below.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "import/scenario_tables.hpp"
#include "import/step_scenario.hpp"
#include "step/parameters.hpp"

namespace orrery {

RunCommand declare_simulate(CLI::App& app);

namespace {

/// A command that answers for a table of the scenario, from the lowest level up.
struct LevelCommand {
  const char* table;
  const char* command;
  const char* topic = nullptr;  ///< `orrery COMMAND TOPIC`.
  bool of_fleet = false;        ///< No other level is fed by it.
};
constexpr LevelCommand kLevels[] = {
    {"network", "network"},                   //
    {"run", "run"},                           //
    {"scale", "run", "scale"},                //
    {"workload", "cluster"},                  //
    {"fleet", "fleet", nullptr, true},        //
    {"buildout", "fleet", "plan", true},      //
    {"train", "fleet", "train", true},        //
    {"purchase", "fleet", "buy", true},       //
    {"landlord", "fleet", "landlord", true},  //
    {"market", "fleet", "market", true},      //
    {"nation", "fleet", "share", true},       //
};

const Command& command_called(const LevelCommand& level) {
  const auto find = [](const std::vector<Command>& all, const char* name) {
    return std::find_if(all.begin(), all.end(), [&](const Command& c) { return std::string(c.name) == name; });
  };
  const auto command = find(commands(), level.command);
  ORRERY_CHECK(command != commands().end(), "a level has its command");
  if (level.topic == nullptr) return *command;
  const auto topic = find(command->topics, level.topic);
  ORRERY_CHECK(topic != command->topics.end(), "a topic stands below its command");
  return *topic;
}

/// What lower levels told, as `--set` arguments for those above.
class Links {
 public:
  explicit Links(const Value& root) : root_(root) {}

  void learn(const Document& document) {
    if (document.command == "step" || document.command == "plan") learn_step(document);
    if (document.command == "run") learn_run(document);
    if (document.command == "cluster") learn_cluster(document);
  }
  const std::vector<std::string>& sets() const { return sets_; }
  /// What was handed up, in words.
  const std::vector<std::string>& words() const { return words_; }

 private:
  static std::optional<double> figure_of(const Document& document, const std::string& key) {
    for (const Field& field : document.fields) {
      if (field.key != key) continue;
      const auto* f = std::get_if<Figure>(&field.value);
      if (f != nullptr && std::isfinite(f->value)) return f->value;
    }
    return std::nullopt;
  }

  /// Hands `law` up as [fleet.use] `key`, unless the scenario itself says it.
  void hand(const char* key, double low, double middle, double high, const char* from) {
    const Value* fleet = root_.find("fleet");
    if (fleet == nullptr || !(low > 0) || !(low <= middle) || !(middle <= high)) return;
    const Value* use = fleet->find("use");
    if (use != nullptr && use->find(key) != nullptr) return;
    sets_.push_back(
        fmt::format("fleet.use.{}={{ value = \"spread({:.6g}, {:.6g}, {:.6g})\", source = \"{}\", status = "
                    "\"estimate\" }}",
                    key, low, middle, high, from));
    words_.push_back(fmt::format("{} {} ({} to {}) from {}", key, format_percent(middle), format_percent(low),
                                 format_percent(high), from));
  }

  void learn_step(const Document& document) {
    const auto rate = figure_of(document, "tokens_per_second_per_chip"), time = figure_of(document, "step_time"),
               low = figure_of(document, "low"), high = figure_of(document, "high");
    if (!rate || !time || !low || !high || *low <= 0) return;
    // A fleet counts 6 operations a token and active parameter against dense 16-bit peaks, whatever the step computes.
    Diagnostics ignored;
    const StepSpec spec = read_step_scenario(root_, ignored).spec;
    const double peak = spec.cluster.chip.peak_bf16.raw();
    if (peak <= 0) return;
    const double mfu = 6 * parameters(spec.model).active * *rate / peak;
    hand("mfu", mfu * *time / *high, mfu, mfu * *time / *low, "the step level");
  }
  void learn_run(const Document& document) {
    // How sure the step time is came with the MFU already.
    const auto p10 = figure_of(document, "goodput_p10"), p50 = figure_of(document, "goodput_p50"),
               p90 = figure_of(document, "goodput_p90"), gpus = figure_of(document, "gpus"),
               held = figure_of(document, "gpus_held");
    if (!p10 || !p50 || !p90 || !gpus || !held || *held <= 0) return;
    const double share = *gpus / *held;  // Spares are held too.
    hand("goodput", *p10 * share, *p50 * share, *p90 * share, "the run level");
  }
  void learn_cluster(const Document& document) {
    const auto used = figure_of(document, "utilisation");
    if (used) hand("allocation", *used, *used, *used, "the cluster level");
  }

  const Value& root_;
  std::vector<std::string> sets_, words_;
};

/// Runs one command on the scenario and adds what it answers to `levels`; its exit code.
int run_level(const LevelCommand& level, const InputOptions& input, const Links& links, const OutputFlags& flags,
              std::vector<Document>& levels) {
  CLI::App app;
  const RunCommand run = command_called(level).declare(app);
  std::vector<std::string> words = {input.scenario};
  const auto say = [&](const char* option, std::string value) {
    words.emplace_back(option);
    words.push_back(std::move(value));
  };
  for (const std::string& set : input.sets) say("--set", set);
  for (const std::string& set : links.sets()) say("--set", set);
  if (app.get_option_no_throw("--seed") != nullptr && input.seed != 0) say("--seed", std::to_string(input.seed));
  if (app.get_option_no_throw("--threads") != nullptr && input.threads != 0)
    say("--threads", std::to_string(input.threads));
  std::reverse(words.begin(), words.end());  // As CLI11 takes them.
  app.parse(words);
  OutputFlags collecting = flags;
  collecting.collect = &levels;
  collecting.svg.clear();
  return run(collecting);
}

std::vector<LevelCommand> levels_of(const Value& root) {
  std::vector<LevelCommand> levels;
  if (root.find("model") != nullptr && root.find("cluster") != nullptr)
    levels.push_back({"model", root.find("layout") != nullptr ? "step" : "plan"});
  for (const LevelCommand& level : kLevels) {
    if (root.find(level.table) != nullptr) levels.push_back(level);
  }
  return levels;
}

}  // namespace

RunCommand declare_simulate(CLI::App& app) {
  const auto input = std::make_shared<InputOptions>();
  app.add_option("scenario", input->scenario, "A scenario: a TOML file (or .json)")
      ->required()
      ->group("Input")
      ->type_name("FILE");
  add_set_option(app, *input);
  add_seed_option(app, *input, "Seed of all that is drawn [0]");
  add_threads_option(app, *input);
  return [input](const OutputFlags& flags) {
    if (flags.format == OutputFormat::Csv) {
      throw InputError("--csv is of one table, and each level has its own", {},
                       "--json, or --csv with the command of one level");
    }
    Diagnostics diagnostics;
    const Value root = scenario_table(*input, diagnostics);
    if (!diagnostics.has_errors()) check_table_names(root, diagnostics);
    diagnostics.throw_if_errors();
    const std::vector<LevelCommand> levels = levels_of(root);
    if (levels.empty()) {
      throw InputError(
          "the scenario names no level", Span{root.span()},
          "tables: model and cluster (step), network, run, scale, workload (cluster), fleet, train, purchase, "
          "landlord, market, nation, buildout");
    }
    Document document;
    document.command = "simulate";
    Links links(root);
    int code = kAnswer;
    for (const LevelCommand& level : levels) {
      const std::size_t before = document.levels.size();
      const int level_code = run_level(level, *input, links, flags, document.levels);
      for (std::size_t i = before; i < document.levels.size(); ++i) {
        links.learn(document.levels[i]);
        const Document& answered = document.levels[i];
        if (!answered.answer.empty())
          document.answer.push_back(fmt::format("{}: {}", answered.command, answered.answer.front()));
      }
      if (level_code == kAnswer) continue;
      code = level_code;
      // What stands on a level without an answer has none either; nothing stands on a question of the fleet.
      if (!level.of_fleet) break;
    }
    for (const std::string& words : links.words()) document.notes.push_back("handed up to the fleet: " + words);
    emit(document, flags);
    return code;
  };
}

}  // namespace orrery
