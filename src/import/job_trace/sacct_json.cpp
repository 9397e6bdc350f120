#include <cmath>
#include <string>

#include "import/job_trace/json_elements.hpp"
#include "import/job_trace/slurm_text.hpp"
#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

/// A number of Slurm's JSON: plain, or {"set": true, "infinite": false, "number": 30} since 23.02.
std::int64_t number_of(const Value* value) {
  if (value == nullptr) return kUnsaid;
  if (value->table() != nullptr) {
    const Value* set = value->find("set");
    const Value* infinite = value->find("infinite");
    if (infinite != nullptr && infinite->boolean() != nullptr && *infinite->boolean()) return kNever;
    if (set != nullptr && set->boolean() != nullptr && !*set->boolean()) return kUnsaid;
    return number_of(value->find("number"));
  }
  if (const std::int64_t* whole = value->integer()) return *whole;
  const double* real = value->real();
  return real != nullptr && std::abs(*real) < 9e15 ? static_cast<std::int64_t>(*real) : kUnsaid;
}

std::string_view text_of(const Value* value) {
  if (value == nullptr) return {};
  // States are a text, or since 23.11 a list of which the first counts.
  if (value->array() != nullptr)
    return value->array()->empty() ? std::string_view() : text_of(&value->array()->front());
  return value->string() == nullptr ? std::string_view() : std::string_view(*value->string());
}

Millis millis_of(std::int64_t count, Millis unit) {
  if (count == kUnsaid || count == kNever) return count;
  return count < 0 || count > kLongestMillis / unit ? kUnsaid : count * unit;
}

/// [{"type": "gres", "name": "gpu", "id": 1001, "count": 8}, ...] as the text that sacct prints.
std::string tres_text(const Value* list) {
  std::string text;
  if (list == nullptr || list->array() == nullptr) return text;
  for (const Value& entry : *list->array()) {
    const std::string_view type = text_of(entry.find("type")), name = text_of(entry.find("name"));
    const std::int64_t count = number_of(entry.find("count"));
    if (type.empty() || count == kUnsaid || count == kNever) continue;
    if (!text.empty()) text += ',';
    text += type;
    if (!name.empty()) text += "/" + std::string(name);
    text += "=" + std::to_string(count);
  }
  return text;
}

void add_job(const Value& job, std::size_t line, JobRows& rows) {
  const Value* time = job.find("time");
  const std::int64_t number = number_of(job.find("job_id"));
  if (time == nullptr || time->table() == nullptr || number == kUnsaid || number == kNever)
    return rows.drop(TraceIssue::NotAJob, line);
  JobRow row;
  row.line = line;
  // A task of an array has a number of its own, and its array's.
  std::string id = std::to_string(number);
  if (const Value* array = job.find("array")) {
    const std::int64_t of = number_of(array->find("job_id")), task = number_of(array->find("task_id"));
    if (of != kUnsaid && of > 0 && task != kUnsaid && task != kNever)
      id = std::to_string(of) + "_" + std::to_string(task);
  }
  row.id = id;
  const Value* state = job.find("state");
  const std::string_view state_text = text_of(state == nullptr ? nullptr : state->find("current"));
  if (state_text == "PENDING") return rows.drop(TraceIssue::NeverStarted, line);
  row.state = job_state_in(state_text);
  if (row.state == JobState::Unknown && !state_text.empty()) rows.note(TraceIssue::UnknownState, line);
  // 0: not yet.
  const auto date = [&](const char* key) {
    const Millis at = millis_of(number_of(time->find(key)), kSecond);
    return at == 0 || at == kNever ? kUnsaid : at;
  };
  row.submit = date("submission");
  row.start = date("start");
  row.end = date("end");
  if (row.start == kUnsaid) return rows.drop(TraceIssue::NeverStarted, line);
  row.run = millis_of(number_of(time->find("elapsed")), kSecond);
  if (row.run == kNever) row.run = kUnsaid;
  row.limit = millis_of(number_of(time->find("limit")), kMinute);
  row.user = text_of(job.find("user"));
  row.tenant = text_of(job.find("account"));
  row.pool = text_of(job.find("partition"));
  row.qos = text_of(job.find("qos"));
  if (const std::int64_t priority = number_of(job.find("priority")); priority != kUnsaid && priority != kNever)
    row.priority = priority;
  std::string type;
  if (const Value* tres = job.find("tres")) {
    std::string text = tres_text(tres->find("allocated"));
    if (text.empty()) text = tres_text(tres->find("requested"));
    // Its memory is in MiB already.
    if (const auto read = slurm_tres_in(text)) {
      row.gpus = read->gpus;
      row.cpu_milli = std::llround(read->cpus * 1000);
      row.memory_mib = std::llround(read->memory_mib);
      type = read->gpu_type;
      row.gpu_type = type;
    }
  }
  rows.add(row);
}

}  // namespace

void read_sacct_json(TraceInput& input, JobRows& rows) {
  rows.set_clock(TraceClock::Unix);
  rows.set_zone(true);
  for_each_element(input, rows, "jobs", [&](const Value& job, std::size_t line) { add_job(job, line, rows); });
}

}  // namespace orrery
