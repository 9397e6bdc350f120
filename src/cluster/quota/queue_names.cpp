#include "cluster/quota/queue_names.hpp"

#include <fmt/format.h>

#include <map>

namespace orrery {
namespace {

std::map<std::string, std::size_t> numbers_of(const std::vector<NamedQueue>& queues) {
  std::map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < queues.size(); ++i) numbers.try_emplace(queues[i].name, i);
  return numbers;
}

}  // namespace

void check_queue_names(const std::vector<NamedQueue>& queues, const std::string& table, Diagnostics& diagnostics) {
  if (queues.empty()) diagnostics.error(fmt::format("[[{}]] names no queue", table), {}, "no job could be admitted");
  const auto numbers = numbers_of(queues);
  std::vector<std::string> names;
  for (const NamedQueue& queue : queues) names.push_back(queue.name);
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const NamedQueue& queue = queues[i];
    if (numbers.at(queue.name) != i) diagnostics.error(fmt::format("[[{}]]: `{}` stands twice", table, queue.name));
    if (queue.parent.empty() || numbers.contains(queue.parent)) continue;
    const std::string near = did_you_mean(queue.parent, names);
    diagnostics.error(fmt::format("[[{}]]: there is no `{}` for `{}` to be below", table, queue.parent, queue.name), {},
                      near.empty() ? "" : fmt::format("did you mean `{}`?", near));
  }
  if (!diagnostics.has_errors() && parents_first(queues).size() < queues.size())
    diagnostics.error(fmt::format("[[{}]]: queues are above themselves", table));
}

std::vector<std::size_t> parents_first(const std::vector<NamedQueue>& queues) {
  const auto numbers = numbers_of(queues);
  std::vector<std::vector<std::size_t>> children(queues.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < queues.size(); ++i) {
    if (queues[i].parent.empty()) {
      order.push_back(i);
    } else {
      children[numbers.at(queues[i].parent)].push_back(i);
    }
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const std::size_t child : children[order[next]]) order.push_back(child);
  }
  return order;
}

}  // namespace orrery
