#pragma once
#include "nn/module.h"

namespace latent::nn {

// The KV cache keeps rows of all past tokens, so that decoding computes only the next token: keys and values in
// multi-head attention, one compressed code in MLA.  Memory for `capacity` tokens is allocated at once.  A copy has
// rows of its own, so that two texts can continue the same beginning.
class KVCache {
 public:
  // Each token has one row for each of the widths.
  KVCache(Index batch, Index capacity, const Shape& widths, DType dtype = DType::f32);
  KVCache(const KVCache& other);
  KVCache(KVCache&&) = default;
  KVCache& operator=(KVCache other);

  // Appends N tokens and returns all tokens, as views.  Error if they do not fit, or require a gradient: a cache has
  // none.                                               each (B, N, width) -> each (B, length, width)
  Tensors append(const Tensors& rows);

  Index length() const { return length_; }  // tokens so far
  Index capacity() const { return capacity_; }
  Index elements_per_token() const;
  void clear() { length_ = 0; }

 private:
  Tensors rows_;  // each (B, capacity, width)
  Index capacity_, length_ = 0;
};

}  // namespace latent::nn
