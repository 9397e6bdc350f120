#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/check.hpp"
#include "scenario/overrides.hpp"
#include "scenario/preset.hpp"
#include "scenario/schema.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

using orrery::fuzz::must;

namespace {

using namespace orrery;

enum class Shape { Switched, Ring };
struct Link {
  std::string name;
  BytesPerSecond bandwidth{1e9};
  Seconds latency{1e-6};
};
struct Memory {
  Bytes size{1e9};
  double share = 0.5;
};
/// Small, with one of every type of field.
struct Machine {
  std::string name;
  int chips = 8;
  long long total = 8;
  bool spare = false;
  Shape shape = Shape::Switched;
  Memory memory;
  std::optional<Memory> cache;
  std::vector<Link> links;
  std::vector<std::string> tags;
};

const Schema<Machine>& machine_schema() {
  static const Schema<Link> link = [] {
    Schema<Link> s("link", "A link.");
    s.text("name", &Link::name, {.help = "Its name.", .example = "up", .required = true});
    s.quantity("bandwidth", &Link::bandwidth,
               {.help = "One way.", .example = "50 GB/s", .minimum = 1, .maximum = 1e15});
    s.quantity("latency", &Link::latency, {.help = "One way.", .example = "2 us", .minimum = 0});
    return s;
  }();
  static const Schema<Memory> memory = [] {
    Schema<Memory> s("memory", "A memory.");
    s.quantity("size", &Memory::size, {.help = "Usable.", .example = "80 GiB", .minimum = 1, .maximum = 1e15});
    s.number("share", &Memory::share, {.help = "Used share.", .example = "0.5", .minimum = 0, .maximum = 1});
    return s;
  }();
  static const Schema<Machine> schema = [] {
    Schema<Machine> s("machine", "A machine.");
    s.text("name", &Machine::name, {.help = "Its name.", .example = "m"});
    s.integer("chips", &Machine::chips, {.help = "Chips.", .example = "8", .minimum = 1, .maximum = 1e6});
    s.integer("total", &Machine::total, {.help = "All chips.", .example = "8", .minimum = 1});
    s.boolean("spare", &Machine::spare, {.help = "Kept free.", .example = "true"});
    s.choice("shape", &Machine::shape, {{"switched", Shape::Switched, ""}, {"ring", Shape::Ring, ""}}, {});
    s.table("memory", &Machine::memory, memory);
    s.optional_table("cache", &Machine::cache, memory);
    s.list("links", &Machine::links, link);
    s.texts("tags", &Machine::tags, {});
    return s;
  }();
  return schema;
}

}  // namespace

// The first line is a `--set` argument, the rest a scenario. What is read without a message is within the declared
// ranges; what is not has one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65536) return 0;
  const std::string all(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(all.find('\n'), all.size());
  const auto source = std::make_shared<const SourceText>(SourceText{"fuzz.toml", all.substr(std::min(line + 1, size))});
  Diagnostics diagnostics;
  Value root = read_toml(source, diagnostics);
  if (line > 0) apply_overrides(root, {all.substr(0, line)}, diagnostics);
  root = with_preset(root, "nodes", diagnostics);
  Machine machine;
  Provenance provenance;
  machine_schema().read(root, machine, diagnostics, &provenance);
  render_text(diagnostics.all(), false);
  must(machine.chips >= 1 && machine.chips <= 1000000 && machine.total >= 1);
  must(machine.memory.size >= 1_B && machine.memory.size.raw() <= 1e15);
  must(machine.memory.share >= 0 && machine.memory.share <= 1);
  for (const Link& one : machine.links) must(std::isfinite(one.bandwidth.raw()) && one.latency >= 0_s);
  if (diagnostics.has_errors()) return 0;
  // What is written reads back to the same.
  const std::string text = write_toml(machine_schema().write(machine));
  Machine again;
  machine_schema().read(read_toml(std::make_shared<const SourceText>(SourceText{"again.toml", text}), diagnostics),
                        again, diagnostics);
  must(!diagnostics.has_errors());
  must(write_toml(machine_schema().write(again)) == text);
  return 0;
}
