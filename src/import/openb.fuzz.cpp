// Any bytes as a list of pods, a list of nodes, or, cut at a NUL, as both: read or rejected; pods that are read and fit
// on nodes that are read have an allocation curve within what there is.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "cluster/sharing/allocation_curve.hpp"
#include "import/openb.hpp"

namespace {

using namespace orrery;

JobTable read_pods(const std::string& text) {
  std::istringstream in(text);
  Diagnostics diagnostics;
  JobTable jobs = read_openb_pods(in, "pods", diagnostics);
  render_text(diagnostics.all(), true);
  if (jobs.empty() != diagnostics.has_errors()) std::abort();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs.run[i] < 1 || jobs.submit[i] < 0 || jobs.gpus[i] < 0) std::abort();
    if (jobs.gpu_milli[i] < 1 || jobs.gpu_milli[i] > 1000) std::abort();
    if (i > 0 && jobs.submit[i] < jobs.submit[i - 1]) std::abort();
  }
  return jobs;
}

SharedMachine read_nodes(const std::string& text) {
  std::istringstream in(text);
  Diagnostics diagnostics;
  SharedMachine machine = read_openb_nodes(in, "nodes", diagnostics);
  render_text(diagnostics.all(), true);
  if (machine.groups.empty() != diagnostics.has_errors()) std::abort();
  return machine;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find('\0');
  const JobTable jobs = read_pods(text.substr(0, cut));
  const SharedMachine machine = read_nodes(cut == std::string::npos ? text : text.substr(cut + 1));
  if (jobs.empty() || machine.gpus() == 0 || machine.gpus() > 200 || jobs.size() > 200) return 0;
  std::int64_t load = 0;
  for (const Pod& pod : pods_of_jobs(jobs)) load += pod.total_gpu_milli();
  // A pod of a thousandth is drawn again very often.
  if (load > 0 && load / static_cast<std::int64_t>(jobs.size()) * 2000 < machine.gpus() * kWholeGpu) return 0;
  for (const SharingRule rule : {SharingRule::Fgd, SharingRule::GpuPacking, SharingRule::Random}) {
    const AllocationCurve curve = allocation_curve(jobs, machine, rule, 42);
    for (const double allocated : curve.allocated) {
      if (!(allocated >= 0 && allocated <= 100)) std::abort();
    }
    if (curve.placed > curve.arrived) std::abort();
  }
  return 0;
}
