// Any bytes as a job: read, or refused with a place inside the text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cluster/job_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const JobRequest job = parse_job_request(text);
    if (job.gpus < 1 || job.run < kSecond) std::abort();
  } catch (const InputError& error) {
    render_text(error.diagnostics(), true);
  }
  return 0;
}
