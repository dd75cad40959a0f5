// Worker threads prepare batches ahead of time, so that a training step does not wait for its data.
#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "engine/tensor.h"

namespace latent::train {

struct Batch {
  Tensor input, target;  // (B, ...), of any further axes
};

class Loader {
 public:
  using Make = std::function<Batch(Index batch)>;

  // Calls make(i) for every i in [begin, end) on `workers` threads, which stay a few batches ahead of next(); with 0
  // workers next() calls it.  Several threads call make() at once; its result must depend on i alone.
  Loader(Make make, Index begin, Index end, int workers);
  ~Loader();  // waits for unfinished calls of make()
  Loader(const Loader&) = delete;

  Batch next();  // in the order of i; rethrows exceptions of make()

 private:
  struct Outcome {
    Batch batch;
    std::exception_ptr error;
  };
  void work();
  void stop();

  Make make_;
  Index end_, taken_, begun_, ahead_;
  bool stop_ = false;
  std::map<Index, Outcome> made_;
  std::mutex mutex_;
  std::condition_variable wanted_, ready_;
  std::vector<std::thread> workers_;
};

}  // namespace latent::train
