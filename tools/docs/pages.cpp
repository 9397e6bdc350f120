#include "docs/pages.hpp"

#include <fmt/format.h>

#include "base/diagnostic.hpp"
#include "base/file.hpp"

namespace orrery {

void write_table(const std::string& path, const std::string& name, const std::string& command,
                 const std::string& table) {
  const std::string page = read_text_file(path)->text;
  const std::string marker = fmt::format("<!-- {}: {} -->\n", name, command);
  const std::size_t begin = page.find(marker);
  const std::size_t end = begin == std::string::npos ? begin : page.find("<!-- end -->", begin);
  if (end == std::string::npos) throw InputError(fmt::format("{} has no place for the table `{}`", path, name));
  write_file_atomically(path, page.substr(0, begin + marker.size()) + table + page.substr(end));
}

}  // namespace orrery
