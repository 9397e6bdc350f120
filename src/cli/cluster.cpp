// `orrery cluster`: many tenants share scarce GPUs, under one policy or several.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/thread_pool.hpp"
#include "cli/cluster_inputs.hpp"
#include "cli/command.hpp"
#include "cli/trace_tables.hpp"
#include "cluster/metrics/measured_replay.hpp"
#include "cluster/metrics/observer_list.hpp"
#include "cluster/metrics/policy_figures.hpp"
#include "cluster/sharing/allocation_study.hpp"
#include "export/cluster_files.hpp"
#include "export/cluster_store.hpp"
#include "import/openb.hpp"
#include "report/allocation_document.hpp"
#include "report/cluster_charts.hpp"
#include "report/cluster_document.hpp"
#include "report/grant_table.hpp"

namespace orrery {

RunCommand declare_cluster(CLI::App& app);

namespace {

constexpr Millis kWeek = 7 * kDay;

struct ClusterOptions {
  ClusterInputs cluster;
  std::string seeds;
  std::string jobs_csv, events_csv, sqlite;
};

/// A policy's replay, measured: as a whole, and week by week.
struct Measured {
  std::vector<JobId> left_out;
  ClusterAnswer answer;
  PolicyBlocks weeks;
  std::vector<GrantRecord> grants;
};

/// Shares of the tenants as the scenario states them, the others having the default; empty where it states none.
std::vector<double> entitlements(const ClusterCase& loaded) {
  const std::vector<TenantInput>& tenants = loaded.scenario.scheduling.tenants;
  if (tenants.empty()) return {};
  const Names& names = loaded.spec.jobs->tenants;
  std::vector<double> shares(static_cast<std::size_t>(names.size()), TenantInput().share);
  for (const TenantInput& tenant : tenants) shares[static_cast<std::size_t>(names.find(tenant.name))] = tenant.share;
  return shares;
}

/// An output must not take the place of an input or of another output.
void refuse_same_files(const ClusterOptions& options) {
  const ClusterInputs& in = options.cluster;
  std::vector<std::filesystem::path> taken;
  const auto add = [&](const std::string& path, bool is_output) {
    std::error_code ignored;
    if (path.empty()) return;
    const std::filesystem::path real = std::filesystem::weakly_canonical(path, ignored);
    if (is_output && std::find(taken.begin(), taken.end(), real) != taken.end() &&
        !std::filesystem::is_character_file(real, ignored))
      throw InputError(fmt::format("`{}` is read or written already", path), {}, "name another file");
    taken.push_back(real);
  };
  for (const std::string* path : {&in.input.scenario, &in.trace, &in.nodes, &in.speeds, &in.slurm_conf, &in.kueue})
    add(*path, false);
  for (const std::string* path : {&options.jobs_csv, &options.events_csv, &options.sqlite}) add(*path, true);
}

/// Files that a replay is written to, beside the answer.
class Outputs {
 public:
  Outputs(const ClusterOptions& options, const ClusterCase& loaded) : jobs_(*loaded.spec.jobs) {
    const bool several = loaded.policies.size() > 1;
    if (several && !(options.jobs_csv.empty() && options.events_csv.empty()))
      throw InputError("--jobs-csv and --events-csv are of one policy", {}, "--sqlite takes several");
    refuse_same_files(options);
    if (!options.jobs_csv.empty()) jobs_file_.emplace(options.jobs_csv);
    if (!options.events_csv.empty()) {
      events_file_.emplace(options.events_csv);
      events_ = std::make_unique<EventsCsv>(events_file_->stream(), jobs_);
    }
    if (!options.sqlite.empty()) store_.emplace(options.sqlite);
  }
  bool any() const { return jobs_file_ || events_file_ || store_; }

  /// What hears a policy's replay; null where nothing does.
  Observer* observe(const ClusterPolicy& policy) {
    if (!store_) return events_.get();
    stored_ = store_->events(policy.name, jobs_);
    if (events_ == nullptr) return stored_.get();
    both_ = std::make_unique<ObserverList>(std::vector<Observer*>{events_.get(), stored_.get()});
    return both_.get();
  }
  void add(const ClusterPolicy& policy, const MeasuredReplay& replay) {
    if (jobs_file_) write_jobs_csv(jobs_file_->stream(), jobs_, replay.rows, replay.schedule);
    if (!store_) return;
    store_->add_jobs(policy.name, jobs_, replay.rows, replay.schedule);
    store_->add_usage(policy.name, replay.usage);
  }
  void commit() {
    if (jobs_file_) jobs_file_->commit();
    if (events_file_) events_file_->commit();
    if (store_) store_->commit();
  }

 private:
  const JobTable& jobs_;
  std::optional<StagedFile> jobs_file_, events_file_;
  std::optional<ClusterStore> store_;
  std::unique_ptr<Observer> events_, stored_, both_;
};

/// `too_large`  jobs that the machine cannot hold, whatever the policy.
Measured measure(const ClusterCase& loaded, const ClusterPolicy& policy, std::size_t too_large, Outputs& outputs) {
  const JobTable& jobs = *loaded.spec.jobs;
  const OutcomeOptions options = outcome_options(loaded);
  MeasuredReplay replay = measure_replay(loaded.spec, policy, options, entitlements(loaded), outputs.observe(policy));
  outputs.add(policy, replay);
  Measured measured;
  measured.weeks = figures_by_block(policy.name, jobs, replay.rows, replay.schedule, options, replay.usage, kWeek);
  measured.grants = std::move(replay.grants);
  measured.left_out = replay.impossible;
  ClusterAnswer& answer = measured.answer;
  answer.policy = policy.name;
  answer.machine = machine_words(loaded.spec.machine);
  answer.outcome = std::move(replay.outcome);
  answer.usage = std::move(replay.usage);
  answer.fairness = std::move(replay.fairness);
  answer.assumptions = loaded.scenario.assumptions;
  if (options.use_until != kNever)
    answer.assumptions.emplace_back(
        "use of the machine, GPU-hours received and entitlements are of the time until the last submission");
  if (replay.schedule.killed > 0) {
    answer.warnings.push_back(fmt::format("under {} {} jobs were killed at their time limit with work left",
                                          policy.name, replay.schedule.killed));
  }
  if (replay.impossible.size() > too_large) {
    answer.warnings.push_back(fmt::format("{} refuses {} jobs for ever: they break one of its limits by themselves",
                                          policy.name, replay.impossible.size() - too_large));
  }
  if (answer.outcome.given_up > 0) {
    answer.warnings.push_back(fmt::format("{} jobs failed so often under {} that they ended without being done",
                                          answer.outcome.given_up, policy.name));
  }
  return measured;
}

/// The first jobs that are in no other table: larger than the machine, or refused by the policy.
void add_left_out(const std::vector<JobId>& left_out, const JobTable& jobs, Document& document) {
  constexpr std::size_t kMost = 10;
  document.fields.push_back({"jobs_impossible", "", count(static_cast<long long>(left_out.size()))});
  if (left_out.empty()) return;
  Table table;
  table.key = "impossible";
  table.title = left_out.size() > kMost
                    ? fmt::format("jobs that can never start, the first {} of {}", kMost, left_out.size())
                    : "jobs that can never start";
  table.columns = {{"job", "job"}, {"gpus", "GPUs"}, {"tenant", "tenant"}, {"pool", "pool"}};
  const auto name = [](const std::vector<std::int32_t>& column, const Names& names, JobId job) -> Cell {
    const std::int32_t number = value_or(column, job, -1);
    return number < 0 ? Cell() : Cell(names.at(number));
  };
  for (std::size_t i = 0; i < std::min(kMost, left_out.size()); ++i) {
    const JobId job = left_out[i];
    table.rows.push_back({job_name(jobs, job), count(jobs.gpus[static_cast<std::size_t>(job)]),
                          name(jobs.tenant, jobs.tenants, job), name(jobs.pool, jobs.pools, job)});
  }
  document.tables.push_back(std::move(table));
}

Document replay_document(const ClusterOptions& options, const ClusterCase& loaded, const TraceAudit& audit) {
  std::size_t too_large = 0;
  for (const ImpossibleJobs& jobs : audit.impossible) too_large += static_cast<std::size_t>(jobs.jobs);
  ThreadPool pool(static_cast<unsigned>(options.cluster.input.threads));
  Outputs outputs(options, loaded);
  // Files are written in the order of the policies, so one after the other.
  std::vector<Measured> measured(loaded.policies.size());
  const auto one = [&](std::size_t i) { measured[i] = measure(loaded, loaded.policies[i], too_large, outputs); };
  if (outputs.any()) {
    for (std::size_t i = 0; i < measured.size(); ++i) one(i);
  } else {
    pool.parallel_for(measured.size(), one);
  }
  outputs.commit();
  std::vector<ClusterAnswer> answers;
  std::vector<PolicyBlocks> weeks;
  for (Measured& each : measured) {
    answers.push_back(std::move(each.answer));
    weeks.push_back(std::move(each.weeks));
  }
  if (answers.size() == 1) {
    Document document = cluster_document(answers.front());
    add_grants(measured.front().grants, document);
    add_left_out(measured.front().left_out, *loaded.spec.jobs, document);
    return document;
  }
  PolicyComparison comparison;
  comparison.figures = compare_policies(weeks);
  comparison.block = "week";
  comparison.blocks = weeks.front().figures.empty() ? 0 : weeks.front().figures.front().size();
  return policies_document(answers, comparison);
}

std::vector<std::string> words(const std::string& list) {
  std::vector<std::string> all;
  std::stringstream in(list);
  for (std::string word; std::getline(in, word, ',');) all.push_back(word);
  return all;
}

/// "42..51" or "7": seeds from the first to the last.
std::vector<std::uint64_t> seeds_of(const std::string& text) {
  constexpr std::uint64_t kMost = 10'000;
  const std::size_t dots = text.find("..");
  const auto number = [&](const std::string& digits) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || stop != digits.data() + digits.size() || digits.empty())
      throw InputError(fmt::format("--seeds `{}` is no range of seeds", text.substr(0, 40)), {}, "for example 42..51");
    return value;
  };
  const std::uint64_t first = number(text.substr(0, dots));
  const std::uint64_t last = dots == std::string::npos ? first : number(text.substr(dots + 2));
  if (last < first || last - first >= kMost)
    throw InputError(fmt::format("--seeds `{}` is no range of at most {} seeds", text.substr(0, 40), kMost), {},
                     "for example 42..51");
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t i = 0; i <= last - first; ++i) seeds.push_back(first + i);
  return seeds;
}

/// The rules of sharing that --policy names, where all of them are such rules: then how much of the machine each can
/// allocate is asked, not who waits.
std::vector<SharingRule> allocation_rules(const ClusterInputs& inputs) {
  std::vector<SharingRule> rules;
  if (inputs.format != "openb" || inputs.nodes.empty()) return rules;
  for (const std::string& word : words(inputs.policies)) {
    const auto rule = sharing_rule(word);
    if (!rule) return {};
    rules.push_back(*rule);
  }
  return rules;
}

Document allocation(const ClusterOptions& options, const std::vector<SharingRule>& rules, const OutputFlags& flags) {
  Diagnostics diagnostics;
  const JobTable pods = read_openb_pods_file(options.cluster.trace, diagnostics);
  const SharedMachine machine = read_openb_nodes_file(options.cluster.nodes, diagnostics);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  if (const auto reason = why_no_allocation(pods, machine)) throw InputError(*reason);
  ThreadPool pool(static_cast<unsigned>(options.cluster.input.threads));
  const std::string seeds = options.seeds.empty() ? std::to_string(options.cluster.input.seed) : options.seeds;
  return allocation_document(allocation_study(pods, machine, rules, seeds_of(seeds), pool));
}

}  // namespace

RunCommand declare_cluster(CLI::App& app) {
  const auto options = std::make_shared<ClusterOptions>();
  add_cluster_options(app, options->cluster,
                      "Policies to compare, with commas between, as fifo,easy,srtf [those of the scenario]");
  app.add_option("--seeds", options->seeds, "Seeds of allocation curves (openb), as 42..51 [--seed]")
      ->group("Input")
      ->type_name("RANGE");
  app.add_option("--jobs-csv", options->jobs_csv, "Write each job: start, end, wait")->type_name("FILE");
  app.add_option("--events-csv", options->events_csv, "Write each event: submitted, started, ended, preempted")
      ->type_name("FILE");
  app.add_option("--sqlite", options->sqlite, "Write jobs, events and use over time of all policies")
      ->type_name("FILE");
  return [options](const OutputFlags& flags) {
    if (const std::vector<SharingRule> rules = allocation_rules(options->cluster); !rules.empty()) {
      emit(allocation(*options, rules, flags), flags);
      return kAnswer;
    }
    if (!options->seeds.empty())
      throw InputError("--seeds is of allocation curves", {}, "they take --format openb, --nodes and rules of sharing");
    const ClusterCase loaded = load_cluster(options->cluster, flags);
    const TraceAudit audit = audit_trace(*loaded.spec.jobs, loaded.spec.machine);
    Document document = replay_document(*options, loaded, audit);
    add_trace_report(loaded.report, document);
    add_trace_audit(audit, document);
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
