#include "import/nccl_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/terminal_text.hpp"
#include "import/nccl_log_line.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostTold = 100;     // Lines that are reported one by one.
constexpr std::size_t kKeptOfLine = 4096;  // Bytes of a line that a message keeps.
constexpr const char* kUsualRow = "1048576  262144  float  sum  -1  62.46  16.79  31.48  0  61.97  16.92  31.73  0";

/// Reads a log line by line into runs.
class LogReader {
 public:
  LogReader(std::istream& in, const std::string& name, Diagnostics& diagnostics)
      : in_(in), name_(name), diagnostics_(diagnostics), buffer_(kLongestLogLine + 1) {}

  NcclLog read() {
    while (!is_over_ && next_line()) read_line();
    if (in_.bad()) error({"the log cannot be read to its end", "", 0, 1});
    finish_run();
    if (log_.runs.empty() && !diagnostics_.has_errors()) {
      const auto source = std::make_shared<SourceText>(SourceText{name_, ""});
      diagnostics_.error(
          "no row of nccl-tests or rccl-tests output", {source, 0, 0, 1},
          has_nul_ ? "this is no text" : fmt::format("rows look like this, below a header: {}", kUsualRow));
    }
    return std::move(log_);
  }

 private:
  /// The next line, cut at `kLongestLogLine` bytes; false at the end.
  bool next_line() {
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    auto length = static_cast<std::size_t>(in_.gcount());
    if (in_.fail() && (length == 0 || in_.bad())) return false;
    if (in_.fail()) {
      in_.clear(in_.rdstate() & ~std::ios::failbit);
      in_.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    } else if (!in_.eof()) {
      --length;  // The line's end is counted.
    }
    ++number_;
    line_ = std::string_view(buffer_.data(), length);
    if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
    has_nul_ |= line_.find('\0') != std::string_view::npos;
    return true;
  }

  void read_line() {
    const std::vector<LogWord> words = words_of(line_, launcher_prefix(line_));
    if (words.empty()) return;
    const std::string_view first = words.front().text;
    if (first.front() == '#') {
      read_comment(words);
    } else if (first == "nThread") {
      begin_run();
    } else if (is_whole_number(first)) {
      read_numbers(words);
    } else {
      note_command(words);
    }
  }

  /// Words behind the `#`, which may stand before the first of them without a blank.
  void read_comment(std::vector<LogWord> words) {
    if (words.front().text == "#") {
      words.erase(words.begin());
    } else {
      words.front().text.remove_prefix(1);
      ++words.front().begin;
    }
    if (words.empty()) return;
    const std::string_view first = words.front().text;
    if (first == "nThread") return begin_run();
    if (first == "Rank" && words.size() > 1) return read_device(words);
    if (first == "Out" || first == "Avg") return end_table(words);
    if (first == "bytes" && words.size() > 2 && words[1].text == "N") {
      error({"the columns of an nccl-tests from before 2019, whose times are in other units",
             "print the log with a newer one", words.front().begin, words.front().text.size()});
      return;
    }
    if (first == "Collective" && words.size() == 4 && words[2].text == "starting:") {
      begin_run();
      if (std::string collective = collective_of_program(words[3].text); !collective.empty())
        program_ = std::move(collective);
      return;
    }
    if (auto columns = columns_of_header(words)) {
      begin_table(std::move(*columns), words);
      is_in_table_ = true;
    }
  }

  /// `mpirun ... /path/all_reduce_perf -b 8 -e 8G`: names the collective of the run behind it. What compiles the
  /// program names it too, but gives it no options.
  void note_command(const std::vector<LogWord>& words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      std::string collective = collective_of_program(words[i].text);
      if (collective.empty() || words[i + 1].text.front() != '-') continue;
      begin_run();
      program_ = std::move(collective);
    }
  }

  void read_device(const std::vector<LogWord>& words) {
    // Results follow the devices: a device behind them is another run's.
    if (!run_.rows.empty()) begin_run();
    // nccl-tests cuts a process' list of many devices short, and ends it in dots.
    if (line_.ends_with("...")) {
      is_list_cut_ = true;
      return warning({"the list of devices is cut here: the number of ranks is not known", "", words.front().begin,
                      words.back().begin + words.back().text.size() - words.front().begin});
    }
    auto device = parse_device(line_, words);
    if (!device) return error(device.error());
    if (run_.devices.size() == kMostLogRows) return too_many("devices");
    if (!ranks_.insert(device->rank).second) {
      return error(
          {fmt::format("rank {} stands twice", device->rank),
           "each process ran by itself: nccl-tests was built without MPI=1, or its output is mixed with another's",
           words[1].begin, words[1].text.size()});
    }
    note_line();
    run_.devices.push_back({device->rank, device->group, index_of(host_index_, run_.hosts, std::move(device->host)),
                            index_of(model_index_, run_.models, std::move(device->model))});
  }

  static std::uint32_t index_of(std::unordered_map<std::string, std::uint32_t>& index, std::vector<std::string>& names,
                                std::string name) {
    const auto [at, is_new] = index.try_emplace(name, static_cast<std::uint32_t>(names.size()));
    if (is_new) names.push_back(std::move(name));
    return at->second;
  }

  void begin_table(LogColumns columns, const std::vector<LogWord>& words) {
    if (!run_.rows.empty()) begin_run();
    note_line();
    run_.is_cpu_time = columns.is_cpu_time;
    if (columns.is_cpu_time) {
      warning({"times of the launching processor, not of the operation", "nccl-tests without -C 1 gives those",
               words.front().begin, words.front().text.size()});
    }
    has_root_ = std::any_of(words.begin(), words.end(), [](const LogWord& word) { return word.text == "root"; });
    columns_ = std::move(columns);
  }

  void end_table(const std::vector<LogWord>& words) {
    is_in_table_ = false;
    if (words.front().text == "Out" && words.back().text == "FAILED")
      warning({"nccl-tests found wrong results in this run", "its times may be wrong too", words.back().begin,
               words.back().text.size()});
  }

  /// A line that begins with a number: in a table, or where it has the form of a row, it is one.
  void read_numbers(const std::vector<LogWord>& words) {
    const bool has_type = words.size() > 2 && is_element_type(words[2].text);
    const bool is_cut = words.size() == 1 && in_.eof();
    const bool has_count = words.size() > 1 && is_whole_number(words[1].text);
    const bool is_full = columns_ && words.size() == columns_->words();
    const bool is_row = has_type || (is_in_table_ && (is_cut || has_count || is_full));
    const bool is_rest = std::exchange(is_broken_, false) && !has_type;
    if (!is_row || is_rest) return;
    // A table without its header: pasted, or the log's begin is lost.
    const std::optional<LogColumns> columns = columns_ ? columns_ : usual_columns(words.size());
    if (!columns) {
      return error({fmt::format("a row of {} values below no header", words.size()),
                    fmt::format("a row without a header has 11 to 13: {}", kUsualRow), words.front().begin,
                    words.front().text.size()});
    }
    auto parsed = parse_row(words, *columns);
    if (!parsed) {
      if (in_.eof() && words.size() < columns->words())
        return warning(
            {"the log ends within this row, which is left out", "", words.front().begin, words.front().text.size()});
      is_broken_ = line_.find(" NCCL ") != std::string_view::npos;
      if (!is_broken_) return error(parsed.error());
      return warning({"another output breaks this row, which is left out",
                      "NCCL_DEBUG_FILE keeps NCCL's messages apart", words.front().begin, words.front().text.size()});
    }
    if (run_.rows.size() == kMostLogRows) return too_many("rows");
    note_line();
    if (parsed->contradiction) warning(*parsed->contradiction);
    double wrong = 0;
    for (const auto& side : {parsed->row.out_of_place, parsed->row.in_place})
      wrong += side ? side->wrong_count.value_or(0) : 0;
    if (wrong > 0)
      warning({fmt::format("{} wrong results in this row", wrong), "its times may be wrong too", words.front().begin,
               words.front().text.size()});
    note_operation(words);
    parsed->row.line = number_;
    if (parsed->row.bytes > Bytes(0)) run_.rows.push_back(std::move(parsed->row));
  }

  /// An operation without a root is that of an all-reduce or a reduce-scatter.
  void note_operation(const std::vector<LogWord>& words) {
    static constexpr std::array<std::string_view, 6> kOperations = {"sum", "prod", "min", "max", "avg", "mulsum"};
    const bool is_reduction = std::find(kOperations.begin(), kOperations.end(), words[3].text) != kOperations.end();
    const bool has_root = columns_ ? has_root_ : words.size() == 13;
    reduces_to_all_ = is_reduction && (!has_root || words[4].text == "-1");
  }

  void begin_run() {
    const bool is_begun = !run_.devices.empty() || !run_.rows.empty() || columns_.has_value();
    if (is_begun) finish_run();
    note_line();
  }

  void note_line() {
    if (run_.line == 0) run_.line = number_;
  }

  void finish_run() {
    run_.collective = std::exchange(program_, "");
    if (!run_.rows.empty()) {
      count_ranks();
      if (run_.collective.empty()) run_.collective = collective_of_columns();
      if (log_.runs.size() < kMostLogRows) log_.runs.push_back(std::move(run_));
    } else if (!run_.devices.empty()) {
      warning({"a run without rows", "it failed, or its output is elsewhere", 0, 1}, at_line(run_.line));
    }
    run_ = {};
    columns_.reset();
    ranks_.clear();
    host_index_.clear();
    model_index_.clear();
    is_list_cut_ = is_in_table_ = is_broken_ = reduces_to_all_ = has_root_ = false;
  }

  /// Ranks of the first group: those of NCCL_TESTS_SPLIT are alike.
  void count_ranks() {
    if (run_.devices.empty() || is_list_cut_) return;
    const int group = run_.devices.front().group;
    run_.ranks = std::count_if(run_.devices.begin(), run_.devices.end(),
                               [&](const NcclDevice& device) { return device.group == group; });
    const auto listed = static_cast<long long>(run_.devices.size());
    if (*ranks_.rbegin() == listed - 1) return;
    error({fmt::format("{} devices are listed, but the last is of rank {}", listed, *ranks_.rbegin()),
           "lines are lost, or two outputs are mixed", 0, 1},
          at_line(run_.line));
  }

  /// By the bus bandwidth over the algorithm's: 2 (n - 1) / n of an all-reduce, half of that of a reduce-scatter.
  std::string collective_of_columns() const {
    if (!reduces_to_all_ || run_.ranks < 2) return "";
    const auto n = static_cast<double>(run_.ranks);
    const auto bus_bandwidth = [](const NcclRow& row) {
      return row.out_of_place ? row.out_of_place->bus_bandwidth : row.in_place->bus_bandwidth;
    };
    const auto fastest = std::max_element(run_.rows.begin(), run_.rows.end(), [&](const NcclRow& a, const NcclRow& b) {
      return bus_bandwidth(a) < bus_bandwidth(b);
    });
    const Seconds time = fastest->out_of_place ? fastest->out_of_place->time : fastest->in_place->time;
    const double ratio = bus_bandwidth(*fastest) / (fastest->bytes / time) * n / (n - 1);
    if (std::abs(ratio - 2) < 0.1) return "all_reduce";
    return std::abs(ratio - 1) < 0.1 ? "reduce_scatter" : "";
  }

  void too_many(const char* what) {
    error({fmt::format("more than {} {}; the rest is not read", kMostLogRows, what), "", 0, 1});
    is_over_ = true;
  }

  Source line_source(std::string_view text, std::size_t line) const {
    auto source = std::make_shared<SourceText>();
    source->name = name_;
    source->text = std::string(text.substr(0, kKeptOfLine));
    source->first_line = line;
    return source;
  }

  Span here(const LineProblem& problem) const {
    return {line_source(line_, number_), number_, problem.begin + 1, problem.length};
  }
  /// Of a line that is no longer at hand.
  Span at_line(std::size_t line) const { return {line_source("", line), line, 1, 1}; }

  void error(const LineProblem& problem) { error(problem, here(problem)); }
  void error(const LineProblem& problem, Span span) {
    diagnostics_.error(problem.message, std::move(span), problem.hint);
    if (++errors_ < kMostTold) return;
    diagnostics_.error(fmt::format("{} mistakes; the rest of the log is not read", errors_));
    is_over_ = true;
  }
  void warning(const LineProblem& problem) { warning(problem, here(problem)); }
  void warning(const LineProblem& problem, Span span) {
    if (++warnings_ <= kMostTold) diagnostics_.warning(problem.message, std::move(span), problem.hint);
  }

  std::istream& in_;
  const std::string& name_;
  Diagnostics& diagnostics_;
  std::vector<char> buffer_;
  std::string_view line_;
  std::size_t number_ = 0;
  std::size_t errors_ = 0, warnings_ = 0;
  bool is_over_ = false, has_nul_ = false;

  NcclLog log_;
  NcclRun run_;
  std::string program_;                ///< Collective of the run that is read, or of the next.
  std::optional<LogColumns> columns_;  ///< Of the run's header.
  std::set<long long> ranks_;
  std::unordered_map<std::string, std::uint32_t> host_index_, model_index_;
  bool is_list_cut_ = false;
  bool is_in_table_ = false;
  bool is_broken_ = false;  ///< The last row was broken by other output: its rest may follow on a line of its own.
  bool has_root_ = false, reduces_to_all_ = false;
};

}  // namespace

NcclLog read_nccl_log(std::istream& in, const std::string& name, Diagnostics& diagnostics) {
  return LogReader(in, name, diagnostics).read();
}

}  // namespace orrery
