#include "engine/tensor.h"

#include <algorithm>
#include <cmath>

#include "engine/parallel.h"
#include "engine/walk.h"

namespace latent {

const char* to_string(DType dtype) { return dtype == DType::f32 ? "f32" : dtype == DType::f64 ? "f64" : "i64"; }
Index bytes_of(DType dtype) { return dtype == DType::f32 ? 4 : 8; }

Storage::Storage(Index n) : data(allocate(n)), bytes(n) {}
Storage::~Storage() { deallocate(data, bytes); }

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
  const Tensor flat = is_contiguous() ? detach() : copy();
  return with_type(dtype_, [&](auto zero) {
    const auto* p = flat.data<decltype(zero)>();
    return std::vector<double>(p, p + flat.size());
  });
}

bool all_finite(const Tensor& x) {
  const Tensor flat = x.is_contiguous() ? x.detach() : x.copy();
  return with_type(x.dtype(), [&](auto zero) {
    const auto* p = flat.data<decltype(zero)>();
    return std::all_of(p, p + flat.size(), [](auto value) { return std::isfinite(double(value)); });
  });
}

void Tensor::copy_from(const Tensor& source) const {
  if (source.shape_ != shape_ || source.dtype_ != dtype_)
    fail("copy_from: the source is {} {}, and {} {} is needed", to_string(source.dtype_), source.shape_,
         to_string(dtype_), shape_);
  const Tensor from = source.storage_ == storage_ ? source.copy() : source;
  const auto walk = make_walk<2>(shape_, {from.strides_, strides_});
  const Index step_from = walk.strides[0][walk.rank - 1], step_to = walk.strides[1][walk.rank - 1];
  with_type(dtype_, [&](auto zero) {
    using T = decltype(zero);
    const T* const x = from.data<T>();
    T* const y = mutable_data<T>();
    parallel_for(size(), 16384, [&](Index begin, Index end) {
      kernels::for_each_run(walk, begin, end, [&](const Index* offset, Index, Index count) {
        const T* const source_run = x + offset[0];
        T* const target_run = y + offset[1];
        if (step_from == 1 && step_to == 1) {
          std::copy_n(source_run, count, target_run);
        } else {
          for (Index i = 0; i < count; ++i) target_run[i * step_to] = source_run[i * step_from];
        }
      });
    });
  });
}

Tensor Tensor::view(const Shape& shape, const Strides& strides, Index offset) const {
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

// With axes sorted by stride, each must step over everything that the axes before it reach.  This refuses a few views
// without overlap too, such as sizes (2, 3) with strides (3, 2).
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
      fail("mutable_data: positions of a tensor of shape {} and strides {} share memory; write into a copy()", shape_,
           strides_);
    reach += (shape_[axis] - 1) * stride;
  }
}

Tensor Tensor::copy() const {
  const Tensor own = empty(shape_, dtype_);
  own.copy_from(*this);
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

// A contiguous tensor whose value at i is f(i).
template <class F> static Tensor generate(const char* op, const Shape& shape, DType dtype, F f) {
  const Tensor t = Tensor::empty(shape, dtype);
  with_type(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* p = t.mutable_data<T>();
    for (Index i = 0, n = t.size(); i < n; ++i) p[i] = convert<T>(op, f(i));
  });
  return t;
}

Tensor tensor(const std::vector<double>& values, const Shape& shape, DType dtype) {
  const Shape fitted = infer_size("tensor", shape, Index(values.size()));
  return generate("tensor", fitted, dtype, [&](Index i) { return values[size_t(i)]; });
}
Tensor tensor(const std::vector<double>& values, DType dtype) { return tensor(values, {Index(values.size())}, dtype); }
Tensor full(const Shape& shape, double value, DType dtype) {
  return generate("full", shape, dtype, [=](Index) { return value; });
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
  return generate("arange", {Index(count)}, dtype, [=](Index i) { return begin + double(i) * step; });
}
Tensor linspace(double begin, double end, Index count, DType dtype) {
  if (count < 0) fail("linspace: {} values, and 0 or more are possible", count);
  return generate("linspace", {count}, dtype, [=](Index i) {  // from the nearer end, so that both ends are exact
    const double step = count > 1 ? (end - begin) / double(count - 1) : 0;
    return i < count / 2 || count == 1 ? begin + step * double(i) : end - step * double(count - 1 - i);
  });
}
Tensor eye(Index n, DType dtype) {
  return generate("eye", {n, n}, dtype, [=](Index i) { return Index(i / n == i % n); });
}

}  // namespace latent
