#include "cli/output_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/diagnostic.hpp"
#include "base/file.hpp"

namespace orrery {
namespace {

/// A form of output, and what such a file begins with.
struct OutputForm {
  std::string_view option, name, begin;
};
constexpr OutputForm kPage{"--html", "page", "<!doctype html>"};
constexpr OutputForm kPicture{"--svg", "picture", "<svg"};

std::filesystem::path real_path(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::weakly_canonical(std::filesystem::absolute(path, ignored), ignored);
}

/// An empty file, or one that begins as such files do.
bool has_form(const std::string& file, const OutputForm& form) {
  std::ifstream in(file, std::ios::binary);
  std::string begin(form.begin.size(), '\0');
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(in.gcount()));
  for (char& c : begin) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return begin.empty() || begin == form.begin;
}

bool is_regular(const std::string& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored);
}

/// Not a device or a pipe, which have nothing to lose.
bool takes_whole_file(const std::string& file) {
  std::error_code ignored;
  return is_regular(file) || !std::filesystem::exists(file, ignored);
}

void refuse_another_form(const std::string& file, const OutputForm& form) {
  if (is_regular(file) && !has_form(file, form))
    throw InputError(fmt::format("`{}` is there already and is no {}", file, form.name), {},
                     fmt::format("name another file for {}", form.option));
}

/// A word as a shell takes it.
std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+:,./@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) c == '\'' ? quoted += "'\\''" : quoted += c;
  return quoted + "'";
}

}  // namespace

void check_output_file(const std::string& option, const std::string& file, const std::vector<std::string>& words) {
  const std::filesystem::path real = real_path(file);
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');  // --set PATH=VALUE
    const bool is_same =
        real_path(word) == real || (equals != std::string::npos && real_path(word.substr(equals + 1)) == real);
    if (is_same && takes_whole_file(file))
      throw InputError(fmt::format("`{}` is read or written already", file), {},
                       fmt::format("name another file for {}", option));
  }
  for (const OutputForm& form : {kPage, kPicture}) {
    if (form.option == option) refuse_another_form(file, form);
  }
  if (takes_whole_file(file)) const StagedFile probe(file);
}

void write_page_file(const std::string& file, const std::string& page) {
  refuse_another_form(file, kPage);
  write_file_atomically(file, page);
}

void write_picture_file(const std::string& file, const std::string& picture) {
  refuse_another_form(file, kPicture);
  write_file_atomically(file, picture);
}

std::string typed_again(int argc, const char* const* argv) {
  std::string line = "orrery";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--html") ++i;
    if (word == "--html" || word.starts_with("--html=")) continue;
    line += " " + shell_word(word);
  }
  return line;
}

}  // namespace orrery
