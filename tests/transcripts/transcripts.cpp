// Commands and their exact output: every cases/*.txt holds commands as a person types them, each followed by what it
// printed. `make transcripts` (ORRERY_REGENERATE=1) writes them anew, to be reviewed as a diff.
//
//     # what this shows
//     $ orrery catalog chips h100x
//     standard output, if any
//     [stderr]
//     standard error, if any
//     [exit 2]
//
// The blocks of README.md that begin with a command are the same, without marks; a last line `...` cuts the output
// short.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// A text whose last line is ended, so that a section mark stands on its own line.
std::string ended(std::string text) {
  if (!text.empty() && text.back() != '\n') text += "\n(no newline)\n";
  return text;
}

/// Runs a command from the repository's root with a plain environment and returns what the transcript says of it.
std::string run(const std::string& command) {
  const fs::path folder = fs::temp_directory_path() / ("orrery-transcript-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const fs::path out = folder / "out", err = folder / "err";
  const std::string script = "cd " + quoted(ORRERY_SOURCE_DIR) +
                             " && unset NO_COLOR ORRERY_PRESETS COLUMNS; export LC_ALL=C TERM=dumb; "
                             "orrery() { " +
                             quoted(ORRERY_PROGRAM) + " \"$@\"; }; { " + command + "\n} >" + quoted(out.string()) +
                             " 2>" + quoted(err.string()) + " </dev/null";
  const int status = std::system(("sh -c " + quoted(script)).c_str());
  std::string text = ended(text_of(out));
  const std::string complaint = ended(text_of(err));
  if (!complaint.empty()) text += "[stderr]\n" + complaint;
  fs::remove_all(folder);
  const std::string end = WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status)) : "killed";
  return text + "[" + end + "]\n";
}

struct Case {
  std::string comment;  ///< Lines before the command.
  std::string command;
  std::string expected;
};

std::vector<Case> cases_of(const fs::path& path) {
  std::vector<Case> cases;
  std::istringstream lines(text_of(path));
  std::string line, comment;
  bool inside = false;
  while (std::getline(lines, line)) {
    if (line.rfind("$ ", 0) == 0 && !inside) {
      cases.push_back({comment, line.substr(2), ""});
      comment.clear();
      inside = true;
    } else if (inside) {
      cases.back().expected += line + "\n";
      if (line.rfind("[exit ", 0) == 0 || line == "[killed]") inside = false;
    } else if (!line.empty()) {
      comment += line + "\n";
    }
  }
  return cases;
}

bool regenerating() {
  const char* wish = std::getenv("ORRERY_REGENERATE");
  return wish != nullptr && std::string(wish) == "1";
}

/// What a command prints on a terminal, at most `lines` lines of it and then `...`.
std::string shown(const std::string& command, std::size_t lines) {
  std::istringstream all(run(command));
  std::string text, line;
  for (std::size_t n = 0; std::getline(all, line);) {
    if (line == "[stderr]" || line.rfind("[exit ", 0) == 0) continue;
    if (n++ == lines) return text + "...\n";
    text += line + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("transcript: the README shows what its commands print") {
  const fs::path path = fs::path(ORRERY_SOURCE_DIR) / "README.md";
  const std::string fence = "```", begin = fence + "text\n$ orrery ";
  const std::string text = text_of(path);
  std::string rewritten;
  std::size_t blocks = 0, done = 0;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, done)) {
    const std::size_t command = at + fence.size() + 7;  // behind "text\n$ "
    const std::size_t output = text.find('\n', command) + 1, end = text.find(fence, output);
    REQUIRE(end != std::string::npos);
    const std::string expected = text.substr(output, end - output);
    const bool cut = expected.size() > 4 && expected.substr(expected.size() - 4) == "...\n";
    const auto lines = static_cast<std::size_t>(std::count(expected.begin(), expected.end(), '\n'));
    const std::string actual = shown(text.substr(command, output - 1 - command), cut ? lines - 1 : std::string::npos);
    rewritten += text.substr(done, output - done) + actual;
    done = end;
    ++blocks;
    if (!regenerating()) CHECK(actual == expected);
  }
  CHECK(blocks >= 5);
  if (regenerating()) std::ofstream(path, std::ios::binary) << rewritten + text.substr(done);
}

// One file alone where ORRERY_TRANSCRIPT names it: each is a test of its own, so that they run side by side.
TEST_CASE("transcript: every command prints what its transcript says") {
  const char* chosen = std::getenv("ORRERY_TRANSCRIPT");
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(ORRERY_SOURCE_DIR) / "tests/transcripts/cases")) {
    if (entry.path().extension() != ".txt") continue;
    if (chosen == nullptr || entry.path().stem() == chosen) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE_FALSE(files.empty());
  for (const fs::path& file : files) {
    std::string rewritten;
    for (const Case& item : cases_of(file)) {
      const std::string actual = run(item.command);
      if (regenerating()) {
        rewritten += (rewritten.empty() ? "" : "\n") + item.comment + "$ " + item.command + "\n" + actual;
        continue;
      }
      INFO(file.filename().string() << ": $ " << item.command);
      CHECK(actual == item.expected);
    }
    if (regenerating()) std::ofstream(file, std::ios::binary) << rewritten;
  }
}
