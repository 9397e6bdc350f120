#include "base/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace orrery {
namespace {

/// One call of parallel_for. Blocks of indices are claimed in order.
struct Loop {
  Loop(std::size_t n, std::size_t size, const std::function<void(std::size_t)>& f) : count(n), block(size), body(f) {}

  const std::size_t count;
  const std::size_t block;
  const std::function<void(std::size_t)>& body;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> lowest_failure{SIZE_MAX};
  std::mutex mutex;
  std::condition_variable finished;
  std::size_t done = 0;
  std::exception_ptr failure;

  /// Claims and runs one block; false where none is left.
  bool run_block() {
    const std::size_t begin = next.fetch_add(block);
    if (begin >= count) return false;
    const std::size_t end = std::min(count, begin + block);
    for (std::size_t i = begin; i < end; ++i) {
      // Lower indices than a failure still run, since one of them may fail too and would come first.
      if (i > lowest_failure.load(std::memory_order_relaxed)) break;
      try {
        body(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < lowest_failure) {
          lowest_failure = i;
          failure = std::current_exception();
        }
      }
    }
    const std::lock_guard lock(mutex);
    done += end - begin;
    if (done == count) finished.notify_all();
    return true;
  }
};

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::shared_ptr<Loop>> loops;
  bool stopping = false;
  std::vector<std::thread> workers;

  void work() {
    for (;;) {
      std::shared_ptr<Loop> loop;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return stopping || !loops.empty(); });
        if (stopping) return;
        loop = loops.back();  // The newest: an inner loop holds up the outer one.
      }
      while (loop->run_block()) {
      }
      remove(loop);
    }
  }

  void remove(const std::shared_ptr<Loop>& loop) {
    const std::lock_guard lock(mutex);
    const auto at = std::find(loops.begin(), loops.end(), loop);
    if (at != loops.end()) loops.erase(at);
  }
};

ThreadPool::ThreadPool(unsigned threads) : state_(std::make_unique<State>()) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  state_->workers.reserve(threads - 1);
  try {
    for (unsigned i = 1; i < threads; ++i) state_->workers.emplace_back([state = state_.get()] { state->work(); });
  } catch (const std::system_error&) {
    // The system gives no more (a limit of processes or memory): those that run do the work.
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

unsigned ThreadPool::threads() const {
  return static_cast<unsigned>(state_->workers.size()) + 1;
}

void ThreadPool::parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  if (count == 0) return;
  if (state_->workers.empty() || count == 1) {
    for (std::size_t i = 0; i < count; ++i) body(i);
    return;
  }
  // Blocks keep the claims cheap; sixteen a thread keep the load even.
  const std::size_t block = std::max<std::size_t>(1, count / (16 * static_cast<std::size_t>(threads())));
  const auto loop = std::make_shared<Loop>(count, block, body);
  {
    const std::lock_guard lock(state_->mutex);
    state_->loops.push_back(loop);
  }
  state_->wake.notify_all();
  while (loop->run_block()) {
  }
  state_->remove(loop);
  std::unique_lock lock(loop->mutex);
  loop->finished.wait(lock, [&] { return loop->done == loop->count; });
  if (loop->failure) std::rethrow_exception(loop->failure);
}

}  // namespace orrery
