#pragma once

namespace orrery {

/// Reads the command line, runs the command and turns every exception into a message and an exit code: 0 answer,
/// 1 no feasible answer, 2 bad input (or an output that cannot be written), 3 our bug. Throws nothing.
int run_program(int argc, const char* const* argv) noexcept;

}  // namespace orrery
