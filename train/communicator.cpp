#include "train/communicator.h"

#include <chrono>
#include <cstdlib>
#include <limits>
#include <sstream>
#ifdef LATENT_MPI
#include <mpi.h>
#endif

#include "engine/error.h"

namespace latent::train {

#ifdef LATENT_MPI

namespace {

// Adds the time of a scope.
class Timer {
 public:
  explicit Timer(double& seconds) : seconds_(seconds) {}
  ~Timer() { seconds_ += std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point begin_ = Clock::now();
};

// Numbers of bytes and their places, as MPI wants them: in int.
struct Layout {
  std::vector<int> counts, places;
  std::size_t bytes = 0;

  void add(std::size_t count) {
    bytes += count;
    if (bytes > std::size_t(std::numeric_limits<int>::max()))
      fail("MPI: a message of {} bytes, and at most 2 GiB are possible", bytes);
    counts.push_back(int(count));
    places.push_back(int(bytes - count));
  }
};

std::vector<Communicator::Bytes> cut(const Communicator::Bytes& all, const Layout& layout) {
  std::vector<Communicator::Bytes> parts;
  for (std::size_t i = 0; i < layout.counts.size(); ++i)
    parts.push_back(all.substr(std::size_t(layout.places[i]), std::size_t(layout.counts[i])));
  return parts;
}

}  // namespace

// MPI's own handler ends all processes on an error, with a message.
Communicator::Communicator() {
  int provided;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
}

Communicator::~Communicator() { MPI_Finalize(); }

std::vector<Communicator::Bytes> Communicator::all_gather(const Bytes& mine) const {
  if (size_ == 1) return {mine};
  const Timer timer(seconds_);
  const std::uint64_t size = mine.size();
  std::vector<std::uint64_t> sizes(std::size_t(size_), 0);
  MPI_Allgather(&size, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, MPI_COMM_WORLD);
  Layout layout;
  for (const std::uint64_t each : sizes) layout.add(each);
  Bytes all(layout.bytes, '\0');
  MPI_Allgatherv(mine.data(), int(size), MPI_BYTE, all.data(), layout.counts.data(), layout.places.data(), MPI_BYTE,
                 MPI_COMM_WORLD);
  bytes_sent_ += std::int64_t(size + sizeof(size)) * (size_ - 1);
  return cut(all, layout);
}

std::vector<Communicator::Bytes> Communicator::all_to_all(const std::vector<Bytes>& to) const {
  if (size_ == 1) return to;
  const Timer timer(seconds_);
  Layout out, in;
  Bytes sent;
  std::vector<std::uint64_t> counts, from(std::size_t(size_), 0);
  for (const Bytes& each : to) {
    out.add(each.size());
    counts.push_back(each.size());
    sent += each;
  }
  MPI_Alltoall(counts.data(), 1, MPI_UINT64_T, from.data(), 1, MPI_UINT64_T, MPI_COMM_WORLD);
  for (const std::uint64_t each : from) in.add(each);
  Bytes received(in.bytes, '\0');
  MPI_Alltoallv(sent.data(), out.counts.data(), out.places.data(), MPI_BYTE, received.data(), in.counts.data(),
                in.places.data(), MPI_BYTE, MPI_COMM_WORLD);
  bytes_sent_ += std::int64_t(sent.size() - to[std::size_t(rank_)].size()) + 8 * (size_ - 1);
  return cut(received, in);
}

void Communicator::barrier() const {
  const Timer timer(seconds_);
  MPI_Barrier(MPI_COMM_WORLD);
}

void Communicator::abort(int code) const {
  MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);
}

#else

Communicator::Communicator() = default;
Communicator::~Communicator() = default;
std::vector<Communicator::Bytes> Communicator::all_gather(const Bytes& mine) const { return {mine}; }
std::vector<Communicator::Bytes> Communicator::all_to_all(const std::vector<Bytes>& to) const { return to; }
void Communicator::barrier() const {}
void Communicator::abort(int code) const { std::_Exit(code); }

#endif

const Communicator& processes() {
  static const Communicator all;
  return all;
}

std::int64_t Communicator::sum(std::int64_t mine) const {
  std::int64_t total = 0;
  for (const Bytes& each : all_gather(std::to_string(mine))) total += std::stoll(each);
  return total;
}

void check_same(const Communicator& all, const std::string& what, const std::string& mine, const std::string& hint) {
  const std::vector<std::string> given = all.all_gather(mine);
  for (std::size_t rank = 1; rank < given.size(); ++rank) {
    if (given[rank] == given[0]) continue;
    std::istringstream here(given[rank]), first(given[0]);
    std::string line, expected;
    do {
      if (!std::getline(here, line)) line = "the end";
      if (!std::getline(first, expected)) expected = "the end";
    } while (line == expected && (here || first));
    fail("process {} differs from process 0: {} {} and not {}; {}", rank, what, line, expected, hint);
  }
}

}  // namespace latent::train
