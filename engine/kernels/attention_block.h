// Attention in one pass over the keys (Milakov and Gimelshein 2018; Rabe and Staats 2021; Dao et al. 2022): the parts
// that attention.cpp, the forward pass, and attention_backward.cpp share.
//
// The queries of all heads that share a key/value head are one list of rows: row = head * N + position.  A block is
// `width` consecutive rows, one per SIMD lane; it may span heads.  Its scores of one tile of keys:
//
//               query r = 0 ... lanes-1   lanes ... width-1
//                       +---------------+-------------------+
//         key t = 0     |   register    |     register      |     s[t * width + r]
//               ...     |     ...       |       ...         |
//         tile_keys - 1 |   register    |     register      |
//                       +---------------+-------------------+
//
// Maximum and sum of a query run down its lane, never across lanes.  Keys and values are read in place, not packed.
// The online softmax keeps for each query its maximum m (`most`), sum l and totals o.  A tile changes them to
//
//   m' = max(m, max s)
//   l' = l exp(m - m') + sum exp(s - m')
//   o' = o exp(m - m') + VT exp(s - m')        VT: V transposed; after the last tile the result is o / l
#pragma once
#include <limits>

#include "engine/kernels/elementary.h"
#include "engine/kernels/tile.h"

namespace latent::kernels {
namespace {

constexpr Index tile_keys = attention_tile;

// total = total keep + more; `lost` gathers the rounding errors (Knuth's two-sum), and is added at the end: there may
// be very many tiles.  A tile whose keys are all hidden changes neither.
template <class V> void add(V& total, V& lost, const V& keep, const V& more) {
  const V kept = total * keep, sum = kept + more, added = sum - kept;
  const V rest = (kept - (sum - added)) + (more - added);
  total = sum;
  lost = multiply_add(lost, keep, xsimd::select(rest == rest, rest, V(0)));  // NaN where the sum is infinite
}

template <class T, class Arch> struct Block {
  using tile = Tile<T, Arch>;  // the register tile of products, not a tile of keys
  using V = typename tile::V;
  static constexpr Index lanes = tile::lanes, width = tile::columns;
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  AttentionShape<T> shape;
  Index first, count;  // rows [first, first + count) fill the lanes
  Index last_key;      // the last key that any of them may see

  Block() = default;
  Block(const AttentionShape<T>& s, Index from) : shape(s), first(from) {
    count = smaller(width, s.last - from);
    last_key = -1;
    for (Index r = 0; r < count; ++r) last_key = limit(r) > last_key ? limit(r) : last_key;
  }

  Index head(Index r) const { return (first + r) / shape.N; }
  Index position(Index r) const { return (first + r) % shape.N; }
  // The last key that row r may see; the number of keys in the tile that begins at `from`
  Index limit(Index r) const { return shape.causal ? shape.keys - shape.N + position(r) : shape.keys - 1; }
  Index keys_from(Index from) const { return smaller(tile_keys, last_key + 1 - from); }

  // Where each query's row begins; lanes without a query repeat the first row.
  template <class U> struct RowsOf {
    U* row[width];
    Index channel_stride;
    RowsOf(const Block& block, Heads<U> x) : channel_stride(x.channel_stride) {
      const Index N = block.shape.N;
      Index head = block.head(0), position = block.position(0);
      for (Index r = 0; r < width; ++r) {
        row[r] = r < block.count ? x.data + head * x.head_stride + position * x.position_stride : row[0];
        if (++position == N) position = 0, ++head;
      }
    }
  };

  // to (channels, width) = the rows, transposed and scaled; lanes without a query are 0
  void transposed(const RowsOf<const T>& rows, Index channels, T factor, T* to) const {
    if (rows.channel_stride == 1) {
      transpose_in<V, width>([&](Index r) { return rows.row[r]; }, count, channels, to);
    } else {
      for (Index c = 0; c < channels; ++c)
        for (Index r = 0; r < width; ++r) to[c * width + r] = r < count ? rows.row[r][c * rows.channel_stride] : T(0);
    }
    if (factor != 1)
      for (Index i = 0; i < channels * width; i += lanes)
        (V(factor) * V::load_unaligned(to + i)).store_unaligned(to + i);
  }

  // The rows of `to` = from (channels, width) + its `lost`, transposed, each query times its factor
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

  // Calls f(score, number) for every score of these keys and its number in `numbers`; the score of row r and key t is
  // s[r * row_step + t * key_step].
  template <class F>
  void for_each_score(const PerScore<T>& numbers, T* s, Index row_step, Index key_step, Index from, Index keys,
                      F f) const {
    for (Index r = 0; r < count && numbers.data; ++r) {
      const T* row =
          numbers.data + head(r) * numbers.head_stride + position(r) * numbers.query_stride + from * numbers.key_stride;
      for (Index t = 0; t < keys; ++t) f(s[r * row_step + t * key_step], row[t * numbers.key_stride]);
    }
  }

  // Adds the bias to the scores.  Scores of hidden keys become -infinity, even from NaN.
  void hide(T* s, Index row_step, Index key_step, Index from, Index keys) const {
    for_each_score(shape.bias, s, row_step, key_step, from, keys,
                   [](T& score, T bias) { score = bias == -infinity ? -infinity : score + bias; });
    for_each_score(shape.mask, s, row_step, key_step, from, keys,
                   [](T& score, T visible) { score = visible == 0 ? -infinity : score; });
    for (Index r = 0; r < count && shape.causal; ++r)
      for (Index t = limit(r) + 1 > from ? limit(r) + 1 - from : 0; t < keys; ++t)
        s[r * row_step + t * key_step] = -infinity;
  }

  // The totals of a block that sees no key, and their `lost`
  static void clear(T* totals, Index channels) {
    for (Index i = 0; i < 2 * channels * width; ++i) totals[i] = 0;
  }

  // totals (channels, width) = totals * keep + XT (channels, keys) s (keys, width); their `lost` lies behind them.
  // The first tile of keys overwrites the totals, and loses nothing.
  static void accumulate(const Heads<const T>& x, Index from, Index keys, Index channels, const T* s, const V* keep,
                         T* totals) {
    const auto add_to = [=, first = keep[0], second = keep[1]](const auto& sum, Index c, auto high) {
      const V kept[2] = {first, second};
      for (int i = 0; i < high; ++i)
        for (int j = 0; j < 2; ++j) {
          T* const at = totals + (c + i) * width + j * lanes;
          T* const lost_at = at + channels * width;
          if (from == 0) {
            (V(0) + sum[i][j]).store_unaligned(at);
            V(0).store_unaligned(lost_at);
            continue;
          }
          V total = V::load_unaligned(at), lost = V::load_unaligned(lost_at);
          add(total, lost, kept[j], sum[i][j]);
          total.store_unaligned(at);
          lost.store_unaligned(lost_at);
        }
    };
    tile::for_each_tile(x.data + from * x.position_stride, x.channel_stride, x.position_stride, channels, s, width,
                        keys, add_to);
  }

  // to (keys, channels), from key `from` on, += s (keys, width) rows (width, padded channels)
  static void spread(const T* s, Index from, Index keys, const T* rows, Index padded, Index channels, Index depth,
                     const Heads<T>& to) {
    T* const begin = to.data + from * to.position_stride;
    const Index step = to.position_stride;
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
      if (rows.channel_stride == 1) {
        for (Index c = 0; c < padded; c += lanes)
          (V(factor) * (c < channels ? load<V>(from + c, channels - c) : V(T(0)))).store_unaligned(to + c);
      } else {
        for (Index c = 0; c < padded; ++c) to[c] = c < channels ? factor * from[c * rows.channel_stride] : T(0);
      }
    }
  }

  // m' (most), l' (sum) and keep = exp(m - m') from a tile of scores, which become exp(s - m')
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

// All blocks of rows [first, last), attention_blocks at a time: they read each tile of keys in turn, while it is in
// the cache.  scratch: the room of each block, then a tile of scores (backward: two).
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
}  // namespace latent::kernels
