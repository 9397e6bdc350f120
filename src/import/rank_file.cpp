#include "import/rank_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/terminal_text.hpp"
#include "base/unit_text.hpp"
#include "base/utf8.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostTold = 100;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A whole number from 0 on, or nothing.
std::optional<long long> whole(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  long long value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

/// The number that a host's name ends in, before its first dot; none of an address.
std::optional<long long> host_number(std::string_view name) {
  const std::string_view label = name.substr(0, name.find('.'));
  std::size_t begin = label.size();
  while (begin > 0 && is_digit(label[begin - 1])) --begin;
  return begin == 0 ? std::nullopt : whole(label.substr(begin));
}

std::string quoted(std::string_view text) {
  return fmt::format("`{}`", shortened(text, 60));
}

/// A line that places ranks, before hosts have numbers.
struct Entry {
  std::string_view host;          ///< Empty: `chip` is of the whole machine.
  std::optional<long long> chip;  ///< Of the machine or the host; none: the host's next free ones.
  long long count = 1;            ///< Ranks, one a chip.
  std::optional<long long> rank;  ///< As the line says it.
  Span span;
};

struct Word {
  std::string_view text;
  std::size_t column = 1;
};

class RankFileReader {
 public:
  RankFileReader(const Source& source, const RankFileMachine& machine, long long ranks, Diagnostics& diagnostics)
      : source_(source), machine_(machine), ranks_(ranks), diagnostics_(diagnostics) {}

  std::vector<long long> read() {
    read_lines();
    number_hosts();
    for (const Entry& entry : entries_) place(entry);
    std::vector<long long> chips = in_order();
    check_count(static_cast<long long>(chips.size()));
    if (ranks_ > 0 && static_cast<long long>(chips.size()) > ranks_) chips.resize(static_cast<std::size_t>(ranks_));
    return chips;
  }

 private:
  void read_lines() {
    std::string_view text = source_->text;
    std::size_t begin = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // A byte-order mark.
    for (std::size_t number = source_->first_line; !text.empty() && !is_over_; ++number) {
      const std::size_t end = text.find('\n');
      read_line(text.substr(0, end), std::exchange(begin, 0), number);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
  }

  void read_line(std::string_view line, std::size_t from, std::size_t number) {
    if (const std::size_t bad = first_bad_byte(line); bad != std::string_view::npos) {
      error("the text is not UTF-8", {source_, number, bad + 1, 1});
      is_over_ = true;  // What follows is likely no text either.
      return;
    }
    line = line.substr(0, line.find('#'));
    std::vector<Word> words;
    for (std::size_t at = from; at < line.size() && words.size() < 8;) {
      const std::size_t begin = line.find_first_not_of(" \t\r", at);
      if (begin == std::string_view::npos) break;
      const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
      words.push_back({line.substr(begin, end - begin), begin + 1});
      at = end;
    }
    if (words.empty()) return;
    if (static_cast<long long>(entries_.size()) == machine_.chips) {
      is_over_ = true;
      return error(fmt::format("more lines than the machine has chips: {}", format_count(machine_.chips)),
                   {source_, number, words.front().column, words.front().text.size()});
    }
    const auto span = [&](const Word& word) { return Span{source_, number, word.column, word.text.size()}; };
    Entry entry;
    entry.span = span(words.front());
    std::size_t next = 1;
    if (words.front().text == "rank") {
      const Word& word = words.size() > 1 ? words[1] : words[0];
      if (!read_rank(word, span(word), entry)) return;
      next = 2;
    } else if (!read_place(words.front(), span(words.front()), entry)) {
      return;
    }
    for (; next < words.size(); ++next) {
      if (!read_option(words[next], span(words[next]), entry)) return;
    }
    if (entry.rank && !entry.chip)
      return error("a rank needs a chip of its host", entry.span, "as rank 5=node0042 slot=3");
    entries_.push_back(std::move(entry));
  }

  /// "5=node0042"
  bool read_rank(const Word& word, const Span& span, Entry& entry) {
    const std::size_t equals = word.text.find('=');
    const std::optional<long long> rank = whole(word.text.substr(0, equals));
    if (!rank || equals == std::string_view::npos || equals + 1 == word.text.size())
      return error(fmt::format("{} is no rank and host", quoted(word.text)), span, "as rank 5=node0042 slot=3"), false;
    entry.rank = rank;
    entry.host = word.text.substr(equals + 1);
    return true;
  }

  /// A chip, "host" or "host:chip".
  bool read_place(const Word& word, const Span& span, Entry& entry) {
    const bool is_number = std::all_of(word.text.begin(), word.text.end(), is_digit);
    const std::size_t colon = word.text.find(':');
    if (is_number || word.text.front() == '-') {
      entry.chip = whole(word.text);
      if (!entry.chip || *entry.chip >= machine_.chips)
        return error(fmt::format("no chip {}", quoted(word.text)), span,
                     fmt::format("the machine has {}, counted from 0", format_count(machine_.chips))),
               false;
      return true;
    }
    entry.host = word.text.substr(0, colon);
    if (entry.host.empty() || entry.host.find('=') != std::string_view::npos)
      return error(fmt::format("{} is no chip and no host", quoted(word.text)), span,
                   "a line is a chip's number, HOST:CHIP, HOST, or HOST slots=8"),
             false;
    return colon == std::string_view::npos || read_chip(word.text.substr(colon + 1), span, entry);
  }

  bool read_chip(std::string_view text, const Span& span, Entry& entry) {
    entry.chip = whole(text);
    if (entry.chip && *entry.chip < machine_.node_chips) return true;
    return error(fmt::format("no chip {} of a node", quoted(text)), span,
                 fmt::format("a node has {}, counted from 0; HOST slots=2 places two ranks", machine_.node_chips)),
           false;
  }

  /// "slots=8", or "slot=3" of a line that says its rank.
  bool read_option(const Word& word, const Span& span, Entry& entry) {
    const bool is_rank = entry.rank.has_value();
    const std::string_view key = is_rank ? "slot=" : "slots=";
    if (!word.text.starts_with(key) || entry.host.empty() || entry.chip || entry.count != 1)
      return error(fmt::format("{} is not read", quoted(word.text)), span,
                   is_rank ? "of a rank, slot=3 is" : "of a host, slots=8 is"),
             false;
    const std::string_view value = word.text.substr(key.size());
    if (is_rank) return read_chip(value, span, entry);
    const std::optional<long long> slots = whole(value);
    if (!slots || *slots == 0 || *slots > machine_.node_chips)
      return error(fmt::format("no {} slots of a node", quoted(value)), span,
                   fmt::format("a node has {}", machine_.node_chips)),
             false;
    entry.count = *slots;
    return true;
  }

  /// Gives every host its node.
  void number_hosts() {
    const Entry* numbered = nullptr;
    const Entry* unnumbered = nullptr;
    for (const Entry& entry : entries_) {
      if (entry.host.empty()) continue;
      const Entry*& first = host_number(entry.host) ? numbered : unnumbered;
      if (first == nullptr) first = &entry;
    }
    if (numbered != nullptr && unnumbered != nullptr) {
      error(fmt::format("{} does not end in a number, as {} does", quoted(unnumbered->host), quoted(numbered->host)),
            unnumbered->span, "all names of hosts end in their node's number, or none does");
      return entries_.clear();
    }
    std::unordered_map<long long, std::string_view> names;
    const long long nodes = (machine_.chips + machine_.node_chips - 1) / machine_.node_chips;
    for (const Entry& entry : entries_) {
      if (entry.host.empty() || nodes_.contains(entry.host)) continue;
      const std::optional<long long> number = host_number(entry.host);
      const long long node = number ? *number - machine_.first_host : static_cast<long long>(nodes_.size());
      const bool exists = node >= 0 && node < nodes;
      nodes_.emplace(entry.host, exists ? node : -1);
      if (!exists) {
        error(number ? fmt::format("no host {}: the machine has {} nodes", quoted(entry.host), format_count(nodes))
                     : fmt::format("more hosts than the machine's {} nodes", format_count(nodes)),
              entry.span,
              number ? fmt::format("hosts are numbered from {} to {}", machine_.first_host,
                                   machine_.first_host + nodes - 1)
                     : "");
      } else if (const auto [at, is_new] = names.emplace(node, entry.host); !is_new) {
        error(fmt::format("{} and {} end in the same number", quoted(at->second), quoted(entry.host)), entry.span,
              "write the numbers of chips instead");
      }
    }
  }

  void place(const Entry& entry) {
    if (is_over_) return;
    if (entry.host.empty()) return place_on(*entry.chip, entry);
    const long long node = nodes_.at(entry.host);
    if (node < 0) return;  // Told already.
    const long long first = node * machine_.node_chips;
    const long long end = std::min(first + machine_.node_chips, machine_.chips);
    if (entry.chip) {
      if (first + *entry.chip < end) return place_on(first + *entry.chip, entry);
      return error(fmt::format("the machine's last node has {} chips", end - first), entry.span);
    }
    long long chip = first;
    for (long long i = 0; i < entry.count; ++i) {
      while (chip < end && taken_.contains(chip)) ++chip;
      if (chip == end)
        return error(fmt::format("{} has no free chip left", quoted(entry.host)), entry.span,
                     fmt::format("a node has {}", end - first));
      place_on(chip, entry);
    }
  }

  void place_on(long long chip, const Entry& entry) {
    const auto [at, is_new] = taken_.emplace(chip, entry.span.line);
    if (!is_new) {
      return error(fmt::format("chip {} stands twice", chip), entry.span,
                   fmt::format("it is taken in line {}", at->second));
    }
    placed_.push_back({entry.rank, chip, entry.span});
  }

  /// The chips by rank.
  std::vector<long long> in_order() {
    const auto says_rank = [](const Placed& p) { return p.rank.has_value(); };
    const auto silent = std::find_if_not(placed_.begin(), placed_.end(), says_rank);
    std::vector<long long> chips;
    if (std::none_of(placed_.begin(), placed_.end(), says_rank)) {
      for (const Placed& p : placed_) chips.push_back(p.chip);
      return chips;
    }
    if (silent != placed_.end()) {
      error("this line does not say its rank, as others do", silent->span, "as rank 5=node0042 slot=3");
      return chips;
    }
    std::stable_sort(placed_.begin(), placed_.end(),
                     [](const Placed& a, const Placed& b) { return *a.rank < *b.rank; });
    for (const Placed& p : placed_) {
      const auto expected = static_cast<long long>(chips.size());
      if (*p.rank < expected) {
        error(fmt::format("rank {} stands twice", *p.rank), p.span);
        continue;
      }
      if (*p.rank > expected) {
        error(expected + 1 == *p.rank ? fmt::format("rank {} is missing", expected)
                                      : fmt::format("ranks {} to {} are missing", expected, *p.rank - 1),
              p.span);
        return chips;
      }
      chips.push_back(p.chip);
    }
    return chips;
  }

  void check_count(long long placed) {
    if (errors_ > 0) return;
    const Span whole_file{source_, 0, 0, 1};
    if (placed == 0) {
      error("the file places no rank", whole_file, "a line is a chip's number, HOST:CHIP, HOST, or HOST slots=8");
    } else if (placed < ranks_) {
      error(fmt::format("the file places {} of {} ranks", format_count(placed), format_count(ranks_)), whole_file);
    } else if (ranks_ > 0 && placed > ranks_) {
      diagnostics_.warning(
          fmt::format("the file places {} ranks: the first {} are taken", format_count(placed), format_count(ranks_)),
          whole_file);
    }
  }

  void error(std::string message, Span span, std::string hint = "") {
    if (errors_++ == kMostTold) {
      diagnostics_.error("so many mistakes are told; the rest of the file is not read", {source_, 0, 0, 1});
      is_over_ = true;
    }
    if (errors_ <= kMostTold) diagnostics_.error(std::move(message), std::move(span), std::move(hint));
  }

  struct Placed {
    std::optional<long long> rank;
    long long chip = 0;
    Span span;
  };

  const Source& source_;
  const RankFileMachine& machine_;
  long long ranks_;
  Diagnostics& diagnostics_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, long long> nodes_;  ///< Of hosts; -1: the machine has no such.
  std::unordered_map<long long, std::size_t> taken_;       ///< Chips, and the line that took them.
  std::vector<Placed> placed_;
  std::size_t errors_ = 0;
  bool is_over_ = false;
};

}  // namespace

std::vector<long long> read_rank_file(const Source& source, const RankFileMachine& machine, long long ranks,
                                      Diagnostics& diagnostics) {
  return RankFileReader(source, machine, ranks, diagnostics).read();
}

}  // namespace orrery
