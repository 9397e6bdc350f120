// Writes the generated tables of docs/ that no command of the program prints. Run as `make docs`, from the repository.
#include "common/run_tool.hpp"
#include "docs/pages.hpp"
#include "validate/conventions.hpp"

int main() {
  return orrery::run_tool(
      [] { orrery::write_table("docs/conventions.md", "fills", "make docs", orrery::conventions_markdown()); });
}
