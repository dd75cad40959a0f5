// The backward pass of attention.  The weights P are computed again, tile by tile, from the stored top and sum.  These
// are stored apart, because top + log(sum) would round the logarithm away beside a large top.
//
// The softmax turns the gradient of a query's weights, dP = V g, into that of its scores, dS = P (dP - delta), where
// delta = sum of P dP over all keys.  This sum is known before the first tile: sum P (v . g) = (sum P v) . g = out . g.
// So one pass over the keys suffices.  docs/gradients.md derives the formulas.
#include "engine/kernels/attention_block.h"

namespace latent::kernels {
namespace {

// A block between tiles.  Lanes are queries in qT, gT and gqT, and channels in q_rows and g_rows.
template <class T, class Arch> struct Backward : Block<T, Arch> {
  using Base = Block<T, Arch>;
  using V = typename Base::V;
  using Base::count, Base::first, Base::lanes, Base::shape, Base::width;

  AttentionBackwardArrays<T> arrays;
  Index padded_d, padded_e;
  T *qT, *gT, *gqT;    // (D, width), scaled; (E, width); (2 D, width): the gradient of qT, then its `lost`
  T *q_rows, *g_rows;  // (width, padded_d), scaled; (width, padded_e)
  alignas(64) T delta[width], most[width], factor[width];  // factor = 1 / sum

  static Index padded(Index channels) { return (channels + width - 1) / width * width; }
  static Index room(const AttentionShape<T>& s) { return (3 * s.D + s.E + padded(s.D) + padded(s.E)) * width; }

  Backward() = default;
  Backward(const AttentionShape<T>& s, Index from, const AttentionBackwardArrays<T>& a, T* at)
      : Base(s, from),
        arrays(a),
        padded_d(padded(s.D)),
        padded_e(padded(s.E)),
        qT(at),
        gT(qT + s.D * width),
        gqT(gT + s.E * width),
        q_rows(gqT + 2 * s.D * width),
        g_rows(q_rows + padded_d * width) {
    const typename Base::template RowsOf<const T> queried(*this, a.q), result(*this, a.out), upstream(*this, a.g);
    this->transposed(queried, s.D, T(s.scale), qT);
    this->transposed(upstream, s.E, T(1), gT);
    if (this->last_key < 0) this->clear(gqT, s.D);
    T* const outT = g_rows;  // until the rows are needed
    this->transposed(result, s.E, T(1), outT);
    for (Index j = 0; j < width; j += lanes) {
      V product(T(0));  // in the runs of dP: the difference of the two is 0 where a query sees one key
      for (Index c = 0; c < s.E; c += Base::tile::run) {
        V part(T(0));
        for (Index i = c * width + j; i < smaller(c + Base::tile::run, s.E) * width; i += width)
          part = multiply_add(V::load_unaligned(gT + i), V::load_unaligned(outT + i), part);
        product += part;
      }
      product.store_aligned(delta + j);
      const auto numbers = [&](const T* from) { return j < count ? load<V>(from + first + j, count - j) : V(T(0)); };
      const V sum = numbers(a.sum);
      const auto unseen = sum == V(T(0));  // all keys hidden, or no query in the lane
      numbers(a.top).store_aligned(most + j);
      xsimd::select(unseen, V(T(0)), V(T(1)) / xsimd::select(unseen, V(T(1)), sum)).store_aligned(factor + j);
    }
    if (a.gk.data) this->rows_in(queried, s.D, padded_d, T(s.scale), q_rows);
    if (a.gv.data) this->rows_in(upstream, s.E, padded_e, T(1), g_rows);
  }

  // A tile of keys; p holds S, then P, and ds holds dP, then dS:
  //   1. S = K qT              with bias, mask and causality
  //   2. dP = V gT
  //   3. P = exp(S - top) / sum
  //   4. dS = P (dP - delta)
  //   5. gqT += KT dS
  //   6. gk += dS q
  //   7. gv += P g
  void read(Index from, T* p) {
    const Index keys = this->keys_from(from);
    const Heads<const T>&k = arrays.k, &v = arrays.v;
    T* const ds = p + tile_keys * width;
    Base::scores(k.data + from * k.position_stride, k.position_stride, k.channel_stride, keys, qT, shape.D, p);
    this->hide(p, 1, width, from, keys);
    Base::scores(v.data + from * v.position_stride, v.position_stride, v.channel_stride, keys, gT, shape.E, ds);
    for (Index i = 0; i < keys * width; i += lanes) {
      const V e = xsimd::exp(V::load_unaligned(p + i) - V::load_aligned(most + i % width)) *
                  V::load_aligned(factor + i % width);
      e.store_unaligned(p + i);
      (e * (V::load_unaligned(ds + i) - V::load_aligned(delta + i % width))).store_unaligned(ds + i);
    }
    const V one[2] = {V(1), V(1)};
    if (arrays.gq.data) Base::accumulate(k, from, keys, shape.D, ds, one, gqT);
    if (arrays.gk.data) Base::spread(ds, from, keys, q_rows, padded_d, shape.D, count, arrays.gk);
    if (arrays.gv.data) Base::spread(p, from, keys, g_rows, padded_e, shape.E, count, arrays.gv);
  }

  // gq = scale gqT, transposed
  void finish() {
    const V scale[2] = {V(T(shape.scale)), V(T(shape.scale))};
    if (arrays.gq.data) this->transposed_out(gqT, shape.D, scale, arrays.gq);
  }
};

}  // namespace

template <class Arch, class T>
void AttentionBackward::operator()(Arch, const AttentionShape<T>* shape, const AttentionBackwardArrays<T>* arrays,
                                   T* scratch) const {
  const auto clear = [&](const Heads<T>& x, Index channels) {
    const bool dense = x.position_stride == channels;
    const Index rows = dense ? 1 : shape->keys, width = dense ? shape->keys * channels : channels;
    for (Index t = 0; t < rows && x.data; ++t)
      for (Index c = 0; c < width; ++c) x.data[t * x.position_stride + c] = 0;
  };
  clear(arrays->gk, shape->D);
  clear(arrays->gv, shape->E);
  read_all<Backward<T, Arch>>(*shape, *arrays, scratch);
}

[[gnu::used]] constexpr auto emitted = emit<AttentionBackward>();

}  // namespace latent::kernels
