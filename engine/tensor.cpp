#include "engine/tensor.h"

#include <algorithm>
#include <cmath>

#include "engine/autograd.h"
#include "engine/ops.h"
#include "engine/parallel.h"

namespace latent {

const char* to_string(DType dtype) { return dtype == DType::f32 ? "f32" : dtype == DType::f64 ? "f64" : "i64"; }
Index bytes_of(DType dtype) { return dtype == DType::f32 ? 4 : 8; }

Storage::Storage(Index n) : data(take_memory(n)), bytes(n) {}
Storage::~Storage() { give_memory(data, bytes); }

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  for (Index size : shape)
    if (size < 0) fail("empty: shape {} has a negative size", shape);
  Index bytes;
  if (__builtin_mul_overflow(elements(shape), bytes_of(dtype), &bytes))
    fail("empty: shape {} has more bytes than can be counted", shape);
  Tensor t;
  t.storage_ = std::make_shared<Storage>(bytes);
  t.shape_ = shape;
  t.strides_ = row_major(shape);
  t.dtype_ = dtype;
  return t;
}

bool Tensor::is_contiguous() const {
  if (size() == 0) return true;
  Index step = 1;
  for (Index i = rank() - 1; i >= 0; --i) {
    if (shape_[i] != 1 && strides_[i] != step) return false;
    step *= shape_[i];
  }
  return true;
}

double Tensor::item() const {
  if (size() != 1) fail("item: the tensor has shape {}, and one value is needed", shape_);
  return at(Shape::filled(rank(), 0));
}

double Tensor::at(const Shape& position) const {
  if (position.rank() != rank())
    fail("at: {} positions for a tensor of shape {}, and {} are needed", position.rank(), shape_, rank());
  Index offset = 0;
  for (Index axis = 0; axis < rank(); ++axis) {
    const Index n = shape_[axis], i = position[axis];
    if (i < -n || i >= n)
      fail("at: position {} on axis {} of a tensor of shape {}, and {} to {} is possible", i, axis, shape_, -n, n - 1);
    offset += (i < 0 ? i + n : i) * strides_[axis];
  }
  return with_type(dtype_, [&](auto zero) { return double(data<decltype(zero)>()[offset]); });
}

std::vector<double> Tensor::values() const {
  const Tensor flat = contiguous(detach());
  return with_type(dtype_, [&](auto zero) {
    const auto* p = flat.data<decltype(zero)>();
    return std::vector<double>(p, p + flat.size());
  });
}

bool all_finite(const Tensor& x) {
  const Tensor flat = contiguous(x.detach());
  return with_type(x.dtype(), [&](auto zero) {
    const auto* p = flat.data<decltype(zero)>();
    return std::all_of(p, p + flat.size(), [](auto value) { return std::isfinite(double(value)); });
  });
}

void Tensor::copy_from(const Tensor& source) const {
  if (source.shape_ != shape_ || source.dtype_ != dtype_)
    fail("copy_from: the source is {} {}, and {} {} is needed", to_string(source.dtype_), source.shape_,
         to_string(dtype_), shape_);
  if (!is_contiguous()) fail("copy_from: the tensor that is written must be contiguous");
  const Tensor from = contiguous(source.detach());
  with_type(dtype_, [&](auto zero) {
    using T = decltype(zero);
    const T* const values = from.data<T>();
    T* const to = write<T>();
    constexpr Index piece = 65536;
    parallel_for(size(), piece, [&](Index i, Index end) { std::copy(values + i, values + end, to + i); });
  });
}

Tensor Tensor::view(const Shape& shape, const Shape& strides, Index offset) const {
  if (!storage_) fail("view: the tensor is undefined: nothing was assigned to it");
  if (shape.rank() != strides.rank())
    fail("view: shape {} and strides {}: one stride for each axis is needed", shape, strides);
  Tensor t = detach();
  t.shape_ = shape;
  t.strides_ = strides;
  bool fits = !__builtin_add_overflow(offset_, offset, &t.offset_);
  Index first = t.offset_, last = t.offset_;  // the outermost positions in the storage
  for (Index axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] < 0) fail("view: shape {} has a negative size", shape);
    Index& end = strides[axis] < 0 ? first : last;
    Index span = 0;
    fits = fits && !__builtin_mul_overflow(shape[axis] - 1, strides[axis], &span) &&
           !__builtin_add_overflow(end, span, &end);
  }
  const Index count = storage_->bytes / bytes_of(dtype_);
  if (elements(shape) > 0 && !(fits && first >= 0 && last < count))
    fail(
        "view: shape {} with strides {} and offset {} leaves the storage, which has {} values and this tensor's first "
        "at {}",
        shape, strides, offset, count, offset_);
  return t;
}

// Sorted by stride, each axis must step over all that the axes before it reach.  An unusual view without overlap, such as
// sizes (2, 3) with strides (3, 2), may be refused.
void Tensor::check_positions_apart() const {
  if (is_contiguous()) return;
  Shape order;
  for (Index axis = 0; axis < rank(); ++axis)
    if (shape_[axis] > 1) order.push_back(axis);
  std::sort(order.begin(), order.end(),
            [this](Index a, Index b) { return std::abs(strides_[a]) < std::abs(strides_[b]); });
  Index reach = 0;
  for (const Index axis : order) {
    const Index stride = std::abs(strides_[axis]);
    if (stride <= reach)
      fail("write: positions of a tensor of shape {} and strides {} share memory; write into a copy()", shape_,
           strides_);
    reach += (shape_[axis] - 1) * stride;
  }
}

Tensor Tensor::copy() const {
  const Tensor flat = contiguous(detach());
  if (flat.storage_ != storage_) return flat;
  const Tensor own = empty(shape_, dtype_);
  own.copy_from(flat);
  return own;
}

Tensor Tensor::detach() const {
  Tensor t = *this;
  t.node_ = nullptr;
  return t;
}

Tensor Tensor::with_node(std::shared_ptr<Node> node) const {
  Tensor t = *this;
  t.node_ = std::move(node);
  return t;
}

Tensor& Tensor::require_grad() {
  if (dtype_ == DType::i64) fail("require_grad: the tensor is i64, and only f32 and f64 have gradients");
  if (node_ && !node_->is_leaf()) fail("require_grad: the tensor is the result of {}; detach() it first", node_->op);
  if (!node_) node_ = std::make_shared<Node>("leaf");
  return *this;
}
Tensor Tensor::grad() const { return node_ ? node_->grad : Tensor(); }
void Tensor::zero_grad() const {
  if (node_) node_->grad = Tensor();
}

// A contiguous tensor whose value at i is f(i).
template <class F> static Tensor generate(const Shape& shape, DType dtype, F f) {
  const Tensor t = Tensor::empty(shape, dtype);
  with_type(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* p = t.write<T>();
    for (Index i = 0, n = t.size(); i < n; ++i) p[i] = convert<T>("tensor", f(i));
  });
  return t;
}

Tensor tensor(const std::vector<double>& values, const Shape& shape, DType dtype) {
  const Shape fitted = infer_size("tensor", shape, Index(values.size()));
  return generate(fitted, dtype, [&](Index i) { return values[size_t(i)]; });
}
Tensor tensor(const std::vector<double>& values, DType dtype) { return tensor(values, {Index(values.size())}, dtype); }
Tensor full(const Shape& shape, double value, DType dtype) {
  return generate(shape, dtype, [=](Index) { return value; });
}
Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }
Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype()); }
Tensor ones_like(const Tensor& x) { return ones(x.shape(), x.dtype()); }
Tensor scalar(double value, DType dtype) { return full({}, value, dtype); }

Tensor arange(double begin, double end, double step, DType dtype) {
  const double count = std::ceil((end - begin) / step);
  if (step == 0 || !(count >= 0) || count > 1e15)
    fail("arange: from {} to {} in steps of {} is no finite range", begin, end, step);
  return generate({Index(count)}, dtype, [=](Index i) { return begin + double(i) * step; });
}
Tensor linspace(double begin, double end, Index count, DType dtype) {
  if (count < 0) fail("linspace: {} values, and 0 or more are possible", count);
  return generate({count}, dtype, [=](Index i) {  // from the nearer end, so that both ends are exact
    const double step = count > 1 ? (end - begin) / double(count - 1) : 0;
    return i < count / 2 || count == 1 ? begin + step * double(i) : end - step * double(count - 1 - i);
  });
}
Tensor eye(Index n, DType dtype) {
  return generate({n, n}, dtype, [=](Index i) { return Index(i / n == i % n); });
}

}  // namespace latent
