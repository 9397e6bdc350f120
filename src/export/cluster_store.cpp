#include "export/cluster_store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <type_traits>
#include <utility>

#include "base/file.hpp"
#include "export/cluster_files.hpp"

namespace orrery {
namespace {

constexpr const char* kTables = R"(
CREATE TABLE about(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE jobs(policy TEXT, job TEXT, tenant TEXT, user TEXT, pool TEXT, qos TEXT, gpus INTEGER,
  submit_seconds REAL, start_seconds REAL, end_seconds REAL, run_seconds REAL, wait_seconds REAL, stops INTEGER);
CREATE TABLE events(policy TEXT, time_seconds REAL, event TEXT, job TEXT, gpus INTEGER, nodes TEXT);
CREATE TABLE usage(policy TEXT, time_seconds REAL, length_seconds REAL, tenant TEXT, gpus REAL);
CREATE TABLE machine(policy TEXT, time_seconds REAL, length_seconds REAL, gpus INTEGER, allocated REAL, free REAL,
  down REAL, waiting REAL, backlog_gpu_hours REAL, largest_gang INTEGER);
)";

std::size_t at(std::int64_t number) {
  return static_cast<std::size_t>(number);
}

/// Seconds; NaN, which becomes NULL, for what did not happen.
double seconds(Millis time) {
  return time < 0 ? std::nan("") : static_cast<double>(time) / kSecond;
}

/// A name that is NULL where there is none.
const std::string* name_of(const Names& names, const std::vector<std::int32_t>& column, JobId job) {
  const std::int32_t number = value_or(column, job, -1);
  return number < 0 ? nullptr : &names.at(number);
}

}  // namespace

/// The open file; every call checks what SQLite says.
class ClusterStore::Database {
 public:
  explicit Database(const std::string& path) : path_(path), file_(path) {
    if (!std::filesystem::is_regular_file(file_.working_path()))
      throw OutputError(fmt::format("cannot write `{}`: a store is a regular file", path_));
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(file_.working_path().c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    handle_.reset(opened);
    check(result);
    // What fails is thrown away as a whole, so there is nothing to roll back to; the whole file is forced to the disk
    // at the end.
    run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;");
    run(kTables);
    run(fmt::format("INSERT INTO about VALUES ('orrery', '{}'), ('schema', '1');", ORRERY_VERSION));
    prepare(jobs_, "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    prepare(events_, "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)");
    prepare(usage_, "INSERT INTO usage VALUES (?, ?, ?, ?, ?)");
    prepare(machine_, "INSERT INTO machine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  }

  void commit() {
    run("COMMIT;");
    for (Statement* const statement : {&jobs_, &events_, &usage_, &machine_}) statement->reset();
    handle_.reset();
    file_.commit();
  }

  template <class... Values>
  void insert(sqlite3_stmt* into, const Values&... values) {
    int column = 0;
    (bind(into, ++column, values), ...);
    if (sqlite3_step(into) != SQLITE_DONE) fail();
    check(sqlite3_reset(into));
  }
  sqlite3_stmt* jobs() const { return jobs_.get(); }
  sqlite3_stmt* events() const { return events_.get(); }
  sqlite3_stmt* usage() const { return usage_.get(); }
  sqlite3_stmt* machine() const { return machine_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  void check(int result) const {
    if (result != SQLITE_OK) fail();
  }
  [[noreturn]] void fail() const {
    throw OutputError(fmt::format("cannot write `{}`: {}", path_, sqlite3_errmsg(handle_.get())));
  }
  void run(const std::string& text) { check(sqlite3_exec(handle_.get(), text.c_str(), nullptr, nullptr, nullptr)); }
  void prepare(Statement& statement, const char* text) {
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v2(handle_.get(), text, -1, &made, nullptr));
    statement.reset(made);
  }

  template <class Value>
  void bind(sqlite3_stmt* statement, int column, const Value& value) const {
    if constexpr (std::is_integral_v<Value>) {
      check(sqlite3_bind_int64(statement, column, value));
    } else if constexpr (std::is_floating_point_v<Value>) {
      check(sqlite3_bind_double(statement, column, value));  // NaN becomes NULL.
    } else {
      check(sqlite3_bind_text(statement, column, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT));
    }
  }
  void bind(sqlite3_stmt* statement, int column, const std::string* text) const {
    if (text == nullptr) {
      check(sqlite3_bind_null(statement, column));
    } else {
      bind(statement, column, *text);
    }
  }

  std::string path_;
  StagedFile file_;
  std::unique_ptr<sqlite3, Close> handle_;
  Statement jobs_, events_, usage_, machine_;
};

ClusterStore::ClusterStore(const std::string& path) : database_(std::make_unique<Database>(path)) {}
ClusterStore::~ClusterStore() = default;

std::unique_ptr<Observer> ClusterStore::events(const std::string& policy, const JobTable& jobs) {
  class Events final : public Observer {
   public:
    Events(Database& database, std::string policy, const JobTable& jobs)
        : database_(database), policy_(std::move(policy)), jobs_(jobs) {}
    void submitted(Millis now, JobId job) override { write(now, "submitted", job, {}); }
    void started(Millis now, JobId job, std::span<const Slice> slices) override { write(now, "started", job, slices); }
    void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) override {
      write(now, stop_name(reason), job, slices);
    }

   private:
    void write(Millis now, const std::string& event, JobId job, std::span<const Slice> slices) {
      const std::string nodes = nodes_text(slices);
      const auto held = std::accumulate(slices.begin(), slices.end(), 0,
                                        [](std::int32_t sum, const Slice& slice) { return sum + slice.gpus; });
      database_.insert(database_.events(), policy_, seconds(now), event, job_name(jobs_, job),
                       slices.empty() ? jobs_.gpus[at(job)] : held, slices.empty() ? nullptr : &nodes);
    }
    Database& database_;
    std::string policy_;
    const JobTable& jobs_;
  };
  return std::make_unique<Events>(*database_, policy, jobs);
}

void ClusterStore::add_jobs(const std::string& policy, const JobTable& jobs, std::span<const JobId> rows,
                            const JobSchedule& schedule) {
  for (const JobId job : rows) {
    const Millis submit = jobs.submit[at(job)], start = schedule.first_start[at(job)];
    database_->insert(database_->jobs(), policy, job_name(jobs, job), name_of(jobs.tenants, jobs.tenant, job),
                      name_of(jobs.users, jobs.user, job), name_of(jobs.pools, jobs.pool, job),
                      name_of(jobs.qos_names, jobs.qos, job), jobs.gpus[at(job)], seconds(submit), seconds(start),
                      seconds(schedule.end[at(job)]), seconds(jobs.run[at(job)]),
                      start < 0 ? std::nan("") : seconds(start - submit),
                      value_or<std::uint16_t>(schedule.stops, job, 0));
  }
}

void ClusterStore::add_usage(const std::string& policy, const UsageSummary& usage) {
  for (std::size_t i = 0; i < usage.allocated.size(); ++i) {
    const Millis begin = usage.begin + static_cast<Millis>(i) * usage.width;
    const double from = seconds(begin), length = seconds(std::min(usage.width, usage.end - begin));
    const double gang = usage.largest_gang[i] < 0 ? std::nan("") : static_cast<double>(usage.largest_gang[i]);
    database_->insert(database_->machine(), policy, from, length, usage.gpus, usage.allocated[i], usage.free[i],
                      usage.down[i], usage.waiting[i], usage.backlog[i], gang);
    for (std::size_t t = 0; t < usage.tenants.size(); ++t) {
      if (usage.tenant_gpus[t][i] != 0)
        database_->insert(database_->usage(), policy, from, length, usage.tenants[t], usage.tenant_gpus[t][i]);
    }
  }
}

void ClusterStore::commit() {
  database_->commit();
}

}  // namespace orrery
