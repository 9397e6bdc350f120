#include "import/slurm_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/terminal_text.hpp"
#include "base/utf8.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostSettings = 500'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string quoted(std::string_view text) {
  return fmt::format("`{}`", shortened(text, 60));
}

/// A whole number of up to 12 digits.
std::optional<long long> whole(std::string_view text) {
  if (text.empty() || text.size() > 12 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  long long value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Reads the settings of one line of the text. `glued`: it goes on in the middle of the last value.
void read_settings(std::string_view line, std::size_t number, const Source& source, bool glued, SlurmLine& into) {
  const auto span = [&](std::size_t begin, std::size_t end) {
    return Span{source, number, begin + 1, std::max<std::size_t>(1, end - begin)};
  };
  std::size_t at = 0;
  if (glued && !into.empty()) {
    for (; at < line.size() && !is_blank(line[at]); ++at) {
      if (line[at] != '"') into.back().value += line[at];
    }
  }
  while (at < line.size()) {
    if (is_blank(line[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    bool in_quotes = false;
    std::size_t equals = std::string_view::npos;
    std::string value;
    for (; at < line.size() && (in_quotes || !is_blank(line[at])); ++at) {
      if (line[at] == '"') {
        in_quotes = !in_quotes;
      } else if (line[at] == '=' && equals == std::string_view::npos) {
        equals = at;
      } else if (equals != std::string_view::npos) {
        value += line[at];
      }
    }
    SlurmSetting& setting = into.emplace_back();
    const std::size_t key_end = equals == std::string_view::npos ? at : equals;
    setting.key = line.substr(begin, key_end - begin);
    setting.key_span = span(begin, key_end);
    setting.value = std::move(value);
    setting.value_span = equals == std::string_view::npos ? setting.key_span : span(equals + 1, at);
    if (equals != std::string_view::npos && equals + 1 == at) setting.value_span = span(equals, at);
  }
}

}  // namespace

std::vector<SlurmLine> slurm_lines(const Source& source, Diagnostics& diagnostics) {
  std::vector<SlurmLine> lines;
  std::string_view text = source->text;
  bool continues = false, glued = false;
  std::size_t settings = 0;
  for (std::size_t number = source->first_line; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (const std::size_t bad = first_bad_byte(line); bad != std::string_view::npos) {
      diagnostics.error("the text is not UTF-8", {source, number, bad + 1, 1});
      break;  // What follows is likely no text either.
    }
    line = line.substr(0, line.find('#'));
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    const bool goes_on = !line.empty() && line.back() == '\\';
    if (goes_on) line.remove_suffix(1);
    const bool at_once = glued && !line.empty() && !is_blank(line.front());
    glued = goes_on && !line.empty() && !is_blank(line.back());
    if (!continues) lines.emplace_back();
    const std::size_t before = lines.back().size();
    read_settings(line, number, source, at_once, lines.back());
    settings += lines.back().size() - before;
    continues = goes_on;
    if (!lines.empty() && !lines.back().empty() && same_key(lines.back()[0].key, "include")) {
      diagnostics.error("files that are included are not read", lines.back()[0].key_span,
                        "put their text in its place");
      lines.pop_back();
      continues = false;
    }
    if (settings > kMostSettings) {
      diagnostics.error(fmt::format("more than {} settings", kMostSettings), {source, number, 1, 1});
      break;
    }
  }
  std::erase_if(lines, [](const SlurmLine& line) { return line.empty(); });
  return lines;
}

bool same_key(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

const SlurmSetting* find_setting(const SlurmLine& line, std::string_view key) {
  // The last one holds where a key stands twice.
  const auto found =
      std::find_if(line.rbegin(), line.rend(), [&](const SlurmSetting& s) { return same_key(s.key, key); });
  return found == line.rend() ? nullptr : &*found;
}

std::vector<std::string_view> slurm_list(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size()) {
      depth += text[at] == '[' || text[at] == '(' ? 1 : 0;
      depth -= text[at] == ']' || text[at] == ')' ? 1 : 0;
      if (text[at] != ',' || depth > 0) continue;
    }
    if (at > begin) parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  return parts;
}

std::vector<std::string> slurm_hosts(std::string_view text, const Span& span, Diagnostics& diagnostics) {
  std::vector<std::string> hosts;
  const auto fail = [&](std::string message, std::string hint) {
    diagnostics.error(std::move(message), span, std::move(hint));
    return std::vector<std::string>();
  };
  for (const std::string_view part : slurm_list(text)) {
    std::vector<std::string> names = {""};
    for (std::size_t at = 0; at < part.size();) {
      if (part[at] == ']') return fail(fmt::format("{} is no list of nodes", quoted(part)), "as n[01-16,20]");
      if (part[at] != '[') {
        const std::size_t end = std::min(part.find_first_of("[]", at), part.size());
        for (std::string& name : names) name += part.substr(at, end - at);
        at = end;
        continue;
      }
      const std::size_t end = part.find(']', at);
      if (end == std::string_view::npos)
        return fail(fmt::format("{} has no closing bracket", quoted(part)), "as n[01-16,20]");
      std::vector<std::string> numbers;
      for (const std::string_view range : slurm_list(part.substr(at + 1, end - at - 1))) {
        const std::size_t dash = range.find('-');
        const std::string_view low = range.substr(0, dash);
        const auto first = whole(low), last = dash == std::string_view::npos ? first : whole(range.substr(dash + 1));
        if (!first || !last || *last < *first)
          return fail(fmt::format("{} is no range of numbers", quoted(range)), "as n[01-16,20]");
        if ((static_cast<std::size_t>(*last - *first) + 1 + numbers.size()) * names.size() + hosts.size() >
            kMostSlurmNodes)
          return fail(fmt::format("more than {} nodes", kMostSlurmNodes), "");
        for (long long i = *first; i <= *last; ++i) numbers.push_back(fmt::format("{:0{}}", i, low.size()));
      }
      std::vector<std::string> longer;
      for (const std::string& name : names) {
        for (const std::string& number : numbers) longer.push_back(name + number);
      }
      names = std::move(longer);
      if (names.empty()) return fail(fmt::format("{} is no list of nodes", quoted(part)), "as n[01-16,20]");
      at = end + 1;
    }
    if (hosts.size() + names.size() > kMostSlurmNodes)
      return fail(fmt::format("more than {} nodes", kMostSlurmNodes), "");
    hosts.insert(hosts.end(), names.begin(), names.end());
  }
  return hosts;
}

std::optional<Seconds> slurm_time(const SlurmSetting& setting, Diagnostics& diagnostics) {
  std::string_view text = setting.value;
  for (const char* never : {"UNLIMITED", "INFINITE", "NONE", "-1"}) {
    if (same_key(text, never)) return std::nullopt;
  }
  const auto fail = [&] {
    diagnostics.error(fmt::format("{} is no time of Slurm", quoted(setting.value)), setting.value_span,
                      "minutes, or as 1-12:30:00 for days, hours, minutes and seconds");
    return std::nullopt;
  };
  double days = 0;
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto number = whole(text.substr(0, dash));
    if (!number || *number > 100'000) return fail();
    days = static_cast<double>(*number);
    text.remove_prefix(dash + 1);
  }
  std::vector<double> parts;
  while (true) {
    const std::size_t colon = text.find(':');
    const auto number = whole(text.substr(0, colon));
    if (!number || *number > 100'000'000 || parts.size() == 3) return fail();
    parts.push_back(static_cast<double>(*number));
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  parts.resize(3, dash == std::string_view::npos ? -1 : 0);
  if (dash != std::string_view::npos) return Seconds(days * 86400 + parts[0] * 3600 + parts[1] * 60 + parts[2]);
  if (parts[2] >= 0) return Seconds(parts[0] * 3600 + parts[1] * 60 + parts[2]);
  return Seconds(parts[0] * 60 + std::max(parts[1], 0.0));
}

std::optional<double> slurm_number(const SlurmSetting& setting, double minimum, double maximum,
                                   Diagnostics& diagnostics) {
  std::string_view text = setting.value;
  double factor = 1;
  if (!text.empty()) {
    const std::size_t power = std::string_view("KMGT").find(static_cast<char>(std::toupper(text.back())));
    if (power != std::string_view::npos) {
      factor = std::pow(1024.0, static_cast<double>(power + 1));
      text.remove_suffix(1);
    }
  }
  double value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || stop != text.data() + text.size() || !std::isfinite(value)) {
    diagnostics.error(fmt::format("{} is no number", quoted(setting.value)), setting.value_span);
    return std::nullopt;
  }
  value *= factor;
  if (value < minimum || value > maximum) {
    diagnostics.error(fmt::format("{} is out of range", quoted(setting.value)), setting.value_span,
                      fmt::format("{} to {}", minimum, maximum));
    return std::nullopt;
  }
  return value;
}

TresAmounts slurm_tres(const SlurmSetting& setting, Diagnostics& diagnostics) {
  TresAmounts tres;
  for (const std::string_view part : slurm_list(setting.value)) {
    const std::size_t equals = part.find('=');
    std::string name(part.substr(0, equals));
    SlurmSetting amount = setting;
    amount.value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::optional<double>* into = nullptr;
    if (name == "gres/gpu" || name.starts_with("gres/gpu:")) into = &tres.gpu;
    if (name == "cpu") into = &tres.cpu;
    if (name == "mem") into = &tres.mem;
    if (name == "node") into = &tres.node;
    if (into == nullptr) {
      diagnostics.warning(fmt::format("{} is not modelled", quoted(name)), setting.value_span,
                          "gres/gpu, cpu, mem and node are");
      continue;
    }
    if (amount.value == "-1") continue;  // No limit.
    const std::optional<double> value = slurm_number(amount, 0, 1e15, diagnostics);
    if (!value) continue;
    // Memory with a suffix is in bytes of that unit, without in MiB; here all of it is MiB.
    const char last = amount.value.empty() ? '0' : amount.value.back();
    const double in_unit =
        into == &tres.mem && std::isalpha(static_cast<unsigned char>(last)) != 0 ? *value / 1048576 : *value;
    *into = into->value_or(0) + in_unit;
  }
  return tres;
}

}  // namespace orrery
