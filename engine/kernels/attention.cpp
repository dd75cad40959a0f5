// Attention in one pass over the keys (Rabe and Staats 2021; Dao et al. 2022), arranged for few queries and many keys:
// a block of queries fills the SIMD lanes, so scores are (keys x queries) and neither maximum, exponential nor sum needs
// a horizontal step, and keys and values are read where they lie, without packing.
//
// A few blocks of queries take each tile of keys in turn, while it is in the cache.
//
// For a tile of keys:  S = K qT;  P = exp(S - top);  outT += VT P.  Backward, with P = exp(S - top) / sum recomputed
// from the stored top and sum:  dS = P * (V gT - delta);  gqT += KT dS;  gk = dS q;  gv = P g, where
// delta = sum(g * out).  Not from top + log(sum): beside a large top the logarithm would be rounded away.
#include <limits>

#include "engine/kernels/elementary.h"
#include "engine/kernels/tile.h"

namespace latent::kernels {
namespace {

constexpr Index tile_keys = attention_tile;

// total = total keep + more; `lost` gathers what rounding takes away (Knuth's two-sum), and is added at the end: there may
// be very many tiles.  A tile of which nothing is seen changes neither.
template <class V> void add(V& total, V& lost, const V& keep, const V& more) {
  const V kept = total * keep, sum = kept + more, added = sum - kept;
  const V rest = (kept - (sum - added)) + (more - added);
  total = sum;
  lost = multiply_add(lost, keep, xsimd::select(rest == rest, rest, V(0)));  // NaN where the sum is infinite
}

template <class T, class Arch> struct Block {
  using tile = Tile<T, Arch>;
  using V = typename tile::V;
  static constexpr Index lanes = tile::lanes, width = tile::columns;
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  AttentionShape<T> shape;
  Index first, count;  // queries [first, first + count) fill the lanes
  Index last_key;      // the last key that any of them may see

  Block() = default;
  Block(const AttentionShape<T>& s, Index from) : shape(s), first(from) {
    count = smaller(width, s.last - from);
    last_key = -1;
    for (Index r = 0; r < count; ++r) last_key = limit(r) > last_key ? limit(r) : last_key;
  }

  Index head(Index r) const { return (first + r) / shape.N; }
  Index position(Index r) const { return (first + r) % shape.N; }
  Index limit(Index r) const { return shape.causal ? shape.keys - shape.N + position(r) : shape.keys - 1; }
  Index keys_from(Index from) const { return smaller(tile_keys, last_key + 1 - from); }

  // Where each query's row begins; lanes without a query repeat the first row.
  template <class U> struct RowsOf {
    U* row[width];
    Index channel;
    RowsOf(const Block& block, Heads<U> x) : channel(x.channel) {
      const Index N = block.shape.N;
      Index head = block.head(0), position = block.position(0);
      for (Index r = 0; r < width; ++r) {
        row[r] = r < block.count ? x.data + head * x.head + position * x.position : row[0];
        if (++position == N) position = 0, ++head;
      }
    }
  };

  // to (channels, width) = the rows, transposed and scaled; lanes without a query are 0
  void transposed(const RowsOf<const T>& rows, Index channels, T factor, T* to) const {
    if (rows.channel == 1) {
      transpose_in<V, width>([&](Index r) { return rows.row[r]; }, count, channels, to);
    } else {
      for (Index c = 0; c < channels; ++c)
        for (Index r = 0; r < width; ++r) to[c * width + r] = r < count ? rows.row[r][c * rows.channel] : T(0);
    }
    if (factor != 1)
      for (Index i = 0; i < channels * width; i += lanes)
        (V(factor) * V::load_unaligned(to + i)).store_unaligned(to + i);
  }

  // The rows of `to` = from (channels, width) and what it lost, transposed, each query times its factor
  void transposed_out(T* from, Index channels, const V* factor, Heads<T> to) const {
    const RowsOf<T> rows(*this, to);
    for (Index c = 0; c < channels; ++c)
      for (Index j = 0; j < 2; ++j) {
        T* const at = from + c * width + j * lanes;
        (factor[j] * (V::load_unaligned(at) + V::load_unaligned(at + channels * width))).store_unaligned(at);
      }
    transpose_out<V, width>(from, channels, count, [&](Index r) { return rows.row[r]; });
  }

  // S (keys, width) = K (keys, channels) qT (channels, width)
  static void scores(const T* k, Index row, Index column, Index keys, const T* queries, Index channels, T* s) {
    tile::for_each_tile(k, row, column, keys, queries, width, channels, [s](const auto& sum, Index t, auto high) {
      T* const to = s + t * width;
      for (int i = 0; i < high; ++i)
        for (int j = 0; j < 2; ++j) sum[i][j].store_unaligned(to + i * width + j * lanes);
    });
  }

  // f(score, number) for every score of these keys and the number that belongs to it; the score of query r and key t is
  // s[r * query + t * key]
  template <class F>
  void for_each_score(const PerScore<T>& numbers, T* s, Index query, Index key, Index from, Index keys, F f) const {
    for (Index r = 0; r < count && numbers.data; ++r) {
      const T* row = numbers.data + head(r) * numbers.head + position(r) * numbers.query + from * numbers.key;
      for (Index t = 0; t < keys; ++t) f(s[r * query + t * key], row[t * numbers.key]);
    }
  }

  // Scores get their bias; those of hidden keys become -infinity, even from NaN.
  void hide(T* s, Index query, Index key, Index from, Index keys) const {
    for_each_score(shape.bias, s, query, key, from, keys,
                   [](T& score, T bias) { score = bias == -infinity ? -infinity : score + bias; });
    for_each_score(shape.mask, s, query, key, from, keys,
                   [](T& score, T seen) { score = seen == 0 ? -infinity : score; });
    for (Index r = 0; r < count && shape.causal; ++r)
      for (Index t = limit(r) + 1 > from ? limit(r) + 1 - from : 0; t < keys; ++t) s[r * query + t * key] = -infinity;
  }

  // totals (channels, width) = totals * keep + X T (channels, keys) s (keys, width); what they lost lies behind them
  static void accumulate(const Heads<const T>& x, Index from, Index keys, Index channels, const T* s, const V* keep,
                         T* totals) {
    const auto add_to = [=, first = keep[0], second = keep[1]](const auto& sum, Index c, auto high) {
      const V kept[2] = {first, second};
      for (int i = 0; i < high; ++i)
        for (int j = 0; j < 2; ++j) {
          T* const at = totals + (c + i) * width + j * lanes;
          T* const lost_at = at + channels * width;
          V total = V::load_unaligned(at), lost = V::load_unaligned(lost_at);
          add(total, lost, kept[j], sum[i][j]);
          total.store_unaligned(at);
          lost.store_unaligned(lost_at);
        }
    };
    tile::for_each_tile(x.data + from * x.position, x.channel, x.position, channels, s, width, keys, add_to);
  }

  // to (keys, channels), from key `from` on, += s (keys, width) rows (width, padded channels)
  static void spread(const T* s, Index from, Index keys, const T* rows, Index padded, Index channels, Index depth,
                     const Heads<T>& to) {
    T* const begin = to.data + from * to.position;
    const Index step = to.position;
    const auto add = [=](Index c, auto batches) {
      const auto finish = [=](const auto& sum, Index t, auto high) {
        T* const corner = begin + t * step + c;
        const Index left = channels - c;
        for (int i = 0; i < high; ++i)
          for (int j = 0; j < batches; ++j) {
            T* const at = corner + i * step + j * lanes;
            store<V>(load<V>(at, left - j * lanes) + sum[i][j], at, left - j * lanes);
          }
      };
      tile::template for_each_tile<batches>(s, width, 1, keys, rows + c, padded, depth, finish);
    };
    Index c = 0;
    for (; channels - c > lanes; c += width) add(c, std::integral_constant<int, 2>{});
    if (c < channels) add(c, std::integral_constant<int, 1>{});
  }

  // to (width, padded) = the rows, scaled, padded with zeros
  void rows_in(const RowsOf<const T>& rows, Index channels, Index padded, T factor, T* to) const {
    for (Index r = 0; r < count; ++r, to += padded) {
      const T* const from = rows.row[r];
      if (rows.channel == 1) {
        for (Index c = 0; c < padded; c += lanes)
          (V(factor) * (c < channels ? load<V>(from + c, channels - c) : V(T(0)))).store_unaligned(to + c);
      } else {
        for (Index c = 0; c < padded; ++c) to[c] = c < channels ? factor * from[c * rows.channel] : T(0);
      }
    }
  }

  // The running maximum and sum of each query take in a tile of scores, which become exp(score - maximum).
  // keep is what the totals so far must be multiplied with.
  static void softmax(T* s, Index keys, V* most, V* sum, V* lost, V* keep) {
    for (Index j = 0; j < 2; ++j) {
      V top = most[j];
      for (Index t = 0; t < keys; ++t) top = xsimd::max(top, V::load_unaligned(s + t * width + j * lanes));
      const V shift = xsimd::select(top == V(-infinity), V(0), top);  // all hidden so far: exp(-infinity) = 0
      keep[j] = xsimd::exp(most[j] - shift);
      V total(T(0));
      for (Index t = 0; t < keys; ++t) {
        T* at = s + t * width + j * lanes;
        const V e = xsimd::exp(V::load_unaligned(at) - shift);
        e.store_unaligned(at);
        total += e;
      }
      add(sum[j], lost[j], keep[j], total);
      most[j] = top;
    }
  }
};

// What a block keeps of the tiles that it has read: the running maximum, sum and totals of each query.
template <class T, class Arch> struct Forward : Block<T, Arch> {
  using Base = Block<T, Arch>;
  using V = typename Base::V;
  using Base::count, Base::first, Base::infinity, Base::lanes, Base::shape, Base::width;

  AttentionArrays<T> arrays;
  T *queries, *totals;  // (D, width), (2 E, width)
  V most[2], sum[2], lost[2];

  Forward() = default;
  Forward(const AttentionShape<T>& s, Index from, const AttentionArrays<T>& a, T* at)
      : Base(s, from), arrays(a), queries(at), totals(at + s.D * width) {
    this->transposed(typename Base::template RowsOf<const T>(*this, a.q), s.D, T(s.scale), queries);
    for (Index i = 0; i < 2 * s.E * width; ++i) totals[i] = 0;
    for (Index j = 0; j < 2; ++j) most[j] = V(-infinity), sum[j] = lost[j] = V(0);
  }
  static Index room(const AttentionShape<T>& s) { return (s.D + 2 * s.E) * width; }  // values of scratch

  void read(Index from, T* s) {
    const Index keys = this->keys_from(from);
    const Heads<const T>& k = arrays.k;
    V keep[2];
    Base::scores(k.data + from * k.position, k.position, k.channel, keys, queries, shape.D, s);
    this->hide(s, 1, width, from, keys);
    Base::softmax(s, keys, most, sum, lost, keep);
    Base::accumulate(arrays.v, from, keys, shape.E, s, keep, totals);
  }

  void finish() {
    alignas(64) T maxima[width], sums[width];
    V share[2];
    for (Index j = 0; j < 2; ++j) {
      sum[j] += lost[j];
      const auto unseen = sum[j] == V(0);  // by any key: the query's result is 0
      share[j] = xsimd::select(unseen, V(0), 1 / xsimd::select(unseen, V(1), sum[j]));
      xsimd::select(unseen, V(0), most[j]).store_aligned(maxima + j * lanes);
      sum[j].store_aligned(sums + j * lanes);
    }
    for (Index r = 0; r < count; ++r) arrays.top[first + r] = maxima[r], arrays.sum[first + r] = sums[r];
    this->transposed_out(totals, shape.E, share, arrays.out);
  }
};

// Few queries, as when a text is continued, would leave most lanes of a block empty.  So the lanes run along keys in the
// scores, and along channels in the totals.  Each value is the same sum in the same order as in a block: the same bits.
template <class T, class Arch> struct Few : Block<T, Arch> {
  using Base = Block<T, Arch>;
  using tile = typename Base::tile;
  using V = typename Base::V;
  using Base::count, Base::first, Base::infinity, Base::lanes, Base::shape, Base::width;

  const AttentionArrays<T>& arrays;
  Index padded_e;
  T *queries, *totals, *lost;  // (count, D), (count, padded_e) and the same
  T *scores, *panel;           // (count, tile_keys), (D or keys, width)
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
      for (Index c = 0; c < s.D; ++c) queries[r * s.D + c] = T(s.scale) * rows.row[r][c * rows.channel];
      most[r] = -infinity, sum[r] = sum_lost[r] = V(0);
    }
    for (Index i = 0; i < 2 * count * padded_e; ++i) totals[i] = 0;
  }

  static T first_lane(const V& v) { return typename V::register_type(v)[0]; }

  void score(Index from, Index keys) {
    const Heads<const T>& k = arrays.k;
    for (Index t = 0; t < keys; t += width) {
      const auto row = [&](Index i) { return k.data + (from + t + i) * k.position; };
      const Index high = smaller(width, keys - t);
      if (k.channel == 1) {
        transpose_in<V, width>(row, high, shape.D, panel);
      } else {
        for (Index c = 0; c < shape.D; ++c)
          for (Index i = 0; i < width; ++i) panel[c * width + i] = i < high ? row(i)[c * k.channel] : T(0);
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
    for (Index t = keys; t % lanes != 0; ++t) s[t] = -infinity;
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
      const T* values = v.data + from * v.position + e * v.channel;
      Index step = v.position;
      if (v.channel != 1 || shape.E - e < width) {
        for (Index t = 0; t < keys; ++t)
          for (Index i = 0; i < width; ++i)
            panel[t * width + i] = e + i < shape.E ? values[t * v.position + i * v.channel] : T(0);
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

// What a block needs for each tile, and the gradient of its queries so far.
template <class T, class Arch> struct Backward : Block<T, Arch> {
  using Base = Block<T, Arch>;
  using V = typename Base::V;
  using Base::count, Base::first, Base::lanes, Base::shape, Base::width;

  AttentionBackwardArrays<T> arrays;
  Index padded_d, padded_e;
  T *queries, *gT, *gqT, *q_rows,
      *g_rows;  // (D, width), (E, width), (2 D, width), (width, padded_d), (width, padded_e)
  alignas(64) T delta[width], most[width], factor[width];

  static Index padded(Index channels) { return (channels + width - 1) / width * width; }
  static Index room(const AttentionShape<T>& s) { return (3 * s.D + s.E + padded(s.D) + padded(s.E)) * width; }

  Backward() = default;
  Backward(const AttentionShape<T>& s, Index from, const AttentionBackwardArrays<T>& a, T* at)
      : Base(s, from),
        arrays(a),
        padded_d(padded(s.D)),
        padded_e(padded(s.E)),
        queries(at),
        gT(queries + s.D * width),
        gqT(gT + s.E * width),
        q_rows(gqT + 2 * s.D * width),
        g_rows(q_rows + padded_d * width) {
    const typename Base::template RowsOf<const T> queried(*this, a.q), result(*this, a.out), upstream(*this, a.g);
    this->transposed(queried, s.D, T(s.scale), queries);
    this->transposed(upstream, s.E, T(1), gT);
    for (Index i = 0; i < 2 * s.D * width; ++i) gqT[i] = 0;
    if (a.gk.data) this->rows_in(queried, s.D, padded_d, T(s.scale), q_rows);
    if (a.gv.data) this->rows_in(upstream, s.E, padded_e, T(1), g_rows);
    for (Index r = 0; r < width; ++r) {
      const T *const gr = upstream.row[r], *const y = result.row[r];
      const auto product = [&](Index i, Index left) { return load<V>(gr + i, left) * load<V>(y + i, left); };
      delta[r] = r < count ? sum_over<V>(s.E, product) : T(0);
      most[r] = r < count ? a.top[first + r] : T(0);
      factor[r] = r < count && a.sum[first + r] != 0 ? 1 / a.sum[first + r] : T(0);  // 0: no key was seen
    }
  }

  void read(Index from, T* p) {
    const Index keys = this->keys_from(from);
    const Heads<const T>&k = arrays.k, &v = arrays.v;
    T* const ds = p + tile_keys * width;
    Base::scores(k.data + from * k.position, k.position, k.channel, keys, queries, shape.D, p);
    this->hide(p, 1, width, from, keys);
    Base::scores(v.data + from * v.position, v.position, v.channel, keys, gT, shape.E, ds);
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

  void finish() {
    const V scale[2] = {V(T(shape.scale)), V(T(shape.scale))};
    if (arrays.gq.data) this->transposed_out(gqT, shape.D, scale, arrays.gq);
  }
};

// All blocks of the queries that are asked, attention_blocks of them at a time.
template <class Some, class T, class Arrays>
void read_all(const AttentionShape<T>& shape, const Arrays& arrays, T* scratch) {
  T* const scores = scratch + attention_blocks * Some::room(shape);
  for (Index from = shape.first; from < shape.last;) {
    Some blocks[attention_blocks];
    Index count = 0, last_key = -1;
    for (; count < attention_blocks && from < shape.last; from += Some::width, ++count) {
      blocks[count] = Some(shape, from, arrays, scratch + count * Some::room(shape));
      last_key = blocks[count].last_key > last_key ? blocks[count].last_key : last_key;
    }
    for (Index key = 0; key <= last_key; key += tile_keys)
      for (Index i = 0; i < count; ++i)
        if (key <= blocks[i].last_key) blocks[i].read(key, scores);
    for (Index i = 0; i < count; ++i) blocks[i].finish();
  }
}

}  // namespace

template <class Arch, class T>
void Attention::operator()(Arch, const AttentionShape<T>* shape, const AttentionArrays<T>* arrays, T* scratch) const {
  const Index asked = shape->last - shape->first;
  if (0 < asked && asked <= attention_few) return Few<T, Arch>(*shape, *arrays, scratch)();
  read_all<Forward<T, Arch>>(*shape, *arrays, scratch);
}

template <class Arch, class T>
void AttentionBackward::operator()(Arch, const AttentionShape<T>* shape, const AttentionBackwardArrays<T>* arrays,
                                   T* scratch) const {
  const auto clear = [&](const Heads<T>& x, Index channels) {
    for (Index t = 0; t < shape->keys && x.data; ++t)
      for (Index c = 0; c < channels; ++c) x.data[t * x.position + c] = 0;
  };
  clear(arrays->gk, shape->D);
  clear(arrays->gv, shape->E);
  read_all<Backward<T, Arch>>(*shape, *arrays, scratch);
}

template void Attention::operator()(LATENT_ARCH, const AttentionShape<float>*, const AttentionArrays<float>*,
                                    float*) const;
template void Attention::operator()(LATENT_ARCH, const AttentionShape<double>*, const AttentionArrays<double>*,
                                    double*) const;
template void AttentionBackward::operator()(LATENT_ARCH, const AttentionShape<float>*,
                                            const AttentionBackwardArrays<float>*, float*) const;
template void AttentionBackward::operator()(LATENT_ARCH, const AttentionShape<double>*,
                                            const AttentionBackwardArrays<double>*, double*) const;

}  // namespace latent::kernels
