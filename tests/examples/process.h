// Programs as a user runs them: their output, their exit code, and signals sent to them.
#pragma once
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/folder.h"
#include "tests/files.h"

namespace latent::test {

class Process {
 public:
  // Output and errors go to `log`.
  Process(const Path& program, std::vector<std::string> arguments, const Path& log) : log_(log) {
    arguments.insert(arguments.begin(), program.string());
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    id_ = fork();
    if (id_ == 0) {
      setenv("OMP_WAIT_POLICY", "passive", 1);  // threads that wait leave the processor to the tests beside them
      dup2(file, STDOUT_FILENO);
      dup2(file, STDERR_FILENO);
      execv(program.c_str(), words.data());
      _exit(127);
    }
    close(file);
  }

  void signal(int number) const { kill(id_, number); }

  // Until the log says `text`, for half a minute at most.
  bool wait_for(const std::string& text) const {
    for (int i = 0; i < 3000; ++i) {
      if (contains(output(), text)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  // The exit code, or minus the signal that ended it.
  int wait() const {
    int status = 0;
    waitpid(id_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::string output() const { return read(log_); }

 private:
  Path log_;
  pid_t id_;
};

using Words = std::vector<std::string>;

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Result {
  int code;
  std::string output;
};

// One of the examples, with a folder of its own.
struct Program : Folder {
  std::string name;
  Path run = path / "run", last = run / "last.safetensors", best = run / "best.safetensors";

  explicit Program(std::string name) : name(std::move(name)) {}

  Process begin(const Words& words) const { return {program(name), words, path / "log"}; }
  Result operator()(const Words& words) const {
    const Process process = begin(words);
    const int code = process.wait();
    return {code, process.output()};
  }
};

}  // namespace latent::test
