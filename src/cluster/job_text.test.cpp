#include "cluster/job_text.hpp"

#include <doctest/doctest.h>

namespace orrery {
namespace {

std::string refusal(std::string_view text) {
  try {
    parse_job_request(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("job text: hand-computed") {
  const JobRequest plain = parse_job_request("64 GPUs for 12 h");
  CHECK(plain.gpus == 64);
  CHECK(plain.run == 12 * kHour);
  CHECK(plain.limit == kNever);
  const JobRequest full =
      parse_job_request("1 GPU for 3days limit 4 days of tenant vision user ann pool batch on h100 priority -2");
  CHECK(full.run == 3 * kDay);
  CHECK(full.limit == 4 * kDay);
  CHECK(full.tenant == "vision");
  CHECK(full.user == "ann");
  CHECK(full.pool == "batch");
  CHECK(full.gpu_type == "h100");
  CHECK(full.priority == -2);
}

TEST_CASE("job text: mistakes are told, hand-computed") {
  CHECK(refusal("").find("how many GPUs?") != std::string::npos);
  CHECK(refusal("0 GPUs for 1 h").find("no whole number") != std::string::npos);
  CHECK(refusal("8 CPUs for 1 h").find("`GPUs` is expected") != std::string::npos);
  CHECK(refusal("8 GPUs for ever").find("no time") != std::string::npos);
  CHECK(refusal("8 GPUs for 1 h tomorrow").find("`tomorrow` is not expected") != std::string::npos);
  CHECK(refusal("8 GPUs for 1 h tenant").find("a name is expected") != std::string::npos);
}

}  // namespace orrery
