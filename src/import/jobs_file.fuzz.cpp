// Any bytes as a file of jobs: read or rejected with places inside the text; what is read has a name each and fits its
// groups, and small jobs are answered with times that are amounts.
#include <cmath>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "fuzz/check.hpp"
#include "fuzz/sound_network.hpp"
#include "import/jobs_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  using fuzz::must;
  const auto source =
      std::make_shared<SourceText>(SourceText{"fuzz.toml", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  const JobsFile file = read_jobs_file(source, diagnostics);
  render_text(diagnostics.all(), false);
  for (const Diagnostic& d : diagnostics.all()) {
    must(!d.span.source || (d.span.line <= size + 1 && d.span.column <= size + 1));
  }
  must(file.jobs.empty() == diagnostics.has_errors());
  std::set<std::string> names;
  for (const NetworkJob& job : file.jobs) must(!job.name.empty() && names.insert(job.name).second);
  // Two fat trees: spread paths of one that knows no switches, hashed ones of another that does.
  for (const Routing routing : {Routing::Spray, Routing::Ecmp}) fuzz::sound_jobs(fuzz::small_cluster(routing), file);
  return 0;
}
