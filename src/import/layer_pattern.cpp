#include "import/layer_pattern.hpp"

#include <cctype>
#include <charconv>

namespace orrery {
namespace {

constexpr int kDeepest = 32;

/// sum := product { '+' product };  product := primary { '*' number };  primary := '(' sum ')' | '[' 0|1 {',' 0|1} ']'
class Reader {
 public:
  Reader(std::string_view text, std::size_t longest) : text_(text), longest_(longest) {}

  std::optional<std::vector<int>> whole() {
    auto list = sum(0);
    if (!list || peek() != '\0') return std::nullopt;
    return list;
  }

 private:
  using List = std::optional<std::vector<int>>;

  char peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  List sum(int depth) {
    List list = product(depth);
    while (list && take('+')) {
      const List more = product(depth);
      if (!more || list->size() + more->size() > longest_) return std::nullopt;
      list->insert(list->end(), more->begin(), more->end());
    }
    return list;
  }

  List product(int depth) {
    List list = primary(depth);
    while (list && take('*')) {
      peek();
      std::size_t times = 0;
      const char* const begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), times);
      if (error != std::errc{}) return std::nullopt;
      at_ += static_cast<std::size_t>(end - begin);
      if (times > longest_ || list->size() * times > longest_) return std::nullopt;
      const std::vector<int> once = *list;
      list->clear();
      for (std::size_t i = 0; i < times && !once.empty(); ++i) list->insert(list->end(), once.begin(), once.end());
    }
    return list;
  }

  List primary(int depth) {
    if (take('(')) {
      if (depth >= kDeepest) return std::nullopt;
      List list = sum(depth + 1);
      return take(')') ? list : std::nullopt;
    }
    if (!take('[')) return std::nullopt;
    std::vector<int> list;
    do {
      const char c = peek();
      if ((c != '0' && c != '1') || list.size() >= longest_) return std::nullopt;
      list.push_back(c - '0');
      ++at_;
    } while (take(','));
    return take(']') ? List(std::move(list)) : std::nullopt;
  }

  std::string_view text_;
  std::size_t longest_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<int>> layer_pattern(std::string_view text, std::size_t longest) {
  return Reader(text, longest).whole();
}

}  // namespace orrery
