#include "run/work_clock.hpp"

#include <doctest/doctest.h>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace orrery {
namespace {

CheckpointLevel level(double blocking, double lag = 0, double interference = 0) {
  CheckpointLevel l;
  l.blocking = Seconds(blocking);
  l.lag = Seconds(lag);
  l.interference = interference;
  return l;
}

const std::vector<char> kAll = {1, 1};

}  // namespace

TEST_CASE("a clock without checkpoints: hand-computed") {
  WorkClock clock({}, {}, 100);
  CHECK(clock.time_to_finish(0.5) == doctest::Approx(200));
  CHECK(clock.run(0, 50, 0.5).work == doctest::Approx(25));
  CHECK(clock.position() == doctest::Approx(25));
  const auto back = clock.restore(50, {});
  CHECK(back.lost == doctest::Approx(25));
  CHECK(back.level == -1);
  clock.run(50, 100, 1);
  CHECK(clock.done());
}

TEST_CASE("one level: hand-computed") {
  // 100 s of work, 10 s between checkpoints of 2 s that count 3 s later: 9 of them, none at the end: 118 s.
  WorkClock clock({level(2, 3)}, {Seconds(10)}, 100);
  CHECK(clock.time_to_finish(1) == doctest::Approx(118));
  // At 38 s: three checkpoints end at 12, 24, 36; two seconds on, position 32. The third counts only at 39.
  const auto stretch = clock.run(0, 38, 1);
  CHECK(stretch.work == doctest::Approx(32));
  CHECK(stretch.blocked == doctest::Approx(6));
  CHECK(clock.safe_position(38) == doctest::Approx(20));
  CHECK(clock.safe_position(39) == doctest::Approx(30));
  CHECK(clock.time_to_finish(1) == doctest::Approx(118 - 38));
  CHECK(clock.restore(38, kAll).lost == doctest::Approx(12));
  CHECK(clock.position() == doctest::Approx(20));
  CHECK(clock.written() == 3);
  // In the middle of a write the checkpoint does not exist yet.
  clock.run(100, 11, 1);
  CHECK(clock.position() == doctest::Approx(30));
  CHECK(clock.restore(111, kAll).lost == doctest::Approx(10));
}

TEST_CASE("two levels: what is lost, and to where one goes back (hand-computed)") {
  WorkClock clock({level(1), level(5)}, {Seconds(10), Seconds(30)}, 1000);
  // Boundaries at 10, 20 (1 s each) and 30 (1 + 5 s): position 30 is written at 38; at 60 s position 50 is written
  // at 60.
  clock.run(0, 61, 1);
  CHECK(clock.position() == doctest::Approx(51));
  CHECK(clock.safe_position(61) == doctest::Approx(50));
  WorkClock::Restored back = clock.restore(61, {0, 1});
  CHECK(back.level == 1);
  CHECK(back.lost == doctest::Approx(21));
  CHECK(clock.position() == doctest::Approx(30));
  // The fast level has nothing until its next boundary.
  clock.run(100, 5, 1);
  back = clock.restore(105, {1, 1});
  CHECK(back.level == 1);
  CHECK(back.lost == doctest::Approx(5));
  back = clock.restore(105, {0, 0});
  CHECK(back.scratch);
  CHECK(clock.position() == 0);
}

TEST_CASE("behind a corruption: only what is retained (hand-computed)") {
  CheckpointLevel l = level(0);
  l.retained = 3;
  WorkClock clock({l}, {Seconds(10)}, 1000);
  clock.run(0, 55, 1);  // Kept: 30, 40, 50.
  WorkClock copy = clock;
  CHECK(copy.restore_before(55, {1}, 42).lost == doctest::Approx(15));
  copy = clock;
  CHECK(copy.restore_before(55, {1}, 31).lost == doctest::Approx(25));
  copy = clock;
  CHECK(copy.restore_before(55, {1}, 29).scratch);
  CHECK(copy.position() == 0);
}

TEST_CASE("a planned save keeps what lies between two checkpoints (hand-computed)") {
  WorkClock clock({level(0)}, {Seconds(10)}, 1000);
  clock.run(0, 57, 1);
  clock.save_here();
  CHECK(clock.restore(60, {1}).lost == doctest::Approx(0));
  CHECK(clock.position() == doctest::Approx(57));
  clock.run(60, 2, 1);
  CHECK(clock.restore(62, {1}).lost == doctest::Approx(2));
  clock.run(62, 4, 1);
  CHECK(clock.restore(66, {1}).lost == doctest::Approx(1));
}

TEST_CASE("many small stretches are one long one (law)") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test");
    const double interval = rng.uniform(0.5, 20), speed = rng.uniform(0.1, 1);
    const auto every = static_cast<double>(1 + rng.below(7));
    const std::vector<CheckpointLevel> levels = {
        level(rng.uniform(0, 2), rng.uniform(0, interval), rng.uniform(0, 0.5)),
        level(rng.uniform(0, 5), rng.uniform(0, interval * every))};
    const std::vector<Seconds> intervals = {Seconds(interval), Seconds(interval * every)};
    const double work = rng.uniform(50, 500);
    WorkClock whole(levels, intervals, work), small(levels, intervals, work);
    const double finish = whole.time_to_finish(speed);
    const double end = rng.uniform(0, 1.2 * finish);
    const auto at_once = whole.run(0, end, speed);
    WorkClock::Stretch sum;
    double now = 0;
    while (now < end) {
      const double dt = std::min(end - now, rng.exponential(interval / 3));
      const auto part = small.run(now, dt, speed);
      sum.work += part.work;
      sum.blocked += part.blocked;
      sum.interfered += part.interfered;
      now += dt;
    }
    CHECK(sum.work == doctest::Approx(at_once.work).epsilon(1e-9));
    CHECK(sum.blocked == doctest::Approx(at_once.blocked).epsilon(1e-9));
    CHECK(sum.interfered == doctest::Approx(at_once.interfered).epsilon(1e-9));
    CHECK(small.position() == doctest::Approx(whole.position()));
    CHECK(small.safe_position(end) == doctest::Approx(whole.safe_position(end)));
    CHECK(small.written() == whole.written());
    CHECK(whole.done() == (end >= finish));
    // Time in is time out, where the work does not end first.
    if (end < finish)
      CHECK(at_once.work / speed + at_once.blocked + at_once.interfered == doctest::Approx(end).epsilon(1e-9));
  }
}

}  // namespace orrery
