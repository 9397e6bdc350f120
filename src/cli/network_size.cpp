#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/input.hpp"
#include "hardware/hardware_fields.hpp"
#include "network/sizing/fabric_size.hpp"
#include "report/network_size_document.hpp"
#include "scenario/overrides.hpp"
#include "scenario/preset.hpp"

namespace orrery {

RunCommand declare_network_size(CLI::App& app);

namespace {

constexpr long long kMostGpus = 100'000'000;
constexpr double kMostOversubscription = 1000;

struct SizeWords {
  std::string fabric, node, switches, oversubscription;
  long long gpus = 0;  ///< 0: not given.
  bool copper = false;
  std::vector<std::string> sets;
};

/// Where an option's value stands.
Span option_span(const char* option, const std::string& text) {
  if (text.empty()) return {};
  return {std::make_shared<SourceText>(SourceText{option, text, SourceText::Kind::Override}), 1, 1, text.size()};
}

/// Ratios from the leaf up: "3" or "1,7".
std::vector<double> ratios(const std::string& text, Diagnostics& diagnostics) {
  std::vector<double> all;
  const Span whole = option_span("--oversubscription", text);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    const auto value = parse_quantity(word, Dimension::None);
    if (!value || *value < 1 || *value > kMostOversubscription) {
      Span place = whole;
      place.column = begin + 1;
      place.length = std::max<std::size_t>(1, word.size());
      diagnostics.error(fmt::format("`{}` is no ratio of oversubscription", word.substr(0, 40)), place,
                        "bandwidth below over bandwidth above, from 1 to 1000, from the leaf up: 1,7");
    } else {
      all.push_back(*value);
    }
    begin = end + 1;
  }
  return all;
}

/// The machine that the options name, before `--set`; nothing after a mistake.
std::optional<Value> machine(const SizeWords& words, Diagnostics& diagnostics) {
  const std::string gpus = words.gpus > 0 ? std::to_string(words.gpus) : "";
  const FabricQuestion question{words.fabric,
                                words.node,
                                words.gpus,
                                option_span("--fabric", words.fabric),
                                option_span("--node", words.node),
                                option_span("--gpus", gpus)};
  if (!words.fabric.empty()) return fabric_cluster_table(question, diagnostics);
  if (words.node.empty() || words.gpus == 0) {
    diagnostics.error(words.node.empty() ? "no fabric is given" : "how many GPUs?", {},
                      "for example --fabric superpod-h100 --gpus 1024, or --node h100-sxm --gpus 1024");
    return std::nullopt;
  }
  Value cluster(Value::Table{}, question.node_span);
  cluster.set("node", Value(words.node, question.node_span), question.node_span);
  cluster.set("chips", Value(static_cast<std::int64_t>(words.gpus), question.chips_span), question.chips_span);
  return cluster;
}

/// Lays --switch and then every --set over the machine, and reads it.
Cluster read_machine(const SizeWords& words, Value cluster, Diagnostics& diagnostics, Provenance& provenance) {
  Value root(Value::Table{}, {});
  root.set("cluster", std::move(cluster), {});
  if (!words.switches.empty()) {
    const Span span = option_span("--switch", words.switches);
    Value* table = root.find("cluster");
    if (table->find("fabric") == nullptr) table->set("fabric", Value(Value::Table{}, span), span);
    table->find("fabric")->set("switches", Value(words.switches, span), span);
  }
  apply_overrides(root, words.sets, diagnostics);
  for (const Value::Entry& entry : *root.table()) {
    if (entry.key == "cluster") continue;
    diagnostics.error(fmt::format("`network size` has no input `{}`", entry.key), entry.key_span,
                      "for example --set cluster.fabric.switches.ports=128");
  }
  return read_cluster(*root.find("cluster"), diagnostics, &provenance);
}

/// Every kind of cable ends, with the sources of its numbers below "optics.NAME.".
std::vector<OpticsKind> all_optics(Diagnostics& diagnostics, Provenance& provenance) {
  std::vector<OpticsKind> kinds;
  for (const Preset& preset : all_presets("optics", diagnostics)) {
    optics_schema().read(with_preset(preset.value, "optics", diagnostics), kinds.emplace_back(), diagnostics,
                         &provenance, "optics." + preset.name);
  }
  return kinds;
}

/// The option that a problem is about.
[[noreturn]] void refuse(const SizingProblem& problem, const SizeWords& words) {
  using About = SizingProblem::About;
  Span span = option_span("--fabric", words.fabric);
  if (problem.about == About::Chips && words.gpus > 0) span = option_span("--gpus", std::to_string(words.gpus));
  if (problem.about == About::Switches && !words.switches.empty()) span = option_span("--switch", words.switches);
  if (problem.about == About::Node && !words.node.empty()) span = option_span("--node", words.node);
  if (problem.about == About::Oversubscription) span = option_span("--oversubscription", words.oversubscription);
  throw InputError(problem.message, span, problem.hint);
}

}  // namespace

RunCommand declare_network_size(CLI::App& app) {
  const auto words = std::make_shared<SizeWords>();
  const std::string group = "Input";
  app.add_option("--fabric", words->fabric, "Fabric: a preset or a TOML file; left out: the node's usual one")
      ->group(group)
      ->type_name("NAME|FILE");
  app.add_option("--gpus", words->gpus, "Chips that it joins; left out: all of the fabric's installation")
      ->group(group)
      ->type_name("N")
      ->check(whole_number("number of GPUs", 1, kMostGpus));
  app.add_option("--node", words->node, "Node: a preset; left out: the fabric's usual one")
      ->group(group)
      ->type_name("NAME");
  app.add_option("--switch", words->switches, "Kind of switch: a preset; left out: the fabric's own")
      ->group(group)
      ->type_name("NAME");
  app.add_option("--oversubscription", words->oversubscription,
                 "Bandwidth below over bandwidth above, tier by tier from the leaf, as 1,7 [the fabric's]")
      ->group(group)
      ->type_name("RATIOS");
  app.add_flag("--copper", words->copper, "Passive copper between nodes and leaves, else all cables are optical")
      ->group(group);
  app.add_option("--set", words->sets, "Replace one input, as --set cluster.fabric.planes=2 (may be repeated)")
      ->group(group)
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  return [words](const OutputFlags& flags) {
    Diagnostics diagnostics;
    Provenance provenance;
    SizingOptions options;
    options.oversubscription = ratios(words->oversubscription, diagnostics);
    options.copper_to_nodes = words->copper;
    options.optics = all_optics(diagnostics, provenance);
    const std::optional<Value> table = machine(*words, diagnostics);
    Cluster cluster;
    if (table) cluster = read_machine(*words, *table, diagnostics, provenance);
    diagnostics.throw_if_errors();
    const auto size = size_fabric(cluster, options);
    if (!size) refuse(size.error(), *words);
    emit(network_size_document(cluster, *size, provenance), flags);
    emit_warnings(diagnostics, flags);
    return kAnswer;
  };
}

}  // namespace orrery
