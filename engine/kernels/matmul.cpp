// Matrix product after Goto and van de Geijn (2008): pack blocks of A and B into the order in which the inner loop reads
// them, then compute C one register tile at a time.  Packing reads through strides, so a transposed operand costs nothing.
#include "engine/kernels/tile.h"

namespace latent::kernels {
namespace {

constexpr Index round_up(Index n, Index to) { return (n + to - 1) / to * to; }

// Copy an (m, n) block into panels `Width` rows high, each stored column by column and padded with zeros.
template <Index Width, class T> void pack(Matrix<const T> from, Index m, Index n, T* to) {
  for (Index i = 0; i < m; i += Width, to += Width * n) {
    const T* source = from.data + i * from.row;
    const Index high = smaller(Width, m - i);
    if (high < Width)
      for (Index j = 0; j < Width * n; ++j) to[j] = T(0);
    if (from.row == 1 && high == Width) {
      for (Index j = 0; j < n; ++j)
        for (Index r = 0; r < Width; ++r) to[j * Width + r] = source[j * from.column + r];
    } else {
      for (Index r = 0; r < high; ++r)
        for (Index j = 0; j < n; ++j) to[j * Width + r] = source[r * from.row + j * from.column];
    }
  }
}

template <class T> Matrix<const T> block(Matrix<const T> m, Index i, Index j) {
  return {m.data + i * m.row + j * m.column, m.row, m.column};
}

}  // namespace

template <class Arch, class T>
void MatMul::operator()(Arch, Matrix<const T> a, Matrix<const T> b, const T* bias, Matrix<T> c, Index m, Index n,
                        Index k, T* scratch) const {
  using tile = Tile<T, Arch>;
  using V = typename tile::V;
  constexpr Index rows = tile::rows, columns = tile::columns, lanes = tile::lanes;
  static_assert(matmul_rows % rows == 0 && matmul_columns % columns == 0);
  T* const packed_a = scratch;
  T* const packed_b = scratch + matmul_rows * matmul_depth;
  for (Index p = 0; p == 0 || p < k; p += matmul_depth) {
    const Index depth = smaller(k - p, matmul_depth);
    for (Index j = 0; j < n; j += matmul_columns) {
      const Index wide = smaller(n - j, matmul_columns);
      const Matrix<const T> bt = block(b, p, j);
      pack<columns>(Matrix<const T>{bt.data, bt.column, bt.row}, wide, depth, packed_b);
      for (Index i = 0; i < m; i += matmul_rows) {
        const Index tall = smaller(m - i, matmul_rows);
        pack<rows>(block(a, i, p), tall, depth, packed_a);
        for (Index jj = 0; jj < wide; jj += columns)
          for (Index ii = 0; ii < tall; ii += rows) {
            const typename tile::template Sums<int(rows), 2> sums(packed_a + ii * depth, 1, rows, packed_b + jj * depth,
                                                                  columns, depth);
            T* to = c.data + (i + ii) * c.row + j + jj;
            for (Index r = 0; r < smaller(rows, tall - ii); ++r, to += c.row)
              for (Index half = 0; half < 2; ++half)
                if (const Index left = wide - jj - half * lanes; left > 0) {
                  V sum = sums.sum[r][half];
                  if (p > 0)
                    sum += load<V>(to + half * lanes, left);
                  else if (bias)
                    sum += load<V>(bias + j + jj + half * lanes, left);
                  store<V>(sum, to + half * lanes, left);
                }
          }
      }
    }
  }
}

template void MatMul::operator()(LATENT_ARCH, Matrix<const float>, Matrix<const float>, const float*, Matrix<float>,
                                 Index, Index, Index, float*) const;
template void MatMul::operator()(LATENT_ARCH, Matrix<const double>, Matrix<const double>, const double*, Matrix<double>,
                                 Index, Index, Index, double*) const;

}  // namespace latent::kernels
