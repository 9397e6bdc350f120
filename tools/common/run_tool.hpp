#pragma once

#include <exception>
#include <iostream>

#include "base/diagnostic.hpp"

namespace orrery {

/// The exit code of a tool that does `work`: 0, or 2 where it fails, with the reason on standard error.
template <class Work>
int run_tool(Work work) {
  try {
    work();
    return 0;
  } catch (const InputError& error) {
    std::cerr << render_text(error.diagnostics(), false);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  return 2;
}

}  // namespace orrery
