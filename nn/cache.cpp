#include "nn/cache.h"

namespace latent::nn {

KVCache::KVCache(Index batch, Index capacity, const Shape& widths, DType dtype) : capacity_(capacity) {
  if (batch < 1 || capacity < 1 || widths.empty())
    fail("KVCache: {} texts of {} tokens with {} rows each; all must be at least 1", batch, capacity, widths.rank());
  for (const Index width : widths) rows_.push_back(zeros({batch, capacity, width}, dtype));
}

KVCache::KVCache(const KVCache& other) : capacity_(other.capacity_), length_(other.length_) {
  for (const Tensor& rows : other.rows_) rows_.push_back(rows.copy());
}

KVCache& KVCache::operator=(KVCache other) {
  rows_ = std::move(other.rows_);
  capacity_ = other.capacity_;
  length_ = other.length_;
  return *this;
}

Tensors KVCache::append(const Tensors& rows) {
  if (rows.size() != rows_.size())
    fail("KVCache: {} rows for each token, and {} are needed", rows.size(), rows_.size());
  const Index added = rows[0].rank() == 3 ? rows[0].size(1) : 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const Shape needed{rows_[i].size(0), added, rows_[i].size(2)}; rows[i].shape() != needed)
      fail("KVCache: the rows are {}, and {} is needed", rows[i].shape(), needed);
    if (recording() && rows[i].requires_grad())
      fail("KVCache: the rows want a gradient, and a cache has none; use NoGrad");
  }
  if (length_ + added > capacity_)
    fail("KVCache: {} more tokens do not fit: it holds {} of at most {}", added, length_, capacity_);
  const Index end = length_ + added;
  Tensors all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (Index b = 0; b < rows_[i].size(0); ++b)
      slice(select(rows_[i], 0, b), 0, length_, end).copy_from(select(rows[i].detach(), 0, b));
    all.push_back(slice(rows_[i], 1, 0, end));
  }
  length_ = end;
  return all;
}

Index KVCache::elements_per_token() const {
  Index count = 0;
  for (const Tensor& rows : rows_) count += rows.size(2);
  return count;
}

}  // namespace latent::nn
