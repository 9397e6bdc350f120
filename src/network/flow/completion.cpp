#include "network/flow/completion.hpp"

#include <algorithm>
#include <limits>

#include "network/flow/fair_rates.hpp"
#include "network/flow/keyed_heap.hpp"

namespace orrery {
namespace {

/// Flows that end this close, in terms of the time so far, end at once.
constexpr double kOneInstant = 1e-12;

/// Ordering the queue anew is cheaper than moving more than one in so many.
constexpr std::size_t kMany = 8;

}  // namespace

Expected<FlowTimes, FlowWorkSpent> finish_times(const FlowProblem& problem, const FlowOptions& options) {
  Work work{0, options.maximum_work};
  FlowTimes times;
  const auto spent = [&](double time, std::size_t unfinished) {
    return Unexpected<FlowWorkSpent>({work.done, time, problem.flows() - unfinished});
  };
  FlowGraph graph = flow_graph(problem, true);
  work.done += problem.links.size();
  std::optional<Filling> filling = work.spent() ? std::nullopt : fill(graph, work);
  if (!filling) return spent(0, graph.flows());

  // Flows that meet no others keep their rate to the end; the rest follows.
  times.finish = problem.bytes;
  for (std::size_t f = 0; f < problem.flows(); ++f) times.finish[f] /= graph.limit_of[f];

  // Bytes left, as of when the flow's rate changed last.
  struct Left {
    double bytes;
    double since;
  };
  const std::vector<std::uint32_t> number = graph.flow;
  std::vector<Left> left(number.size());
  std::vector<KeyedHeap::Entry> entries(number.size());
  for (std::uint32_t f = 0; f < number.size(); ++f) {
    left[f] = {problem.bytes[number[f]], 0};
    entries[f] = {left[f].bytes / filling->rate[f], f};
  }
  KeyedHeap queue;
  queue.assign(std::move(entries), number.size());
  FairRates rates(std::move(graph), *std::move(filling));

  std::vector<std::uint32_t> ended;
  while (!queue.empty()) {
    ended.clear();
    const double first = queue.top().key;
    double now = first;
    while (!queue.empty() && queue.top().key <= first * (1 + kOneInstant)) {
      now = queue.top().key;
      ended.push_back(queue.top().id);
      times.finish[number[ended.back()]] = now;
      queue.pop();
    }
    ++times.events;
    const auto changes = rates.remove(ended, work);
    const bool many = changes.size() * kMany > queue.size();
    for (const auto& [flow, old_rate] : changes) {
      Left& l = left[flow];
      l.bytes = std::max(0.0, l.bytes - old_rate * (now - l.since));
      l.since = now;
      const double end = now + l.bytes / rates.rate(flow);
      if (many) {
        queue.set_unordered(flow, end);
      } else {
        queue.set(flow, end);
      }
    }
    if (many) queue.order();
    if (work.spent()) return spent(now, queue.size());
  }
  for (const double finish : times.finish) times.makespan = std::max(times.makespan, finish);
  times.work = work.done;
  return times;
}

std::vector<double> link_bytes(const FlowProblem& problem) {
  std::vector<double> bytes(problem.capacity.size());
  for (std::size_t f = 0; f < problem.flows(); ++f)
    for (std::uint32_t i = problem.offsets[f]; i < problem.offsets[f + 1]; ++i)
      bytes[problem.links[i]] += problem.use(i) * problem.bytes[f];
  return bytes;
}

double makespan_bound(const FlowProblem& problem) {
  const std::vector<double> bytes = link_bytes(problem);
  double bound = 0;
  for (std::size_t l = 0; l < bytes.size(); ++l) bound = std::max(bound, bytes[l] / problem.capacity[l]);
  return bound;
}

}  // namespace orrery
