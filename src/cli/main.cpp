#include <csignal>

#include "cli/program.hpp"

int main(int argc, char** argv) {
  // A reader that went away is a failed write, which is reported, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  return orrery::run_program(argc, argv);
}
