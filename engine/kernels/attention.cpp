// The forward pass of attention: blocks of rows (Forward), or at most attention_few rows (Few).
#include "engine/kernels/attention_block.h"

namespace latent::kernels {
namespace {

// A block between tiles: m (most), l (sum) and o (totals, transposed) of each query.
template <class T, class Arch> struct Forward : Block<T, Arch> {
  using Base = Block<T, Arch>;
  using V = typename Base::V;
  using Base::count, Base::first, Base::infinity, Base::lanes, Base::shape, Base::width;

  AttentionArrays<T> arrays;
  T *queries, *totals;  // (D, width), scaled; (2 E, width): o, then its `lost`
  V most[2], sum[2], lost[2];

  Forward() = default;
  Forward(const AttentionShape<T>& s, Index from, const AttentionArrays<T>& a, T* at)
      : Base(s, from), arrays(a), queries(at), totals(at + s.D * width) {
    this->transposed(typename Base::template RowsOf<const T>(*this, a.q), s.D, T(s.scale), queries);
    if (this->last_key < 0) this->clear(totals, s.E);
    for (Index j = 0; j < 2; ++j) most[j] = V(-infinity), sum[j] = lost[j] = V(0);
  }
  static Index room(const AttentionShape<T>& s) { return (s.D + 2 * s.E) * width; }  // values of scratch

  // A tile of keys:
  //   1. S = K qT
  //   2. bias, mask and causality; hidden scores are -infinity
  //   3. m', l', keep = exp(m - m');  P = exp(S - m') in place of S
  //   4. oT = oT keep + VT P
  void read(Index from, T* s) {
    const Index keys = this->keys_from(from);
    const Heads<const T>& k = arrays.k;
    V keep[2];
    Base::scores(k.data + from * k.position_stride, k.position_stride, k.channel_stride, keys, queries, shape.D, s);
    this->hide(s, 1, width, from, keys);
    Base::softmax(s, keys, most, sum, lost, keep);
    Base::accumulate(arrays.v, from, keys, shape.E, s, keep, totals);
  }

  // After the last tile:
  //   1. l += lost
  //   2. share = 1 / l, or 0 where all keys were hidden
  //   3. top = m and sum = l, for the backward pass
  //   4. out = o share
  void finish() {
    alignas(64) T maxima[width], sums[width];
    V share[2];
    for (Index j = 0; j < 2; ++j) {
      sum[j] += lost[j];
      const auto unseen = sum[j] == V(0);
      share[j] = xsimd::select(unseen, V(0), 1 / xsimd::select(unseen, V(1), sum[j]));
      xsimd::select(unseen, V(0), most[j]).store_aligned(maxima + j * lanes);
      sum[j].store_aligned(sums + j * lanes);
    }
    for (Index r = 0; r < count; ++r) arrays.top[first + r] = maxima[r], arrays.sum[first + r] = sums[r];
    this->transposed_out(totals, shape.E, share, arrays.out);
  }
};

// Few rows, as in decoding, where a head has one query: a block would leave most lanes empty.  A tile of keys:
//   1. score        S = q KT;  lanes along keys
//   2. hide         as in a block
//   3. softmax      m', l', keep;  P = exp(S - m');  lanes along keys, but l' is added key by key
//   4. accumulate   o = o keep + P V;  lanes along channels
// Each sum has the order that it has in a block: the same bits.
template <class T, class Arch> struct Few : Block<T, Arch> {
  using Base = Block<T, Arch>;
  using tile = typename Base::tile;
  using V = typename Base::V;
  using Base::count, Base::first, Base::infinity, Base::lanes, Base::shape, Base::width;

  const AttentionArrays<T>& arrays;
  Index padded_e;
  T *queries, *totals, *lost;  // (count, D), (count, padded_e) and the same
  T *scores, *panel;           // (count, tile_keys); (D or keys, width): KT, or V where it cannot be read in place
  T most[attention_few];
  V sum[attention_few], sum_lost[attention_few], keep[attention_few];  // the same in all lanes

  Few(const AttentionShape<T>& s, const AttentionArrays<T>& a, T* at)
      : Base(s, s.first),
        arrays(a),
        padded_e((s.E + width - 1) / width * width),
        queries(at),
        totals(queries + count * s.D),
        lost(totals + count * padded_e),
        scores(lost + count * padded_e),
        panel(scores + count * tile_keys) {
    const typename Base::template RowsOf<const T> rows(*this, a.q);
    for (Index r = 0; r < count; ++r) {
      for (Index c = 0; c < s.D; ++c) queries[r * s.D + c] = T(s.scale) * rows.row[r][c * rows.channel_stride];
      most[r] = -infinity, sum[r] = sum_lost[r] = V(0);
    }
    for (Index i = 0; i < 2 * count * padded_e; ++i) totals[i] = 0;
  }

  static T first_lane(const V& v) { return typename V::register_type(v)[0]; }

  void score(Index from, Index keys) {
    const Heads<const T>& k = arrays.k;
    for (Index t = 0; t < keys; t += width) {
      const auto row = [&](Index i) { return k.data + (from + t + i) * k.position_stride; };
      const Index high = smaller(width, keys - t);
      if (k.channel_stride == 1) {
        transpose_in<V, width>(row, high, shape.D, panel);
      } else {
        for (Index c = 0; c < shape.D; ++c)
          for (Index i = 0; i < width; ++i) panel[c * width + i] = i < high ? row(i)[c * k.channel_stride] : T(0);
      }
      tile::template for_each_tile<2, attention_few>(
          queries, shape.D, 1, count, panel, width, shape.D, [this, t](const auto& sums, Index r, auto rows) {
            for (int i = 0; i < rows; ++i)
              for (int j = 0; j < 2; ++j) sums[i][j].store_unaligned(scores + (r + i) * tile_keys + t + j * lanes);
          });
    }
  }

  void softmax(T* s, Index r, Index keys) {
    V top(most[r]);
    for (Index t = keys; t % lanes != 0; ++t) s[t] = -infinity;  // fills the last register
    for (Index t = 0; t < keys; t += lanes) top = xsimd::max(top, V::load_unaligned(s + t));
    const T highest = fold_lanes(top, [](const V& a, const V& b) { return xsimd::max(a, b); });
    const V shift(highest == -infinity ? T(0) : highest);
    keep[r] = xsimd::exp(V(most[r]) - shift);
    most[r] = highest;
    for (Index t = 0; t < keys; t += lanes) xsimd::exp(V::load_unaligned(s + t) - shift).store_unaligned(s + t);
    T total = 0;
    for (Index t = 0; t < keys; ++t) total += s[t];
    add(sum[r], sum_lost[r], keep[r], V(total));
  }

  void accumulate(Index from, Index keys) {
    const Heads<const T>& v = arrays.v;
    for (Index e = 0; e < shape.E; e += width) {
      const T* values = v.data + from * v.position_stride + e * v.channel_stride;
      Index step = v.position_stride;
      if (v.channel_stride != 1 || shape.E - e < width) {
        for (Index t = 0; t < keys; ++t)
          for (Index i = 0; i < width; ++i)
            panel[t * width + i] = e + i < shape.E ? values[t * v.position_stride + i * v.channel_stride] : T(0);
        values = panel, step = width;
      }
      tile::template for_each_tile<2, attention_few>(
          scores, tile_keys, 1, count, values, step, keys, [this, e](const auto& sums, Index r, auto rows) {
            for (int i = 0; i < rows; ++i)
              for (int j = 0; j < 2; ++j) {
                const Index at = (r + i) * padded_e + e + j * lanes;
                V total = V::load_unaligned(totals + at), rest = V::load_unaligned(lost + at);
                add(total, rest, keep[r + i], sums[i][j]);
                total.store_unaligned(totals + at);
                rest.store_unaligned(lost + at);
              }
          });
    }
  }

  void finish() {
    const typename Base::template RowsOf<T> rows(*this, arrays.out);
    for (Index r = 0; r < count; ++r) {
      const T all = first_lane(sum[r] + sum_lost[r]);
      const bool unseen = all == 0;
      const T share = unseen ? T(0) : 1 / all;
      for (Index c = 0; c < shape.E; ++c) rows.row[r][c] = share * (totals[r * padded_e + c] + lost[r * padded_e + c]);
      arrays.top[first + r] = unseen ? T(0) : most[r];
      arrays.sum[first + r] = all;
    }
  }

  void operator()() {
    for (Index from = 0; from <= this->last_key; from += tile_keys) {
      const Index keys = this->keys_from(from);
      score(from, keys);
      this->hide(scores, tile_keys, 1, from, keys);
      for (Index r = 0; r < count; ++r) softmax(scores + r * tile_keys, r, keys);
      accumulate(from, keys);
    }
    finish();
  }
};

}  // namespace

template <class Arch, class T>
void Attention::operator()(Arch, const AttentionShape<T>* shape, const AttentionArrays<T>* arrays, T* scratch) const {
  const Index count = shape->last - shape->first;
  if (0 < count && count <= attention_few) return Few<T, Arch>(*shape, *arrays, scratch)();
  read_all<Forward<T, Arch>>(*shape, *arrays, scratch);
}

[[gnu::used]] constexpr auto emitted = emit<Attention>();

}  // namespace latent::kernels
