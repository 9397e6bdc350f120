#include "cluster/target_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <vector>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

constexpr std::size_t kLongest = 1000;
constexpr const char* kExample = R"(for example "p90 wait < 4 h")";
constexpr std::int32_t kMostGpus = std::numeric_limits<std::int32_t>::max();

struct QuantityName {
  const char* name;
  Target::Quantity quantity;
  Dimension dimension;
};
constexpr std::array<QuantityName, 4> kQuantities = {{
    {"wait", Target::Quantity::Wait, Dimension::Time},
    {"turnaround", Target::Quantity::Turnaround, Dimension::Time},
    {"slowdown", Target::Quantity::Slowdown, Dimension::None},
    {"utilisation", Target::Quantity::Utilisation, Dimension::None},
}};

const QuantityName& name_of(Target::Quantity quantity) {
  return kQuantities[static_cast<std::size_t>(quantity)];
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Reads words of the text one by one; the first mistake ends it.
class Reader {
 public:
  Reader(std::string_view text, const std::string& name)
      : source_(std::make_shared<SourceText>(SourceText{name, std::string(text), SourceText::Kind::Override, 1})),
        text_(source_->text) {}

  Target read() {
    if (text_.size() > kLongest || text_.find_first_of("\r\n") != std::string_view::npos)
      fail({0, 1}, "a target is one short line", kExample);
    figure();
    bound();
    while (peek() == "of") scope();
    if (const Word word = next(); !word.empty()) fail(word, fmt::format("`{}` is not expected here", of(word)), "");
    if (target_.quantity == Target::Quantity::Utilisation && !(target_.tenant.empty() && target_.of_all_sizes()))
      fail({0, text_.size()}, "utilisation is of the whole machine", "wait, turnaround and slowdown are of jobs");
    return target_;
  }

 private:
  /// A stretch of the text.
  struct Word {
    std::size_t begin = 0, end = 0;
    bool empty() const { return begin == end; }
  };

  std::string_view of(const Word& word) const { return text_.substr(word.begin, word.end - word.begin); }

  [[noreturn]] void fail(Word word, std::string message, std::string hint) const {
    throw InputError(std::move(message), {source_, 1, word.begin + 1, std::max<std::size_t>(1, word.end - word.begin)},
                     std::move(hint));
  }

  /// The next word: up to a blank, `<` or `>`; or a comparison.
  Word next() {
    while (place_ < text_.size() && is_blank(text_[place_])) ++place_;
    const std::size_t begin = place_;
    const auto is_comparison = [&](std::size_t i) { return text_[i] == '<' || text_[i] == '>' || text_[i] == '='; };
    if (place_ < text_.size() && is_comparison(place_)) {
      while (place_ < text_.size() && is_comparison(place_)) ++place_;
    } else {
      while (place_ < text_.size() && !is_blank(text_[place_]) && !is_comparison(place_)) ++place_;
    }
    return {begin, place_};
  }
  std::string_view peek() {
    const std::size_t before = place_;
    const Word word = next();
    place_ = before;
    return of(word);
  }

  void figure() {
    Word word = next();
    const std::size_t begin = word.begin;
    const bool has_statistic = statistic(word);
    if (has_statistic) word = next();
    const auto* const found = std::find_if(kQuantities.begin(), kQuantities.end(),
                                           [&](const QuantityName& quantity) { return of(word) == quantity.name; });
    if (found == kQuantities.end()) no_quantity(word, has_statistic);
    target_.quantity = found->quantity;
    if (target_.quantity == Target::Quantity::Utilisation) {
      if (has_statistic && target_.statistic != Target::Statistic::Mean)
        fail({begin, word.end}, "utilisation is a mean over time", R"(for example "utilisation > 70 %")");
      target_.statistic = Target::Statistic::Mean;
      target_.quantile = Target().quantile;
    } else if (!has_statistic) {
      fail(word, fmt::format("which {}?", of(word)), fmt::format("mean, median, p90, max {}", of(word)));
    }
  }

  [[noreturn]] void no_quantity(Word word, bool has_statistic) const {
    if (word.empty()) fail(word, has_statistic ? "of what?" : "no target is given", kExample);
    std::vector<std::string> known;
    for (const QuantityName& quantity : kQuantities) known.emplace_back(quantity.name);
    if (!has_statistic) known.insert(known.end(), {"mean", "median", "max", "p90", "p99"});
    const std::string near = did_you_mean(of(word), known);
    fail(word, fmt::format("no figure is called `{}`", of(word)),
         near.empty() ? "wait, turnaround, slowdown or utilisation" : fmt::format("did you mean `{}`?", near));
  }

  bool statistic(Word word) {
    const std::string_view text = of(word);
    if (text == "mean") {
      target_.statistic = Target::Statistic::Mean;
      return true;
    }
    if (text == "max") {
      target_.statistic = Target::Statistic::Max;
      return true;
    }
    if (text == "median") {
      target_.quantile = 0.5;
      return true;
    }
    if (text.size() < 2 || text[0] != 'p' || (text[1] != '.' && (text[1] < '0' || text[1] > '9'))) return false;
    double percent = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + 1, end, percent, std::chars_format::fixed);
    if (error != std::errc() || rest != end || percent < 0.001 || percent > 99.999)
      fail(word, fmt::format("`{}` is no quantile", text), "p50, p90, p99.9: from 0.001 to 99.999");
    target_.quantile = percent / 100;
    return true;
  }

  void bound() {
    const Word sign = next();
    const std::string_view text = of(sign);
    if (text != "<" && text != ">" && text != "<=" && text != ">=") fail(sign, "`<` or `>` is expected here", kExample);
    target_.at_most = text[0] == '<';
    // The value goes on to an "of", or to the end.
    while (place_ < text_.size() && is_blank(text_[place_])) ++place_;
    Word value{place_, place_};
    while (!peek().empty() && peek() != "of") value.end = next().end;
    if (value.empty()) fail(value, "no bound is given", kExample);
    const QuantityName& quantity = name_of(target_.quantity);
    const auto read = parse_quantity(of(value), quantity.dimension);
    if (!read) fail(value, read.error().message, read.error().hint);
    const bool is_share = target_.quantity == Target::Quantity::Utilisation;
    if (*read < 0) fail(value, fmt::format("`{}` is negative", of(value)), "at least 0");
    if (is_share && *read > 1) fail(value, "utilisation is at most 100 %", R"(for example "70 %" or "0.7")");
    if (target_.quantity == Target::Quantity::Slowdown && *read < 1)
      fail(value, "a slowdown is never below 1", R"(for example "p99 slowdown < 10")");
    target_.bound = *read;
  }

  void scope() {
    const Word first = next();  // "of"
    const Word word = next();
    if (of(word) == "tenant") {
      if (!target_.tenant.empty()) fail({first.begin, word.end}, "a target is of one tenant", "");
      const Word tenant = next();
      if (tenant.empty()) fail(tenant, "which tenant?", R"(for example "of tenant vision")");
      target_.tenant = std::string(of(tenant));
      return;
    }
    if (of(word) != "jobs")
      fail(word, "a target is of a tenant or of jobs", R"("of tenant A" or "of jobs of 8+ GPUs")");
    if (!target_.of_all_sizes()) fail({first.begin, word.end}, "sizes are given twice", "");
    if (const Word again = next(); of(again) != "of") fail(again, "which jobs?", R"("of jobs of 8+ GPUs")");
    sizes(next());
    if (const Word unit = next(); of(unit) != "GPUs" && of(unit) != "GPU")
      fail(unit, "jobs are told by their GPUs", R"("of jobs of 8+ GPUs")");
  }

  /// "8+", "2-4" or "1".
  void sizes(Word word) {
    constexpr const char* kHint = "8+, 2-4 or 1";
    const std::string_view text = of(word);
    const char* const end = text.data() + text.size();
    std::int32_t least = 0, most = 0;
    auto [rest, error] = std::from_chars(text.data(), end, least);
    bool good = error == std::errc() && least >= 0;
    most = least;
    if (good && rest != end && *rest == '+') {
      most = kMostGpus;
      good = ++rest == end;
    } else if (good && rest != end && *rest == '-') {
      const auto last = std::from_chars(rest + 1, end, most);
      good = last.ec == std::errc() && last.ptr == end;
    } else {
      good = good && rest == end;
    }
    if (!good) fail(word, fmt::format("`{}` is no number of GPUs", text), kHint);
    if (most < least) fail(word, fmt::format("`{}` holds no job", text), kHint);
    if (least == 0 && most == kMostGpus) fail(word, "these are all jobs", "leave it out");
    target_.least_gpus = least;
    target_.most_gpus = most;
  }

  Source source_;
  std::string_view text_;
  std::size_t place_ = 0;
  Target target_;
};

}  // namespace

bool Target::of_all_sizes() const {
  return least_gpus == 0 && most_gpus == kMostGpus;
}

Target parse_target(std::string_view text, const std::string& name) {
  return Reader(text, name).read();
}

std::string target_figure(const Target& target) {
  const std::string quantity = name_of(target.quantity).name;
  if (target.quantity == Target::Quantity::Utilisation) return quantity;
  if (target.statistic == Target::Statistic::Mean) return "mean " + quantity;
  if (target.statistic == Target::Statistic::Max) return "max " + quantity;
  return fmt::format("p{:.10g} {}", 100 * target.quantile, quantity);
}

std::string target_scope(const Target& target) {
  std::string text;
  if (!target.tenant.empty()) text += " of tenant " + target.tenant;
  if (target.of_all_sizes()) return text;
  text += " of jobs of ";
  if (target.most_gpus == kMostGpus) return text + fmt::format("{}+ GPUs", target.least_gpus);
  if (target.most_gpus > target.least_gpus)
    return text + fmt::format("{}-{} GPUs", target.least_gpus, target.most_gpus);
  return text + fmt::format("{} GPU{}", target.least_gpus, target.least_gpus == 1 ? "" : "s");
}

std::string target_text(const Target& target) {
  return fmt::format("{} {} {}{}", target_figure(target), target.at_most ? "<" : ">",
                     exact_quantity(target.bound, name_of(target.quantity).dimension), target_scope(target));
}

}  // namespace orrery
