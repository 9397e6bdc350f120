#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace orrery {

/// A fixed number of threads that share loops. Results never depend on the number of threads: each index writes its own
/// slot, and slots are combined in index order.
class ThreadPool {
 public:
  /// `threads` counts the caller, which works too: 1 starts none, 0 means one a processor. Where the system
  /// gives fewer, there are fewer.
  explicit ThreadPool(unsigned threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned threads() const;

  /// Calls `body(i)` for i in 0 .. count-1, in any order and on any thread, and returns when all are done. When bodies
  /// throw, the exception of the lowest such index is thrown here, as a loop on one thread would; indices above it may
  /// or may not have run. May be called from inside a body.
  void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

  /// `{fn(0), fn(1), ...}`. The result type must be default-constructible.
  template <class Fn>
  auto parallel_map(std::size_t count, Fn&& fn) {
    using Result = std::decay_t<std::invoke_result_t<Fn&, std::size_t>>;
    static_assert(!std::is_same_v<Result, bool>, "neighbours of a vector<bool> cannot be written at once");
    std::vector<Result> results(count);
    parallel_for(count, [&](std::size_t i) { results[i] = fn(i); });
    return results;
  }

  /// combine(... combine(combine(first, fn(0)), fn(1)) ..., fn(count-1)): the same bits for any number of threads.
  template <class T, class Fn, class Combine>
  T parallel_reduce(std::size_t count, T first, Fn&& fn, Combine&& combine) {
    for (auto& result : parallel_map(count, fn)) first = combine(std::move(first), std::move(result));
    return first;
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orrery
