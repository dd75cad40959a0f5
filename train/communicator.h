// The processes of a training.  MPI starts them (mpirun -n 4 PROGRAM) in a build with LATENT_MPI; in another build, and
// without mpirun, there is one.  Nothing else in the project knows MPI.
//
// All processes run the same program on the same settings.  The functions below are collective: each process must call
// the same ones in the same order.  Error if a process sends or gets more than 2 GiB in one of them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace latent::train {

class Communicator {
 public:
  using Bytes = std::string;

  Communicator();   // of all processes that mpirun has started
  ~Communicator();  // waits for the others
  Communicator(const Communicator&) = delete;

  int rank() const { return rank_; }  // 0 to size() - 1
  int size() const { return size_; }
  bool is_first() const { return rank_ == 0; }  // the process that prints and writes files

  // Returns the bytes that each process gives, by rank.
  std::vector<Bytes> all_gather(const Bytes& mine) const;
  // Sends to[q] to process q; returns the bytes that each process sent to this one.
  std::vector<Bytes> all_to_all(const std::vector<Bytes>& to) const;
  std::int64_t sum(std::int64_t mine) const;  // over all processes
  void barrier() const;                       // waits until all processes are here

  // Ends all processes with this exit code.  For errors, which the others may not have.
  [[noreturn]] void abort(int code) const;

  // Since the start: bytes sent to other processes, and the seconds in the functions above.
  std::int64_t bytes_sent() const { return bytes_sent_; }
  double seconds() const { return seconds_; }

 private:
  int rank_ = 0, size_ = 1;
  mutable std::int64_t bytes_sent_ = 0;
  mutable double seconds_ = 0;
};

// The processes of this program; the first call starts MPI.
const Communicator& processes();

// Error unless all processes give the same text.  It names the first process and the first line that differ; `what`
// names the text, as in "SIMD level", and `hint` says what to do.
void check_same(const Communicator& all, const std::string& what, const std::string& mine, const std::string& hint);

}  // namespace latent::train
