#include "engine/update.h"

#include "engine/dispatch.h"
#include "engine/kernels/formulas.h"
#include "engine/parallel.h"
#include "engine/walk.h"

namespace latent {
namespace {

constexpr Index grain = 16384;

void check(const char* op, std::initializer_list<Tensor> tensors) {
  const Tensor& first = *tensors.begin();
  for (const Tensor& each : tensors) {
    if (each.shape() != first.shape() || each.dtype() != first.dtype())
      fail("{}: {} {} beside {} {}, and one shape and type are needed", op, to_string(each.dtype()), each.shape(),
           to_string(first.dtype()), first.shape());
    if (!each.is_contiguous()) fail("{}: a tensor of shape {} is not contiguous", op, each.shape());
  }
}

}  // namespace

void accumulate(const Tensor& sum, const Tensor& g) {
  check("accumulate", {sum, g});
  const auto walk = make_walk<2>({g.size()}, {Strides{1}, Strides{1}});
  with_float("accumulate", g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* const to = sum.mutable_data<T>();
    const std::array<const T*, 2> from = {to, g.data<T>()};
    parallel_for(g.size(), grain, [&](Index i, Index end) {
      dispatch(kernels::Map<formula::Add, 2>{}, &walk, from.data(), to + i, i, end);
    });
  });
}

void sgd_update(const SgdStep& step, const Tensor& g, const Tensor& p, const Tensor& m) {
  check("sgd_update", {g, p, m});
  with_float("sgd_update", g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T *to = p.mutable_data<T>(), *momentum = m.mutable_data<T>();
    parallel_for(g.size(), grain, [&](Index i, Index end) {
      dispatch(kernels::SgdUpdate{}, &step, g.data<T>() + i, to + i, momentum + i, end - i);
    });
  });
}

void adam_update(const AdamStep& step, const Tensor& g, const Tensor& m, const Tensor& v, const Tensor& p,
                 const Tensor& to) {
  check("adam_update", {g, m, v, p, to});
  with_float("adam_update", g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T *first = m.mutable_data<T>(), *second = v.mutable_data<T>(), *moved = to.mutable_data<T>();
    parallel_for(g.size(), grain, [&](Index i, Index end) {
      dispatch(kernels::AdamUpdate{}, &step, g.data<T>() + i, first + i, second + i, p.data<T>() + i, moved + i,
               end - i);
    });
  });
}

}  // namespace latent
