// Elementwise work on broadcast, strided tensors: how ops reach the Map kernel.
#pragma once
#include <array>
#include <functional>

#include "engine/dispatch.h"
#include "engine/kernels/formulas.h"
#include "engine/ops.h"

namespace latent {

template <class T, int Operands>
using MapKernel =
    std::function<void(const kernels::Walk<Operands>*, const T* const* operands, T* y, Index begin, Index end)>;

// The kernel's result for one, two or three tensors of one float type, which broadcast.  Without history.
template <int Operands>
Tensor run_map(const char* op, const std::array<const Tensor*, Operands>& xs, const MapKernel<float, Operands>& f32,
               const MapKernel<double, Operands>& f64);

// y = f(x...), elementwise, with broadcasting and without history.
template <class F, class... X> Tensor map(const char* op, const F& f, const X&... xs) {
  constexpr int operands = sizeof...(X);
  const auto kernel = [&f](auto... arguments) { dispatch(kernels::Map<F, operands>{f}, arguments...); };
  return run_map<operands>(op, {&xs...}, kernel, kernel);
}

}  // namespace latent
