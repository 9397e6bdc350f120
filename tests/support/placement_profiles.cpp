#include "support/placement_profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/diagnostic.hpp"
#include "base/file.hpp"
#include "base/unpacking_stream.hpp"
#include "import/throughput_table.hpp"

namespace orrery::test {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  UnpackingStream unpacked(file);
  return {std::istreambuf_iterator<char>(unpacked), {}};
}

/// Files of a ustar archive by name.
std::map<std::string, std::string> untar(const std::string& archive) {
  constexpr std::size_t kBlock = 512;
  std::map<std::string, std::string> files;
  std::size_t at = 0;
  while (at + kBlock <= archive.size() && archive[at] != '\0') {
    const std::string name = archive.substr(at, 100).c_str();
    const std::size_t size = std::stoul(archive.substr(at + 124, 12), nullptr, 8);
    const char type = archive[at + 156];
    at += kBlock;
    if (type == '0' || type == '\0') files[name.starts_with("./") ? name.substr(2) : name] = archive.substr(at, size);
    at += (size + kBlock - 1) / kBlock * kBlock;
  }
  return files;
}

std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> cells;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(separator, begin), line.size());
    cells.emplace_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return cells;
}

/// GPUs on each node, descending: "1132" is 3, 2, 1, 1.
using Shape = std::vector<int>;

PlacementSpread spread_of(const Shape& shape) {
  PlacementSpread spread{0, static_cast<int>(shape.size()), shape.front(), 0};
  for (const int gpus : shape) spread.gpus += gpus;
  return spread;
}

Shape packed(int gpus, int node_gpus) {
  Shape shape(static_cast<std::size_t>(gpus / node_gpus), node_gpus);
  if (gpus % node_gpus > 0) shape.push_back(gpus % node_gpus);
  return shape;
}

/// Step times by shape and samples a GPU.
using Steps = std::map<std::pair<Shape, int>, Seconds>;

Steps read_placements(const std::string& csv) {
  Steps steps;
  std::map<std::string, std::size_t> column;
  for (const std::string& line : split(csv, '\n')) {
    if (line.empty()) continue;
    const std::vector<std::string> cells = split(line.substr(0, line.find('\r')), ',');
    if (column.empty()) {
      for (std::size_t i = 0; i < cells.size(); ++i) column[cells[i]] = i;
      continue;
    }
    Shape shape;
    for (const char digit : cells.at(column.at("placement"))) shape.push_back(digit - '0');
    std::sort(shape.rbegin(), shape.rend());
    steps[{shape, std::stoi(cells.at(column.at("local_bsz")))}] = Seconds(std::stod(cells.at(column.at("step_time"))));
  }
  return steps;
}

std::string label_of(const Shape& shape) {
  return fmt::format("{}", fmt::join(shape, "+"));
}

void add(const std::string& cluster, const std::string& model, Bytes gradients, int node_gpus, const Steps& steps,
         PlacementProfiles& profiles) {
  for (const auto& [key, step] : steps) {
    const auto& [shape, batch] = key;
    const auto alone = steps.find({{1}, batch});
    const PlacementSpread spread = spread_of(shape);
    if (spread.gpus == 1 || alone == steps.end()) continue;
    profiles.steps.push_back({cluster, model, {gradients, {}, spread, alone->second, step, 1}});
    const Shape best = packed(spread.gpus, node_gpus);
    const auto together = steps.find({best, batch});
    if (shape.size() <= best.size() || together == steps.end()) continue;
    profiles.pairs.push_back({cluster, model,
                              fmt::format("{}, {} a GPU, {} against {}", model, batch, label_of(shape), label_of(best)),
                              gradients, alone->second, spread_of(best), spread, together->second, step});
  }
}

}  // namespace

PlacementProfiles read_step_profiles(const std::filesystem::path& archive) {
  // Parameters: BERT-base 110 M (arXiv:1810.04805); ResNet-18 11.2 M as on CIFAR-10; DeepSpeech 2 38 M
  // (arXiv:1512.02595, table 1); ResNet-50 25.6 M (arXiv:1512.03385); NeuMF on MovieLens-1M, 32 factors: 1.6 M
  // (9,746 users and items x 160, and the layers of its tower); YOLOv3 61.9 M (arXiv:1804.02767). Gradients in FP32.
  const std::map<std::string, double> parameters = {{"bert", 110e6},      {"cifar10", 11.2e6}, {"deepspeech2", 38e6},
                                                    {"imagenet", 25.6e6}, {"ncf", 1.6e6},      {"yolov3", 61.9e6}};
  const std::map<std::string, int> node_gpus = {{"aws", 4}, {"rtx", 8}, {"dgx-ext", 8}, {"azure", 8}};
  const std::map<std::string, std::string> files = untar(bytes_of(archive));
  PlacementProfiles profiles;
  for (const auto& [cluster, gpus] : node_gpus) {
    for (const auto& [model, count] : parameters) {
      const auto file = files.find(fmt::format("{}/placements-{}.csv", model, cluster));
      if (file == files.end()) throw std::runtime_error("no profile of " + model + " on " + cluster);
      add(cluster, model, Bytes(4 * count), gpus, read_placements(file->second), profiles);
    }
  }
  return profiles;
}

PlacementProfiles read_gavel_profiles(const std::filesystem::path& table) {
  // LM: 33,278 words x 200 twice, two LSTM layers of 200: 14.0 M. Transformer base without its small vocabulary: 44 M.
  const std::map<std::string, double> parameters = {
      {"LM", 14.0e6}, {"ResNet-18", 11.2e6}, {"ResNet-50", 25.6e6}, {"Transformer", 44e6}};
  Diagnostics diagnostics;
  const auto rows = read_throughput_table(read_text_file(table.string()), diagnostics);
  diagnostics.throw_if_errors();
  // Step time by GPU type, kind, GPUs and whether consolidated: all workers' steps count.
  std::map<std::pair<std::string, std::string>, std::map<std::pair<int, bool>, Seconds>> steps;
  for (const ThroughputRow& row : rows) {
    if (row.steps_per_second > 0)
      steps[{row.gpu_type, row.kind}][{row.gpus, row.consolidated}] = Seconds(row.gpus / row.steps_per_second);
  }
  PlacementProfiles profiles;
  for (const auto& [key, times] : steps) {
    const auto& [type, kind] = key;
    const std::string model = kind.substr(0, kind.find(' '));
    const auto known = parameters.find(model);
    const auto alone = times.find({1, true});
    if (known == parameters.end() || alone == times.end()) continue;
    const Bytes gradients(4 * known->second);
    for (const int gpus : {2, 4, 8}) {
      const PlacementSpread together{gpus, 1, gpus, 0}, apart{gpus, gpus, 1, 0};
      const auto one = times.find({gpus, true}), many = times.find({gpus, false});
      if (one == times.end() || many == times.end()) continue;
      profiles.steps.push_back({type, model, {gradients, {}, together, alone->second, one->second, 1}});
      profiles.steps.push_back({type, model, {gradients, {}, apart, alone->second, many->second, 1}});
      profiles.pairs.push_back({type, model, fmt::format("{} on {} {}", kind, gpus, type), gradients, alone->second,
                                together, apart, one->second, many->second});
    }
  }
  return profiles;
}

}  // namespace orrery::test
