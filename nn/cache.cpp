#include "nn/cache.h"

namespace latent::nn {

Cache::Cache(Index batch, Index capacity, const Shape& widths, DType dtype) : capacity_(capacity) {
  if (batch < 1 || capacity < 1 || widths.empty())
    fail("Cache: {} texts of {} tokens with {} rows each; all must be at least 1", batch, capacity, widths.rank());
  for (const Index width : widths) rows_.push_back(zeros({batch, capacity, width}, dtype));
}

Cache::Cache(const Cache& other) : capacity_(other.capacity_), length_(other.length_) {
  for (const Tensor& rows : other.rows_) rows_.push_back(rows.copy());
}

Cache& Cache::operator=(Cache other) {
  rows_ = std::move(other.rows_);
  capacity_ = other.capacity_;
  length_ = other.length_;
  return *this;
}

Tensors Cache::append(const Tensors& rows) {
  if (rows.size() != rows_.size()) fail("Cache: {} rows for each token, and {} are needed", rows.size(), rows_.size());
  const Index added = rows[0].rank() == 3 ? rows[0].dim(1) : 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const Shape needed{rows_[i].dim(0), added, rows_[i].dim(2)}; rows[i].shape() != needed)
      fail("Cache: the rows are {}, and {} is needed", rows[i].shape(), needed);
    if (recording() && rows[i].requires_grad())
      fail("Cache: the rows want a gradient, and a cache has none; use NoGrad");
  }
  if (length_ + added > capacity_)
    fail("Cache: {} more tokens do not fit: it holds {} of at most {}", added, length_, capacity_);
  const Index end = length_ + added;
  Tensors all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (Index b = 0; b < rows_[i].dim(0); ++b)
      slice(select(rows_[i], 0, b), 0, length_, end).copy_from(select(rows[i].detach(), 0, b));
    all.push_back(slice(rows_[i], 1, 0, end));
  }
  length_ = end;
  return all;
}

Index Cache::elements_per_token() const {
  Index count = 0;
  for (const Tensor& rows : rows_) count += rows.dim(2);
  return count;
}

}  // namespace latent::nn
