// What stands at the target while a file is replaced, and after: the old one, the new one, never less.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "engine/atomic_file.h"
#include "tests/catch.h"
#include "tests/error_of.h"

namespace fs = std::filesystem;
using namespace latent;
using namespace latent::test;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / fmt::format("latent_atomic_file_{}", getpid());
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::size_t files() const { return std::size_t(std::distance(fs::directory_iterator(path), {})); }
};

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void replace(const fs::path& file, const std::string& text) {
  AtomicFile output(file);
  output.write(text.data(), std::int64_t(text.size()));
  output.commit();
}

}  // namespace

TEST_CASE("A file is the old one until commit, and stays it without") {
  const Folder folder;
  const fs::path file = folder.path / "a";
  replace(file, "old");
  {
    AtomicFile output(file);
    output.write("new", 3);
    CHECK(read(file) == "old");
  }
  CHECK(read(file) == "old");
  CHECK(folder.files() == 1);
  replace(file, "new");
  CHECK(read(file) == "new");
  CHECK(folder.files() == 1);
}

TEST_CASE("A symbolic link stays, and the file that it names is replaced") {
  const Folder folder;
  fs::create_directories(folder.path / "store");
  const fs::path stored = folder.path / "store/a", link = folder.path / "link", second = folder.path / "second";
  fs::create_symlink("store/a", link);  // relative to its own folder, and nothing is there yet
  fs::create_symlink(link, second);
  for (const std::string text : {"first", "second"}) {
    replace(second, text);
    CHECK(fs::is_symlink(link));
    CHECK(fs::is_symlink(second));
    CHECK_FALSE(fs::is_symlink(stored));
    CHECK(read(stored) == text);
  }
  CHECK(std::distance(fs::directory_iterator(folder.path / "store"), {}) == 1);
  fs::create_symlink("circle", folder.path / "circle");
  CHECK(error_of([&] { replace(folder.path / "circle", "x"); }) ==
        (folder.path / "circle").string() + ": cannot open: Too many levels of symbolic links");
  CHECK(fs::is_symlink(folder.path / "circle"));
}

TEST_CASE("A file that is replaced keeps its permissions") {
  const Folder folder;
  const fs::path file = folder.path / "a";
  replace(file, "old");
  for (const auto permissions : {fs::perms(0600), fs::perms(0640), fs::perms(0755)}) {
    fs::permissions(file, permissions);
    replace(file, "new");
    CHECK(fs::status(file).permissions() == permissions);
  }
}

TEST_CASE("What is no regular file is written to and stays what it is") {
  const Folder folder;
  const fs::path pipe = folder.path / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const pid_t reader = fork();
  if (reader == 0) _exit(read(pipe) == "text" ? 0 : 1);
  replace(pipe, "text");
  int status = -1;
  waitpid(reader, &status, 0);
  CHECK(status == 0);
  CHECK(fs::is_fifo(pipe));
  CHECK(folder.files() == 1);
  replace("/dev/null", "text");
  CHECK(fs::is_character_file("/dev/null"));
  if (fs::exists("/dev/full"))
    CHECK(error_of([] { replace("/dev/full", "text"); }) == "/dev/full: cannot write: No space left on device");
}

TEST_CASE("What a killed writer left is removed by the next one, and nothing else") {
  const Folder folder;
  const fs::path file = folder.path / "a";
  const pid_t writer = fork();
  if (writer == 0) {
    AtomicFile output(file);
    output.write("half", 4);
    kill(getpid(), SIGKILL);
  }
  waitpid(writer, nullptr, 0);
  REQUIRE(fs::exists(folder.path / fmt::format("a.{}.tmp", writer)));
  const auto dead = std::to_string(writer), alive = std::to_string(getppid());
  std::vector<std::string> others = {"b." + dead + ".tmp",
                                     "a." + alive + ".tmp",
                                     "a.tmp",
                                     "a.x.tmp",
                                     "a." + dead + "x.tmp",
                                     "a." + dead,
                                     "a..tmp",
                                     "a.-1.tmp",
                                     "a.0.tmp"};
  for (const std::string& other : others) std::ofstream(folder.path / other) << "mine";
  replace(file, "whole");
  CHECK(read(file) == "whole");
  CHECK_FALSE(fs::exists(folder.path / ("a." + dead + ".tmp")));
  for (const std::string& other : others) CHECK(read(folder.path / other) == "mine");
}
