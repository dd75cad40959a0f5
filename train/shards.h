// A step in shards: a batch is cut into shards of a fixed number of samples.  One thread computes a shard's loss and
// gradients alone, on data that stay in its core's cache, and no op waits for another thread.
//
//   batch      | shard 0 | shard 1 | shard 2 | shard 3 | shard 4 |      of `shard_size` samples, the last maybe fewer
//                   \_____+_____/       \_____+_____/      |
//                         \_________+_________/            |            gradients: a binary tree over the shards'
//                                   \__________+___________/            numbers, the same for any number of threads
//
// Shards of one thread, one after the other, are gradient accumulation.  Processes (communicator.h) share the shards: each
// takes a range of them, and the same tree adds the sums of all, so the bits do not depend on the number of processes.
#pragma once
#include <functional>

#include "nn/module.h"

namespace latent::train {

// The samples of this process's shards: [begin, end).
struct Range {
  Index begin, end;
};
Range own_samples(Index samples, Index shard_size);

// Calls f(begin, end) for each of this process's shards [begin, end) of [0, samples), on all threads, each shard on one; a
// single shard leaves the threads to its ops.  NoGrad, nn::Training and Profile of the calling thread hold in f; dropout draws for
// each sample by its number in [0, samples).  Error if shard_size is below 1; an exception of f reaches the caller.
void for_each_shard(Index samples, Index shard_size, const std::function<void(Index begin, Index end)>& f);

// `loss(begin, end)` is the mean loss, one value, of the samples [begin, end), as part of a graph of its own.  Returns
// the mean over all samples and replaces grad() of each parameter by its gradient: undefined where no loss depends on
// it.  The shard size decides the order of the sums, and so the last bits; nothing else does.
//
// This and map_shards() are collective: all processes must call them, with the same sizes, and get the same results.  A
// process that fails meanwhile must end the others (Communicator::abort).
double backward_in_shards(const nn::Module& model, Index samples, Index shard_size,
                          const std::function<Tensor(Index begin, Index end)>& loss);

// f(x) without history, for f that treats samples apart: x is cut along its first axis, and the results are put together
// again, on all processes.
Tensor map_shards(const Tensor& x, const std::function<Tensor(const Tensor& shard)>& f, Index shard_size = 4);

}  // namespace latent::train
