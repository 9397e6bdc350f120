#include <algorithm>
#include <string>
#include <vector>

#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (c == ',' || c == '|') {
      words.emplace_back();
    } else if (c != '"' && c != ' ' && c != '\r') {
      words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return words;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::string_view without_packing(std::string_view name) {
  for (const std::string_view end : {".xz", ".gz"}) {
    if (ends_with(name, end)) name.remove_suffix(end.size());
  }
  return name;
}

}  // namespace

TraceFormat guess_format(std::string_view begin, const std::string& name) {
  const std::string_view plain = without_packing(name);
  if (begin.substr(0, 3) == "\xEF\xBB\xBF") begin.remove_prefix(3);
  const auto first = begin.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return TraceFormat::Auto;
  begin.remove_prefix(first);
  if (begin.front() == '[') return TraceFormat::Philly;
  if (begin.front() == '{') return TraceFormat::Sacct;
  if (begin.front() == ';' || ends_with(plain, ".swf")) return TraceFormat::Swf;
  const std::string_view line = begin.substr(0, begin.find('\n'));
  const std::vector<std::string> words = words_of(line);
  const auto has = [&](std::initializer_list<const char*> all) {
    return std::all_of(all.begin(), all.end(),
                       [&](const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); });
  };
  if (has({"run_s", "gpus"}) || has({"submit_s"})) return TraceFormat::Csv;
  if (has({"timestamp", "num_gpus"})) return TraceFormat::Philly;
  if (has({"gpu_num", "submit_time", "vc"})) return TraceFormat::Helios;
  if (has({"gpu_num", "submit_time", "type"})) return TraceFormat::Acme;
  if (has({"num_gpu", "gpu_milli"})) return TraceFormat::Openb;
  if (has({"instance_sn", "app_name"})) return TraceFormat::AlibabaV2025;
  if (has({"job_name", "worker_num", "gpu_request"})) return TraceFormat::AlibabaV2026;
  if (has({"job_name", "task_name"})) return TraceFormat::AlibabaV2020;
  if (has({"job_type", "total_steps"})) return TraceFormat::Gavel;
  if (has({"num_gpu", "expect_time_list"})) return TraceFormat::Chronus;
  if (has({"num_gpu", "resource_time_0"})) return TraceFormat::Muri;
  if (line.find('|') != std::string_view::npos && has({"jobid"})) {
    const bool accounting = has({"submit"}) || has({"elapsed"}) || has({"elapsedraw"}) || has({"alloctres"});
    return accounting ? TraceFormat::Sacct : TraceFormat::Squeue;
  }
  if (line.find("JOBID") != std::string_view::npos && line.find("PARTITION") != std::string_view::npos)
    return TraceFormat::Squeue;
  const auto tabs = std::count(line.begin(), line.end(), '\t');
  if ((tabs == 8 || tabs == 9) && ends_with(plain, ".trace")) return TraceFormat::Gavel;
  if (words.size() == 10 && ends_with(plain, "pai_task_table.csv")) return TraceFormat::AlibabaV2020;
  return TraceFormat::Auto;
}

}  // namespace orrery
