#include "engine/ops/map.h"

#include "engine/parallel.h"
#include "engine/walk.h"

namespace latent {
namespace {

template <class T, int Operands>
void run(const kernels::Walk<Operands>& walk, const std::array<const Tensor*, Operands>& xs, const Tensor& y,
         const MapKernel<T, Operands>& kernel) {
  std::array<const T*, Operands> operands;
  for (int k = 0; k < Operands; ++k) operands[k] = xs[k]->template data<T>();
  T* const to = y.mutable_data<T>();
  parallel_for(y.size(), 16384,
               [&](Index begin, Index end) { kernel(&walk, operands.data(), to + begin, begin, end); });
}

}  // namespace

template <int Operands>
Tensor run_map(const char* op, const std::array<const Tensor*, Operands>& xs, const MapKernel<float, Operands>& f32,
               const MapKernel<double, Operands>& f64) {
  const DType dtype = xs[0]->dtype();
  Shape shape = xs[0]->shape();
  for (const Tensor* x : xs) {
    if (x->dtype() != dtype)
      fail("{}: one tensor is {} and another {}; they must be of one type", op, to_string(dtype),
           to_string(x->dtype()));
    shape = broadcast_shapes(op, shape, x->shape());
  }
  if (dtype == DType::i64) fail("{}: the tensor is i64, and f32 or f64 is needed", op);

  std::array<Strides, Operands> strides;
  for (int k = 0; k < Operands; ++k) strides[k] = broadcast_strides(op, xs[k]->shape(), xs[k]->strides(), shape);
  const auto walk = make_walk<Operands>(shape, strides);
  const Tensor y = Tensor::empty(shape, dtype);
  if (dtype == DType::f32) run<float, Operands>(walk, xs, y, f32);
  if (dtype == DType::f64) run<double, Operands>(walk, xs, y, f64);
  return y;
}

template Tensor run_map<1>(const char*, const std::array<const Tensor*, 1>&, const MapKernel<float, 1>&,
                           const MapKernel<double, 1>&);
template Tensor run_map<2>(const char*, const std::array<const Tensor*, 2>&, const MapKernel<float, 2>&,
                           const MapKernel<double, 2>&);
template Tensor run_map<3>(const char*, const std::array<const Tensor*, 3>&, const MapKernel<float, 3>&,
                           const MapKernel<double, 3>&);

}  // namespace latent
