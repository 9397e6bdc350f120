#include "import/nccl_log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/terminal_text.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostWords = 64;
constexpr std::size_t kLongestPrefix = 200;
constexpr std::size_t kLongestName = 200;  // Of a host or a device.
constexpr double kLargest = 1e18;          // What is printed for times, bandwidths and counts is far below.
constexpr double kMicro = 1e-6, kGiga = 1e9;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  while (at < line.size() && is_blank(line[at])) ++at;
  return at;
}

/// Offset behind the closing mark of a bracket that opens at `at`, or `at`.
std::size_t behind_bracket(std::string_view line, std::size_t at, char close) {
  const std::size_t end = line.substr(at, kLongestPrefix).find(close);
  return end == std::string_view::npos ? at : at + end + 1;
}

/// "2024-05-01T12:00:00.123Z".
bool is_timestamp(std::string_view word) {
  return word.size() >= 19 && is_digit(word[0]) && word[4] == '-' && word[7] == '-' && word[10] == 'T' &&
         word[13] == ':' && is_digit(word[18]);
}

Expected<double, LineProblem> parse_value(const LogWord& word, const char* what) {
  double value = 0;
  const char* const end = word.text.data() + word.text.size();
  const auto [stop, error] = std::from_chars(word.text.data(), end, value);
  if (error == std::errc() && stop == end && value >= 0 && value <= kLargest) return value;
  return Unexpected<LineProblem>(
      {fmt::format("`{}` is no {}", shortened(word.text, 40), what), "", word.begin, word.text.size()});
}

Expected<long long, LineProblem> parse_whole(const LogWord& word, const char* what) {
  long long value = 0;
  const char* const end = word.text.data() + word.text.size();
  const auto [stop, error] = std::from_chars(word.text.data(), end, value);
  if (error == std::errc() && stop == end && value >= 0) return value;
  return Unexpected<LineProblem>(
      {fmt::format("`{}` is no {}", shortened(word.text, 40), what), "", word.begin, word.text.size()});
}

/// One side of a row while its words are read.
struct Side {
  std::optional<double> time, algorithm_bandwidth, bus_bandwidth, wrong;
  const LogWord* bandwidth_word = nullptr;
  bool is_there = false, is_missing = false;
};

/// The bandwidth is printed with two decimals, or as few digits as fit ("1.1e+07").
bool contradicts(double bytes, const Side& side) {
  const double expected = bytes / (*side.time * kMicro) / kGiga;
  return std::abs(*side.algorithm_bandwidth - expected) > 0.02 + 0.06 * expected;
}

}  // namespace

std::size_t launcher_prefix(std::string_view line) {
  std::size_t at = skip_blanks(line, 0);
  // A few at most: mpirun within a container within a cluster's log.
  for (int round = 0; round < 4 && at < line.size(); ++round) {
    std::size_t next = at;
    if (line[at] == '[') {
      next = behind_bracket(line, at, ']');
      if (next > at && line.substr(next, 4) == "<std") next = behind_bracket(line, next, ':');
    } else if (line[at] == '(') {
      next = behind_bracket(line, at, ')');
    } else if (is_digit(line[at])) {
      std::size_t end = at;
      while (end < line.size() && is_digit(line[end])) ++end;
      if (end < line.size() && line[end] == ':') next = end + 1;
      const std::string_view word = line.substr(at, line.substr(at).find(' '));
      if (is_timestamp(word)) next = at + word.size();
    }
    if (next == at) break;
    at = skip_blanks(line, next);
  }
  return at;
}

std::vector<LogWord> words_of(std::string_view line, std::size_t from) {
  std::vector<LogWord> words;
  for (std::size_t at = skip_blanks(line, from); at < line.size() && words.size() < kMostWords;) {
    std::size_t end = at;
    while (end < line.size() && !is_blank(line[end])) ++end;
    words.push_back({line.substr(at, end - at), at});
    at = skip_blanks(line, end);
  }
  return words;
}

std::string collective_of_program(std::string_view word) {
  static constexpr std::array<std::string_view, 10> kPrograms = {
      "all_reduce", "all_gather", "reduce_scatter", "alltoall", "broadcast",
      "sendrecv",   "reduce",     "gather",         "scatter",  "hypercube"};
  const std::size_t slash = word.rfind('/');
  if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
  if (word.ends_with("_mpi")) word.remove_suffix(4);
  if (!word.ends_with("_perf")) return "";
  word.remove_suffix(5);
  return std::find(kPrograms.begin(), kPrograms.end(), word) == kPrograms.end() ? "" : std::string(word);
}

bool is_whole_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_element_type(std::string_view text) {
  static constexpr std::array<std::string_view, 17> kTypes = {
      "int8", "uint8", "int32", "uint32",   "int64",  "uint64", "half",     "float",   "double",
      "char", "int",   "fp16",  "bfloat16", "f8e4m3", "f8e5m2", "fp8_e4m3", "fp8_e5m2"};
  return std::find(kTypes.begin(), kTypes.end(), text) != kTypes.end();
}

std::optional<LogColumns> columns_of_header(const std::vector<LogWord>& words) {
  using Kind = LogColumns::Kind;
  if (words.size() < 4 || words[0].text != "size" || words[1].text != "count" || words[2].text != "type")
    return std::nullopt;
  LogColumns columns;
  for (const LogWord& word : words) {
    const std::string_view name = word.text;
    if (name == "timestamp") {
      columns.has_timestamp = true;
      break;  // It is the last.
    }
    if (name == "cputime") columns.is_cpu_time = true;
    columns.kinds.push_back(name == "size"                        ? Kind::Size
                            : name == "count"                     ? Kind::Count
                            : name == "type"                      ? Kind::Type
                            : name == "time" || name == "cputime" ? Kind::Time
                            : name == "algbw"                     ? Kind::AlgorithmBandwidth
                            : name == "busbw"                     ? Kind::BusBandwidth
                            : name == "#wrong"                    ? Kind::Wrong
                                                                  : Kind::Ignored);
  }
  return columns;
}

std::optional<LogColumns> usual_columns(std::size_t words) {
  using Kind = LogColumns::Kind;
  // Behind size, count and type come the operation and the root, where the collective has them.
  if (words < 11 || words > 13) return std::nullopt;
  LogColumns columns;
  columns.kinds = {Kind::Size, Kind::Count, Kind::Type};
  columns.kinds.resize(words - 8, Kind::Ignored);
  for (int side = 0; side < 2; ++side) {
    for (const Kind kind : {Kind::Time, Kind::AlgorithmBandwidth, Kind::BusBandwidth}) columns.kinds.push_back(kind);
    // Versions that print five columns before the times count wrong results; others give a relative error.
    columns.kinds.push_back(words == 13 ? Kind::Wrong : Kind::Ignored);
  }
  return columns;
}

Expected<ParsedRow, LineProblem> parse_row(const std::vector<LogWord>& words, const LogColumns& columns) {
  using Kind = LogColumns::Kind;
  if (words.size() != columns.words()) {
    const LogWord& last = words.size() < columns.words() ? words.back() : words[columns.words()];
    return Unexpected<LineProblem>(
        {fmt::format("this row has {} values, its header names {}", words.size(), columns.words()), "", last.begin,
         last.text.size()});
  }
  ParsedRow parsed;
  std::array<Side, 2> sides;
  std::size_t side = 0;
  int times = 0;
  for (std::size_t i = 0; i < columns.kinds.size(); ++i) {
    const Kind kind = columns.kinds[i];
    const LogWord& word = words[i];
    if (kind == Kind::Time) side = std::min(times++, 1);
    if (kind == Kind::Ignored) continue;
    if (kind == Kind::Type) {
      parsed.row.type = std::string(word.text.substr(0, kLongestName));
      continue;
    }
    if (kind == Kind::Size || kind == Kind::Count) {
      const auto whole = parse_whole(word, kind == Kind::Size ? "size in bytes" : "count of elements");
      if (!whole) return Unexpected<LineProblem>(whole.error());
      if (kind == Kind::Size) parsed.row.bytes = Bytes(static_cast<double>(*whole));
      continue;
    }
    Side& s = sides[side];
    s.is_there = true;
    if (word.text == "N/A") {
      s.is_missing |= kind != Kind::Wrong;
      continue;
    }
    const auto value = parse_value(word, kind == Kind::Time    ? "time in microseconds"
                                         : kind == Kind::Wrong ? "count of wrong results"
                                                               : "bandwidth in GB/s");
    if (!value) return Unexpected<LineProblem>(value.error());
    switch (kind) {
      case Kind::Time:
        if (*value < 1e-6)
          return Unexpected<LineProblem>({"an operation takes more than no time", "", word.begin, word.text.size()});
        s.time = *value;
        break;
      case Kind::AlgorithmBandwidth:
        s.algorithm_bandwidth = *value;
        s.bandwidth_word = &word;
        break;
      case Kind::BusBandwidth:
        s.bus_bandwidth = *value;
        break;
      default:
        // Without a header the column may be the relative error of older versions, which is no count.
        if (*value == std::floor(*value)) s.wrong = *value;
        break;
    }
  }
  const double bytes = parsed.row.bytes.raw();
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const Side& s = sides[i];
    if (!s.is_there || s.is_missing || !s.time || !s.algorithm_bandwidth || !s.bus_bandwidth) continue;
    (i == 0 ? parsed.row.out_of_place : parsed.row.in_place) =
        NcclTiming{Seconds(*s.time * kMicro), BytesPerSecond(*s.bus_bandwidth * kGiga), s.wrong};
    if (bytes > 0 && !parsed.contradiction && contradicts(bytes, s)) {
      parsed.contradiction = LineProblem{
          fmt::format("{} GB/s does not follow from {} bytes in {} us", s.bandwidth_word->text, bytes, *s.time),
          "the time is taken", s.bandwidth_word->begin, s.bandwidth_word->text.size()};
    }
  }
  if (!parsed.row.out_of_place && !parsed.row.in_place)
    return Unexpected<LineProblem>({"this row has no time", "", words.front().begin, words.front().text.size()});
  return parsed;
}

Expected<DeviceLine, LineProblem> parse_device(std::string_view line, const std::vector<LogWord>& words) {
  DeviceLine device;
  std::size_t i = 0;
  const auto problem = [&](const char* what) {
    const LogWord& word = i < words.size() ? words[i] : words.back();
    return Unexpected<LineProblem>({fmt::format("a device line without {}", what),
                                    "expected: # Rank 0 Group 0 Pid 1 on HOST device 0 [BUS] NAME", word.begin,
                                    word.text.size()});
  };
  const auto is = [&](std::string_view text) { return i < words.size() && words[i].text == text; };
  ++i;  // "Rank"
  if (i >= words.size()) return problem("a rank");
  const auto rank = parse_whole(words[i], "rank");
  if (!rank) return Unexpected<LineProblem>(rank.error());
  device.rank = *rank;
  ++i;
  if (is("Group")) {
    if (++i >= words.size()) return problem("a group");
    const auto group = parse_whole(words[i], "group");
    if (!group) return Unexpected<LineProblem>(group.error());
    device.group = static_cast<int>(std::min<long long>(*group, 1 << 30));
    ++i;
  }
  if (is("Pid")) i += 2;
  if (!is("on")) return problem("a host");
  ++i;
  if (i >= words.size()) return problem("a host");
  device.host = std::string(words[i].text.substr(0, kLongestName));
  ++i;
  if (!is("device")) return problem("a device");
  i += 2;
  if (i < words.size() && words[i].text.starts_with('[')) ++i;
  if (i >= words.size()) return problem("a device's name");
  std::string_view model = line.substr(words[i].begin, kLongestName);
  while (!model.empty() && is_blank(model.back())) model.remove_suffix(1);
  device.model = std::string(model);
  return device;
}

}  // namespace orrery
