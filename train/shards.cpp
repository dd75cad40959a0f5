#include "train/shards.h"

#include <cstring>
#include <map>
#include <mutex>
#include <optional>

#include "engine/parallel.h"
#include "engine/profile.h"
#include "engine/update.h"
#include "nn/dropout.h"
#include "train/communicator.h"

namespace latent::train {
namespace {

Index count_shards(Index samples, Index shard_size) {
  if (samples < 1 || shard_size < 1)
    fail("shards: {} samples in shards of {}, and each must be at least 1", samples, shard_size);
  return (samples + shard_size - 1) / shard_size;
}

Range own_shards(Index shards) {
  const Communicator& all = processes();
  const auto first = [&](Index rank) { return (shards * rank + all.size() - 1) / all.size(); };
  return {first(all.rank()), first(all.rank() + 1)};
}

// Sums of the gradients of some shards, for each leaf; undefined where no loss depends on it.
using Sums = Tensors;

// The tree's nodes that have no complete neighbour yet.  The thread that completes a pair adds them.
class Tree {
 public:
  using Place = std::pair<Index, Index>;  // level, number; level 0: a shard

  explicit Tree(Index shards) : shards_(shards) {}

  void add(const Place& place, Sums sums) {
    auto [level, number] = place;
    Index nodes = shards_;  // of the level
    for (Index i = 0; i < level; ++i) nodes = (nodes + 1) / 2;
    for (; nodes > 1; ++level, number /= 2, nodes = (nodes + 1) / 2) {
      const Index neighbour = number ^ 1;
      if (neighbour == nodes) continue;  // the last of an odd number
      std::optional<Sums> other = exchange({level, neighbour}, {level, number}, sums);
      if (!other) return;
      if (number % 2 == 1) std::swap(sums, *other);
      add_to(sums, *other);
    }
    const std::lock_guard lock(mutex_);
    nodes_[{level, number}] = std::move(sums);
  }

  std::map<Place, Sums> take() { return std::move(nodes_); }

 private:
  static void add_to(Sums& left, const Sums& right) {
    for (std::size_t i = 0; i < left.size(); ++i)
      if (left[i].defined() && right[i].defined())
        accumulate(left[i], right[i]);
      else if (right[i].defined())
        left[i] = right[i];
  }

  // The neighbour's sums if they are there; else leaves these.
  std::optional<Sums> exchange(const Place& neighbour, const Place& own, Sums& sums) {
    const std::lock_guard lock(mutex_);
    if (auto waiting = nodes_.extract(neighbour)) return std::move(waiting.mapped());
    nodes_[own] = std::move(sums);
    return {};
  }

  Index shards_;
  std::mutex mutex_;
  std::map<Place, Sums> nodes_;
};

// Numbers and tensors as bytes.
class Writer {
 public:
  void number(Index value) { raw(&value, sizeof value); }
  // A tensor that is contiguous, or undefined; the reader knows its shape and type.
  void values(const Tensor& x) {
    number(x.defined());
    if (x.defined())
      with_type(x.dtype(), [&](auto zero) { raw(x.data<decltype(zero)>(), std::size_t(x.size()) * sizeof zero); });
  }
  Communicator::Bytes bytes;

 private:
  void raw(const void* from, std::size_t size) { bytes.append(static_cast<const char*>(from), size); }
};

class Reader {
 public:
  explicit Reader(const Communicator::Bytes& bytes) : next_(bytes.data()), end_(next_ + bytes.size()) {}
  Index number() {
    Index value;
    raw(&value, sizeof value);
    return value;
  }
  Tensor values(const Shape& shape, DType dtype) {
    if (number() == 0) return {};
    const Tensor x = Tensor::empty(shape, dtype);
    with_type(dtype, [&](auto zero) { raw(x.mutable_data<decltype(zero)>(), std::size_t(x.size()) * sizeof zero); });
    return x;
  }

 private:
  void raw(void* to, std::size_t size) {
    if (std::size_t(end_ - next_) < size) fail("shards: a message of another process is too short for this model");
    std::memcpy(to, next_, size);
    next_ += size;
  }
  const char *next_, *end_;
};

// The values of a gradient of `size` values that process `which` adds.
struct Part {
  Index begin, length;
  Part(Index size, Index which)
      : begin(size * which / processes().size()), length(size * (which + 1) / processes().size() - begin) {}
};

// The sums of all shards, from the nodes that each process has.  Each process adds one part of every gradient, in the
// order of the tree (reduce-scatter), and sends its part to all (all-gather).
Sums complete(const std::map<Tree::Place, Sums>& nodes, Index shards, const Tensors& leaves) {
  const Communicator& all = processes();
  if (all.size() == 1) return nodes.begin()->second;
  std::vector<Communicator::Bytes> to;
  for (Index which = 0; which < all.size(); ++which) {
    Writer message;
    message.number(std::ssize(nodes));
    for (const auto& [place, sums] : nodes) {
      message.number(place.first);
      message.number(place.second);
      for (const Tensor& sum : sums) {
        const Part part(sum.defined() ? sum.size() : 0, which);
        message.values(sum.defined() ? sum.view({part.length}, {1}, part.begin) : sum);
      }
    }
    to.push_back(std::move(message.bytes));
  }

  Tree tree(shards);
  for (const Communicator::Bytes& bytes : all.all_to_all(to)) {
    Reader message(bytes);
    for (Index i = 0, count = message.number(); i < count; ++i) {
      const Index level = message.number(), number = message.number();
      Sums sums;
      for (const Tensor& leaf : leaves)
        sums.push_back(message.values({Part(leaf.size(), all.rank()).length}, leaf.dtype()));
      tree.add({level, number}, std::move(sums));
    }
  }

  const std::map<Tree::Place, Sums> root = tree.take();
  profile_mark("processes");
  if (root.size() != 1)
    fail("shards: {} sums are left of the tree, and 1 is needed; do all processes share it?", root.size());
  Writer own;
  for (const Tensor& part : root.begin()->second) own.values(part);
  const std::vector<Communicator::Bytes> parts = all.all_gather(own.bytes);
  profile_mark("processes");
  std::vector<Reader> messages(parts.begin(), parts.end());
  Sums sums;
  for (const Tensor& leaf : leaves) {
    Tensors pieces;
    for (Index which = 0; which < all.size(); ++which)
      pieces.push_back(messages[std::size_t(which)].values({Part(leaf.size(), which).length}, leaf.dtype()));
    sums.push_back(pieces.front().defined() ? reshape(concat(pieces), leaf.shape()) : Tensor());
  }
  return sums;
}

// The concatenation of a vector of each process, by rank.
template <class T> std::vector<T> joined(const std::vector<T>& own) {
  if (processes().size() == 1) return own;
  const std::string message(reinterpret_cast<const char*>(own.data()), own.size() * sizeof(T));
  std::vector<T> all;
  for (const Communicator::Bytes& bytes : processes().all_gather(message)) {
    all.resize(all.size() + bytes.size() / sizeof(T));
    std::memcpy(all.data() + all.size() - bytes.size() / sizeof(T), bytes.data(), bytes.size());
  }
  return all;
}

// The tensors of all processes, by rank.
Tensors joined(const Tensors& own) {
  if (processes().size() == 1) return own;
  Writer message;
  message.number(std::ssize(own));
  for (const Tensor& x : own) {
    message.number(x.rank());
    for (const Index size : x.shape()) message.number(size);
    message.number(Index(x.dtype()));
    message.values(contiguous(x));
  }
  Tensors all;
  for (const Communicator::Bytes& bytes : processes().all_gather(message.bytes)) {
    Reader reader(bytes);
    for (Index i = 0, count = reader.number(); i < count; ++i) {
      Shape shape = Shape::filled(reader.number(), 0);
      for (Index& size : shape) size = reader.number();
      const auto dtype = DType(reader.number());
      all.push_back(reader.values(shape, dtype));
    }
  }
  return all;
}

}  // namespace

Range own_samples(Index samples, Index shard_size) {
  const Range own = own_shards(count_shards(samples, shard_size));
  return {own.begin * shard_size, std::min(samples, own.end * shard_size)};
}

void for_each_shard(Index samples, Index shard_size, const std::function<void(Index begin, Index end)>& f) {
  const Range own = own_shards(count_shards(samples, shard_size));
  const bool records = recording();
  const nn::Training* const training = nn::Training::current();
  Profile::State* const profile = profile::current();
  parallel_for(own.end - own.begin, 1, [&](Index i, Index) {
    const Index begin = (own.begin + i) * shard_size;
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
  const Index shards = count_shards(samples, shard_size);
  const Range own = own_shards(shards);
  Tensors leaves;
  for (const auto& [name, parameter] : model.parameters()) leaves.push_back(parameter);
  std::vector<double> losses(count_of("shards", own.end - own.begin));
  Tree tree(shards);
  for_each_shard(samples, shard_size, [&](Index begin, Index end) {
    const Index shard = begin / shard_size;
    const double share = double(end - begin) / double(samples);
    const Tensor mean = loss(begin, end);
    tree.add({0, shard}, backward(mean, leaves, share));
    profile_mark("add gradients");
    losses[std::size_t(shard - own.begin)] = share * mean.item();
  });
  Sums gradients = complete(tree.take(), shards, leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (gradients[i].defined())
      leaves[i].set_grad(std::move(gradients[i]));
    else
      leaves[i].zero_grad();
  double sum = 0;
  for (const double each : joined(losses)) sum += each;
  return sum;
}

Tensor map_shards(const Tensor& x, const std::function<Tensor(const Tensor& shard)>& f, Index shard_size) {
  const NoGrad off;
  const Index samples = x.size(0);
  const Range own = own_shards(count_shards(samples, shard_size));
  Tensors parts(count_of("shards", own.end - own.begin));
  for_each_shard(samples, shard_size, [&](Index begin, Index end) {
    parts[std::size_t(begin / shard_size - own.begin)] = f(slice(x, 0, begin, end));
  });
  return concat(joined(parts), 0);
}

}  // namespace latent::train
