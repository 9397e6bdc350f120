#include "import/openb.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace orrery {
namespace {

const std::string kHeader =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n";

struct Read {
  JobTable jobs;
  SharedMachine machine;
  std::vector<Diagnostic> found;
};
Read pods(const std::string& text) {
  std::istringstream in(text);
  Diagnostics diagnostics;
  Read read;
  read.jobs = read_openb_pods(in, "pods.csv", diagnostics);
  read.found = diagnostics.all();
  return read;
}
Read nodes(const std::string& text) {
  std::istringstream in(text);
  Diagnostics diagnostics;
  Read read;
  read.machine = read_openb_nodes(in, "nodes.csv", diagnostics);
  read.found = diagnostics.all();
  return read;
}
std::vector<std::string> messages(const Read& read) {
  std::vector<std::string> list;
  for (const Diagnostic& d : read.found) list.push_back(d.message);
  return list;
}

}  // namespace

TEST_CASE("openb pods: hand-computed") {
  const Read read = pods(kHeader +
                         "b,6000,12288,1,460,,LS,Running,427061,12902960,427061\n"
                         "a,12000,16384,2,1000,T4|G2,BE,Pending,5,105,\n"
                         "c,500,0,0,0,,,Succeeded,5,5,5\n");
  REQUIRE(read.found.empty());
  const JobTable& jobs = read.jobs;
  // In order of submission; a and c at the same time stay as they stand.
  CHECK(jobs.id == std::vector<std::string>{"a", "c", "b"});
  CHECK(jobs.submit == std::vector<Millis>{5 * kSecond, 5 * kSecond, 427061 * kSecond});
  // 105 - 5 s; nothing, which is the least a job can run; 12902960 - 427061 s.
  CHECK(jobs.run == std::vector<Millis>{100 * kSecond, 1, 12475899 * kSecond});
  CHECK(jobs.gpus == std::vector<std::int32_t>{2, 0, 1});
  CHECK(jobs.gpu_milli == std::vector<std::int32_t>{1000, 1000, 460});
  CHECK(jobs.cpu_milli == std::vector<std::int32_t>{12000, 500, 6000});
  CHECK(jobs.memory_mib == std::vector<std::int32_t>{16384, 0, 12288});
  CHECK(jobs.gpu_types.at(jobs.gpu_type[0]) == "T4|G2");
  CHECK(jobs.gpu_type[1] == -1);
  CHECK(jobs.qos_names.at(jobs.qos[2]) == "LS");
  CHECK(jobs.qos[1] == -1);
  CHECK(jobs.recorded_start == std::vector<Millis>{-1, 5 * kSecond, 427061 * kSecond});
  CHECK(jobs.state == std::vector<JobState>{JobState::Unknown, JobState::Completed, JobState::Running});
}

TEST_CASE("openb pods: columns that may be missing, and numbers as other programs write them") {
  const Read read = pods("gpu_milli,num_gpu,cpu_milli,name\n250.0,1,2000,x\n");
  REQUIRE(read.found.empty());
  CHECK(read.jobs.gpu_milli == std::vector<std::int32_t>{250});
  CHECK(read.jobs.memory_mib == std::vector<std::int32_t>{0});
  CHECK(read.jobs.submit == std::vector<Millis>{0});
}

TEST_CASE("openb pods: every mistake with its place") {
  const Read read = pods(kHeader +
                         ",1000,1,0,0,,,Running,1,2,1\n"
                         "a,1000,1,1,0,,,Running,1,2,1\n"
                         "a,-1,1,1,500,,,Running,1,2,1\n"
                         "b,many,,1,500,,,Runing,1,2,1\n"
                         "c,1000,1,2,500,,,Running,1,2,1\n"
                         "d,1000,1,1,500,,,Running,3,2,3\n"
                         "e,1000,1,1,500,,,Running,3,9,2\n"
                         "f,99999999999,1,1,500,,,Running,1,2,1\n");
  CHECK(read.jobs.empty());
  CHECK(messages(read) == std::vector<std::string>{
                              "a row has no name",
                              "a pod with GPUs takes nothing of them",
                              "`a` is there twice",
                              "`cpu_milli` is negative",
                              "`cpu_milli` is no whole number: `many`",
                              "`memory_mib` is empty",
                              "unknown phase `Runing`",
                              "a pod shares 2 GPUs",
                              "a pod is deleted before it is created or scheduled",
                              "a pod is scheduled before it is created",
                              "`cpu_milli` is larger than 1000000000",
                          });
  CHECK(read.found[3].span.line == 4);
  CHECK(read.found[3].span.column == 3);
}

TEST_CASE("openb pods: the header, empty lists, doubtful shares") {
  CHECK(messages(pods("name,cpu_mili,num_gpu,gpu_milli\n")) ==
        std::vector<std::string>{"unknown column `cpu_mili`", "there is no column `cpu_milli`"});
  CHECK(pods("name,cpu_mili,num_gpu,gpu_milli\n").found[0].hint == "did you mean `cpu_milli`?");
  CHECK(messages(pods(kHeader)) == std::vector<std::string>{"there is no pod in pods.csv"});
  CHECK_FALSE(pods("").found.empty());
  const Read read = pods("name,cpu_milli,num_gpu,gpu_milli\na,1,1,2000\nb,1,0,500\n");
  REQUIRE(read.found.size() == 2);
  CHECK(read.found[0].severity == Severity::Warning);
  CHECK(read.found[1].severity == Severity::Warning);
  CHECK(read.jobs.gpu_milli == std::vector<std::int32_t>{1000, 1000});
  CHECK(read.jobs.gpus == std::vector<std::int32_t>{1, 0});
}

TEST_CASE("openb pods: a file full of mistakes ends early") {
  std::string text = "name,cpu_milli,num_gpu,gpu_milli\n";
  for (int i = 0; i < 5000; ++i) text += "x" + std::to_string(i) + ",none,1,500\n";
  CHECK(pods(text).found.size() == 100);
}

TEST_CASE("openb nodes: hand-computed, and every mistake") {
  const Read read = nodes(
      "sn,cpu_milli,memory_mib,gpu,model\n"
      "n0,64000,262144,2,P100\nn1,64000,262144,2,P100\nn2,96000,393216,8,G2\nn3,64000,262144,2,P100\n"
      "n4,32000,262144,0,\n");
  REQUIRE(read.found.empty());
  CHECK(read.machine.groups == std::vector<NodeGroup>{{"", "P100", "", 2, 2, 64000, 262144},
                                                      {"", "G2", "", 1, 8, 96000, 393216},
                                                      {"", "P100", "", 1, 2, 64000, 262144},
                                                      {"", "", "", 1, 0, 32000, 262144}});
  CHECK(read.machine.gpus() == 14);
  const Read wrong =
      nodes("sn,cpu_milli,memory_mib,gpu,model\nn0,0,1,2,P100\nn0,1,0,2,P100\nn1,1,1,2,\nn2,1,1,9999,x\n");
  CHECK(wrong.machine.groups.empty());
  CHECK(messages(wrong) == std::vector<std::string>{"a node has no CPU", "`n0` is there twice", "a node has no memory",
                                                    "a node with GPUs has no model", "`gpu` is larger than 1024"});
  CHECK(messages(nodes("sn,cpu_milli,memory_mib,gpu,model\n")) ==
        std::vector<std::string>{"there is no node in nodes.csv"});
}

}  // namespace orrery
