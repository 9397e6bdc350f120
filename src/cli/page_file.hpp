#pragma once

#include <string>
#include <vector>

namespace orrery {

/// Checks, before anything runs, that `--html FILE` can be written and destroys nothing: `file` is none of the other
/// words of the command line, and what may be there already is a page. Inputs are no pages, so that none is
/// overwritten, also where a scenario names it. Throws `InputError`, or `OutputError` where the folder takes no file.
void check_page_file(const std::string& file, const std::vector<std::string>& words);

/// Writes the page as a whole or not at all; checks again that it replaces nothing but a page.
void write_page_file(const std::string& file, const std::string& page);

/// The command line as it can be typed again, without `--html FILE`.
std::string typed_again(int argc, const char* const* argv);

}  // namespace orrery
