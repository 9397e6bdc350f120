// `orrery simulate`: every level that a scenario names, from the lowest up, each fed by those below.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/progress.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "import/buildout_scenario.hpp"
#include "import/fleet_scenario.hpp"
#include "import/landlord_scenario.hpp"
#include "import/market_scenario.hpp"
#include "import/nation_scenario.hpp"
#include "import/network_scenario.hpp"
#include "import/purchase_scenario.hpp"
#include "import/run_scenario.hpp"
#include "import/scenario_tables.hpp"
#include "import/step_scenario.hpp"
#include "import/training_scenario.hpp"
#include "step/parameters.hpp"

namespace orrery {

RunCommand declare_simulate(CLI::App& app);

namespace {

/// A command that answers for a table of the scenario, from the lowest level up.
struct LevelCommand {
  const char* table;
  const char* command;
  /// Reads the level's tables for their mistakes alone; null where its files are read as they are replayed.
  void (*read)(const Value& root, Diagnostics& diagnostics);
  const char* topic = nullptr;  ///< `orrery COMMAND TOPIC`.
  bool of_fleet = false;        ///< No other level is fed by it.
};

template <auto kReader>
void read_alone(const Value& root, Diagnostics& diagnostics) {
  kReader(root, diagnostics);
}
void read_network_alone(const Value& root, Diagnostics& diagnostics) {
  read_network_scenario(root, diagnostics);
}
void read_training_alone(const Value& root, Diagnostics& diagnostics) {
  read_training_scenario(root, 0, diagnostics);
}

constexpr LevelCommand kLevels[] = {
    {"network", "network", read_network_alone},                                   //
    {"run", "run", read_alone<read_run_scenario>},                                //
    {"scale", "run", read_alone<read_run_scenario>, "scale"},                     //
    {"workload", "cluster", nullptr},                                             //
    {"fleet", "fleet", read_alone<read_fleet_scenario>, nullptr, true},           //
    {"buildout", "fleet", read_alone<read_buildout_scenario>, "plan", true},      //
    {"train", "fleet", read_training_alone, "train", true},                       //
    {"purchase", "fleet", read_alone<read_purchase_scenario>, "buy", true},       //
    {"landlord", "fleet", read_alone<read_landlord_scenario>, "landlord", true},  //
    {"market", "fleet", read_alone<read_market_scenario>, "market", true},        //
    {"nation", "fleet", read_alone<read_nation_scenario>, "share", true},         //
};

std::string name_of(const LevelCommand& level) {
  return level.topic == nullptr ? level.command : fmt::format("{} {}", level.command, level.topic);
}

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
  void hand(const char* key, double low, double middle, double high, const char* from, const char* counted) {
    const Value* fleet = root_.find("fleet");
    if (fleet == nullptr || !(low > 0) || !(low <= middle) || !(middle <= high)) return;
    const Value* use = fleet->find("use");
    if (use != nullptr && use->find(key) != nullptr) return;
    sets_.push_back(
        fmt::format("fleet.use.{}={{ value = \"spread({:.6g}, {:.6g}, {:.6g})\", source = \"{}\", status = "
                    "\"estimate\" }}",
                    key, low, middle, high, from));
    words_.push_back(fmt::format("{} {} ({} to {}) from {}, {}", key, format_percent(middle), format_percent(low),
                                 format_percent(high), from, counted));
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
    hand("mfu", mfu * *time / *high, mfu, mfu * *time / *low, "the step level",
         "of 6 operations a token and parameter, attention's left out, for chips of all kinds");
  }
  void learn_run(const Document& document) {
    // How sure the step time is came with the MFU already.
    const auto p10 = figure_of(document, "goodput_p10"), p50 = figure_of(document, "goodput_p50"),
               p90 = figure_of(document, "goodput_p90"), gpus = figure_of(document, "gpus"),
               held = figure_of(document, "gpus_held");
    if (!p10 || !p50 || !p90 || !gpus || !held || *held <= 0) return;
    const double share = *gpus / *held;  // Spares are held too.
    hand("goodput", *p10 * share, *p50 * share, *p90 * share, "the run level", "spares counted as held");
  }
  void learn_cluster(const Document& document) {
    const auto used = figure_of(document, "utilisation");
    if (used) hand("allocation", *used, *used, *used, "the cluster level", "of all GPU-hours");
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
    levels.push_back({"model", root.find("layout") != nullptr ? "step" : "plan", read_alone<read_step_scenario>});
  for (const LevelCommand& level : kLevels) {
    if (root.find(level.table) != nullptr) levels.push_back(level);
  }
  return levels;
}

/// Throws the mistakes in all levels' tables at once, before anything runs; each is told once, whoever finds it.
void check_levels(const std::vector<LevelCommand>& levels, const Value& root) {
  Diagnostics all;
  std::set<std::tuple<std::string, std::size_t, std::size_t>> told;
  for (const LevelCommand& level : levels) {
    Diagnostics found;
    if (level.read != nullptr) level.read(root, found);
    for (const Diagnostic& d : found.all()) {
      if (d.severity == Severity::Error && told.emplace(d.message, d.span.line, d.span.column).second)
        all.error(d.message, d.span, d.hint);
    }
  }
  all.throw_if_errors();
}

/// The answers of all levels, the highest first, since it is what a scenario of several levels asks; of that one more
/// than its headline.
std::vector<std::string> answer_of(const std::vector<Document>& levels) {
  constexpr std::size_t kLinesOfHighest = 4;
  std::vector<const Document*> order;
  const auto is_fleet = [](const Document& d) { return d.command.starts_with("fleet"); };
  for (const Document& level : levels) {
    if (is_fleet(level)) order.push_back(&level);
  }
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    if (!is_fleet(*level)) order.push_back(&*level);
  }
  std::vector<std::string> lines;
  for (const Document* level : order) {
    const std::size_t most = level == order.front() ? kLinesOfHighest : 1;
    for (std::size_t i = 0; i < std::min(most, level->answer.size()); ++i)
      lines.push_back(fmt::format("{}: {}", level->command, level->answer[i]));
  }
  return lines;
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
    check_levels(levels, root);
    Document document;
    document.command = "simulate";
    Links links(root);
    Progress progress("levels", levels.size(), progress_writer());
    int code = kAnswer;
    std::string failed;
    std::vector<std::string> left_out;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const LevelCommand& level = levels[i];
      // What stands on a level without an answer has none either; the fleet has fall-backs.
      if (!failed.empty() && !level.of_fleet) {
        left_out.push_back(name_of(level));
        continue;
      }
      const std::size_t before = document.levels.size();
      const int level_code = run_level(level, *input, links, flags, document.levels);
      progress.reached(i + 1);
      for (std::size_t d = before; d < document.levels.size(); ++d) links.learn(document.levels[d]);
      if (level_code == kAnswer) continue;
      code = level_code;
      if (!level.of_fleet) failed = name_of(level);
    }
    document.answer = answer_of(document.levels);
    if (!left_out.empty())
      document.answer.push_back(
          fmt::format("{} left out, because {} has no answer", fmt::join(left_out, ", "), failed));
    for (const std::string& words : links.words()) document.notes.push_back("handed up to the fleet: " + words);
    emit(document, flags);
    return code;
  };
}

}  // namespace orrery
