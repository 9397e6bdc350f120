#include "validate/collective_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <vector>

namespace orrery {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The words of a cell: letters and digits, and what joins them inside a name.
std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> result(1);
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.') {
      result.back() += c;
    } else if (!result.back().empty()) {
      result.emplace_back();
    }
  }
  if (result.back().empty()) result.pop_back();
  return result;
}

bool same_links(const Node& a, const Node& b) {
  return a.scale_up_bandwidth == b.scale_up_bandwidth && a.scale_up_domain == b.scale_up_domain &&
         a.topology == b.topology;
}

using Machines = std::vector<const RowPresets::Machine*>;

/// Machines whose chip's name a word of the cell abbreviates, by the first word that does.
Machines abbreviated(const std::string& gpu, const RowPresets& presets) {
  for (const std::string& word : words(gpu)) {
    const std::string plain = plain_name(word);
    if (plain.size() < 2) continue;
    Machines found;
    for (const RowPresets::Machine& machine : presets.machines) {
      const std::string name = plain_name(machine.chip.name);
      // "H20" does not abbreviate "H200".
      const bool cuts_number = name.size() > plain.size() &&
                               std::isdigit(static_cast<unsigned char>(plain.back())) != 0 &&
                               std::isdigit(static_cast<unsigned char>(name[plain.size()])) != 0;
      if (name.starts_with(plain) && !cuts_number) found.push_back(&machine);
    }
    // "A100-40GB" names what "A100-SXM4-40GB" is, only shorter: its first part tells the links.
    if (found.empty() && word.find('-') != std::string::npos)
      found = abbreviated(word.substr(0, word.find('-')), presets);
    if (!found.empty()) return found;
  }
  return {};
}

std::string chip(const CollectiveRow& row, const RowPresets& presets, CollectiveMeaning& meaning) {
  if (row.gpu.empty()) return "chip not stated";
  Machines found = abbreviated(row.gpu, presets);
  if (found.empty()) return fmt::format("chip {}: no preset", row.gpu.substr(0, 40));
  const auto unlike = [&] {
    return std::any_of(found.begin(), found.end(),
                       [&](const auto* each) { return !same_links(each->node, found.front()->node); });
  };
  if (unlike()) {
    const std::string form = says(row.intra_link, "nvlink") ? "SXM" : says(row.intra_link, "pcie") ? "PCIe" : "";
    if (form.empty()) return fmt::format("chip {}: several of unlike links", row.gpu.substr(0, 40));
    std::erase_if(found, [&](const auto* each) { return !says(each->chip.name, form); });
    if (found.empty() || unlike()) return fmt::format("chip {}: several of unlike links", row.gpu.substr(0, 40));
  }
  meaning.cluster.chip = found.front()->chip;
  meaning.cluster.node = found.front()->node;
  meaning.cluster.fabric = found.front()->fabric;
  return "";
}

/// What a cell says about a server's network.
struct Network {
  double ports = 0;    ///< Of a server; 0: not stated.
  double gbits = 0;    ///< Of a port, or of the server where the cell says so; 0: not stated.
  bool whole = false;  ///< `gbits` counts the whole server.
};

/// "8x IB NDR400", "32x100G EFAv2", "RoCE 3200G per node", "CX7 400G".
Network read_network(const std::string& link) {
  Network network;
  network.whole = says(link, "per node") || says(link, "per server");
  for (const std::string& word : words(lower(link))) {
    std::size_t at = 0;
    const auto digits = [&] {
      double value = 0;
      const std::size_t from = at;
      for (; at < word.size() && at - from < 7 && std::isdigit(static_cast<unsigned char>(word[at])) != 0; ++at) {
        value = 10 * value + (word[at] - '0');
      }
      return at > from ? value : 0.0;
    };
    const double first = digits();
    if (first > 0 && at < word.size() && word[at] == 'x') {
      network.ports = first;
      ++at;
      const double rate = digits();
      if (rate > 0 && at < word.size() && word[at] == 'g') network.gbits = rate;
      continue;
    }
    if (first > 0 && at < word.size() && word[at] == 'g') network.gbits = first;
    for (const auto& [name, rate] : {std::pair{"edr", 100.0}, {"hdr", 200.0}, {"ndr", 400.0}, {"xdr", 800.0}}) {
      if (word.starts_with(name) && network.gbits == 0) network.gbits = rate;
    }
  }
  return network;
}

/// The fabric's preset for the kind and rate (Gbit/s of a chip) of a network; blank where the kind is not stated.
std::string fabric_preset(const std::string& link, double gbits) {
  for (const char* version : {"1", "2", "3"}) {
    if (says(link, std::string("efav") + version) || says(link, std::string("efa v") + version))
      return std::string("efa-v") + version;
  }
  if (says(link, "efa")) return "efa-v2";
  if (says(link, "spectrum")) return "spectrum-x";
  if (says(link, "slingshot")) return "slingshot-11";
  if (says(link, "roce") || says(link, "ethernet")) return gbits > 250 ? "roce-400g" : "roce-200g";
  if (says(link, "ib") || says(link, "edr") || says(link, "hdr") || says(link, "ndr") || says(link, "xdr"))
    return gbits > 500 ? "ib-xdr" : gbits > 250 ? "ib-ndr" : gbits > 150 ? "ib-hdr" : "ib-edr";
  return "";
}

std::string network(const CollectiveRow& row, const RowPresets& presets, CollectiveMeaning& meaning) {
  const std::string& link = row.inter_link;
  Node& node = meaning.cluster.node;
  if (link.empty() || lower(link) == "none") return "network between servers not stated";
  Network stated = read_network(link);
  if (stated.gbits == 0) return "rate of the NICs not stated";
  if (stated.ports == 0 && !stated.whole) {
    if (!row.collective.starts_with("moe")) return "number of NICs not stated";
    stated.ports = node.chips;
    meaning.fills.emplace_back("NICs", "one a GPU");
  }
  const double rate = stated.whole ? stated.gbits : stated.ports * stated.gbits;  // of a server
  node.scale_out_bandwidth = BytesPerSecond(rate * 1e9 / 8 / node.chips);
  const double port = stated.whole ? rate / node.chips : stated.gbits;
  if (const std::string preset = fabric_preset(link, port); preset.empty()) {
    meaning.fills.emplace_back("fabric", meaning.cluster.fabric.name);
  } else if (const Fabric* fabric = presets.fabric(preset)) {
    meaning.cluster.fabric = *fabric;
  }
  meaning.cluster.fabric.reduces_in_switch = says(link, "sharp");
  return "";
}

/// GPUs of the NVLink domain that a link names ("NVL72"); 0 where it names none.
int named_domain(const std::string& link) {
  const std::string text = lower(link);
  const std::size_t at = text.find("nvl");
  for (std::size_t from = at; from != std::string::npos; from = text.find("nvl", from + 1)) {
    int value = 0;
    for (std::size_t i = from + 3; i < text.size() && value < 10000; ++i) {
      if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) break;
      value = 10 * value + (text[i] - '0');
    }
    if (value > 1) return value;
  }
  return 0;
}

}  // namespace

bool says(const std::string& text, const std::string& word) {
  return lower(text).find(lower(word)) != std::string::npos;
}

std::string collective_machine(const CollectiveRow& row, const RowPresets& presets, CollectiveMeaning& meaning) {
  if (std::string reason = chip(row, presets, meaning); !reason.empty()) return reason;
  if (!row.gpus) return "number of GPUs not stated";
  if (*row.gpus < 2) return "a single GPU sends nothing";
  Node& node = meaning.cluster.node;
  if (row.gpus_per_node) {
    node.chips = *row.gpus_per_node;
  } else {
    meaning.fills.emplace_back("gpus_per_node", std::to_string(node.chips));
  }
  const int named = named_domain(row.intra_link);
  const bool torus = node.topology == ScaleUpTopology::Torus2d || node.topology == ScaleUpTopology::Torus3d;
  if (named > 0) node.scale_up_domain = named;
  // Chips of a rack without its switches, and links that reach no farther than the server.
  if (named == 0 && !torus) node.scale_up_domain = std::min(node.scale_up_domain, node.chips);
  if (says(row.intra_link, "pcie") && meaning.cluster.chip.vendor == "NVIDIA" &&
      !says(meaning.cluster.chip.name, "PCIe"))
    return "GPUs joined by PCIe: not modelled";
  const int local = std::min(*row.gpus, node.scale_up_domain);
  meaning.group = {*row.gpus, local, std::min(local, node.chips)};
  meaning.cluster.chips = std::max(*row.gpus, node.chips);
  if (*row.gpus > local) return network(row, presets, meaning);
  return "";
}

}  // namespace orrery
