#include "import/nccl_log.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>
#include <sstream>

namespace orrery {
namespace {

struct Reading {
  NcclLog log;
  Diagnostics diagnostics;
};

Reading read(const std::string& text) {
  Reading reading;
  std::istringstream in(text);
  reading.log = read_nccl_log(in, "run.log", reading.diagnostics);
  return reading;
}

NcclLog good(const std::string& text) {
  Reading reading = read(text);
  INFO(render_text(reading.diagnostics.all(), false));
  CHECK(reading.diagnostics.all().empty());
  return std::move(reading.log);
}

std::string messages(const std::string& text) {
  return render_text(read(text).diagnostics.all(), false);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string kHeader =
    "#                                                              out-of-place                       in-place        "
    "  \n"
    "#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw "
    "#wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)     "
    "  \n";

std::string devices(int n, int of_host = 8) {
  std::string text = "# Using devices\n";
  for (int i = 0; i < n; ++i) {
    text += fmt::format("#  Rank {:2} Group  0 Pid {:6} on {:>10} device {:2} [0000:{:02x}:00] NVIDIA H100 80GB HBM3\n",
                        i, 7000 + i, fmt::format("node{}", i / of_host), i % of_host, 4 * i + 4);
  }
  return text + "#\n";
}

// 8 ranks, all-reduce: the bus bandwidth is 2 x 7 / 8 = 1.75 times the algorithm's.
// 1 MiB in 50 us are 20.97 GB/s, 36.70 of the bus; 1 GiB in 4 ms are 268.44 and 469.76.
const std::string kRows =
    "     1048576        262144     float     sum      -1    50.00   20.97   36.70      0    49.00   21.40   37.45     "
    " 0\n"
    "  1073741824     268435456     float     sum      -1   4000.0  268.44  469.76      0   3990.0  269.11  470.94    "
    "N/A\n";
const std::string kFooter = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 253.713 \n#\n";

std::string with_prefix(const std::string& text, const std::string& prefix) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) result += prefix + line + "\n";
  return result;
}

}  // namespace

TEST_CASE("nccl-tests log: hand-computed, a run of two nodes with its program's name") {
  const NcclLog log = good(
      "# nccl-tests version 2.17.6 nccl-headers=22803 nccl-library=22803\n"
      "# Collective test starting: all_reduce_perf\n"
      "# nThread 1 nGpus 1 minBytes 1048576 maxBytes 1073741824 step: 1024(factor) warmup iters: 1 iters: 20 agg "
      "iters: 1 "
      "validation: 1 graph: 0\n#\n" +
      devices(16) + "NCCL version 2.28.3+cuda12.9\n" + kHeader + kRows + kFooter +
      "# Collective test concluded: all_reduce_perf\n");
  REQUIRE(log.runs.size() == 1);
  const NcclRun& run = log.runs[0];
  CHECK(run.collective == "all_reduce");
  CHECK(run.ranks == 16);
  CHECK(run.hosts == std::vector<std::string>{"node0", "node1"});
  CHECK(run.models == std::vector<std::string>{"NVIDIA H100 80GB HBM3"});
  REQUIRE(run.devices.size() == 16);
  CHECK(run.devices[8].host == 1);
  CHECK(run.line == 2);
  REQUIRE(run.rows.size() == 2);
  const NcclRow& row = run.rows[1];
  CHECK(row.bytes == Bytes(1073741824));
  CHECK(row.type == "float");
  REQUIRE(row.out_of_place);
  CHECK(row.out_of_place->time.raw() == doctest::Approx(4e-3));
  CHECK(row.out_of_place->bus_bandwidth.raw() == doctest::Approx(469.76e9));
  CHECK(row.out_of_place->wrong_count == 0.0);
  REQUIRE(row.in_place);
  CHECK(row.in_place->time.raw() == doctest::Approx(3.99e-3));
  CHECK_FALSE(row.in_place->wrong_count.has_value());
}

TEST_CASE("nccl-tests log: law, what launchers put before lines changes nothing") {
  const std::string plain = devices(8) + kHeader + kRows + kFooter;
  for (const char* prefix :
       {"[1,0]<stdout>:", "0: ", "[0] ", "   [1,0]<stdout>:  ", "(head, rank=0, pid=3808) [1,0]<stdout>:",
        "[pod/nccl-test-launcher-x7/nccl] ", "2025-03-14T12:00:00.123456Z ", "  12: "}) {
    CAPTURE(prefix);
    const NcclLog log = good(with_prefix(plain, prefix));
    REQUIRE(log.runs.size() == 1);
    CHECK(log.runs[0].rows.size() == 2);
    CHECK(log.runs[0].ranks == 8);
    CHECK(log.runs[0].collective == "all_reduce");  // 36.70 / 20.97 is 2 x 7 / 8
  }
  std::string windows;
  for (const char c : plain) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(good(windows).runs.at(0).rows.size() == 2);
}

TEST_CASE("nccl-tests log: hand-computed, other output between the lines") {
  const std::string info =
      "node0:7000:7031 [0] NCCL INFO comm 0x7f9c rank 0 nranks 8 cudaDev 0 busId 4000 - Init COMPLETE\n"
      "12 processes started\n\n"
      "WARNING: There are more than one active ports on host 'node0'\n";
  const NcclLog log = good(info + devices(4) + info + kHeader + info + kRows + info + kFooter + info);
  REQUIRE(log.runs.size() == 1);
  CHECK(log.runs[0].rows.size() == 2);
  // A message in the middle of a row breaks it in two, which is told; its second half is no row.
  const Reading broken =
      read(devices(8) + kHeader +
           "           8             2     float     sum      -1node0:1:2 [0] NCCL INFO Connected all rings\n"
           "   12.90    0.00    0.00      0    12.87    0.00    0.00      0\n" +
           kRows + kFooter);
  CHECK_FALSE(broken.diagnostics.has_errors());
  REQUIRE(broken.diagnostics.all().size() == 1);
  CHECK(has(broken.diagnostics.all()[0].message, "another output breaks this row"));
  CHECK(broken.diagnostics.all()[0].span.line == 14);
  CHECK(broken.log.runs.at(0).rows.size() == 2);
}

TEST_CASE("nccl-tests log: hand-computed, older columns") {
  // 2020: no root, and a relative error in place of the count.
  const NcclLog reduce = good(
      "# nThread 1 nGpus 2 minBytes 8 maxBytes 1024 step: 2(factor) warmup iters: 5 iters: 20 validation: 1 \n#\n"
      "# Using devices\n"
      "#   Rank  0 Pid  20141 on       gpu9 device  0 [0x3d] NVIDIA GeForce RTX 2080 Ti\n"
      "#   Rank  1 Pid  20142 on       gpu9 device  1 [0x3e] NVIDIA GeForce RTX 2080 Ti\n#\n"
      "#                                                       out-of-place                       in-place\n"
      "#       size         count      type   redop     time   algbw   busbw  error     time   algbw   busbw  error\n"
      "#        (B)    (elements)                       (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)\n"
      "     1048576        262144     float     sum   200.00    5.24    5.24  5e-07   200.00    5.24    5.24  5e-07\n" +
      kFooter);
  CHECK(reduce.runs.at(0).collective == "all_reduce");  // of two ranks: 2 x 1 / 2 = 1
  CHECK_FALSE(reduce.runs[0].rows.at(0).out_of_place->wrong_count.has_value());
  // All-gather has neither operation nor root, broadcast a root.
  const NcclLog gather = good(
      "$ ./build/all_gather_perf -b 1M\n"
      "#       size         count      type     time   algbw   busbw  error     time   algbw   busbw  error\n"
      "     1048576        262144     float   200.00    5.24    2.62  0e+00   200.00    5.24    2.62    N/A\n");
  CHECK(gather.runs.at(0).collective == "all_gather");
  CHECK(gather.runs[0].ranks == 0);
  const NcclLog broadcast = good(
      "#       size         count    type    root     time   algbw   busbw  error     time   algbw   busbw  error\n"
      "     1048576        262144   float       0   200.00    5.24    5.24    N/A   200.00    5.24    5.24    N/A\n");
  CHECK(broadcast.runs.at(0).collective.empty());
}

TEST_CASE("nccl-tests log: hand-computed, newer columns and a time stamp") {
  const NcclLog log = good(
      "# Collective test starting: reduce_scatter_perf_mpi\n"
      "#       size         count      type   redop    root     time   algbw   busbw  #wrong    i_min    i_max    "
      "i_p99    "
      "i_cv%     time   algbw   busbw  #wrong    i_min    i_max    i_p99    i_cv%           timestamp\n"
      "     1048576        262144     float     sum      -1    50.00   20.97   18.35       0    49.0    51.0    51.0   "
      " 1.00 "
      "   49.00   21.40   18.72       0    48.0    50.0    50.0    1.00   2025-12-01 10:00:00\n");
  REQUIRE(log.runs.size() == 1);
  CHECK(log.runs[0].collective == "reduce_scatter");
  CHECK(log.runs[0].rows.at(0).in_place->time.raw() == doctest::Approx(49e-6));
  CHECK(log.runs[0].rows[0].in_place->bus_bandwidth.raw() == doctest::Approx(18.72e9));
}

TEST_CASE("nccl-tests log: hand-computed, several runs, and what names them") {
  const std::string run =
      "# nThread 1 nGpus 8 minBytes 8 maxBytes 8 step: 2(factor)\n#\n" + devices(8) + kHeader + kRows + kFooter;
  const NcclLog log =
      good("Linking  all_gather.o > /build/all_gather_perf\n$ mpirun -np 8 /opt/nccl-tests/build/alltoall_perf -b 8\n" +
           run + "$ ./build/sendrecv_perf -g 8\n" + run + run);
  REQUIRE(log.runs.size() == 3);
  CHECK(log.runs[0].collective == "alltoall");
  CHECK(log.runs[1].collective == "sendrecv");
  CHECK(log.runs[2].collective == "all_reduce");  // by its columns
  for (const NcclRun& one : log.runs) {
    CHECK(one.ranks == 8);
    CHECK(one.rows.size() == 2);
  }
}

TEST_CASE("nccl-tests log: hand-computed, rows alone, as they are pasted") {
  const NcclLog log = good(kRows);
  CHECK(log.runs.at(0).rows.size() == 2);
  CHECK(log.runs[0].collective.empty());  // the number of ranks is not known
}

TEST_CASE("nccl-tests log: hand-computed, split groups and rows of nothing") {
  const NcclLog log = good(
      "#  Rank  0 Group  0 Pid 1 on a device  0 [0000:04:00] NVIDIA H20\n"
      "#  Rank  1 Group  1 Pid 1 on a device  1 [0000:05:00] NVIDIA H20\n"
      "#  Rank  2 Group  0 Pid 1 on b device  0 [0000:04:00] NVIDIA H20\n"
      "#  Rank  3 Group  1 Pid 1 on b device  1 [0000:05:00] NVIDIA H20\n" +
      kHeader +
      "           0             0     float     sum      -1     5.00    0.00    0.00      0     5.00    0.00    0.00   "
      "   0\n"
      "     1048576        262144     float     sum      -1    50.00   20.97   20.97      0    49.00   21.40   21.40   "
      "   0\n");
  CHECK(log.runs.at(0).ranks == 2);
  CHECK(log.runs[0].rows.size() == 1);
}

TEST_CASE("nccl-tests log: transcript, malformed rows with their places") {
  CHECK(messages(kHeader +
                 "     1048576        262144     float     sum      -1    50.00   20.97   36.70      0\n"
                 "     1048576        2621x4     float     sum      -1    50.00   20.97   36.70      0    49.00   "
                 "21.40   37.45      0\n"
                 "     1048576        262144     float     sum      -1    -5.00   20.97   36.70      0    49.00   "
                 "21.40   37.45      0\n"
                 "     1048576        262144     float     sum      -1     0.00   20.97   36.70      0    49.00   "
                 "21.40   37.45      0\n"
                 "99999999999999999999     262144     float     sum      -1    50.00   20.97   36.70      0    49.00   "
                 "21.40   37.45      0\n" +
                 kRows) ==
        "error: this row has 9 values, its header names 13\n"
        "  --> run.log:4:84\n"
        "  |\n"
        "4 |      1048576        262144     float     sum      -1    50.00   20.97   36.70      0\n"
        "  |                                                                                    ^\n"
        "error: `2621x4` is no count of elements\n"
        "  --> run.log:5:21\n"
        "  |\n"
        "5 |      1048576        2621x4     float     sum      -1    50.00   20.97   36.70      0    49.00   21.40   "
        "37.45      0\n"
        "  |                     ^^^^^^\n"
        "error: `-5.00` is no time in microseconds\n"
        "  --> run.log:6:57\n"
        "  |\n"
        "6 |      1048576        262144     float     sum      -1    -5.00   20.97   36.70      0    49.00   21.40   "
        "37.45      0\n"
        "  |                                                         ^^^^^\n"
        "error: an operation takes more than no time\n"
        "  --> run.log:7:58\n"
        "  |\n"
        "7 |      1048576        262144     float     sum      -1     0.00   20.97   36.70      0    49.00   21.40   "
        "37.45      0\n"
        "  |                                                          ^^^^\n"
        "error: `99999999999999999999` is no size in bytes\n"
        "  --> run.log:8:1\n"
        "  |\n"
        "8 | 99999999999999999999     262144     float     sum      -1    50.00   20.97   36.70      0    49.00   "
        "21.40   37.45      0\n"
        "  | ^^^^^^^^^^^^^^^^^^^^\n");
}

TEST_CASE("nccl-tests log: hand-computed, warnings do not stop the reading") {
  const auto warned = [](const std::string& text, const char* message) {
    const Reading reading = read(text);
    CAPTURE(render_text(reading.diagnostics.all(), false));
    CHECK_FALSE(reading.diagnostics.has_errors());
    CHECK(has(render_text(reading.diagnostics.all(), false), message));
    CHECK_FALSE(reading.log.runs.empty());
  };
  warned(kHeader + "1048576 262144 float sum -1 50.00 20.97 36.70 65 49.00 21.40 37.45 0\n",
         "65 wrong results in this row");
  warned(kHeader + kRows + "# Out of bounds values : 248 FAILED\n", "found wrong results in this run");
  // 1 MiB in 50 us are 20.97 GB/s, not 2.10.
  warned(kHeader + "1048576 262144 float sum -1 50.00 2.10 3.67 0 49.00 21.40 37.45 0\n",
         "2.10 GB/s does not follow from 1048576 bytes in 50 us");
  warned(kHeader + kRows + "     2097152        524288     float", "the log ends within this row");
  warned(kHeader + kRows + "     2097152", "the log ends within this row");
  warned(devices(8) + "node0: Test NCCL failure\n# nThread 1 nGpus 8\n" + devices(8) + kHeader + kRows,
         "a run without rows");
  warned("#  Rank 14 Group  0 Pid   1 on node0 device 14 [0000:04:00] NVIDIA H1...\n" + kHeader + kRows,
         "the list of devices is cut here");
  std::string processor = kHeader;
  for (std::size_t at; (at = processor.find("    time")) != std::string::npos;) processor.replace(at, 8, " cputime");
  warned(processor + kRows, "times of the launching processor");
  CHECK(read(processor + kRows).log.runs.at(0).is_cpu_time);
}

TEST_CASE("nccl-tests log: hand-computed refusals") {
  CHECK(has(messages(""), "no row of nccl-tests or rccl-tests output"));
  CHECK(has(messages(devices(8) + kHeader), "no row of nccl-tests"));
  CHECK(has(messages("\x7f"
                     "ELF\x02\x01" +
                     std::string(100, '\0') + "\n\n\xff\xfe"),
            "this is no text"));
  CHECK(has(messages("#  bytes  N  type  op  time  algbw  busbw  res\n"), "from before 2019"));
  CHECK(has(messages("1048576 262144 float 12.5\n"), "a row of 4 values below no header"));
  CHECK(has(messages("#  Rank  x Group  0 Pid 1 on a device 0 [00] N\n" + kRows), "`x` is no rank"));
  CHECK(has(messages("#  Rank  0 Group  0 Pid 1 in a device 0 [00] N\n" + kRows), "a device line without a host"));
  CHECK(has(messages("#  Rank  0 Group\n" + kRows), "a device line without a group"));
  CHECK(has(messages(devices(2) + devices(2) + kHeader + kRows), "rank 0 stands twice"));
  CHECK(has(messages("#  Rank  3 Group  0 Pid 1 on a device 0 [00] N\n" + kHeader + kRows), "1 devices are listed"));
}

TEST_CASE("nccl-tests log: law, long lines and many mistakes are bounded") {
  CHECK(good(std::string(10'000'000, 'x') + "\n" + kRows).runs.at(0).rows.size() == 2);
  CHECK(good(std::string(kLongestLogLine, ' ') + kRows + kRows).runs.at(0).rows.size() == 3);
  std::string wrong = kHeader;
  for (int i = 0; i < 5000; ++i) wrong += "1 1 float sum -1 x\n";
  CHECK(read(wrong).diagnostics.all().size() == 101);
  std::string failing = kHeader;
  for (int i = 0; i < 5000; ++i) failing += "1048576 262144 float sum -1 50.00 20.97 36.70 65 49.00 21.40 37.45 0\n";
  CHECK(read(failing).diagnostics.all().size() == 100);
}

TEST_CASE("nccl-tests log: law, every beginning of a log and every byte changed is read or refused") {
  const std::string text = "$ all_reduce_perf -g 2\n" + devices(2) + kHeader + kRows + kFooter;
  for (std::size_t length = 0; length <= text.size(); ++length) read(text.substr(0, length));
  std::mt19937 random(5);
  for (int trial = 0; trial < 20000; ++trial) {
    std::string changed = text;
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<char>(random());
    const Reading reading = read(changed);
    if (reading.diagnostics.has_errors()) continue;
    for (const NcclRun& run : reading.log.runs) {
      for (const NcclRow& row : run.rows) {
        REQUIRE(row.bytes > Bytes(0));
        REQUIRE((row.out_of_place || row.in_place));
        if (row.out_of_place) REQUIRE(row.out_of_place->time > Seconds(0));
      }
    }
  }
}

}  // namespace orrery
