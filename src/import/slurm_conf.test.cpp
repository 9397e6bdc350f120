#include "import/slurm_conf.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "import/slurm_text.hpp"

using namespace orrery;

namespace {

Source source_of(std::string text, const std::string& name = "slurm.conf") {
  auto source = std::make_shared<SourceText>();
  source->name = name;
  source->text = std::move(text);
  return source;
}

std::string told(const Diagnostics& diagnostics) {
  return render_text(diagnostics.all(), false);
}

SlurmSetting setting(const std::string& value) {
  SlurmSetting s;
  s.value = value;
  return s;
}

}  // namespace

TEST_CASE("slurm conf: host lists") {
  Diagnostics diagnostics;
  const auto hosts = [&](const char* text) { return slurm_hosts(text, {}, diagnostics); };
  using List = std::vector<std::string>;
  CHECK(hosts("n[08-11,20],login") == List{"n08", "n09", "n10", "n11", "n20", "login"});
  CHECK(hosts("r[1-2]n[1-2]x") == List{"r1n1x", "r1n2x", "r2n1x", "r2n2x"});
  CHECK(hosts("n[099-101]") == List{"n099", "n100", "n101"});
  CHECK(diagnostics.all().empty());
  for (const char* bad : {"n[1-", "n[3-1]", "n]", "n[a]", "n[]", "n[1-300000]"}) {
    CAPTURE(bad);
    Diagnostics told_of;
    CHECK(slurm_hosts(bad, {}, told_of).empty());
    CHECK(told_of.has_errors());
  }
}

TEST_CASE("slurm conf: times, as slurm.conf(5) lists them") {
  Diagnostics diagnostics;
  const auto seconds = [&](const char* text) {
    const auto time = slurm_time(setting(text), diagnostics);
    return time ? time->raw() : -1.0;
  };
  CHECK(seconds("30") == 1800);
  CHECK(seconds("30:15") == 1815);
  CHECK(seconds("2:30:15") == 9015);
  CHECK(seconds("1-12") == 129600);
  CHECK(seconds("1-12:30") == 131400);
  CHECK(seconds("1-12:30:01") == 131401);
  CHECK(seconds("UNLIMITED") == -1);
  CHECK(diagnostics.all().empty());
  seconds("1:2:3:4");
  seconds("soon");
  CHECK(diagnostics.all().size() == 2);
}

TEST_CASE("slurm conf: a cluster with all its files") {
  SlurmFiles files;
  files.conf = source_of(R"(ClusterName=demo   # a comment
SlurmctldPort=6817
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=60,bf_window=2880,\
bf_max_job_test=1000,bf_continue,preempt_youngest_first
PriorityType=priority/multifactor
priorityweightage=1000
PriorityWeightFairshare=10000
PriorityDecayHalfLife=14-0
PriorityCalcPeriod=2
PriorityFlags=NO_FAIR_TREE
PreemptType=preempt/qos
PreemptMode=REQUEUE
NodeName=DEFAULT CPUs=64 RealMemory=512000
NodeName=n[01-06] Gres=gpu:8
NodeName=v[1-2] Gres=gpu:v100:4(S:0-1) Sockets=2 CoresPerSocket=16 ThreadsPerCore=2 CPUs=0
NodeName=v3 Gres=gpu:v100:4 State=DOWN
PartitionName=DEFAULT MaxTime=2-0
PartitionName=all Nodes=ALL Default=YES
PartitionName=big Nodes=n[01-04] PriorityTier=5 GraceTime=60 MaxTime=INFINITE TRESBillingWeights="CPU=0.5,gres/gpu=2,Mem=1G"
)");
  files.gres = source_of("NodeName=n[01-06] Name=gpu Type=h100 File=/dev/nvidia[0-7]\n", "gres.conf");
  files.topology = source_of("SwitchName=a Nodes=n[01-03]\nSwitchName=b Nodes=n[04-06]\nSwitchName=t Switches=a,b\n");
  files.associations = source_of(R"(# sacctmgr dump
Cluster - 'demo':Fairshare=1:QOS='normal'
Parent - 'root'
User - 'root':DefaultAccount='root':Fairshare=1
Account - 'science':Description='all of it':Fairshare=3:GrpTRES=cpu=100,gres/gpu=32
Parent - 'science'
Account - 'physics':Fairshare=2
Parent - 'physics'
User - 'ada':Fairshare=parent:MaxWall=1-00:00:00
)");
  files.qos = source_of(
      "Name|Priority|Preempt|PreemptMode|UsageFactor|MaxTRESPU|GrpTRESMins\n"
      "normal|0||cluster|1.000000||\n"
      "high|50|normal|cancel|2.000000|gres/gpu=16,mem=64G|gres/gpu=1000\n",
      "qos");
  Diagnostics diagnostics;
  const SlurmConf conf = read_slurm_conf(files, diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(conf.ignored == std::vector<std::string>{"ClusterName", "SlurmctldPort"});

  REQUIRE(conf.machine.groups.size() == 3);
  const NodeGroup& first = conf.machine.groups[0];
  CHECK(first.name == "n01-n04");
  CHECK(first.nodes == 4);
  CHECK(first.gpus == 8);
  CHECK(first.gpu_type == "h100");
  CHECK(first.cpu_milli == 64000);
  CHECK(first.memory_mib == 512000);
  CHECK(conf.machine.groups[1].name == "n05-n06");
  CHECK(conf.machine.groups[2].name == "v1-v2");  // v3 is down.
  CHECK(conf.machine.groups[2].gpu_type == "v100");
  CHECK(conf.machine.groups[2].cpu_milli == 64000);  // 2 x 16 x 2.
  CHECK(conf.machine.levels == std::vector<TopologyLevel>{{"switch1", 3}, {"switch2", 6}});

  const SlurmParameters& p = conf.parameters;
  CHECK(p.bf_interval == Seconds(60));
  CHECK(p.bf_window == Seconds(2880 * 60));
  CHECK(p.bf_max_job_test == 1000);
  CHECK(p.preempt_youngest_first);
  CHECK(p.priority_weight_age == 1000);
  CHECK(p.priority_decay_half_life == Seconds(14 * 86400));
  CHECK(p.priority_calc_period == Seconds(120));
  CHECK_FALSE(p.fair_tree);
  CHECK(p.preempt_type == SlurmPreemptType::Qos);
  CHECK(p.preempt_mode == SlurmPreemptMode::Requeue);
  REQUIRE(p.partitions.size() == 2);
  CHECK(p.partitions[0].nodes == std::vector<std::string>{"n01-n04", "n05-n06", "v1-v2"});
  CHECK(p.partitions[0].is_default);
  CHECK(p.partitions[0].max_time == Seconds(2 * 86400));
  CHECK(p.partitions[1].nodes == std::vector<std::string>{"n01-n04"});
  CHECK(p.partitions[1].priority_tier == 5);
  CHECK(p.partitions[1].grace_time == Seconds(60));
  CHECK_FALSE(p.partitions[1].max_time);
  CHECK(p.partitions[1].tres_billing_weights.gpu == 2);
  REQUIRE(p.associations.size() == 4);
  CHECK(p.associations[1].account == "science");
  CHECK(p.associations[1].limits.grp_tres.gpu == 32);
  CHECK(p.associations[2].parent == "science");
  CHECK(p.associations[3].user == "ada");
  CHECK(p.associations[3].account == "physics");
  CHECK(p.associations[3].fairshare_parent);
  CHECK(p.associations[3].limits.max_wall == Seconds(86400));
  REQUIRE(p.qos.size() == 2);
  CHECK(p.qos[1].preempt == std::vector<std::string>{"normal"});
  CHECK(p.qos[1].preempt_mode == SlurmPreemptMode::Cancel);
  CHECK(p.qos[1].usage_factor == 2);
  CHECK(p.qos[1].limits.max_tres_per_user.gpu == 16);
  CHECK(p.qos[1].limits.max_tres_per_user.mem == 64 * 1024);
  CHECK(p.qos[1].limits.grp_tres_mins.gpu == 1000);
  Diagnostics checks;
  check_slurm(p, conf.machine, JobTable(), checks);
  CHECK_FALSE(checks.has_errors());
}

TEST_CASE("slurm conf: mistakes, each with its place") {
  SlurmFiles files;
  files.conf = source_of(R"(PriorityWeigthAge=1000
SchedulerParameters=bf_interval=30,bf_intervall=30,bf_window=abc
PriorityWeightAssoc=5
JobFrobnicate=1
include nodes.conf
NodeName=n[01-04] Gres=gpu:8
PartitionName=main Nodes=n[01-05] Default=YES
PreemptMode=NEVER
)");
  Diagnostics diagnostics;
  read_slurm_conf(files, diagnostics);
  CHECK(told(diagnostics) == R"(error: files that are included are not read
  --> slurm.conf:5:1
  |
5 | include nodes.conf
  | ^^^^^^^ put their text in its place
error: unknown key `PriorityWeigthAge`
  --> slurm.conf:1:1
  |
1 | PriorityWeigthAge=1000
  | ^^^^^^^^^^^^^^^^^ did you mean `PriorityWeightAge`?
error: unknown key `bf_intervall`
  --> slurm.conf:2:36
  |
2 | SchedulerParameters=bf_interval=30,bf_intervall=30,bf_window=abc
  |                                    ^^^^^^^^^^^^ did you mean `bf_interval`?
error: `abc` is no number
  --> slurm.conf:2:62
  |
2 | SchedulerParameters=bf_interval=30,bf_intervall=30,bf_window=abc
  |                                                              ^^^
warning: `PriorityWeightAssoc` changes schedules and is not modelled
  --> slurm.conf:3:1
  |
3 | PriorityWeightAssoc=5
  | ^^^^^^^^^^^^^^^^^^^
warning: unknown key `JobFrobnicate`
  --> slurm.conf:4:1
  |
4 | JobFrobnicate=1
  | ^^^^^^^^^^^^^
error: no PreemptMode `NEVER`
  --> slurm.conf:8:13
  |
8 | PreemptMode=NEVER
  |             ^^^^^ OFF, CANCEL, REQUEUE or SUSPEND
error: no node `n05`
  --> slurm.conf:7:26
  |
7 | PartitionName=main Nodes=n[01-05] Default=YES
  |                          ^^^^^^^^ nodes are declared by lines NodeName=...
)");
}
