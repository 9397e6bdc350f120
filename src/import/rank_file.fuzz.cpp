// Any bytes as a rank file: read or rejected with places inside the text; what is read are different chips of the
// machine.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>

#include "import/rank_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto source =
      std::make_shared<SourceText>(SourceText{"fuzz", std::string(reinterpret_cast<const char*>(data), size)});
  for (const RankFileMachine& machine : {RankFileMachine{32, 8, 0}, RankFileMachine{1001, 4, 1}}) {
    Diagnostics diagnostics;
    const auto chips = read_rank_file(source, machine, 0, diagnostics);
    for (const Diagnostic& d : diagnostics.all()) {
      if (d.span.line > size + 1 || d.span.column > size + 1) std::abort();
    }
    render_text(diagnostics.all(), true);
    if (diagnostics.has_errors()) continue;
    const std::set<long long> different(chips.begin(), chips.end());
    if (chips.empty() || different.size() != chips.size()) std::abort();
    if (*different.begin() < 0 || *different.rbegin() >= machine.chips) std::abort();
  }
  return 0;
}
