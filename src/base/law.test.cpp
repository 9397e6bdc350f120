#include "base/law.hpp"

#include <doctest/doctest.h>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/law_text.hpp"

namespace orrery {
namespace {

const std::vector<std::string> kTexts = {"3 min",
                                         "uniform(1 h, 4 h)",
                                         "exponential(mean 3 h)",
                                         "exponential(3 h)",
                                         "weibull(mean 14 h, shape 0.58)",
                                         "weibull(scale 79.4 h, shape 0.473)",
                                         "lognormal(median 3.7 min, mean 38.9 min)",
                                         "lognormal(median 3.7 min, p90 10 min)",
                                         "lognormal(median 3.7 min, sigma 2)",
                                         "spread(2 min, 3 min, 10 min)",
                                         "empirical(0.1 h, 3 h, 33 h, 20 days)"};

}  // namespace

TEST_CASE("laws from text: hand-computed") {
  CHECK(parse_law("3 min", Dimension::Time)->mean() == doctest::Approx(180));
  CHECK(parse_law(" uniform( 1 h , 4 h ) ", Dimension::Time)->mean() == doctest::Approx(2.5 * 3600));
  CHECK(parse_law("weibull(mean 14 h, shape 0.58)", Dimension::Time)->mean() == doctest::Approx(14 * 3600));
  CHECK(parse_law("lognormal(median 3.7 min, mean 38.9 min)", Dimension::Time)->mean() == doctest::Approx(38.9 * 60));
  CHECK(parse_law("lognormal(median 3, p90 8)", Dimension::None)->quantile(0.9) == doctest::Approx(8));
  // (0.1 + 3)/2 + (3 + 33)/2 + (33 + 480)/2 over three.
  CHECK(parse_law("empirical(0.1 h, 3 h, 33 h, 20 days)", Dimension::Time)->mean() ==
        doctest::Approx((3.1 + 36 + 513) / 6 * 3600));
}

TEST_CASE("means, variances and quantiles agree with draws (oracle)") {
  for (const std::string& text : kTexts) {
    CAPTURE(text);
    const Law law = *parse_law(text, Dimension::Time);
    Rng rng = Rng::stream(5, "test");
    constexpr int kDraws = 200'000;
    double sum = 0, below = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double x = law.draw(rng);
      sum += x;
      below += x <= law.quantile(0.7) ? 1 : 0;
    }
    const double error = std::sqrt(law.variance() / kDraws);
    // Tails of a wide log-normal are hardly ever drawn.
    if (law.variance() < 100 * law.mean() * law.mean())
      CHECK(std::abs(sum / kDraws - law.mean()) <= 4 * error + 1e-9 * law.mean());
    if (!law.is_fixed()) CHECK(below / kDraws == doctest::Approx(0.7).epsilon(0.01));
  }
}

TEST_CASE("a law's text reads back to the same law (law)") {
  for (const std::string& text : kTexts) {
    const Law law = *parse_law(text, Dimension::Time);
    CHECK(*parse_law(law_text(law, Dimension::Time), Dimension::Time) == law);
    CHECK_FALSE(describe_law(law, Dimension::Time).empty());
  }
}

TEST_CASE("what is no law says why") {
  const auto message = [](const char* text) {
    const auto law = parse_law(text, Dimension::Time);
    return law ? std::string("law") : law.error().message + "; " + law.error().hint;
  };
  CHECK(message("3") == "`3` has no unit; a time, for example \"2 us\"");
  CHECK(message("-3 h") == "`-3 h` is negative; at least 0");
  CHECK(message("exponental(3 h)") == "no law is called `exponental`; did you mean `exponential`?");
  CHECK(message("exponential(3 h") == "`exponential` is not closed; exponential(mean 3 h)");
  CHECK(message("exponential(median 3 h)") == "`exponential` has no `median`; exponential(mean 3 h)");
  CHECK(message("weibull(mean 3 h)") == "`weibull` is not given by these values; weibull(mean 14 h, shape 0.58)");
  CHECK(message("weibull(mean 3 h, shape 0)") == "the shape is out of range; from 0.05 to 20");
  CHECK(message("lognormal(median 3 h, mean 2 h)") == "the mean is below the median; a mean above it");
  CHECK(message("lognormal(median 0 h, mean 2 h)") == "the median is 0; more than 0");
  CHECK(message("lognormal(median 1 s, mean 20 years)") == "the law is too wide; a sigma of at most 5");
  CHECK(message("uniform(3 h, 2 h)") == "values fall; from low to high");
  CHECK(message("empirical(3 h)") == "one quantile is no law; empirical(1 h, 3 h, 20 days)");
  CHECK(message("empirical()") == "`empirical` lacks a value; empirical(1 h, 3 h, 20 days)");
}

TEST_CASE("normal quantiles invert the error function (law)") {
  for (double q = 1e-12; q < 1; q += 0.00137) {
    CHECK(0.5 * std::erfc(-normal_quantile(q) / std::numbers::sqrt2) == doctest::Approx(q).epsilon(1e-12));
  }
}

TEST_CASE("rates have units (hand-computed)") {
  CHECK(*parse_quantity("0.111 /year", Dimension::Frequency) == doctest::Approx(0.111 / (365.25 * 86400)));
  CHECK(format_quantity(0.111 / (365.25 * 86400), Dimension::Frequency, 3) == "0.111 /year");
  CHECK(format_quantity(3 / 86400.0, Dimension::Frequency, 3) == "3.00 /day");
}

}  // namespace orrery
