#include "import/slurm_conf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <set>

#include "base/terminal_text.hpp"
#include "import/slurm_keys.hpp"
#include "import/slurm_nodes_reader.hpp"
#include "import/slurm_text.hpp"

namespace orrery {
namespace {

constexpr double kMostWeight = 4294967295.0;

std::string quoted(std::string_view text) {
  return fmt::format("`{}`", shortened(text, 60));
}

bool has_key(const std::vector<std::string>& list, std::string_view key) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& known) { return same_key(known, key); });
}

class ConfReader {
 public:
  ConfReader(SlurmConf& conf, Diagnostics& diagnostics) : conf_(conf), p_(conf.parameters), diagnostics_(diagnostics) {
    declare();
  }

  void read(const Source& source, SlurmNodesReader& nodes) {
    for (const SlurmLine& line : slurm_lines(source, diagnostics_)) {
      const std::string& first = line.front().key;
      if (same_key(first, "NodeName")) {
        check_keys(line, nodes.node_keys(), slurm_node_keys());
        nodes.add_nodes(line);
      } else if (same_key(first, "PartitionName")) {
        check_keys(line, nodes.partition_keys(), slurm_partition_keys());
        nodes.add_partition(line);
      } else if (same_key(first, "NodeSet") || same_key(first, "FrontendName")) {
        diagnostics_.warning(quoted(first) + " is not modelled", line.front().key_span);
      } else if (same_key(first, "DownNodes")) {
        nodes.take_down(line);
      } else {
        for (const SlurmSetting& setting : line) read_setting(setting);
      }
    }
    tell_ignored(source);
  }

 private:
  using Read = std::function<void(const SlurmSetting&)>;

  void error(const SlurmSetting& setting, const std::string& message, const std::string& hint = "") {
    diagnostics_.error(message, setting.value_span, hint);
  }
  void warn(const SlurmSetting& setting, const std::string& message, const std::string& hint = "") {
    diagnostics_.warning(message, setting.value_span, hint);
  }

  void add(const std::string& key, Read read) {
    names_.push_back(key);
    reads_.push_back(std::move(read));
  }
  void add_number(const std::string& key, double& into, double minimum, double maximum) {
    add(key, [&into, minimum, maximum, this](const SlurmSetting& s) {
      if (const auto value = slurm_number(s, minimum, maximum, diagnostics_)) into = *value;
    });
  }
  void add_time(const std::string& key, Seconds& into) {
    add(key, [&into, this](const SlurmSetting& s) { into = slurm_time(s, diagnostics_).value_or(Seconds(0)); });
  }

  void declare() {
    add("SchedulerType", [this](const SlurmSetting& s) {
      if (s.value == "sched/backfill") {
        p_.scheduler_type = SlurmSchedulerType::Backfill;
      } else if (s.value == "sched/builtin") {
        p_.scheduler_type = SlurmSchedulerType::Builtin;
      } else {
        error(s, "no scheduler " + quoted(s.value), "sched/backfill or sched/builtin");
      }
    });
    add("SchedulerParameters", [this](const SlurmSetting& s) { scheduler_parameters(s); });
    add("PriorityType", [this](const SlurmSetting& s) {
      if (s.value == "priority/multifactor") {
        p_.priority_type = SlurmPriorityType::Multifactor;
      } else if (s.value == "priority/basic") {
        p_.priority_type = SlurmPriorityType::Basic;
      } else {
        error(s, "no priority plugin " + quoted(s.value), "priority/multifactor or priority/basic");
      }
    });
    add_number("PriorityWeightAge", p_.priority_weight_age, 0, kMostWeight);
    add_number("PriorityWeightFairshare", p_.priority_weight_fairshare, 0, kMostWeight);
    add_number("PriorityWeightJobSize", p_.priority_weight_job_size, 0, kMostWeight);
    add_number("PriorityWeightPartition", p_.priority_weight_partition, 0, kMostWeight);
    add_number("PriorityWeightQOS", p_.priority_weight_qos, 0, kMostWeight);
    add("PriorityWeightTRES", [this](const SlurmSetting& s) { p_.priority_weight_tres = slurm_tres(s, diagnostics_); });
    add_time("PriorityMaxAge", p_.priority_max_age);
    add_time("PriorityDecayHalfLife", p_.priority_decay_half_life);
    add("PriorityCalcPeriod", [this](const SlurmSetting& s) {
      p_.priority_calc_period = std::max(Seconds(60), slurm_time(s, diagnostics_).value_or(Seconds(300)));
    });
    add("PriorityUsageResetPeriod", [this](const SlurmSetting& s) { reset_period(s); });
    add("PriorityFavorSmall", [this](const SlurmSetting& s) { p_.priority_favor_small = same_key(s.value, "YES"); });
    add("PriorityFlags", [this](const SlurmSetting& s) { priority_flags(s); });
    add_number("FairShareDampeningFactor", p_.fair_share_dampening_factor, 1, 65533);
    add("PreemptType", [this](const SlurmSetting& s) {
      if (s.value == "preempt/none") {
        p_.preempt_type = SlurmPreemptType::None;
      } else if (s.value == "preempt/partition_prio") {
        p_.preempt_type = SlurmPreemptType::PartitionPrio;
      } else if (s.value == "preempt/qos") {
        p_.preempt_type = SlurmPreemptType::Qos;
      } else {
        error(s, "no preemption plugin " + quoted(s.value), "preempt/none, preempt/partition_prio or preempt/qos");
      }
    });
    add("PreemptMode", [this](const SlurmSetting& s) { p_.preempt_mode = slurm_preempt_mode(s, diagnostics_); });
    add_time("PreemptExemptTime", p_.preempt_exempt_time);
    add("AuthInfo", [this](const SlurmSetting& s) {
      for (const std::string_view part : slurm_list(s.value)) {
        if (!part.starts_with("cred_expire=")) continue;
        SlurmSetting one = s;
        one.value = part.substr(12);
        if (const auto value = slurm_number(one, 5, 86400, diagnostics_)) p_.cred_expire = Seconds(*value);
      }
    });
    add("SelectType", [this](const SlurmSetting& s) {
      if (s.value != "select/cons_tres" && s.value != "select/cons_res")
        warn(s, quoted(s.value) + " is not modelled: jobs share nodes by GPUs", "select/cons_tres is");
    });
    add("SelectTypeParameters", [this](const SlurmSetting& s) {
      for (const std::string_view part : slurm_list(s.value)) {
        if (same_key(part, "CR_LLN") || same_key(part, "CR_Pack_Nodes"))
          warn(s, quoted(part) + " is not modelled: nodes are chosen in the tightest runs");
      }
    });
    add("TopologyPlugin", [this](const SlurmSetting& s) {
      if (s.value != "topology/none" && s.value != "topology/default" && s.value != "topology/flat")
        warn(s, quoted(s.value) + " is not modelled: nodes are chosen in the tightest runs");
    });
  }

  void read_setting(const SlurmSetting& setting) {
    const auto found = std::find_if(names_.begin(), names_.end(),
                                    [&](const std::string& name) { return same_key(name, setting.key); });
    if (found != names_.end()) {
      reads_[static_cast<std::size_t>(found - names_.begin())](setting);
      return;
    }
    other_key(setting, names_, slurm_conf_keys());
  }

  /// A key that is not read: harmless, not modelled, mistyped or unknown.
  void other_key(const SlurmSetting& setting, const std::vector<std::string>& read, const SlurmKeys& keys) {
    if (has_key(keys.harmless, setting.key)) {
      if (ignored_.insert(setting.key).second) conf_.ignored.push_back(setting.key);
    } else if (has_key(keys.unmodelled, setting.key)) {
      diagnostics_.warning(quoted(setting.key) + " changes schedules and is not modelled", setting.key_span);
    } else if (const std::string meant = did_you_mean(setting.key, read); !meant.empty()) {
      diagnostics_.error("unknown key " + quoted(setting.key), setting.key_span, "did you mean `" + meant + "`?");
    } else {
      const std::string harmless = did_you_mean(setting.key, keys.harmless);
      diagnostics_.warning("unknown key " + quoted(setting.key), setting.key_span,
                           harmless.empty() ? "" : "did you mean `" + harmless + "`?");
    }
  }

  void check_keys(const SlurmLine& line, const std::vector<std::string>& read, const SlurmKeys& keys) {
    for (const SlurmSetting& setting : line) {
      if (!has_key(read, setting.key)) other_key(setting, read, keys);
    }
  }

  void scheduler_parameters(const SlurmSetting& s) {
    struct Number {
      const char* name;
      double minimum, maximum;
      std::function<void(double)> set;
    };
    const auto integer = [](int& into) { return [&into](double value) { into = static_cast<int>(value); }; };
    const auto seconds = [](Seconds& into, double unit) {
      return [&into, unit](double v) { into = Seconds(v * unit); };
    };
    const std::vector<Number> numbers = {{"bf_interval", -1, 10800,
                                          [&](double value) {
                                            if (value < 0)
                                              p_.scheduler_type = SlurmSchedulerType::Builtin;  // No backfill loop.
                                            if (value >= 0) p_.bf_interval = Seconds(std::max(1.0, value));
                                          }},
                                         {"bf_resolution", 1, 3600, seconds(p_.bf_resolution, 1)},
                                         {"bf_window", 1, 43200, seconds(p_.bf_window, 60)},
                                         {"bf_window_linear", 0, 3600, seconds(p_.bf_window_linear, 1)},
                                         {"bf_max_job_test", 1, 1'000'000, integer(p_.bf_max_job_test)},
                                         {"bf_max_job_user", 0, 1'000'000, integer(p_.bf_max_job_user)},
                                         {"bf_max_job_part", 0, 1'000'000, integer(p_.bf_max_job_part)},
                                         {"bf_max_job_start", 0, 10'000, integer(p_.bf_max_job_start)},
                                         {"preempt_reorder_count", 0, 1000, integer(p_.preempt_reorder_count)}};
    struct Flag {
      const char* name;
      bool& into;
    };
    const std::vector<Flag> flags = {{"bf_continue", p_.bf_continue},
                                     {"assoc_limit_stop", p_.assoc_limit_stop},
                                     {"preempt_youngest_first", p_.preempt_youngest_first}};
    std::vector<std::string> known;
    for (const Number& number : numbers) known.emplace_back(number.name);
    for (const Flag& flag : flags) known.emplace_back(flag.name);
    for (const std::string_view part : slurm_list(s.value)) {
      const std::size_t equals = part.find('=');
      SlurmSetting one = s;
      one.key = part.substr(0, equals);
      one.value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
      // The caret stands under this parameter where the text has no quotes before it.
      const auto offset = static_cast<std::size_t>(part.data() - s.value.data());
      if (s.value_span.length == s.value.size()) {
        one.key_span = one.value_span = s.value_span;
        one.key_span.column = s.value_span.column + offset;
        one.key_span.length = one.key.size();
        one.value_span.column = one.key_span.column + (one.value.empty() ? 0 : equals + 1);
        one.value_span.length = std::max<std::size_t>(1, one.value.empty() ? one.key.size() : one.value.size());
      } else {
        one.key_span = s.value_span;
      }
      const auto number =
          std::find_if(numbers.begin(), numbers.end(), [&](const Number& n) { return one.key == n.name; });
      const auto flag = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return one.key == f.name; });
      if (number != numbers.end()) {
        if (const auto value = slurm_number(one, number->minimum, number->maximum, diagnostics_)) number->set(*value);
      } else if (flag != flags.end()) {
        flag->into = !same_key(one.value, "no");
      } else {
        other_key(one, known, slurm_scheduler_keys());
      }
    }
  }

  void reset_period(const SlurmSetting& s) {
    struct Period {
      const char* name;
      double days;
    };
    constexpr double kMonth = 365.25 / 12;
    const std::vector<Period> periods = {
        {"DAILY", 1}, {"WEEKLY", 7}, {"MONTHLY", kMonth}, {"QUARTERLY", 3 * kMonth}, {"YEARLY", 365.25}};
    if (same_key(s.value, "NONE") || same_key(s.value, "NOW")) {
      p_.priority_usage_reset_period.reset();
      return;
    }
    const auto found =
        std::find_if(periods.begin(), periods.end(), [&](const Period& p) { return same_key(s.value, p.name); });
    if (found == periods.end()) {
      error(s, "no period " + quoted(s.value), "NONE, DAILY, WEEKLY, MONTHLY, QUARTERLY or YEARLY");
      return;
    }
    p_.priority_usage_reset_period = Seconds(found->days * 86400);
    warn(s, "usage is reset so often from the begin of the trace on, not by the calendar");
  }

  void priority_flags(const SlurmSetting& s) {
    for (const std::string_view flag : slurm_list(s.value)) {
      if (same_key(flag, "NO_FAIR_TREE")) {
        p_.fair_tree = false;
      } else if (same_key(flag, "FAIR_TREE")) {
        p_.fair_tree = true;
      } else if (!same_key(flag, "CALCULATE_RUNNING")) {  // Running jobs' priorities move nothing here.
        warn(s, quoted(flag) + " of PriorityFlags is not modelled");
      }
    }
  }

  void tell_ignored(const Source& source) {
    if (conf_.ignored.empty()) return;
    diagnostics_.warning(fmt::format("{} key{} that schedules do not depend on {} passed over: {}",
                                     conf_.ignored.size(), conf_.ignored.size() == 1 ? "" : "s",
                                     conf_.ignored.size() == 1 ? "is" : "are", fmt::join(conf_.ignored, ", ")),
                         {source, 0, 0, 1});
  }

  SlurmConf& conf_;
  SlurmParameters& p_;
  Diagnostics& diagnostics_;
  std::vector<std::string> names_;
  std::vector<Read> reads_;
  std::set<std::string> ignored_;
};

}  // namespace

SlurmConf read_slurm_conf(const SlurmFiles& files, Diagnostics& diagnostics) {
  SlurmConf conf;
  // Slurm's own default; the table of a scenario has the same, whatever came before.
  conf.parameters.preempt_mode = SlurmPreemptMode::Off;
  SlurmNodesReader nodes(diagnostics);
  ConfReader(conf, diagnostics).read(files.conf, nodes);
  if (files.gres != nullptr) nodes.read_gres(files.gres);
  nodes.build(files.conf, conf.machine, conf.parameters);
  if (files.topology != nullptr) nodes.read_topology(files.topology, conf.machine);
  if (files.qos != nullptr) read_slurm_qos(files.qos, conf.parameters, diagnostics);
  if (files.associations != nullptr) read_slurm_associations(files.associations, conf.parameters, diagnostics);
  return conf;
}

}  // namespace orrery
