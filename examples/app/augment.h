// Random changes to samples, put together from small ones.
#pragma once
#include <functional>
#include <vector>

#include "engine/random.h"

namespace latent::examples {

template <class Sample> using Change = std::function<void(Sample& sample, Generator& generator)>;

// One after the other; an empty one does nothing.  Each takes its random numbers from the stream of its place, so that
// leaving one empty, or one that takes more of them, changes nothing for the others.
template <class Sample> Change<Sample> in_turn(std::vector<Change<Sample>> changes) {
  return [changes = std::move(changes)](Sample& sample, Generator& generator) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (!changes[i]) continue;
      Generator own = generator.fold_in(i);
      changes[i](sample, own);
    }
  };
}

}  // namespace latent::examples
