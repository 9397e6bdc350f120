#include "validate/row_cells.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "validate/split.hpp"

namespace orrery {

std::optional<double> number_cell(const TableCell& cell, double least, double most) {
  if (cell.text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(cell.text.data(), cell.text.data() + cell.text.size(), value);
  if (error != std::errc() || end != cell.text.data() + cell.text.size() || !std::isfinite(value)) {
    cell.complain(fmt::format("`{}` is not a number", cell.column), "a plain number, for example 12.5");
    return std::nullopt;
  }
  if (value < least || value > most) {
    cell.complain(fmt::format("`{}` is out of range", cell.column), fmt::format("between {:g} and {:g}", least, most));
    return std::nullopt;
  }
  return value;
}

std::string_view trimmed_cell(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

HeaderPlaces::HeaderPlaces(const std::vector<std::string>& header, const std::vector<std::string>& known,
                           Strangers strangers, const std::string& page, const Report& report) {
  std::vector<bool> seen(known.size(), false);
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto place = std::find(known.begin(), known.end(), trimmed_cell(header[i]));
    if (place == known.end()) {
      columns_.push_back(-1);
      unknown.emplace_back(trimmed_cell(header[i]));
      continue;
    }
    const auto index = static_cast<std::size_t>(place - known.begin());
    columns_.push_back(static_cast<int>(index));
    if (known[index] == "id") id_position_ = i;
    if (seen[index]) {
      report(i, fmt::format("column `{}` stands twice", known[index]), "remove one");
    }
    seen[index] = true;
  }
  const auto place_of = [&](const std::string& name) {
    return std::find_if(header.begin(), header.end(), [&](const auto& h) { return trimmed_cell(h) == name; });
  };
  std::vector<std::string> missing;
  std::vector<std::string> misspelt;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (seen[i]) continue;
    const std::string near = did_you_mean(known[i], unknown);
    const auto place = place_of(near);
    if (near.empty() || place == header.end()) {
      missing.push_back(known[i]);
    } else {
      misspelt.push_back(near);
      report(static_cast<std::size_t>(place - header.begin()), fmt::format("unknown column `{}`", near),
             fmt::format("did you mean `{}`?", known[i]));
    }
  }
  std::erase_if(unknown, [&](const std::string& each) {
    return std::find(misspelt.begin(), misspelt.end(), each) != misspelt.end();
  });
  if (strangers == Strangers::Report && !unknown.empty()) {
    const std::size_t first = static_cast<std::size_t>(place_of(unknown.front()) - header.begin());
    constexpr std::size_t kNamed = 5;
    const std::vector<std::string> named(
        unknown.begin(), unknown.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, unknown.size())));
    report(first,
           unknown.size() == 1 ? fmt::format("unknown column `{}`", unknown.front())
                               : fmt::format("{} unknown columns: {}{}", unknown.size(), fmt::join(named, ", "),
                                             unknown.size() > kNamed ? ", ..." : ""),
           page + " tells which there are");
  }
  if (missing.size() == 1) report(0, fmt::format("column `{}` is missing", missing.front()), "");
  if (missing.size() > 1) {
    report(0, fmt::format("{} columns are missing: {}", missing.size(), fmt::join(missing, ", ")),
           page + " tells what each holds; most cells may be blank");
  }
}

std::size_t SeenIds::earlier_line(const std::string& id, std::size_t line) {
  const auto [place, is_new] = lines_.try_emplace(stable_hash(id), line);
  return is_new ? 0 : place->second;
}

std::size_t read_table_file(const std::string& path, const std::function<std::size_t(std::istream&)>& read) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw InputError("`" + path + "` is a directory", {}, "a CSV file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError("cannot open `" + path + "`: " + std::strerror(errno == 0 ? EIO : errno));
  return read(in);
}

}  // namespace orrery
