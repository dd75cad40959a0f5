// Elementwise kernels: one loop over strided, broadcast operands serves every formula.
#include "engine/kernels/elementary.h"
#include "engine/kernels/formulas.h"

namespace latent::kernels {
namespace {

// A register of one operand: contiguous (step 1), one value repeated (step 0), or strided.
template <class V> V read(const typename V::value_type* p, Index step, Index i, Index left) {
  if (step == 1) return load<V>(p + i, left);
  if (step == 0) return V(*p);
  alignas(64) typename V::value_type values[V::size] = {};
  for (Index j = 0; j < smaller(left, V::size); ++j) values[j] = p[(i + j) * step];
  return V::load_aligned(values);
}

template <class V, class F, class T, int Operands, std::size_t... K>
void run(const F& f, const Walk<Operands>& walk, const T* const* operands, T* y, Index begin, Index end,
         std::index_sequence<K...>) {
  constexpr Index lanes = V::size;
  const Index steps[] = {walk.strides[K][walk.rank - 1]...};
  const bool contiguous = ((steps[K] == 1) && ...);
  for_each_run(walk, begin, end, [&](const Index* offset, Index position, Index n) {
    const T* const from[] = {operands[K] + offset[K]...};
    T* to = y + (position - begin);
    Index i = 0;
    if (contiguous)
      for (; i + lanes <= n; i += lanes) f.value(V::load_unaligned(from[K] + i)...).store_unaligned(to + i);
    for (; i < n; i += lanes) store<V>(f.value(read<V>(from[K], steps[K], i, n - i)...), to + i, n - i);
  });
}

}  // namespace

template <class F, int Operands>
template <class Arch, class T>
void Map<F, Operands>::operator()(Arch, const Walk<Operands>* walk, const T* const* operands, T* y, Index begin,
                                  Index end) const {
  run<xsimd::batch<T, Arch>>(f, *walk, operands, y, begin, end, std::make_index_sequence<Operands>());
}

namespace {
using namespace formula;
template <int Operands, class... F> constexpr auto emit_maps(List<F...>) { return emit<Map<F, Operands>...>(); }
template <class... F> constexpr auto emit_chains(List<F...>) { return emit<Map<Chain<F>, 3>...>(); }
[[gnu::used]] constexpr std::tuple emitted = {emit_maps<1>(WithSlope{}), emit_maps<1>(OneArgument{}),
                                              emit_maps<2>(TwoArguments{}), emit_maps<3>(ThreeArguments{}),
                                              emit_chains(WithSlope{})};
}  // namespace

}  // namespace latent::kernels
