// Batches made ahead by threads of their own, so that a step need not wait for its data.
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
  Tensor input, target;  // of any shapes; both with one entry for each sample
};

class Loader {
 public:
  using Make = std::function<Batch(Index batch)>;

  // make(i) for every i in [begin, end), a few ahead of the item taken last, by `workers` threads; 0: by the caller.
  // It has to be a function of i alone, and is called by several threads at once.
  Loader(Make make, Index begin, Index end, int workers);
  ~Loader();  // waits for those that are being made
  Loader(const Loader&) = delete;

  Batch next();  // in their order; what make() threw, it throws

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
