// Products of float32 matrices: panels packed for the vector registers, tiles of the result held in them (after Goto & van de
// Geijn 2008, "Anatomy of high-performance matrix multiplication"). The order of every sum is the same for any number of threads.
#pragma once
#include <cstdint>
#include <cstdlib>

#include <sys/mman.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "parallel.h"

namespace af {

#if defined(__AVX512F__)
constexpr int kVector = 16, kTileRows = 14;
#elif defined(__AVX2__) && defined(__FMA__)
constexpr int kVector = 8, kTileRows = 6;
#else
constexpr int kVector = 4, kTileRows = 4;
#endif
constexpr int kTileColumns = 2 * kVector;
// How much of a sum is done at a time, at most: rows and columns of this depth lie in the second-level cache.
constexpr int64_t kDepth = 512;

typedef float Vector __attribute__((vector_size(4 * kVector)));
typedef float LooseVector __attribute__((vector_size(4 * kVector), aligned(4), may_alias));

// Element (i, j) stands at data[i · row + j · column].
struct Matrix {
  const float* data;
  int64_t row, column;
  Matrix From(int64_t i, int64_t j) const { return {data + i * row + j * column, row, column}; }
};

// How many tiles of rows are packed at a time, and how many of columns are gone through before the next rows.
constexpr int64_t kBlock = 32, kGroup = 8;

// Memory that a thread keeps from call to call.
class Scratch {
 public:
  ~Scratch() { std::free(data_); }
  float* Of(int64_t floats) {
    if (floats > size_) {
      std::free(data_);
      size_ = floats;
      constexpr size_t kHuge = 1 << 21;
      const size_t bytes = floats * sizeof(float), unit = bytes < kHuge ? 64 : kHuge;
      data_ = static_cast<float*>(std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit));
      if (unit == kHuge) madvise(data_, (bytes + unit - 1) / unit * unit, MADV_HUGEPAGE);
    }
    return data_;
  }

 private:
  float* data_ = nullptr;
  int64_t size_ = 0;
};

inline int64_t Panels(int64_t count, int64_t width) { return (count + width - 1) / width; }

// A sum in equal parts of at most kDepth.
inline int64_t DepthOf(int64_t depth) { return depth == 0 ? 1 : Panels(depth, Panels(depth, kDepth)); }

#if defined(__AVX512F__)

// Sixteen numbers of each of `count` rows as sixteen runs of `count` numbers, `width` apart. Each run is written as sixteen: the
// next one covers what is too much, and the last needs room behind it.
inline void TurnSixteen(const float* from, int64_t along, int count, float* to, int width) {
  __m512 a[16], b[16];
  for (int i = 0; i < 16; i++) b[i] = _mm512_loadu_ps(from + (i < count ? i : count - 1) * along);
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_ps(b[i], b[i + 1]);
    a[i + 1] = _mm512_unpackhi_ps(b[i], b[i + 1]);
  }
  const auto low = [](__m512 x, __m512 y) {
    return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)));
  };
  const auto high = [](__m512 x, __m512 y) {
    return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)));
  };
  for (int i = 0; i < 16; i += 4) {
    b[i] = low(a[i], a[i + 2]);
    b[i + 1] = high(a[i], a[i + 2]);
    b[i + 2] = low(a[i + 1], a[i + 3]);
    b[i + 3] = high(a[i + 1], a[i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    const __m512 even = _mm512_shuffle_f32x4(b[i], b[4 + i], 0x88), odd = _mm512_shuffle_f32x4(b[i], b[4 + i], 0xdd);
    const __m512 even2 = _mm512_shuffle_f32x4(b[8 + i], b[12 + i], 0x88), odd2 = _mm512_shuffle_f32x4(b[8 + i], b[12 + i], 0xdd);
    a[i] = _mm512_shuffle_f32x4(even, even2, 0x88);
    a[4 + i] = _mm512_shuffle_f32x4(odd, odd2, 0x88);
    a[8 + i] = _mm512_shuffle_f32x4(even, even2, 0xdd);
    a[12 + i] = _mm512_shuffle_f32x4(odd, odd2, 0xdd);
  }
  for (int i = 0; i < 16; i++) _mm512_storeu_ps(to + i * width, a[i]);
}

#endif

// Room behind a packed panel that may be written to.
constexpr int64_t kSpill = 16;

// Packs `width` rows (or columns) as [depth, width], zeros where there are fewer. `along` is the step from one to the next,
// `down` that of the sum.
template <int kWidth>
inline void PackPanel(const float* from, int64_t along, int64_t down, int64_t count, int64_t depth, float* to) {
  if (count < kWidth)
    for (int64_t i = 0; i < depth * kWidth; i++) to[i] = 0;
  if (along == 1 && count == kWidth) {
    for (int64_t k = 0; k < depth; k++)
      for (int i = 0; i < kWidth; i++) to[k * kWidth + i] = from[k * down + i];
    return;
  }
  int64_t first = 0;
#if defined(__AVX512F__)
  // In order of the sum, so that what a run writes too much is covered by the next.
  if (down == 1 && count == kWidth)
    for (; first + 16 <= depth; first += 16)
      for (int part = 0; part < kWidth; part += 16)
        TurnSixteen(from + part * along + first, along, kWidth - part < 16 ? kWidth - part : 16, to + first * kWidth + part, kWidth);
#endif
  // Some rows at a time, so that what is written stays in the first-level cache.
  for (int64_t start = first; start < depth; start += 64) {
    const int64_t end = start + 64 < depth ? start + 64 : depth;
    for (int64_t i = 0; i < count; i++) {
      const float* at = from + i * along;
      for (int64_t k = start; k < end; k++) to[k * kWidth + i] = at[k * down];
    }
  }
}

// A tile of the result from a panel of rows and a panel of columns. `bias` belongs to the tile's columns, or is null.
inline void Tile(int64_t depth, const float* a, const float* b, float* c, int64_t stride, bool add, const float* bias,
                 int64_t rows, int64_t columns) {
  Vector sum[kTileRows][2] = {};
  for (int64_t k = 0; k < depth; k++) {
    const Vector b0 = *reinterpret_cast<const Vector*>(b), b1 = *reinterpret_cast<const Vector*>(b + kVector);
#pragma GCC unroll 16
    for (int row = 0; row < kTileRows; row++) {
      const Vector x = a[row] - Vector{};
      sum[row][0] += x * b0;
      sum[row][1] += x * b1;
    }
    a += kTileRows;
    b += kTileColumns;
  }
  if (rows == kTileRows && columns == kTileColumns) {
    LooseVector bias0{}, bias1{};
    if (bias) bias0 = *reinterpret_cast<const LooseVector*>(bias), bias1 = *reinterpret_cast<const LooseVector*>(bias + kVector);
#pragma GCC unroll 16
    for (int row = 0; row < kTileRows; row++) {
      LooseVector* at = reinterpret_cast<LooseVector*>(c + row * stride);
      LooseVector* next = reinterpret_cast<LooseVector*>(c + row * stride + kVector);
      *at = sum[row][0] + bias0 + (add ? *at : LooseVector{});
      *next = sum[row][1] + bias1 + (add ? *next : LooseVector{});
    }
    return;
  }
  float held[kTileRows * kTileColumns];
#pragma GCC unroll 16
  for (int row = 0; row < kTileRows; row++) {
    *reinterpret_cast<LooseVector*>(held + row * kTileColumns) = sum[row][0];
    *reinterpret_cast<LooseVector*>(held + row * kTileColumns + kVector) = sum[row][1];
  }
  for (int64_t row = 0; row < rows; row++)
    for (int64_t column = 0; column < columns; column++) {
      float& at = c[row * stride + column];
      at = held[row * kTileColumns + column] + (bias ? bias[column] : 0) + (add ? at : 0);
    }
}

// Rows [first, last) of the result, a part of the sum, from packed columns.
inline void RowBlock(int64_t first, int64_t last, int64_t columns, int64_t depth, const Matrix& a, const float* packed,
                     float* c, int64_t stride, bool add, const float* bias) {
  static thread_local Scratch scratch;
  const int64_t panels = Panels(last - first, kTileRows);
  float* rows = scratch.Of(panels * kTileRows * depth + kSpill);
  for (int64_t panel = 0; panel < panels; panel++) {
    const int64_t row = first + panel * kTileRows, left = last - row;
    PackPanel<kTileRows>(a.data + row * a.row, a.row, a.column, left < kTileRows ? left : kTileRows, depth,
                         rows + panel * kTileRows * depth);
  }
  // Some panels of columns at a time stay in the second-level cache, a panel of rows in the first.
  for (int64_t start = 0; start < columns; start += kGroup * kTileColumns) {
    const int64_t end = start + kGroup * kTileColumns < columns ? start + kGroup * kTileColumns : columns;
    for (int64_t panel = 0; panel < panels; panel++) {
      const int64_t row = first + panel * kTileRows, high = last - row < kTileRows ? last - row : kTileRows;
      for (int64_t column = start; column < end; column += kTileColumns) {
        const int64_t wide = columns - column < kTileColumns ? columns - column : kTileColumns;
        Tile(depth, rows + panel * kTileRows * depth, packed + column * depth, c + row * stride + column, stride, add,
             bias ? bias + column : nullptr, high, wide);
      }
    }
  }
}

inline void PackColumns(int64_t begin, int64_t end, int64_t columns, int64_t depth, const Matrix& b, float* packed) {
  for (int64_t panel = begin; panel < end; panel++) {
    const int64_t column = panel * kTileColumns, left = columns - column;
    PackPanel<kTileColumns>(b.data + column * b.column, b.column, b.row, left < kTileColumns ? left : kTileColumns, depth,
                            packed + column * depth);
  }
}

// c = a · b (+ bias) on all threads: a [rows, depth], b [depth, columns], c with `stride` from row to row.
inline void Gemm(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b, float* c, int64_t stride,
                 const float* bias) {
  static thread_local Scratch scratch;
  if (rows == 0 || columns == 0) return;
  if (depth == 0) {
    for (int64_t row = 0; row < rows; row++)
      for (int64_t column = 0; column < columns; column++) c[row * stride + column] = bias ? bias[column] : 0;
    return;
  }
  const int64_t panels = Panels(columns, kTileColumns);
  float* packed = scratch.Of(panels * kTileColumns * DepthOf(depth) + kSpill);
  const int64_t blocks = Panels(rows, kTileRows);
  const bool small = rows * columns * depth < 1 << 18;
  for (int64_t from = 0, part = DepthOf(depth); from < depth; from += part) {
    const int64_t deep = depth - from < part ? depth - from : part;
    const Matrix left = a.From(0, from), right = b.From(from, 0);
    Pool::Get().Run(panels, small ? panels : Panels(kGrain, kTileColumns * deep), [&](int64_t begin, int64_t end) {
      PackColumns(begin, end, columns, deep, right, packed);
    });
    const float* last = from + deep == depth ? bias : nullptr;
    // Small parts: no thread waits long for the last one.
    const auto block = [&](int64_t begin, int64_t end) {
      for (int64_t at = begin; at < end; at += kBlock) {
        const int64_t stop = at + kBlock < end ? at + kBlock : end;
        const int64_t bottom = stop * kTileRows < rows ? stop * kTileRows : rows;
        RowBlock(at * kTileRows, bottom, columns, deep, left, packed, c, stride, from > 0, last);
      }
    };
    Pool::Get().Run(blocks, small ? blocks : 1, block, 12);
  }
}

// The same on the calling thread alone, for products that many threads do side by side.
inline void SmallGemm(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b, float* c,
                      int64_t stride) {
  static thread_local Scratch scratch;
  const int64_t panels = Panels(columns, kTileColumns);
  for (int64_t from = 0, part = DepthOf(depth); from < depth; from += part) {
    const int64_t deep = depth - from < part ? depth - from : part;
    float* packed = scratch.Of(panels * kTileColumns * DepthOf(depth) + kSpill);
    PackColumns(0, panels, columns, deep, b.From(from, 0), packed);
    RowBlock(0, rows, columns, deep, a.From(0, from), packed, c, stride, from > 0, nullptr);
  }
}

}  // namespace af
