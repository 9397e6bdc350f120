#include "base/law_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostQuantiles = 1000;
constexpr double kLeastShape = 0.05, kMostShape = 20, kMostSigma = 5;

struct Form {
  const char* name;
  Law::Kind kind;
  const char* example;
};
constexpr std::array<Form, 6> kForms = {{
    {"uniform", Law::Kind::Uniform, "uniform(1 h, 4 h)"},
    {"exponential", Law::Kind::Exponential, "exponential(mean 3 h)"},
    {"weibull", Law::Kind::Weibull, "weibull(mean 14 h, shape 0.58)"},
    {"lognormal", Law::Kind::LogNormal, "lognormal(median 4 min, mean 39 min)"},
    {"spread", Law::Kind::Spread, "spread(8 h, 9 h, 12 h)"},
    {"empirical", Law::Kind::Empirical, "empirical(1 h, 3 h, 20 days)"},
}};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known, const std::string& otherwise) {
  const std::string near = did_you_mean(word, known);
  return near.empty() ? otherwise : fmt::format("did you mean `{}`?", near);
}

/// An argument: "mean 3 h" has a key, "3 h" has none.
struct Argument {
  std::string key;
  double value = 0;
};

/// Reads the arguments of one law; the first mistake ends it.
class Arguments {
 public:
  Arguments(const Form& form, Dimension dimension) : form_(form), dimension_(dimension) {}

  Expected<std::vector<Argument>, UnitError> read(std::string_view text) const {
    std::vector<Argument> all;
    while (true) {
      const auto comma = text.find(',');
      const std::string_view part = trimmed(text.substr(0, comma));
      if (part.empty())
        return Unexpected<UnitError>(UnitError{fmt::format("`{}` lacks a value", form_.name), form_.example});
      auto argument = one(part);
      if (!argument) return Unexpected<UnitError>(argument.error());
      if (all.size() == kMostQuantiles)
        return Unexpected<UnitError>(
            UnitError{fmt::format("`{}` has more than {} values", form_.name, kMostQuantiles), ""});
      all.push_back(*argument);
      if (comma == std::string_view::npos) return all;
      text.remove_prefix(comma + 1);
    }
  }

 private:
  Expected<Argument, UnitError> one(std::string_view part) const {
    Argument argument;
    std::size_t length = 0;
    while (length < part.size() && part[length] >= 'a' && part[length] <= 'z') ++length;
    // A key is letters with a blank behind, or "p90".
    if (part.starts_with("p90 ")) length = 3;
    if (length > 0 && length < part.size() && part[length] == ' ') {
      argument.key = std::string(part.substr(0, length));
      part = trimmed(part.substr(length));
    }
    const bool plain = argument.key == "shape" || argument.key == "sigma";
    const auto value = parse_quantity(part, plain ? Dimension::None : dimension_);
    if (!value) return Unexpected<UnitError>(value.error());
    if (*value < 0)
      return Unexpected<UnitError>(UnitError{fmt::format("`{}` is negative", std::string(part)), "at least 0"});
    argument.value = *value;
    return argument;
  }

  const Form& form_;
  Dimension dimension_;
};

/// The values of named arguments, or a mistake.
class Named {
 public:
  Named(const Form& form, const std::vector<Argument>& arguments) : form_(form), arguments_(arguments) {}

  std::optional<double> take(const std::string& key) {
    known_.push_back(key);
    for (const Argument& argument : arguments_) {
      if (argument.key == key) {
        ++taken_;
        return argument.value;
      }
    }
    return std::nullopt;
  }
  UnitError mistake() const {
    for (const Argument& argument : arguments_) {
      if (argument.key.empty()) return {fmt::format("`{}` has a value without a name", form_.name), form_.example};
      if (std::find(known_.begin(), known_.end(), argument.key) == known_.end()) {
        return {fmt::format("`{}` has no `{}`", form_.name, argument.key),
                suggestion(argument.key, known_, form_.example)};
      }
    }
    return {fmt::format("`{}` is not given by these values", form_.name), form_.example};
  }
  bool all_taken() const { return taken_ == arguments_.size(); }

 private:
  const Form& form_;
  const std::vector<Argument>& arguments_;
  std::vector<std::string> known_;
  std::size_t taken_ = 0;
};

bool is_shape(double shape) {
  return shape >= kLeastShape && shape <= kMostShape;
}

Expected<Law, UnitError> law_of(const Form& form, const std::vector<Argument>& arguments) {
  Named named(form, arguments);
  const auto wrong = [&](const char* message, std::string hint = "") {
    return Unexpected<UnitError>(UnitError{message, hint.empty() ? form.example : std::move(hint)});
  };
  switch (form.kind) {
    case Law::Kind::Fixed:
      break;
    case Law::Kind::Uniform:
    case Law::Kind::Spread:
    case Law::Kind::Empirical: {
      std::vector<double> values;
      for (const Argument& argument : arguments) {
        if (!argument.key.empty())
          return Unexpected<UnitError>(UnitError{fmt::format("`{}` takes plain values", form.name), form.example});
        values.push_back(argument.value);
      }
      if (!std::is_sorted(values.begin(), values.end())) return wrong("values fall", "from low to high");
      if (form.kind == Law::Kind::Empirical) {
        return values.size() < 2 ? wrong("one quantile is no law") : Expected<Law, UnitError>(Law::empirical(values));
      }
      if (form.kind == Law::Kind::Spread) {
        if (values.size() != 3) return wrong("a spread is given by its 10, 50 and 90 % quantiles");
        if (values[0] == 0) return wrong("the 10 % quantile of a spread is 0", "more than 0");
        if (std::log(values[2] / values[0]) > 2 * kMostSigma * normal_quantile(0.9))
          return wrong("the law is too wide", "a sigma of at most 5");
        return Law::spread(values[0], values[1], values[2]);
      }
      return values.size() != 2 ? wrong("a uniform law has two ends")
                                : Expected<Law, UnitError>(Law::uniform(values[0], values[1]));
    }
    case Law::Kind::Exponential: {
      if (arguments.size() == 1 && arguments[0].key.empty()) return Law::exponential(arguments[0].value);
      const auto mean = named.take("mean");
      if (mean && named.all_taken()) return Law::exponential(*mean);
      return Unexpected<UnitError>(named.mistake());
    }
    case Law::Kind::Weibull: {
      const auto mean = named.take("mean"), scale = named.take("scale"), shape = named.take("shape");
      if (!shape || (mean ? 1 : 0) + (scale ? 1 : 0) != 1 || !named.all_taken())
        return Unexpected<UnitError>(named.mistake());
      if (!is_shape(*shape)) return wrong("the shape is out of range", "from 0.05 to 20");
      return mean ? Law::weibull_of_mean(*mean, *shape) : Law::weibull(*scale, *shape);
    }
    case Law::Kind::LogNormal: {
      const auto median = named.take("median"), mean = named.take("mean"), p90 = named.take("p90"),
                 sigma = named.take("sigma");
      const int spreads = (mean ? 1 : 0) + (p90 ? 1 : 0) + (sigma ? 1 : 0);
      if (!median || spreads != 1 || !named.all_taken()) return Unexpected<UnitError>(named.mistake());
      if (*median == 0) return wrong("the median is 0", "more than 0");
      if (mean && *mean < *median) return wrong("the mean is below the median", "a mean above it");
      if (p90 && *p90 < *median) return wrong("the 90 % quantile is below the median", "one above it");
      const double deviation = sigma  ? *sigma
                               : mean ? std::sqrt(2 * std::log(*mean / *median))
                                      : std::log(*p90 / *median) / normal_quantile(0.9);
      if (deviation > kMostSigma) return wrong("the law is too wide", "a sigma of at most 5");
      return Law::lognormal(*median, deviation);
    }
  }
  return wrong("no such law");
}

}  // namespace

Expected<Law, UnitError> parse_law(std::string_view text, Dimension dimension) {
  const std::string_view all = trimmed(text);
  const auto open = all.find('(');
  if (open == std::string_view::npos) {
    const auto value = parse_quantity(all, dimension);
    if (!value) return Unexpected<UnitError>(value.error());
    if (*value < 0)
      return Unexpected<UnitError>(UnitError{fmt::format("`{}` is negative", std::string(all)), "at least 0"});
    return Law::fixed(*value);
  }
  const std::string name(trimmed(all.substr(0, open)));
  const auto* const form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& f) { return name == f.name; });
  if (form == kForms.end()) {
    std::vector<std::string> known;
    for (const Form& f : kForms) known.emplace_back(f.name);
    return Unexpected<UnitError>(
        UnitError{fmt::format("no law is called `{}`", name),
                  suggestion(name, known, fmt::format("known are {}", fmt::join(known, ", ")))});
  }
  if (!all.ends_with(')'))
    return Unexpected<UnitError>(UnitError{fmt::format("`{}` is not closed", name), form->example});
  const auto arguments = Arguments(*form, dimension).read(all.substr(open + 1, all.size() - open - 2));
  if (!arguments) return Unexpected<UnitError>(arguments.error());
  return law_of(*form, *arguments);
}

std::string law_text(const Law& law, Dimension dimension) {
  const auto value = [&](double x) { return exact_quantity(x, dimension); };
  const auto plain = [](double x) { return exact_quantity(x, Dimension::None); };
  switch (law.kind()) {
    case Law::Kind::Fixed:
      return value(law.a());
    case Law::Kind::Uniform:
      return fmt::format("uniform({}, {})", value(law.a()), value(law.b()));
    case Law::Kind::Exponential:
      return fmt::format("exponential(mean {})", value(law.a()));
    case Law::Kind::Weibull:
      return fmt::format("weibull(scale {}, shape {})", value(law.a()), plain(law.b()));
    case Law::Kind::LogNormal:
      return fmt::format("lognormal(median {}, sigma {})", value(law.a()), plain(law.b()));
    case Law::Kind::Spread:
    case Law::Kind::Empirical: {
      std::vector<std::string> values;
      for (const double x : law.points()) values.push_back(value(x));
      return fmt::format("{}({})", law.kind() == Law::Kind::Spread ? "spread" : "empirical", fmt::join(values, ", "));
    }
  }
  return "";
}

std::string describe_law(const Law& law, Dimension dimension) {
  const auto value = [&](double x) { return format_quantity(x, dimension, 3); };
  switch (law.kind()) {
    case Law::Kind::Fixed:
      return value(law.a());
    case Law::Kind::Uniform:
      return fmt::format("{} to {}", value(law.a()), value(law.b()));
    case Law::Kind::Exponential:
      return fmt::format("exponential, mean {}", value(law.a()));
    case Law::Kind::Weibull:
      return fmt::format("Weibull, mean {}, shape {}", value(law.mean()), format_significant(law.b(), 3));
    case Law::Kind::LogNormal:
      return fmt::format("log-normal, median {}, mean {}", value(law.a()), value(law.mean()));
    case Law::Kind::Spread:
      return fmt::format("{} ({} to {} in 80 % of cases)", value(law.points()[1]), value(law.points()[0]),
                         value(law.points()[2]));
    case Law::Kind::Empirical:
      return fmt::format("as measured, median {}, mean {}", value(law.quantile(0.5)), value(law.mean()));
  }
  return "";
}

}  // namespace orrery
