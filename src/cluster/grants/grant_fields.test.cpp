#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "cluster/grants/grant_parameters.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

Value toml(const std::string& text, Diagnostics& diagnostics) {
  return read_toml(std::make_shared<SourceText>(SourceText{"grants.toml", text}), diagnostics);
}

TEST_CASE("grants: parameters are read, and what is written is read back: hand-computed") {
  Diagnostics diagnostics;
  const Value table = toml(R"(
mode = "block"
length = "120 days"
admission = "lottery"
round = "4 weeks"
order = "score"
accepted_share = "31 %"
reclaim_after_idle = "14 days"
longest = "24 h"
[[tenants]]
name = "lab"
gpus = 16
score = 87.5
)",
                           diagnostics);
  GrantParameters parameters;
  grant_schema().read(table, parameters, diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
  CHECK(parameters.admission == GrantAdmission::Lottery);
  CHECK(parameters.length == Seconds(120 * 86400.0));
  CHECK(parameters.round == Seconds(28 * 86400.0));
  CHECK(parameters.accepted_share == 0.31);
  CHECK(parameters.tenants.at(0).gpus == 16);
  CHECK(!parameters.tenants.at(0).longest);
  GrantParameters again;
  grant_schema().read(grant_schema().write(parameters), again, diagnostics);
  CHECK(again == parameters);
}

TEST_CASE("grants: mistakes are told at their place: hand-computed") {
  Diagnostics diagnostics;
  const Value table = toml("mode = \"credit\"\nlenght = \"3 days\"\nperiod = \"90\"\ncarry_over = -1\n", diagnostics);
  GrantParameters parameters;
  grant_schema().read(table, parameters, diagnostics);
  const std::string text = render_text(diagnostics.all(), false);
  CAPTURE(text);
  CHECK(text.find("`credits`") != std::string::npos);
  CHECK(text.find("`length`") != std::string::npos);
  CHECK(text.find("grants.toml:3") != std::string::npos);
  CHECK(text.find("grants.toml:4") != std::string::npos);
}

TEST_CASE("grants: tenants that stand twice or own no job: hand-computed") {
  JobTable jobs;
  jobs.tenants.add("physics");
  GrantParameters parameters;
  parameters.tenants = {{.name = "physics"}, {.name = "phisics"}, {.name = "physics"}, {.name = "-"}};
  Diagnostics diagnostics;
  check_grants(parameters, jobs, diagnostics);
  const std::string text = render_text(diagnostics.all(), false);
  CAPTURE(text);
  CHECK(diagnostics.all().size() == 2);
  CHECK(text.find("did you mean `physics`?") != std::string::npos);
  CHECK(text.find("`physics` is declared twice") != std::string::npos);
}

}  // namespace
}  // namespace orrery
