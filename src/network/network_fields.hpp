#pragma once

#include "network/network.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// What a question and a job say alike: members `collective`, `bytes`, `group` and `stride` of T.
template <class T>
void add_collective_fields(Schema<T>& schema) {
  schema
      .choice("collective", &T::collective,
              {{"all_reduce", Collective::AllReduce, "Everybody gets the sum."},
               {"all_gather", Collective::AllGather, "Everybody gets all shares."},
               {"reduce_scatter", Collective::ReduceScatter, "Everybody gets a share of the sum."},
               {"broadcast", Collective::Broadcast, "Everybody gets what one has."},
               {"all_to_all", Collective::AllToAll, "Everybody sends a share to everybody."},
               {"send_receive", Collective::SendReceive, "Neighbours exchange a message."}},
              {.help = "What is run.", .example = "all_reduce"})
      .quantity(
          "bytes", &T::bytes,
          {.help = "Payload of a rank, as nccl-tests counts it.", .example = "1 GiB", .minimum = 1, .maximum = 1e15})
      .integer("group", &T::group,
               {.help = "Ranks of a group; all groups run at once. 0: the whole job is one.",
                .example = "64",
                .minimum = 0,
                .maximum = 1e8})
      .integer("stride", &T::stride,
               {.help = "Ranks from one member of a group to the next; 8 for data parallelism over tp=8.",
                .example = "8",
                .minimum = 1,
                .maximum = 1e8});
}

/// The declared inputs of a question about the network: [network] in a scenario.
struct NetworkInput {
  Collective collective = Collective::AllReduce;
  Bytes bytes = 1_GiB;
  bool sweep = false;
  int group = 0;
  int stride = 1;
  double skew = 1;
  std::string algorithm;
  Fidelity fidelity = Fidelity::Auto;
  int draws = 16;
  double failed_links = 0, failed_switches = 0;
};
const Schema<NetworkInput>& network_schema();

/// The question of an input on a machine. A sweep asks for 1 KiB to 16 GiB, doubling.
NetworkSpec network_spec(const Cluster& cluster, const NetworkInput& input);

}  // namespace orrery
