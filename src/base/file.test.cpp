#include "base/file.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace orrery {
namespace {

/// A folder that goes away with the test.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "orrery-test-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

std::string refusal(const std::string& path, std::size_t limit = kLargestText) {
  try {
    read_text_file(path, limit);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("files: hand-computed round trip, and a replaced file is whole") {
  const Folder folder;
  const std::string path = folder.file("a.txt");
  write_file_atomically(path, "first");
  write_file_atomically(path, "second");
  CHECK(read_text_file(path)->text == "second");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("files: hand-computed refusals say why") {
  const Folder folder;
  CHECK(refusal(folder.file("missing")).find("No such file") != std::string::npos);
  CHECK(refusal(folder.path.string()).find("is a directory") != std::string::npos);
  std::ofstream(folder.file("binary"), std::ios::binary) << "ab\xff"
                                                         << "c";
  CHECK(refusal(folder.file("binary")).find("byte 0xff at offset 2") != std::string::npos);
  std::ofstream(folder.file("large")) << std::string(2000, 'x');
  CHECK(refusal(folder.file("large"), 1000).find("larger than") != std::string::npos);
  CHECK(refusal("/dev/zero", 1U << 20U).find("larger than 1 MiB") != std::string::npos);
}

TEST_CASE("files: hand-computed, a write that fails leaves what was there") {
  CHECK_THROWS_AS(write_file_atomically("/dev/full", "text"), OutputError);
  const Folder folder;
  CHECK_THROWS_AS(write_file_atomically(folder.file("no/such/folder"), "text"), OutputError);
  CHECK_THROWS_AS(write_file_atomically(folder.path.string(), "text"), OutputError);
}

TEST_CASE("files: hand-computed, a full disk leaves the earlier file and nothing else") {
  const Folder folder;
  const std::string path = folder.file("answer.json");
  write_file_atomically(path, "earlier");
  // A limit on the size of files fails a write in the middle, as a full disk does.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    write_file_atomically(path, std::string(100000, 'x'));
  } catch (const OutputError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(message.find("writing failed: File too large") != std::string::npos);
  CHECK(read_text_file(path)->text == "earlier");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("files: hand-computed, a link and permissions survive") {
  const Folder folder;
  const std::string path = folder.file("real.txt"), link = folder.file("link.txt");
  write_file_atomically(path, "first");
  std::filesystem::create_symlink(path, link);
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  write_file_atomically(link, "second");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_text_file(path)->text == "second");
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0640));
}

TEST_CASE("files: hand-computed, what is read-only stays") {
  const Folder folder;
  const std::string path = folder.file("kept.txt");
  write_file_atomically(path, "first");
  std::filesystem::permissions(path, std::filesystem::perms(0444));
  if (access(path.c_str(), W_OK) == 0) return;  // Root may write anything.
  CHECK_THROWS_AS(write_file_atomically(path, "second"), OutputError);
  CHECK(read_text_file(path)->text == "first");
}

TEST_CASE("files: hand-computed UTF-8") {
  CHECK(first_bad_byte("gr\xc3\xbc\xc3\x9f") == std::string_view::npos);
  CHECK(first_bad_byte("\xf0\x9f\x98\x80") == std::string_view::npos);
  CHECK(first_bad_byte("a\xc0\x80") == 1);      // overlong
  CHECK(first_bad_byte("a\xed\xa0\x80") == 1);  // surrogate
  CHECK(first_bad_byte(std::string_view("a\0b", 3)) == 1);
  CHECK(first_bad_byte("ab\xe2\x82") == 2);  // truncated
}

}  // namespace orrery
