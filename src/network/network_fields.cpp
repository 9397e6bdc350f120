#include "network/network_fields.hpp"

#include <string>
#include <utility>

namespace orrery {

const Schema<NetworkInput>& network_schema() {
  using I = NetworkInput;
  static const Schema<I> schema = [] {
    Schema<I> s("network", "A collective, and how closely the fabric is looked at.");
    add_collective_fields(s);
    s.boolean("sweep", &I::sweep, {.help = "Whether to answer for 1 KiB to 16 GiB.", .example = "true"})
        .number("skew", &I::skew,
                {.help = "Of an all-to-all: bytes of the busiest rank over the mean.",
                 .example = "1.15",
                 .minimum = 1,
                 .maximum = 1e6})
        .text("algorithm", &I::algorithm,
              {.help = "Algorithm, and protocol, to force, as NCCL_ALGO and NCCL_PROTO do; empty: the cheapest.",
               .example = "ring/LL128"})
        .choice("fidelity", &I::fidelity,
                {{"auto", Fidelity::Auto, "The cheapest that is exact for the question."},
                 {"closed", Fidelity::Closed, "Formulas: no placement, collisions or failures."},
                 {"folded", Fidelity::Folded, "Exact counts of a packed job on a fat tree with spread paths."},
                 {"flows", Fidelity::Flows, "Every flow on its way."}},
                {.help = "How closely the fabric is looked at.", .example = "flows"})
        .integer("draws", &I::draws,
                 {.help = "Draws of hashed paths and of failures, to average over.",
                  .example = "16",
                  .minimum = 1,
                  .maximum = 1000})
        .number("failed_links", &I::failed_links,
                {.help = "Share of the links between switches that are down.",
                 .example = "0.01",
                 .minimum = 0,
                 .maximum = 0.9})
        .number("failed_switches", &I::failed_switches,
                {.help = "Share of the switches above the leaves that are down.",
                 .example = "0.01",
                 .minimum = 0,
                 .maximum = 0.9});
    return s;
  }();
  return schema;
}

NetworkSpec network_spec(const Cluster& cluster, const NetworkInput& input) {
  NetworkSpec spec;
  spec.cluster = cluster;
  spec.collective = input.collective;
  spec.payloads = {input.bytes};
  if (input.sweep) {
    spec.payloads.clear();
    for (Bytes size = 1_KiB; size <= 16_GiB; size *= 2) spec.payloads.push_back(size);
  }
  spec.group = input.group;
  spec.stride = input.stride;
  spec.skew = input.skew;
  spec.algorithm = input.algorithm;
  spec.fidelity = input.fidelity;
  spec.draws = input.draws;
  spec.failed_links = input.failed_links;
  spec.failed_switches = input.failed_switches;
  return spec;
}

}  // namespace orrery
