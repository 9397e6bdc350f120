// What sacctmgr says of accounts, users and QOS.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/terminal_text.hpp"
#include "base/utf8.hpp"
#include "import/slurm_conf.hpp"
#include "import/slurm_nodes_reader.hpp"
#include "import/slurm_text.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostEntries = 1'000'000;

std::string quoted(std::string_view text) {
  return fmt::format("`{}`", shortened(text, 60));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string without_quotes(std::string_view text) {
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

/// Calls `f(line, number)` for the lines of a text; stops where it is not UTF-8, and says so.
void each_line(const Source& source, Diagnostics& diagnostics,
               const std::function<bool(std::string_view, std::size_t)>& f) {
  std::string_view text = source->text;
  for (std::size_t number = source->first_line; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (const std::size_t bad = first_bad_byte(line); bad != std::string_view::npos) {
      diagnostics.error("the text is not UTF-8", {source, number, bad + 1, 1});
      return;
    }
    if (!f(line, number)) return;
  }
}

/// Sets one limit by its name; false where the name is no limit that is read.
bool set_limit(SlurmLimits& limits, const SlurmSetting& s, Diagnostics& diagnostics) {
  const auto is = [&](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return same_key(s.key, name); });
  };
  const auto count = [&](std::optional<int>& into) {
    if (s.value == "-1") return;
    if (const auto value = slurm_number(s, 0, 1e9, diagnostics)) into = static_cast<int>(*value);
  };
  if (is({"GrpTRES"})) {
    limits.grp_tres = slurm_tres(s, diagnostics);
  } else if (is({"GrpTRESMins"})) {
    limits.grp_tres_mins = slurm_tres(s, diagnostics);
  } else if (is({"GrpJobs"})) {
    count(limits.grp_jobs);
  } else if (is({"MaxTRES", "MaxTRESPerJob", "MaxTRESPJ"})) {
    limits.max_tres_per_job = slurm_tres(s, diagnostics);
  } else if (is({"MaxTRESPU", "MaxTRESPerUser"})) {
    limits.max_tres_per_user = slurm_tres(s, diagnostics);
  } else if (is({"MaxTRESPA", "MaxTRESPerAccount"})) {
    limits.max_tres_per_account = slurm_tres(s, diagnostics);
  } else if (is({"MaxJobs", "MaxJobsPU", "MaxJobsPerUser"})) {
    count(limits.max_jobs_per_user);
  } else if (is({"MaxJobsPA", "MaxJobsPerAccount"})) {
    count(limits.max_jobs_per_account);
  } else if (is({"MaxWall", "MaxWallDurationPerJob", "MaxWallPJ"})) {
    limits.max_wall = slurm_time(s, diagnostics);
  } else {
    return false;
  }
  return true;
}

/// Limits of sacctmgr that change schedules and are not modelled.
bool is_other_limit(std::string_view key) {
  for (const char* known :
       {"GrpTRESRunMins",    "GrpSubmitJobs",   "GrpSubmit",       "GrpWall",    "GrpJobsAccrue", "MaxTRESMins",
        "MaxTRESMinsPerJob", "MaxTRESPerNode",  "MaxSubmitJobs",   "MaxSubmit",  "MaxSubmitPU",   "MaxSubmitPA",
        "MaxJobsAccrue",     "MaxJobsAccruePU", "MaxJobsAccruePA", "MinTRES",    "MinTRESPerJob", "MinPrioThreshold",
        "MinPrioThres",      "UsageThreshold",  "UsageThres",      "LimitFactor"}) {
    if (same_key(key, known)) return true;
  }
  return false;
}

}  // namespace

void read_slurm_associations(const Source& source, SlurmParameters& parameters, Diagnostics& diagnostics) {
  std::string account;  // Whose children come.
  bool any = false;
  each_line(source, diagnostics, [&](std::string_view line, std::size_t number) {
    if (trimmed(line).empty() || trimmed(line).front() == '#') return true;
    const Span whole{source, number, 1, std::max<std::size_t>(1, line.size())};
    const std::size_t dash = line.find('-');
    const std::string_view kind = trimmed(line.substr(0, dash));
    if (dash == std::string_view::npos ||
        (kind != "Cluster" && kind != "Parent" && kind != "Account" && kind != "User")) {
      diagnostics.error(fmt::format("{} is no line of `sacctmgr dump`", quoted(line)), whole,
                        "as Account - 'physics':Fairshare=4");
      return true;
    }
    any = true;
    // Name:Key=value:Key='value with : in it'
    std::vector<SlurmSetting> settings;
    for (std::size_t at = dash + 1; at < line.size();) {
      std::size_t end = at;
      bool in_quotes = false;
      for (; end < line.size() && (in_quotes || line[end] != ':'); ++end) {
        // Times have colons of their own: 1:00:00 goes on with a digit.
        if (line[end] == '\'') in_quotes = !in_quotes;
      }
      while (end + 1 < line.size() && line[end] == ':' && line[end + 1] >= '0' && line[end + 1] <= '9') {
        ++end;
        while (end < line.size() && line[end] != ':') ++end;
      }
      const std::string_view part = line.substr(at, end - at);
      const std::size_t equals = part.find('=');
      SlurmSetting& s = settings.emplace_back();
      s.key = trimmed(part.substr(0, equals));
      s.value = equals == std::string_view::npos ? "" : without_quotes(trimmed(part.substr(equals + 1)));
      s.key_span = {source, number, at + 1, std::max<std::size_t>(1, std::min(equals, part.size()))};
      s.value_span = equals == std::string_view::npos
                         ? s.key_span
                         : Span{source, number, at + equals + 2, std::max<std::size_t>(1, part.size() - equals - 1)};
      at = end + 1;
    }
    const std::string name = settings.empty() ? "" : without_quotes(settings.front().key);
    if (name.empty()) {
      diagnostics.error("no name is given", whole);
      return true;
    }
    if (kind == "Parent") {
      account = name;
      return true;
    }
    if (kind == "User" && account.empty()) {
      diagnostics.error(fmt::format("user {} has no account", quoted(name)), whole,
                        "a line Parent - 'ACCOUNT' comes first");
      return true;
    }
    if (parameters.associations.size() == kMostEntries) {
      diagnostics.error(fmt::format("more than {} associations", kMostEntries), whole);
      return false;
    }
    SlurmAssociation a;
    a.account = kind == "User" ? account : kind == "Cluster" ? "root" : name;
    if (kind == "User") a.user = name;
    if (kind == "Account" && !account.empty() && account != "root") a.parent = account;
    for (std::size_t i = 1; i < settings.size(); ++i) {
      const SlurmSetting& s = settings[i];
      if (same_key(s.key, "Fairshare") || same_key(s.key, "Shares")) {
        a.fairshare_parent = same_key(s.value, "parent");
        if (a.fairshare_parent) continue;
        if (const auto value = slurm_number(s, 0, 1e9, diagnostics)) a.fairshare = static_cast<int>(*value);
      } else if (!set_limit(a.limits, s, diagnostics) && is_other_limit(s.key)) {
        diagnostics.warning(quoted(s.key) + " is a limit that is not modelled", s.key_span);
      }
    }
    // A line of the cluster only matters for its limits.
    if (kind != "Cluster" || !a.limits.empty()) parameters.associations.push_back(std::move(a));
    return true;
  });
  if (!any) diagnostics.error("the file has no associations", {source, 0, 0, 1}, "`sacctmgr dump CLUSTER` writes one");
}

void read_slurm_qos(const Source& source, SlurmParameters& parameters, Diagnostics& diagnostics) {
  std::vector<std::string> header;
  each_line(source, diagnostics, [&](std::string_view line, std::size_t number) {
    if (trimmed(line).empty()) return true;
    std::vector<SlurmSetting> cells;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find('|', at), line.size());
      SlurmSetting& cell = cells.emplace_back();
      cell.value = trimmed(line.substr(at, end - at));
      cell.value_span = cell.key_span = {source, number, at + 1, std::max<std::size_t>(1, end - at)};
      at = end + 1;
    }
    if (header.empty()) {
      for (const SlurmSetting& cell : cells) header.push_back(cell.value);
      if (std::none_of(header.begin(), header.end(), [](const std::string& h) { return same_key(h, "Name"); })) {
        diagnostics.error("the table has no column `Name`", {source, number, 1, std::max<std::size_t>(1, line.size())},
                          "`sacctmgr -P show qos` prints one");
        return false;
      }
      return true;
    }
    if (cells.size() != header.size()) {
      diagnostics.error(fmt::format("{} cells under {} columns", cells.size(), header.size()),
                        {source, number, 1, std::max<std::size_t>(1, line.size())});
      return true;
    }
    if (parameters.qos.size() == kMostEntries) {
      diagnostics.error(fmt::format("more than {} QOS", kMostEntries), cells[0].value_span);
      return false;
    }
    SlurmQos& qos = parameters.qos.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      SlurmSetting& s = cells[i];
      s.key = header[i];
      if (s.value.empty()) continue;
      if (same_key(s.key, "Name")) {
        qos.name = s.value;
      } else if (same_key(s.key, "Priority")) {
        qos.priority = slurm_number(s, 0, 4294967295.0, diagnostics).value_or(0);
      } else if (same_key(s.key, "GraceTime")) {
        qos.grace_time = slurm_time(s, diagnostics).value_or(Seconds(0));
      } else if (same_key(s.key, "Preempt")) {
        for (const std::string_view name : slurm_list(s.value)) qos.preempt.emplace_back(name);
      } else if (same_key(s.key, "PreemptMode")) {
        // "cluster": as the cluster's.
        if (!same_key(s.value, "cluster")) qos.preempt_mode = slurm_preempt_mode(s, diagnostics);
      } else if (same_key(s.key, "PreemptExemptTime")) {
        qos.preempt_exempt_time = slurm_time(s, diagnostics);
      } else if (same_key(s.key, "UsageFactor")) {
        qos.usage_factor = slurm_number(s, 0, 1e6, diagnostics).value_or(1);
      } else if (!set_limit(qos.limits, s, diagnostics) && is_other_limit(s.key) && s.value != "1.000000") {
        diagnostics.warning(quoted(s.key) + " is a limit that is not modelled", s.value_span);
      }
    }
    return true;
  });
  if (header.empty())
    diagnostics.error("the file has no table", {source, 0, 0, 1}, "`sacctmgr -P show qos` prints one");
}

}  // namespace orrery
