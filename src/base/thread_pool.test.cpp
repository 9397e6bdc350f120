#include "base/thread_pool.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <stdexcept>
#include <string>

#include "base/random.hpp"

namespace orrery {

TEST_CASE("thread pool: law, the same bits for any number of threads") {
  const auto draw = [](std::size_t i) {
    Rng rng = Rng::stream(9, "test/pool", 0, i);
    return std::exp(20 * rng.normal());  // sums of such numbers depend on their order
  };
  const auto add = [](double a, double b) { return a + b; };
  ThreadPool one(1);
  const double expected = one.parallel_reduce(3000, 0.0, draw, add);
  for (unsigned threads = 2; threads <= 8; ++threads) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (int repeat = 0; repeat < 3; ++repeat) CHECK(pool.parallel_reduce(3000, 0.0, draw, add) == expected);
  }
}

TEST_CASE("thread pool: law, each index runs exactly once") {
  ThreadPool pool(4);
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
    std::vector<std::atomic<int>> runs(count);
    pool.parallel_for(count, [&](std::size_t i) { ++runs[i]; });
    for (const auto& n : runs) CHECK(n == 1);
  }
}

TEST_CASE("thread pool: law, the exception of the lowest index wins") {
  for (unsigned threads = 1; threads <= 8; ++threads) {
    ThreadPool pool(threads);
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::string message;
      try {
        pool.parallel_for(500, [](std::size_t i) {
          if (i % 100 == 37) throw std::runtime_error(std::to_string(i));
        });
      } catch (const std::runtime_error& error) {
        message = error.what();
      }
      CHECK(message == "37");
    }
    // The pool is as good as new.
    CHECK(pool.parallel_map(3, [](std::size_t i) { return static_cast<int>(i); }) == std::vector<int>{0, 1, 2});
  }
}

TEST_CASE("thread pool: law, loops inside loops finish") {
  ThreadPool pool(3);
  const auto totals = pool.parallel_map(20, [&](std::size_t i) {
    return pool.parallel_reduce(
        50, std::size_t{0}, [i](std::size_t j) { return i * j; }, [](std::size_t a, std::size_t b) { return a + b; });
  });
  for (std::size_t i = 0; i < totals.size(); ++i) CHECK(totals[i] == i * 1225);  // 0 + 1 + ... + 49 = 1225
}

}  // namespace orrery
