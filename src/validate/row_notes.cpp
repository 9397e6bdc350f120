#include "validate/row_notes.hpp"

#include <cstdlib>

namespace orrery {
namespace {

/// The words joined by slashes in front of `label`, between slashes ("/DP/TP/PP/"), and where they begin.
struct SlashedList {
  std::string words;
  std::size_t begin = 0;

  bool holds(const char* word) const { return words.find("/" + std::string(word) + "/") != std::string::npos; }
};
std::optional<SlashedList> list_before(const std::string& text, const std::string& label) {
  const std::size_t end = text.find(label);
  if (end == std::string::npos || end == 0) return std::nullopt;
  const std::size_t before = text.find_last_of(" ;,", end - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return SlashedList{"/" + text.substr(begin, end - begin) + "/", begin};
}

}  // namespace

long long number_after(const std::string& text, const std::string& word) {
  const std::size_t place = text.find(word);
  if (place == std::string::npos) return 0;
  const long long number = std::atoll(text.c_str() + place + word.size());
  return number > 0 && number <= 10'000'000 ? number : 0;
}

long long number_before(const std::string& text, const std::string& word) {
  std::size_t place = text.find(word);
  if (place == std::string::npos) return 0;
  while (place > 0 && text[place - 1] == ' ') --place;
  std::size_t begin = place;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9' && place - begin < 7) --begin;
  return begin == place ? 0 : std::atoll(text.substr(begin, place - begin).c_str());
}

bool mentions(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

std::string month_of_file(const std::string& source) {
  for (std::size_t at = source.find("_20"); at != std::string::npos; at = source.find("_20", at + 1)) {
    const std::string digits = source.substr(at + 1, 6);
    const bool month = digits.size() == 6 && digits.find_first_not_of("0123456789") == std::string::npos &&
                       digits.substr(4) >= "01" && digits.substr(4) <= "12";
    if (month && source.substr(at + 7, 1) == "_") return digits.substr(0, 4) + "-" + digits.substr(4);
  }
  return "";
}

StatedOverlaps stated_overlaps(const std::string& notes) {
  StatedOverlaps stated;
  if (const auto on = list_before(notes, " comm overlap on")) {
    if (on->holds("TP")) stated.tensor = true;
    if (on->holds("DP")) stated.data = true;
    if (on->holds("PP")) stated.pipeline = true;
  }
  if (mentions(notes, "AsyncTP")) stated.tensor = true;
  const auto off = list_before(notes, " overlap");
  if (off && off->begin >= 3 && notes.compare(off->begin - 3, 3, "no ") == 0) {
    if (off->holds("TP")) stated.tensor = false;
    if (off->holds("DP")) stated.data = false;
    if (off->holds("P2P")) stated.pipeline = false;
  }
  return stated;
}

}  // namespace orrery
