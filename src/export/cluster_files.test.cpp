// Files of jobs and events. Expected: hand-computed lines; law: a store has what the replay had, and an earlier file
// outlives a failure.
#include "export/cluster_files.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/file.hpp"
#include "cluster/metrics/measured_replay.hpp"
#include "cluster/metrics/observer_list.hpp"
#include "cluster/test_workloads.hpp"
#include "export/cluster_store.hpp"

using namespace orrery;

namespace {

/// A folder of its own that goes away.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "orrery-store-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return (path / name).string(); }
  std::filesystem::path path;
};

/// Two nodes of 2 GPUs; the third job waits for the first.
ClusterSpec three_jobs() {
  JobTable jobs = test::small_jobs({{0, 100, 4}, {10, 50, 3}, {20, 5, 1}});
  jobs.tenants.add("a, \"the\" first");
  jobs.tenant = {0, -1, 0};
  jobs.id = {"x", "y", "z"};
  jobs.run[2] = 5500;
  ClusterSpec spec;
  spec.jobs = std::make_shared<JobTable>(std::move(jobs));
  spec.machine = test::plain_machine(2, 2);
  spec.horizon = 120 * kSecond;
  return spec;
}

/// The first column of the first row that a query gives; NULL is "NULL".
std::string ask(const std::string& path, const std::string& query) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(handle, query.c_str(), -1, &statement, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  std::string answer = text == nullptr ? "NULL" : text;
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return answer;
}

}  // namespace

TEST_CASE("cluster files: hand-computed tables of jobs and events") {
  const ClusterSpec spec = three_jobs();
  std::ostringstream events, table;
  EventsCsv writer(events, *spec.jobs);
  NodesOfJobs nodes(*spec.jobs);
  ObserverList both({&writer, &nodes});
  const MeasuredReplay replay = measure_replay(spec, {}, {}, {}, &both);
  write_jobs_csv(table, *spec.jobs, replay.rows, replay.schedule, &nodes);
  CHECK(table.str() ==
        "job,tenant,user,pool,qos,gpus,submit_seconds,start_seconds,end_seconds,run_seconds,wait_seconds,stops,nodes\n"
        "x,\"a, \"\"the\"\" first\",,,,4,0,0,100,100,0,0,0-1\n"
        "y,,,,,3,10,100,,50,90,0,0-1\n"
        "z,\"a, \"\"the\"\" first\",,,,1,20,100,105.500,5.500,80,0,1\n");
  CHECK(events.str() ==
        "time_seconds,event,job,gpus,nodes\n"
        "0,submitted,x,4,\n"
        "0,started,x,4,0-1\n"
        "10,submitted,y,3,\n"
        "20,submitted,z,1,\n"
        "100,ended,x,4,0-1\n"
        "100,started,y,3,0-1\n"
        "100,started,z,1,1\n"
        "105.500,ended,z,1,1\n");
}

TEST_CASE("cluster files: hand-computed texts") {
  CHECK(seconds_text(0) == "0");
  CHECK(seconds_text(1234567) == "1234.567");
  CHECK(seconds_text(-1).empty());
  CHECK(seconds_text(kNever).empty());
  CHECK(csv_field("plain") == "plain");
  CHECK(csv_field("a\nb") == "\"a\nb\"");
  const std::vector<Slice> slices = {{.node = 7}, {.node = 1}, {.node = 3}, {.node = 2}, {.node = 2}};
  CHECK(nodes_text(slices) == "1-3 7");
  CHECK(nodes_text({}).empty());
  CHECK(job_name(test::small_jobs({{0, 1, 1}}), 0) == "0");
}

TEST_CASE("cluster store: law, it has the jobs, events and GPU-time of the replay") {
  const Folder folder;
  const std::string path = folder.file("replay.sqlite");
  const ClusterSpec spec = three_jobs();
  {
    ClusterStore store(path);
    const auto events = store.events("fifo", *spec.jobs);
    const MeasuredReplay replay = measure_replay(spec, {}, {}, {}, events.get());
    store.add_jobs("fifo", *spec.jobs, replay.rows, replay.schedule);
    store.add_usage("fifo", replay.usage);
    CHECK_FALSE(std::filesystem::exists(path));
    store.commit();
  }
  CHECK(ask(path, "SELECT count(*) FROM jobs") == "3");
  CHECK(ask(path, "SELECT wait_seconds FROM jobs WHERE job = 'z'") == "80.0");
  CHECK(ask(path, "SELECT end_seconds FROM jobs WHERE job = 'y'") == "NULL");
  CHECK(ask(path, "SELECT tenant FROM jobs WHERE job = 'y'") == "NULL");
  CHECK(ask(path, "SELECT count(*) FROM events") == "8");
  CHECK(ask(path, "SELECT nodes FROM events WHERE event = 'started' AND job = 'x'") == "0-1");
  // 4 GPUs for 100 s, 3 for 20 s until the horizon, 1 for 5.5 s.
  CHECK(ask(path, "SELECT round(sum(gpus * length_seconds), 6) FROM usage") == "465.5");
  CHECK(ask(path, "SELECT round(sum((allocated + free) * length_seconds), 6) FROM machine") == "480.0");
  CHECK(ask(path, "SELECT value FROM about WHERE key = 'schema'") == "1");
  // Nothing else is left in the folder.
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("cluster store: an earlier result outlives a store that is not finished") {
  const Folder folder;
  const std::string path = folder.file("replay.sqlite");
  write_file_atomically(path, "earlier");
  const ClusterSpec spec = three_jobs();
  { ClusterStore store(path); }
  CHECK(read_text_file(path)->text == "earlier");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
  CHECK_THROWS_AS(ClusterStore(folder.file("no/such/folder")), OutputError);
  CHECK_THROWS_AS(ClusterStore(folder.path.string()), OutputError);
  CHECK_THROWS_AS(ClusterStore("/dev/full"), OutputError);
}

TEST_CASE("cluster store: a full disk leaves the earlier result") {
  const Folder folder;
  const std::string path = folder.file("replay.sqlite");
  write_file_atomically(path, "earlier");
  JobTable jobs = test::random_jobs(1, 2000, 32, 0.9);
  jobs.user.clear();  // They have no names.
  JobSchedule schedule;
  schedule.first_start = schedule.end = jobs.submit;
  const std::vector<JobId> rows = test::all_rows(jobs);
  // A limit on the size of files fails a write in the middle, as a full disk does.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{60'000, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    ClusterStore store(path);
    store.add_jobs("fifo", jobs, rows, schedule);
    store.commit();
  } catch (const OutputError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(message.find("cannot write `") != std::string::npos);
  CHECK(read_text_file(path)->text == "earlier");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("cluster files: a staged file is seen only when it is whole") {
  const Folder folder;
  const std::string path = folder.file("jobs.csv");
  write_file_atomically(path, "earlier");
  {
    StagedFile file(path);
    file.stream() << "half";
    file.stream().flush();
    CHECK(read_text_file(path)->text == "earlier");
  }
  CHECK(read_text_file(path)->text == "earlier");
  StagedFile file(path);
  file.stream() << "whole";
  file.commit();
  CHECK(read_text_file(path)->text == "whole");
  StagedFile full("/dev/full");
  full.stream() << std::string(100'000, 'x');
  CHECK_THROWS_AS(full.commit(), OutputError);
}
