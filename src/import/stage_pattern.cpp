#include "import/stage_pattern.hpp"

#include <charconv>
#include <string>

namespace orrery {
namespace {

/// text := { part [ '*' number ] };  part := 'E' | 't' | 'm' | 'L' | '|' | '(' text without parentheses ')'
class Unroller {
 public:
  Unroller(std::string_view text, std::size_t longest) : text_(text), longest_(longest) {}

  /// Every letter and bar by itself.
  std::optional<std::string> whole() {
    auto all = sequence(false);
    return at_ == text_.size() ? all : std::nullopt;
  }

 private:
  std::optional<std::string> sequence(bool inside) {
    std::string all;
    while (at_ < text_.size() && !(inside && text_[at_] == ')')) {
      const auto part = one_part(inside);
      const auto times = part ? repetitions(text_[at_ - 1] == ')') : std::nullopt;
      if (!times || all.size() + part->size() * *times > longest_) return std::nullopt;
      for (std::size_t i = 0; i < *times; ++i) all += *part;
    }
    return all;
  }

  std::optional<std::string> one_part(bool inside) {
    const char c = text_[at_++];
    if (std::string_view("EtmL|").find(c) != std::string_view::npos) return std::string(1, c);
    if (c != '(' || inside) return std::nullopt;
    auto group = sequence(true);
    if (!group || group->empty() || at_ == text_.size()) return std::nullopt;
    ++at_;  // The parenthesis.
    return group;
  }

  /// The number behind a `*`; without one once, but for a group, which stands for nothing then.
  std::optional<std::size_t> repetitions(bool group) {
    if (at_ == text_.size() || text_[at_] != '*') return group ? std::nullopt : std::optional<std::size_t>(1);
    std::size_t times = 0;
    const char* const begin = text_.data() + at_ + 1;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), times);
    if (error != std::errc{} || times > longest_) return std::nullopt;
    at_ += 1 + static_cast<std::size_t>(end - begin);
    return times;
  }

  std::string_view text_;
  std::size_t longest_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<StagePattern>> stage_pattern(std::string_view text, std::size_t longest) {
  std::string bare(text);
  std::erase_if(bare, [](char c) { return c == ',' || c == '\\'; });
  const auto unrolled = Unroller(bare, longest).whole();
  if (!unrolled || unrolled->empty()) return std::nullopt;
  std::vector<StagePattern> chunks(1);
  for (const char c : *unrolled) {
    if (c == '|') chunks.emplace_back();
    if (c == 'E') ++chunks.back().embeddings;
    if (c == 't') ++chunks.back().layers;
    if (c == 'm') ++chunks.back().mtp_layers;
    if (c == 'L') ++chunks.back().losses;
  }
  return chunks;
}

}  // namespace orrery
