#include "import/nation_scenario.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

constexpr const char* kSound = R"toml(
[nation]
firms = 1441
surveys = [
  { date = "2020-12-31", short = 0.292, chip = "a100-80gb", gpus = "spread(600, 1120, 2500)" },
  { date = "2023-12-31", short = 0.532, gpus = 1961 },
]
currency = "KRW"
per_dollar = 1450
classes = [{ name = "few", share = 0.89 }, { name = "many", share = 0.11 }]

[[nation.supply]]
name = "purchase"
chip = "b200"
date = "2025-12"
gpus = 10080
cost = "1.459 T KRW"
)toml";

NationScenario read(const std::string& text, Diagnostics& diagnostics) {
  const auto source = std::make_shared<SourceText>(SourceText{"nation.toml", text});
  return read_nation_scenario(read_toml(source, diagnostics), diagnostics);
}

/// The messages for the sound scenario with `from` replaced by `to`.
std::string mistakes(const std::string& from, const std::string& to) {
  std::string text = kSound;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  Diagnostics diagnostics;
  read(text, diagnostics);
  return diagnostics.has_errors() ? render_text(diagnostics.all(), false) : "";
}

bool says(const std::string& text, const char* what) {
  return text.find(what) != std::string::npos;
}

TEST_CASE("a nation: read whole") {
  Diagnostics diagnostics;
  const NationScenario scenario = read(kSound, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  const NationSpec& spec = scenario.spec;
  CHECK(spec.supply.front().chip_name.find("B200") == 0);
  CHECK(spec.firms == 1441);
  REQUIRE(spec.surveys.size() == 2);
  // 624 of 1,979 TFLOP/s.
  CHECK(spec.surveys[0].h100e == doctest::Approx(0.3153).epsilon(0.001));
  CHECK(spec.surveys[1].h100e == doctest::Approx(1).epsilon(0.001));
  REQUIRE(spec.supply.size() == 1);
  CHECK(spec.supply[0].h100e == doctest::Approx(2.274).epsilon(0.001));
  CHECK(spec.supply[0].cost.raw() == doctest::Approx(1.459e12 / 1450));
  CHECK(spec.sizes.upto == std::vector<double>{0.89, 1});
  CHECK_FALSE(spec.jobs.trace.sizes.empty());
  CHECK_FALSE(scenario.assumptions.empty());
}

TEST_CASE("a nation: bad input is told with its place") {
  CHECK(says(mistakes("firms = 1441", "firms = 0"), "firms"));
  CHECK(says(mistakes("firms = 1441\n", ""), "firms"));
  CHECK(says(mistakes("firms = 1441", "firms = 2.5"), "2.5 firms: there is no part of one"));
  CHECK(says(mistakes("gpus = 10080", "gpus = 10080.5"), "no part of one"));
  CHECK(says(mistakes("firms = 1441", "firms = 1441\ngrowth = 100"), "`nation.growth` is out of range"));
  CHECK(says(mistakes("firms = 1441", "firms = 1441\ngrowth = \"spread(0.05, 1, 2)\""), "from 1/10 to 10"));
  CHECK(says(mistakes("short = 0.532", "short = 1.2"), "short = 1.2"));
  CHECK(says(mistakes("short = 0.532", "short = 0"), "some firms lack compute"));
  CHECK(says(mistakes("short = 0.532", "short = 0.97"), "at most 95.0 % need any"));
  CHECK(says(mistakes("2020-12-31", "2024-12-31"), "out of order"));
  CHECK(says(mistakes("share = 0.11", "share = 0.21"), "add up to 110.0 %"));
  CHECK(says(mistakes("1.459 T KRW", "1.459 T EUR"), "unknown currency `EUR`"));
  CHECK(says(mistakes("1.459 T KRW", "1.459 X KRW"), "cost"));
  CHECK(says(mistakes("per_dollar = 1450\n", ""), "nothing says how many KRW a dollar is"));
  CHECK(says(mistakes("chip = \"b200\"", "chip = \"b20\""), "did you mean `b200`"));
  CHECK(says(mistakes("date = \"2025-12\"", "date = \"2022-12\""), "before the last survey"));
  CHECK(says(mistakes("date = \"2025-12\"", "date = \"2024-01\""), "is sold from 2024-11-15 on"));
  CHECK(says(mistakes("gpus = 10080", "gpus = 10080\nusable = \"uniform(0.5, 1.4)\""), "as high as 1.4"));
  CHECK(says(mistakes("gpus = 10080", "gpus = 10080\ndelivered = \"uniform(0.5, 1.4)\""), "as high as 1.4"));
  CHECK(says(mistakes("gpus = 10080", "gpuz = 10080"), "did you mean `gpus`"));
  CHECK(says(mistakes("firms = 1441", "firms = 1441\nreference = \"fair\""), "fair-share"));
  CHECK(says(mistakes("firms = 1441", "firms = 1441\nuntil = \"2020\""), "before the last survey"));
  CHECK(says(mistakes("firms = 1441", "firms = 1441\njobs = \"phily\""), "philly"));
  CHECK(says(mistakes("firms = 1441", "firms = 1441\nsigma = 0"), "sigma"));
  CHECK(says(mistakes("firms = 1441", "firms = 1441\nlongest_run = \"60 days\""), "longer than the replay"));
  CHECK(says(mistakes("[nation]", "[nations]"), "did you mean `nation`"));
}

TEST_CASE("money in a currency: hand-computed") {
  CHECK(parse_money_in("1.45 T KRW", "KRW", 1450)->raw() == doctest::Approx(1e9));
  CHECK(parse_money_in("$2B", "KRW", 1450)->raw() == doctest::Approx(2e9));
  CHECK(parse_money_in("2 B USD", "KRW", 1450)->raw() == doctest::Approx(2e9));
  for (const char* wrong : {"", " ", "KRW", "1.45 T", "1.45 T JPY", "$1 KRW", "one KRW", "1e999 KRW", "-3 KRW"})
    CHECK_FALSE(parse_money_in(wrong, "KRW", 1450).has_value());
  CHECK_FALSE(parse_money_in("1 T KRW", "KRW", 0).has_value());
}

}  // namespace
}  // namespace orrery
