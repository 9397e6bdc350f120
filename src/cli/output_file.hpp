#pragma once

#include <string>
#include <vector>

namespace orrery {

/// Checks, before anything runs, that what `option` (--html, --svg, --write-scenario, ...) writes can be written and
/// destroys nothing: `file` is none of the other words of the command line, and where it is a page or a picture, what
/// may be there already is one too, so that no input is overwritten, also where a scenario names it. Throws
/// `InputError`, or `OutputError` where the folder takes no file.
void check_output_file(const std::string& option, const std::string& file, const std::vector<std::string>& words);

/// Writes the page as a whole or not at all; checks again that it replaces nothing but a page.
void write_page_file(const std::string& file, const std::string& page);
/// The same of a picture.
void write_picture_file(const std::string& file, const std::string& picture);

/// The command line as it can be typed again, without `--html FILE`.
std::string typed_again(int argc, const char* const* argv);

}  // namespace orrery
