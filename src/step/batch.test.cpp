#include "step/batch.hpp"

#include <doctest/doctest.h>

namespace orrery {

TEST_CASE("batch: hand-computed batches that the chips share") {
  CHECK(shared_batch(512, 1024) == 512);     // 128 x 4
  CHECK(shared_batch(1000, 1024) == 1024);   // 250 holds 128: 8 x 128
  CHECK(shared_batch(2048, 1200) == 2100);   // 1200 = 75 x 16; 512 holds 300: 7 x 300
  CHECK(shared_batch(7, 8) == 7);            // 1 x 7
  CHECK(shared_batch(100, 101) == 100);      // prime: nothing near
  CHECK(divisible_batch(500, 1016) == 508);  // 4 x 127
  CHECK(divisible_batch(500, 1024) == 500);
  CHECK(divisible_batch(10, 101) == 101);
  CHECK(most_ranks(1000, 1024) == 8);
  CHECK(most_ranks(1000, 7) == 1);
}

}  // namespace orrery
