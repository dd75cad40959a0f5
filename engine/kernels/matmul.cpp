// Matrix product after Goto and van de Geijn (2008): pack blocks of A and B into the order in which the inner loop
// reads them, then compute C one register tile at a time.  Packing reads through strides, so a transposed operand costs
// nothing.  An operand that is read too few times to pay for packing is not packed: the register tile reads A through
// strides too.
//
// The order of each sum over k is given by tile.h, in blocks of matmul_depth.  It depends on k alone, so a row of C has
// the same bits in a product of any number of rows.
#include "engine/kernels/tile.h"

namespace latent::kernels {
namespace {

// Copy an (m, n) block into panels `Width` rows high, each stored column by column and padded with zeros.
template <class V, Index Width, class T> void pack(Matrix<const T> from, Index m, Index n, T* to) {
  for (Index i = 0; i < m; i += Width, to += Width * n) {
    const T* source = from.data + i * from.row_stride;
    const Index high = smaller(Width, m - i);
    if (from.column_stride == 1) {
      transpose_in<V, Width>([=](Index r) { return source + r * from.row_stride; }, high, n, to);
    } else if (from.row_stride == 1) {
      for (Index j = 0; j < n; ++j)
        for (Index r = 0; r < Width; r += V::size)  // the next column overwrites what exceeds this one
          (r < high ? load<V>(source + j * from.column_stride + r, high - r) : V(T(0)))
              .store_unaligned(to + j * Width + r);
    } else {
      for (Index j = 0; j < n; ++j)
        for (Index r = 0; r < Width; ++r)
          to[j * Width + r] = r < high ? source[r * from.row_stride + j * from.column_stride] : T(0);
    }
  }
}

template <class T> Matrix<const T> block(Matrix<const T> m, Index i, Index j) {
  return {m.data + i * m.row_stride + j * m.column_stride, m.row_stride, m.column_stride};
}

// Writes the first `wide` columns of a tile's sums into C: added to C's values, or to the bias, or alone.
template <class V, int Rows, class T>
void finish(const V (&sum)[Rows][2], T* to, Index row, Index wide, bool add, const T* bias) {
  constexpr Index lanes = V::size;
  for (Index half = 0; half < 2; ++half) {
    const Index left = wide - half * lanes;
    if (left <= 0) return;
    const V start = bias ? load<V>(bias + half * lanes, left) : V(T(0));
    for (Index r = 0; r < Rows; ++r) {
      T* const at = to + r * row + half * lanes;
      store<V>(sum[r][half] + (add ? load<V>(at, left) : start), at, left);
    }
  }
}

}  // namespace

template <class Arch, class T>
void MatMul::operator()(Arch, Matrix<const T> a, Matrix<const T> b, const T* bias, Matrix<T> c, Index m, Index n,
                        Index k, T* scratch) const {
  using tile = Tile<T, Arch>;
  using V = typename tile::V;
  constexpr Index rows = tile::rows, columns = tile::columns;
  static_assert(matmul_rows % rows == 0 && matmul_columns % columns == 0);
  T* const packed_a = scratch;
  T* const packed_b = scratch + matmul_rows * smaller(k, matmul_depth) + matmul_spill;
  // A few rows, as in decoding, use each panel of B as soon as it is packed.
  const bool few = m <= rows;
  const Index columns_at_once = few ? columns : matmul_columns;
  const bool packs_a = !few && n > 4 * columns;
  const bool packs_b = b.column_stride != 1 || n % columns != 0 || m > 32 * rows;
  for (Index p = 0; p == 0 || p < k; p += matmul_depth) {
    const Index depth = smaller(k - p, matmul_depth);
    for (Index j = 0; j < n; j += columns_at_once) {
      const Index wide = smaller(n - j, columns_at_once);
      const Matrix<const T> right = block(b, p, j);
      if (packs_b)
        pack<V, columns>(Matrix<const T>{right.data, right.column_stride, right.row_stride}, wide, depth, packed_b);
      for (Index i = 0; i < m; i += matmul_rows) {
        const Index tall = smaller(m - i, matmul_rows);
        const Matrix<const T> left = block(a, i, p);
        if (packs_a) pack<V, rows>(left, tall, depth, packed_a);
        for (Index jj = 0; jj < wide; jj += columns) {
          const T* const panel = packs_b ? packed_b + jj * depth : right.data + jj;
          tile::for_each_tile(tall, [&](Index ii, auto high) {
            T* const to = c.data + (i + ii) * c.row_stride + j + jj;
            for (Index r = 0; r < high; ++r) {  // C is fetched while the sums are made
              __builtin_prefetch(to + r * c.row_stride, 1);
              __builtin_prefetch(to + r * c.row_stride + columns - 1, 1);
            }
            const typename tile::template Sums<high> sums(
                packs_a ? packed_a + ii * depth : left.data + ii * left.row_stride, packs_a ? 1 : left.row_stride,
                packs_a ? rows : left.column_stride, panel, packs_b ? columns : right.row_stride, depth);
            finish(sums.sum, to, c.row_stride, wide - jj, p > 0, bias ? bias + j + jj : nullptr);
          });
        }
      }
    }
  }
}

[[gnu::used]] constexpr auto emitted = emit<MatMul>();

}  // namespace latent::kernels
