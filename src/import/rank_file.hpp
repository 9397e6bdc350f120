#pragma once

#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {

/// The machine that ranks are placed on: chips are numbered node by node.
struct RankFileMachine {
  long long chips = 1;
  int node_chips = 1;        ///< Chips of a node: "slots" of a host.
  long long first_host = 0;  ///< Number in the name of the host that is node 0: 1 where names begin at node1.
};

/// Reads where the ranks of a job run: the chip of each rank, in the order of ranks.
///
/// A line, `#` beginning a comment, is one of
///     17                    chip 17 of the machine
///     node0042:3            chip 3 of that host
///     node0042              the host's next free chip, as machine files name a host once a rank
///     node0042 slots=8      the host's next eight free chips, as in an Open MPI hostfile
///     rank 5=node0042 slot=3   rank 5 on that chip, as in an Open MPI rankfile; then every line must say its rank
/// and except for the last, ranks are numbered in the order of the lines. Note that `host:3` is a chip, not a count of
/// processes as in hostfiles of Hydra (MPICH).
///
/// A host is the node whose number its name ends in, before the first dot (`node0042.site` is node 42, counted from
/// `first_host`). Where no name of the file ends in a number, hosts are nodes in the order in which they first appear;
/// addresses such as 10.0.0.3 count as such names. A mixture is an error, and so are two names with one number.
///
/// `ranks` is how many the job has, 0: as many as the file places. With fewer in the file than that there is an error,
/// with more a warning: the first ones are taken. Also errors: chips that stand twice, chips and hosts that the machine
/// does not have, full hosts, ranks that stand twice or are missing, text that is not UTF-8, an empty file; all at
/// once. The result is only meaningful without errors.
std::vector<long long> read_rank_file(const Source& source, const RankFileMachine& machine, long long ranks,
                                      Diagnostics& diagnostics);

}  // namespace orrery
