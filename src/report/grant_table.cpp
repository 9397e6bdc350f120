#include "report/grant_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/statistics.hpp"

namespace orrery {
namespace {

Cell hours(double gpu_millis) {
  return large(gpu_millis / kHour, 3);
}

Cell time_or_nothing(Millis time) {
  if (time < 0) return {};
  return figure(Seconds(static_cast<double>(time) / kSecond));
}

}  // namespace

void add_grants(std::span<const GrantRecord> grants, Document& document) {
  if (grants.empty()) return;
  double granted = 0, idle = 0, used = 0;
  std::vector<double> waits;
  long long never = 0;
  Table table;
  table.key = "grants";
  table.title = "what tenants were granted, in GPU-hours";
  table.columns = {
      {"tenant", "tenant"},           {"waited", "waited for it"}, {"grants", "grants"}, {"turned_down", "turned down"},
      {"reclaimed", "reclaimed"},     {"granted", "granted"},      {"used", "used"},     {"idle", "idle"},
      {"unfunded", "without credits"}};
  for (const GrantRecord& record : grants) {
    if (record.applied < 0) continue;
    granted += record.granted;
    idle += record.idle;
    used += record.used;
    const bool got = record.first_granted >= 0;
    if (got) waits.push_back(static_cast<double>(record.first_granted - record.applied) / kSecond);
    if (!got) ++never;
    table.rows.push_back({record.tenant, time_or_nothing(got ? record.first_granted - record.applied : -1),
                          count(record.grants), count(record.turned_down), count(record.reclaimed),
                          hours(record.granted), hours(record.used), hours(record.idle), hours(record.unfunded)});
  }
  table.note = "waited for it: from the first application to the first grant";
  const auto tenants = static_cast<long long>(waits.size()) + never;
  std::string sentence = fmt::format("{} of {} tenants were granted something", waits.size(), tenants);
  if (!waits.empty()) {
    sentence += fmt::format(", half of them within {}", format_quantity(median(std::move(waits)), Dimension::Time));
  }
  if (granted > 0)
    sentence += fmt::format("; of what was granted {:.1f} % was used and {:.1f} % lay idle", 100 * used / granted,
                            100 * idle / granted);
  document.answer.push_back(std::move(sentence));
  document.tables.push_back(std::move(table));
}

}  // namespace orrery
