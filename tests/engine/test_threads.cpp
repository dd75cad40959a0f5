// The same bits for any number of threads; and exceptions that cross parallel_for.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/engine/op_checks.h"
#include "tests/error_of.h"
#include "tests/settings.h"

using namespace latent;
using namespace latent::test;

namespace {

// All sizes but 1 and the fixed ones grow, until parallel_for cuts the work into many pieces.
OpRow enlarged(const OpRow& row) {
  const std::vector<Index> sizes = sizes_that_vary(row);
  OpRow large = row;
  for (Index factor = 2; factor <= 64; factor += 2) {
    large = row;
    for (Operand& operand : large.operands)
      for (Index& size : operand.shape)
        if (std::ranges::count(sizes, size) > 0) size *= factor;
    for (const Operand& operand : large.operands)
      if (elements(operand.shape) > 40000) return large;
  }
  return large;
}

std::vector<std::byte> bytes(const Tensor& x) {
  const Tensor flat = contiguous(x.detach());
  std::vector<std::byte> copy(size_t(flat.size() * bytes_of(flat.dtype())));
  with_type(flat.dtype(), [&](auto zero) { std::memcpy(copy.data(), flat.data<decltype(zero)>(), copy.size()); });
  return copy;
}

// The bits of the value and of all gradients.
std::vector<std::vector<std::byte>> bits(const OpRow& row, Tensors inputs, int count) {
  const Threads scope(count);
  for (size_t i = 0; i < inputs.size() && row.differentiable; ++i)
    if (row.operands[i].has_gradient) inputs[i].require_grad();
  const Tensor y = row.op(inputs);
  std::vector<std::vector<std::byte>> all{bytes(y)};
  if (!row.differentiable) return all;
  Generator generator(4);
  for (const Tensor& gradient : grad(y, differentiable(row, inputs), false, randn(y.shape(), generator, y.dtype())))
    all.push_back(bytes(gradient));
  return all;
}

}  // namespace

TEST_CASE("threads: every op gives the same bits for 1, 2, 3 and 8") {
  for (const OpRow& small : op_table()) {
    const OpRow row = enlarged(small);
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensors inputs = make_inputs(row, dtype);
      const auto expected = bits(row, inputs, 1);
      for (const int count : dtype == DType::f32 ? std::vector{2, 3, 8} : std::vector{3}) {
        INFO(title(row) << " in " << to_string(dtype) << " on " << count << " threads");
        CHECK(bits(row, inputs, count) == expected);
      }
    }
  }
}

TEST_CASE("threads: random tensors do not depend on them") {
  const auto draw = [](int count) {
    const Threads scope(count);
    Generator generator(9);
    return std::vector{bytes(rand({50000}, generator)), bytes(randn({50000}, generator)),
                       bytes(trunc_normal({50000}, 1, generator, DType::f32, 0.5))};
  };
  for (const int count : {2, 3, 8}) CHECK(draw(count) == draw(1));
}

TEST_CASE("threads: parallel_for visits each index once, in pieces of the grain") {
  for (const int count : {1, 2, 3, 8})
    for (const Index n : {0, 1, 99, 100, 101, 1000}) {
      const Threads scope(count);
      std::vector<std::atomic<int>> visits(static_cast<size_t>(n));
      parallel_for(n, 100, [&](Index begin, Index end) {
        if (begin % 100 != 0 || end != std::min(begin + 100, n)) fail("a piece from {} to {}", begin, end);
        for (; begin < end; ++begin) ++visits[size_t(begin)];
      });
      CHECK(std::ranges::all_of(visits, [](int each) { return each == 1; }));
    }
}

TEST_CASE("threads: one that is done helps the others") {
  const Threads scope(2);
  if (threads() < 2) return fmt::print("skipped: needs OpenMP\n");
  std::atomic<int> done = 0;
  std::atomic<bool> two = false, helped = false;  // a second thread came; it did all but the first piece
  const std::thread::id caller = std::this_thread::get_id();
  parallel_for(100, 1, [&](Index begin, Index) {
    if (std::this_thread::get_id() != caller) two = true;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (begin == 0 && !helped && std::chrono::steady_clock::now() < limit) helped = done == 99;
    ++done;
  });
  if (!two) return fmt::print("skipped: the system gives one thread only\n");
  CHECK(helped);
}

TEST_CASE("threads: an exception in parallel_for reaches the caller, the first piece's if several fail") {
  for (const int count : {1, 2, 8}) {
    const Threads scope(count);
    const auto some_fail = [](Index begin, Index) {
      if (begin % 7 == 3) fail("piece {}", begin);
    };
    CHECK(error_of([&] { parallel_for(100, 1, some_fail); }) == "piece 3");
    CHECK_THROWS_AS(parallel_for(100, 1, [](Index, Index) { throw 5; }), int);
    parallel_for(100, 1, [](Index, Index) {});  // and the next one runs
  }
}

TEST_CASE("threads: a process made by fork() after parallel work computes, on one thread") {
  const Threads scope(4);
  if (threads() < 2) return fmt::print("skipped: needs OpenMP\n");
  Generator generator(1);
  const Tensor x = randn({300, 300}, generator);
  const auto expected = bytes(matmul(x, x));
  const pid_t child = fork();
  if (child == 0) {
    const bool same = bytes(matmul(x, x)) == expected && bytes(exp(x)).size() == expected.size() && threads() == 1;
    const std::string refusal =
        "set_threads: 2 threads in a process that was made by fork() after parallel work, and 1 is possible";
    _exit(same && error_of([] { set_threads(2); }) == refusal ? 0 : 1);
  }
  int status = -1;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > limit) kill(child, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(status == 0);
  CHECK(threads() == 4);
  CHECK(bytes(matmul(x, x)) == expected);  // and the parent goes on as before
}

TEST_CASE("threads: a region in a region runs") {
  const Threads scope(4);
  std::atomic<int> visits = 0;
  parallel_for(8, 1, [&](Index, Index) { parallel_for(8, 1, [&](Index, Index) { ++visits; }); });
  CHECK(visits == 64);
}
