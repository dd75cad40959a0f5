// A Tensor is a cheap handle: a view (shape, strides, offset) of shared storage and, when a gradient is wanted, the
// Node that says where the values came from.  Copying a Tensor copies the handle, never the values.
#pragma once
#include <memory>
#include <string_view>
#include <type_traits>

#include "engine/memory.h"
#include "engine/shape.h"

namespace latent {

enum class DType { f32, f64, i64 };  // i64 is for indices; mixing types is an error, never a promotion

const char* to_string(DType dtype);
Index bytes_of(DType dtype);

template <class T>
inline constexpr DType dtype_of = [] {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, Index>);
  return std::is_same_v<T, float> ? DType::f32 : std::is_same_v<T, double> ? DType::f64 : DType::i64;
}();

// Call f with a zero of the C++ type behind dtype.
template <class F> auto with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32: return f(float{});
    case DType::f64: return f(double{});
    case DType::i64: break;
  }
  return f(Index{});
}

// The same for the two float types; Error for i64.
template <class F> auto with_float(std::string_view op, DType dtype, F&& f) {
  if (dtype == DType::i64) fail("{}: the tensor is i64, and f32 or f64 is needed", op);
  return dtype == DType::f32 ? f(float{}) : f(double{});
}

// The value in another type.  To i64 it is rounded towards zero; Error for NaN and values out of range.
template <class To, class From> To convert(std::string_view op, From value) {
  if constexpr (std::is_same_v<To, Index> && !std::is_same_v<From, Index>) {
    constexpr From limit = 9223372036854775808.0;  // 2^63
    if (!(value >= -limit && value < limit))
      fail("{}: {} as i64, and numbers from -2^63 to 2^63 - 1 are possible", op, value);
  }
  return To(value);
}

// Bytes of memory, 64-byte aligned and counted.  `version` grows with every write after creation, so that backward can
// detect an overwritten value.
struct Storage {
  explicit Storage(Index bytes);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  void* data;
  Index bytes;
  std::uint64_t version = 0;
};

struct Node;

class Tensor {
 public:
  Tensor() = default;  // undefined: no storage
  static Tensor empty(const Shape& shape, DType dtype = DType::f32);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  const Strides& strides() const { return strides_; }
  Index rank() const { return shape_.rank(); }
  Index size() const { return elements(shape_); }  // number of values
  Index size(Index axis) const { return shape_[normalize_axis("size", axis, rank())]; }
  DType dtype() const { return dtype_; }
  bool is_contiguous() const;

  // A pointer to the first element.  mutable_data() is for writing: it raises the storage's version.
  // Error if T is not the tensor's type, and in mutable_data() if elements share memory, as after broadcast_to().
  template <class T> const T* data() const { return pointer<T>(); }
  template <class T> T* mutable_data() const {
    T* const first = pointer<T>();
    check_positions_apart();
    ++storage_->version;
    return first;
  }

  double item() const;                         // the value of a one-element tensor
  double at(const Shape& position) const;      // one value; negative positions count from the end
  std::vector<double> values() const;          // all values in row-major order
  void copy_from(const Tensor& source) const;  // overwrite the values; same shape and dtype

  // A view of the same storage without history; `offset` is counted from this tensor's first element.
  // Error where a position lies outside the storage.
  Tensor view(const Shape& shape, const Strides& strides, Index offset = 0) const;
  Tensor detach() const;  // the same values without history
  Tensor copy() const;    // the same values without history, contiguous in memory of their own

  // Gradients
  Tensor& require_grad();  // make this a leaf whose gradient backward() collects
  bool requires_grad() const { return node_ != nullptr; }
  Tensor grad() const;                   // what backward() collected; undefined before
  void set_grad(Tensor gradient) const;  // replace it; Error if this tensor is no leaf, or of another shape or type
  void zero_grad() const;                // make grad() undefined
  const std::shared_ptr<Node>& node() const { return node_; }
  Tensor with_node(std::shared_ptr<Node> node) const;
  const std::shared_ptr<Storage>& storage() const { return storage_; }

 private:
  void check_positions_apart() const;
  template <class T> T* pointer() const {
    if (!storage_) fail("data: the tensor is undefined: nothing was assigned to it");
    if (dtype_of<T> != dtype_) fail("data: the tensor is {}, not {}", to_string(dtype_), to_string(dtype_of<T>));
    return static_cast<T*>(storage_->data) + offset_;
  }

  std::shared_ptr<Storage> storage_;
  std::shared_ptr<Node> node_;
  Shape shape_;
  Strides strides_;
  Index offset_ = 0;
  DType dtype_ = DType::f32;
};

using Tensors = std::vector<Tensor>;

struct Named {
  std::string name;  // dotted: "blocks.0.attention.query.weight"
  Tensor tensor;
};

bool all_finite(const Tensor& x);  // whether no value is NaN or infinite

// Creation.  Random tensors are in random.h.
Tensor tensor(const std::vector<double>& values, const Shape& shape, DType dtype = DType::f32);
Tensor tensor(const std::vector<double>& values, DType dtype = DType::f32);  // rank 1
Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
Tensor zeros(const Shape& shape, DType dtype = DType::f32);
Tensor ones(const Shape& shape, DType dtype = DType::f32);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
Tensor scalar(double value, DType dtype = DType::f32);                               // ()
Tensor arange(double begin, double end, double step = 1, DType dtype = DType::f32);  // end is not included
Tensor linspace(double begin, double end, Index count, DType dtype = DType::f32);    // end is included
Tensor eye(Index n, DType dtype = DType::f32);                                       // (n, n)

}  // namespace latent
