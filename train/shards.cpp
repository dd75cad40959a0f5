#include "train/shards.h"

#include <map>
#include <mutex>
#include <optional>

#include "engine/parallel.h"
#include "engine/profile.h"
#include "engine/update.h"
#include "nn/dropout.h"

namespace latent::train {
namespace {

Index count_shards(Index samples, Index shard_size) {
  if (samples < 1 || shard_size < 1)
    fail("shards: {} samples in shards of {}, and each must be at least 1", samples, shard_size);
  return (samples + shard_size - 1) / shard_size;
}

// Sums of gradients.  The thread that completes a pair of neighbours adds them.
class Tree {
 public:
  explicit Tree(Index shards) : shards_(shards) {}

  void add(Index shard, Tensors sums) {
    Index index = shard, nodes = shards_;
    for (int level = 0; nodes > 1; ++level, index /= 2, nodes = (nodes + 1) / 2) {
      const Index neighbour = index ^ 1;
      if (neighbour == nodes) continue;  // the last of an odd number
      std::optional<Tensors> other = exchange({level, neighbour}, {level, index}, sums);
      if (!other) return;
      if (index % 2 == 1) std::swap(sums, *other);
      for (std::size_t i = 0; i < sums.size(); ++i) {
        Tensor& left = sums[i];
        const Tensor& right = (*other)[i];
        if (left.defined() && right.defined())
          accumulate(left, right);
        else if (right.defined())
          left = right;
      }
    }
    root_ = std::move(sums);
  }

  Tensors take() { return std::move(root_); }

 private:
  using Place = std::pair<int, Index>;  // level, number

  // The neighbour's sums if they are complete; else leaves these.
  std::optional<Tensors> exchange(const Place& neighbour, const Place& own, Tensors& sums) {
    const std::lock_guard lock(mutex_);
    if (auto waiting = waiting_.extract(neighbour)) return std::move(waiting.mapped());
    waiting_[own] = std::move(sums);
    return {};
  }

  Index shards_;
  std::mutex mutex_;
  std::map<Place, Tensors> waiting_;
  Tensors root_;
};

}  // namespace

void for_each_shard(Index samples, Index shard_size, const std::function<void(Index begin, Index end)>& f) {
  const bool records = recording();
  const nn::Training* const training = nn::Training::current();
  Profile::State* const profile = profile::current();
  parallel_for(count_shards(samples, shard_size), 1, [&](Index shard, Index) {
    const Index begin = shard * shard_size;
    const Recording mode(records);
    const profile::Join join(profile);
    std::optional<nn::Training> scope;
    if (training) scope.emplace(*training, begin);
    f(begin, std::min(samples, begin + shard_size));
  });
  profile_mark("wait for threads");
}

double backward_in_shards(const nn::Module& model, Index samples, Index shard_size,
                          const std::function<Tensor(Index begin, Index end)>& loss) {
  Tensors leaves;
  for (const auto& [name, parameter] : model.parameters()) leaves.push_back(parameter);
  std::vector<double> losses(count_of("shards", count_shards(samples, shard_size)));
  Tree tree(std::ssize(losses));
  for_each_shard(samples, shard_size, [&](Index begin, Index end) {
    const Index shard = begin / shard_size;
    const double share = double(end - begin) / double(samples);
    const Tensor mean = loss(begin, end);
    tree.add(shard, backward(mean, leaves, share));
    losses[std::size_t(shard)] = share * mean.item();
  });
  Tensors gradients = tree.take();
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (gradients[i].defined())
      leaves[i].set_grad(std::move(gradients[i]));
    else
      leaves[i].zero_grad();
  double sum = 0;
  for (const double each : losses) sum += each;
  return sum;
}

Tensor map_shards(const Tensor& x, Index shard_size, const std::function<Tensor(const Tensor& shard)>& f) {
  const Index samples = x.size(0);
  Tensors parts(count_of("shards", count_shards(samples, shard_size)));
  for_each_shard(samples, shard_size,
                 [&](Index begin, Index end) { parts[std::size_t(begin / shard_size)] = f(slice(x, 0, begin, end)); });
  return concat(parts, 0);
}

}  // namespace latent::train
