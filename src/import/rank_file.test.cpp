#include "import/rank_file.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <string>

namespace orrery {
namespace {

constexpr RankFileMachine kMachine = {32, 8, 0};  // 4 nodes of 8 chips

std::string told(const std::string& text, long long ranks = 0, RankFileMachine machine = kMachine) {
  Diagnostics diagnostics;
  read_rank_file(std::make_shared<SourceText>(SourceText{"ranks.txt", text}), machine, ranks, diagnostics);
  return render_text(diagnostics.all(), false);
}

std::vector<long long> good(const std::string& text, long long ranks = 0, RankFileMachine machine = kMachine) {
  Diagnostics diagnostics;
  const auto chips =
      read_rank_file(std::make_shared<SourceText>(SourceText{"ranks.txt", text}), machine, ranks, diagnostics);
  INFO(render_text(diagnostics.all(), false));
  CHECK(diagnostics.all().empty());
  return chips;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

using Chips = std::vector<long long>;

}  // namespace

TEST_CASE("rank file: hand-computed forms of a line") {
  CHECK(good("17\n3 # the third\n\n# nothing\n  31\t\n") == Chips{17, 3, 31});
  CHECK(good("node0002:3\nnode1:0") == Chips{19, 8});
  CHECK(good("node3 slots=2\nnode0 slots=1\nnode3\n") == Chips{24, 25, 0, 26});
  CHECK(good("n1:1\nn1 slots=3\n") == Chips{9, 8, 10, 11});  // the free ones
  CHECK(good("rank 1=n0 slot=7\nrank 0=n2 slot=0\n") == Chips{16, 7});
  CHECK(good("\xEF\xBB\xBF"
             "5\r\n6\r\n",
             2) == Chips{5, 6});
  CHECK(good("node1.site2.example\n") == Chips{8});
  CHECK(good("gpu-r1-n03:1\n") == Chips{25});
  CHECK(good("node1:0\nnode4:0\n", 2, {32, 8, 1}) == Chips{0, 24});
}

TEST_CASE("rank file: hand-computed, hosts without numbers are nodes in order of appearance") {
  CHECK(good("alpha\nbeta slots=2\nalpha\n") == Chips{0, 8, 9, 1});
  CHECK(good("10.0.0.9:1\n10.0.0.2:1\n") == Chips{1, 9});
  CHECK(has(told("a\nb\nc\nd\ne\n"), "more hosts than the machine's 4 nodes"));
}

TEST_CASE("rank file: transcript, all mistakes at once") {
  CHECK(told("17\nnode9:1\n17\nnode1 slots=9\nnode1:8\nnode1 max_slots=4\n32\n") ==
        "error: no `9` slots of a node\n"
        "  --> ranks.txt:4:7\n"
        "  |\n"
        "4 | node1 slots=9\n"
        "  |       ^^^^^^^ a node has 8\n"
        "error: no chip `8` of a node\n"
        "  --> ranks.txt:5:1\n"
        "  |\n"
        "5 | node1:8\n"
        "  | ^^^^^^^ a node has 8, counted from 0; HOST slots=2 places two ranks\n"
        "error: `max_slots=4` is not read\n"
        "  --> ranks.txt:6:7\n"
        "  |\n"
        "6 | node1 max_slots=4\n"
        "  |       ^^^^^^^^^^^ of a host, slots=8 is\n"
        "error: no chip `32`\n"
        "  --> ranks.txt:7:1\n"
        "  |\n"
        "7 | 32\n"
        "  | ^^ the machine has 32, counted from 0\n"
        "error: no host `node9`: the machine has 4 nodes\n"
        "  --> ranks.txt:2:1\n"
        "  |\n"
        "2 | node9:1\n"
        "  | ^^^^^^^ hosts are numbered from 0 to 3\n"
        "error: chip 17 stands twice\n"
        "  --> ranks.txt:3:1\n"
        "  |\n"
        "3 | 17\n"
        "  | ^^ it is taken in line 1\n");
}

TEST_CASE("rank file: hand-computed refusals") {
  CHECK(has(told(""), "the file places no rank"));
  CHECK(has(told("# nothing\n\n"), "the file places no rank"));
  CHECK(has(told("1\n2\n3\n", 4), "error: the file places 3 of 4 ranks"));
  CHECK(has(told("1\n2\n3\n", 2), "warning: the file places 3 ranks: the first 2 are taken"));
  CHECK(has(told("-1\n"), "no chip `-1`"));
  CHECK(has(told("99999999999999999999\n"), "no chip `99999999999999999999`"));
  CHECK(has(told("node1 slots=0\n"), "no `0` slots"));
  CHECK(has(told("node1 slots=\n"), "no `` slots"));
  CHECK(has(told("node1 8\n"), "`8` is not read"));
  CHECK(has(told("node1:2 slots=8\n"), "`slots=8` is not read"));
  CHECK(has(told("node1 slots=2 slots=2\n"), "`slots=2` is not read"));
  CHECK(has(told("3 slots=2\n"), "`slots=2` is not read"));
  CHECK(has(told(":3\n"), "is no chip and no host"));
  CHECK(has(told("slots=3\n"), "is no chip and no host"));
  CHECK(has(told("node1:\n"), "no chip `` of a node"));
  CHECK(has(told("node1 slots=8\nnode1\n"), "`node1` has no free chip left"));
  CHECK(has(told("node1\nlogin\n"), "`login` does not end in a number, as `node1` does"));
  CHECK(has(told("r1n2\nr2n2\n"), "`r1n2` and `r2n2` end in the same number"));
  CHECK(has(told("node0\n", 0, {32, 8, 1}), "hosts are numbered from 1 to 4"));
  CHECK(has(told("a\xff\n"), "the text is not UTF-8"));
  CHECK(has(told(std::string("1\n\0\n", 4)), "the text is not UTF-8"));
  CHECK(has(told("node2:1\n", 0, {17, 8, 0}), "the machine's last node has 1 chips"));
}

TEST_CASE("rank file: hand-computed, lines that say their rank") {
  CHECK(has(told("rank 0=n0 slot=0\nrank 0=n0 slot=1\n"), "rank 0 stands twice"));
  CHECK(has(told("rank 0=n0 slot=0\nrank 2=n0 slot=1\n"), "rank 1 is missing"));
  CHECK(has(told("rank 5=n0 slot=0\n"), "ranks 0 to 4 are missing"));
  CHECK(has(told("rank 0=n0 slot=0\n7\n"), "this line does not say its rank"));
  CHECK(has(told("rank 0=n0\n"), "a rank needs a chip of its host"));
  CHECK(has(told("rank 0=n0 slots=2\n"), "of a rank, slot=3 is"));
  CHECK(has(told("rank 0=n0 slot=0:1\n"), "no chip `0:1` of a node"));
  CHECK(has(told("rank x=n0 slot=0\n"), "`x=n0` is no rank and host"));
  CHECK(has(told("rank\n1\n"), "`rank` is no rank and host"));
  CHECK(has(told("rank 0= slot=0\n"), "`0=` is no rank and host"));
}

TEST_CASE("rank file: law, a random placement written in each form reads back") {
  std::mt19937 random(3);
  for (int trial = 0; trial < 300; ++trial) {
    CAPTURE(trial);
    const int node_chips = 1 + static_cast<int>(random() % 8);
    const long long nodes = 1 + random() % 40;
    const RankFileMachine machine{nodes * node_chips, node_chips, static_cast<long long>(random() % 3)};
    Chips chips(static_cast<std::size_t>(machine.chips));
    std::iota(chips.begin(), chips.end(), 0);
    std::shuffle(chips.begin(), chips.end(), random);
    chips.resize(1 + random() % chips.size());
    std::string numbers, hosts, ranks;
    for (std::size_t i = 0; i < chips.size(); ++i) {
      const long long host = chips[i] / node_chips + machine.first_host, slot = chips[i] % node_chips;
      numbers += fmt::format("{}\n", chips[i]);
      hosts += fmt::format("node{:04}:{}\n", host, slot);
      ranks = fmt::format("rank {}=node{} slot={}\n", i, host, slot) + ranks;
    }
    const auto size = static_cast<long long>(chips.size());
    CHECK(good(numbers, size, machine) == chips);
    CHECK(good(hosts, size, machine) == chips);
    CHECK(good(ranks, size, machine) == chips);
  }
}

TEST_CASE("rank file: law, more lines than chips and more mistakes than can be read are bounded") {
  std::string many;
  for (int i = 0; i < 100000; ++i) many += "0\n";
  Diagnostics diagnostics;
  read_rank_file(std::make_shared<SourceText>(SourceText{"a", many}), {1'000'000, 8, 0}, 0, diagnostics);
  CHECK(diagnostics.all().size() == 101);
  CHECK(has(told(many), "more lines than the machine has chips: 32"));
}

}  // namespace orrery
