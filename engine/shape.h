// Pure shape algebra: sizes and strides, broadcasting, axes counted from the end.  Independent of Tensor.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"

namespace latent {

using Index = std::int64_t;
inline constexpr Index max_rank = 8;

// n in the type in which a container or a library counts.  Error if it does not fit (on 32-bit systems).
template <class Count = std::size_t> Count count_of(const char* op, Index n) {
  if (!std::in_range<Count>(n))
    fail("{}: {} values, and 0 to {} can be counted here", op, n, std::numeric_limits<Count>::max());
  return static_cast<Count>(n);
}

// A short list of integers, one per axis: sizes, strides or axis numbers.  Kept inline, so that a Tensor needs no heap
// memory to know its shape.  Throws Error beyond 8 axes.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<Index> values) : Shape(values.begin(), values.end()) {}
  Shape(const std::vector<Index>& values) : Shape(values.begin(), values.end()) {}
  static Shape filled(Index rank, Index value);

  Index rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  Index& operator[](Index axis) { return values_[axis]; }
  Index operator[](Index axis) const { return values_[axis]; }
  Index back() const { return values_[rank_ - 1]; }
  Index* begin() { return values_.data(); }
  Index* end() { return values_.data() + rank_; }
  const Index* begin() const { return values_.data(); }
  const Index* end() const { return values_.data() + rank_; }

  void push_back(Index value) { insert(rank_, value); }
  void insert(Index axis, Index value);
  void erase(Index axis);
  Shape first(Index count) const { return Shape(begin(), begin() + count); }  // the first `count` entries
  Shape last(Index count) const { return Shape(end() - count, end()); }

  friend bool operator==(const Shape& a, const Shape& b);

 private:
  template <class It> Shape(It from, It to) {
    for (; from != to; ++from) push_back(*from);
  }

  std::array<Index, max_rank> values_ = {};
  Index rank_ = 0;
};

using Strides = Shape;  // in elements, one for each axis

std::string to_string(const Shape& shape);  // "(2, 3)"

Index elements(const Shape& shape);     // the product; 1 for rank 0
Strides row_major(const Shape& shape);  // strides of a contiguous tensor
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);
Strides broadcast_strides(const char* op, const Shape& from, const Strides& strides, const Shape& to);
Index normalize_axis(const char* op, Index axis, Index rank);  // -1 is the last; Error outside [-rank, rank)
Shape infer_size(const char* op, Shape shape, Index size);     // replaces one -1 so that elements(shape) == size

}  // namespace latent

template <> struct fmt::formatter<latent::Shape> : fmt::formatter<std::string> {
  auto format(const latent::Shape& shape, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(to_string(shape), context);
  }
};
