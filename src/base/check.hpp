#pragma once

#include <stdexcept>
#include <string>

namespace orrery {

/// Our bug: an invariant of the program does not hold. The command line reports it and exits with 3.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace orrery

/// Throws `InternalError` naming the invariant, file and line. User input must never reach one.
#define ORRERY_CHECK(condition, invariant)                                                                        \
  do {                                                                                                            \
    if (!(condition))                                                                                             \
      throw ::orrery::InternalError(std::string(__FILE__) + ":" + std::to_string(__LINE__) + ": " + (invariant)); \
  } while (false)
