// Random changes to samples, put together from small ones.
#pragma once
#include <functional>
#include <vector>

#include "engine/random.h"

namespace latent::examples {

template <class Sample> using Change = std::function<void(Sample& sample, Generator& generator)>;

// One after the other.  Each takes its random numbers from a stream of its own, so that one more or less, or one that
// takes more of them, leaves the others as they are.
template <class Sample> Change<Sample> in_turn(std::vector<Change<Sample>> changes) {
  return [changes = std::move(changes)](Sample& sample, Generator& generator) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      Generator own = generator.split(i);
      changes[i](sample, own);
    }
  };
}

}  // namespace latent::examples
