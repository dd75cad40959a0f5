// Data augmentation: random changes to samples, composed of small ones.
#pragma once
#include <functional>
#include <vector>

#include "engine/random.h"

namespace latent::examples {

template <class Sample> using Change = std::function<void(Sample& sample, Generator& generator)>;

// Applies the changes one after the other; an empty one does nothing.  Change i draws from random stream i, so that an
// empty change, or one that draws more numbers, does not alter the others.
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
