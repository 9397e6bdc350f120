// Writes the generated tables of docs/ that no command of the program prints. Run as `make docs`, from the repository.
#include <exception>
#include <iostream>

#include "base/diagnostic.hpp"
#include "docs/pages.hpp"
#include "validate/conventions.hpp"

int main() {
  try {
    orrery::write_table("docs/conventions.md", "fills", "make docs", orrery::conventions_markdown());
    return 0;
  } catch (const orrery::InputError& error) {
    std::cerr << orrery::render_text(error.diagnostics(), false);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  return 2;
}
