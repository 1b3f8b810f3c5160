// Products of float32 matrices: panels packed for the vector registers, tiles of the result held in them (after Goto & van de
// Geijn 2008, "Anatomy of high-performance matrix multiplication"). The order of every sum is the same for any number of threads.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <type_traits>

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
// Up to so many tiles of rows stay in the second-level cache while the columns pass.
constexpr int64_t kFewTiles = 16;

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

// What a product packs for all threads, and what a thread packs for itself: two places a thread, whatever is multiplied.
enum Packed { kShared, kOwn };

template <Packed kPlace>
inline float* ScratchOf(int64_t floats) {
  static thread_local Scratch scratch;
  return scratch.Of(floats);
}

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
template <int kRows>
inline void Tile(int64_t depth, const float* a, const float* b, float* c, int64_t stride, bool add, const float* bias,
                 int64_t rows, int64_t columns) {
  Vector sum[kRows][2] = {};
  for (int64_t k = 0; k < depth; k++) {
    const Vector b0 = *reinterpret_cast<const Vector*>(b), b1 = *reinterpret_cast<const Vector*>(b + kVector);
#pragma GCC unroll 16
    for (int row = 0; row < kRows; row++) {
      const Vector x = a[row] - Vector{};
      sum[row][0] += x * b0;
      sum[row][1] += x * b1;
    }
    a += kRows;
    b += kTileColumns;
  }
  if (rows == kRows && columns == kTileColumns) {
    LooseVector bias0{}, bias1{};
    if (bias) bias0 = *reinterpret_cast<const LooseVector*>(bias), bias1 = *reinterpret_cast<const LooseVector*>(bias + kVector);
#pragma GCC unroll 16
    for (int row = 0; row < kRows; row++) {
      LooseVector* at = reinterpret_cast<LooseVector*>(c + row * stride);
      LooseVector* next = reinterpret_cast<LooseVector*>(c + row * stride + kVector);
      *at = sum[row][0] + bias0 + (add ? *at : LooseVector{});
      *next = sum[row][1] + bias1 + (add ? *next : LooseVector{});
    }
    return;
  }
  float held[kRows * kTileColumns];
#pragma GCC unroll 16
  for (int row = 0; row < kRows; row++) {
    *reinterpret_cast<LooseVector*>(held + row * kTileColumns) = sum[row][0];
    *reinterpret_cast<LooseVector*>(held + row * kTileColumns + kVector) = sum[row][1];
  }
  for (int64_t row = 0; row < rows; row++)
    for (int64_t column = 0; column < columns; column++) {
      float& at = c[row * stride + column];
      at = held[row * kTileColumns + column] + (bias ? bias[column] : 0) + (add ? at : 0);
    }
}

// A part of the sum of a product: rows of `a`, columns of `b`, the result and the bias as they are; `add` to what is there.
struct Part {
  int64_t rows, columns, depth;
  Matrix a, b;
  float* c;
  int64_t stride;
  bool add;
  const float* bias;
};

// Packs panels [begin, end) of rows, or of columns, to `to`.
template <int kRows>
inline void PackRows(const Part& of, int64_t begin, int64_t end, float* to) {
  for (int64_t panel = begin; panel < end; panel++, to += kRows * of.depth) {
    const int64_t row = panel * kRows, left = of.rows - row;
    PackPanel<kRows>(of.a.data + row * of.a.row, of.a.row, of.a.column, left < kRows ? left : kRows, of.depth, to);
  }
}

inline void PackColumns(const Part& of, int64_t begin, int64_t end, float* to) {
  for (int64_t panel = begin; panel < end; panel++, to += kTileColumns * of.depth) {
    const int64_t column = panel * kTileColumns, left = of.columns - column;
    PackPanel<kTileColumns>(of.b.data + column * of.b.column, of.b.column, of.b.row,
                            left < kTileColumns ? left : kTileColumns, of.depth, to);
  }
}

// The result where panels [top, bottom) of rows meet panels [left, right) of columns, each packed from its first on.
template <int kRows>
inline void Tiles(const Part& of, int64_t top, int64_t bottom, int64_t left, int64_t right, const float* rows,
                  const float* columns) {
  // Some panels of columns at a time stay in the second-level cache, a panel of rows in the first.
  for (int64_t start = left; start < right; start += kGroup) {
    const int64_t end = start + kGroup < right ? start + kGroup : right;
    for (int64_t y = top; y < bottom; y++) {
      const int64_t row = y * kRows, high = of.rows - row < kRows ? of.rows - row : kRows;
      for (int64_t x = start; x < end; x++) {
        const int64_t column = x * kTileColumns, wide = of.columns - column < kTileColumns ? of.columns - column : kTileColumns;
        Tile<kRows>(of.depth, rows + (y - top) * kRows * of.depth, columns + (x - left) * kTileColumns * of.depth,
                    of.c + row * of.stride + column, of.stride, of.add, of.bias ? of.bias + column : nullptr, high, wide);
      }
    }
  }
}

// Calls body with a constant: how many rows a tile has, so that the last tile is about as full as the others.
template <int kRows = kTileRows, class Body>
inline void WithTileRows(int64_t rows, const Body& body) {
  if constexpr (kRows > 1)
    if (Panels(rows, Panels(rows, kTileRows)) < kRows) return WithTileRows<kRows - 1>(rows, body);
  body(std::integral_constant<int, kRows>{});
}

// Calls body for each part of the sum of c = a · b (+ bias).
template <class Body>
inline void ForParts(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b, float* c,
                     int64_t stride, const float* bias, const Body& body) {
  for (int64_t from = 0, part = DepthOf(depth); from < depth; from += part) {
    const int64_t deep = depth - from < part ? depth - from : part;
    const float* last = from + deep == depth ? bias : nullptr;
    body(Part{rows, columns, deep, a.From(0, from), b.From(from, 0), c, stride, from > 0, last});
  }
}

// Many rows: columns are packed once for all threads, which take blocks of rows. Small parts: no thread waits long for the last.
template <int kRows>
inline void ManyRows(const Part& of) {
  const int64_t panels = Panels(of.columns, kTileColumns), blocks = Panels(of.rows, kRows);
  float* packed = ScratchOf<kShared>(panels * kTileColumns * of.depth + kSpill);
  Pool::Get().Run(panels, Panels(kGrain, kTileColumns * of.depth), [&](int64_t begin, int64_t end) {
    PackColumns(of, begin, end, packed + begin * kTileColumns * of.depth);
  });
  const auto block = [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += kBlock) {
      const int64_t stop = at + kBlock < end ? at + kBlock : end;
      float* rows = ScratchOf<kOwn>((stop - at) * kRows * of.depth + kSpill);
      PackRows<kRows>(of, at, stop, rows);
      Tiles<kRows>(of, at, stop, 0, panels, rows, packed);
    }
  };
  Pool::Get().Run(blocks, 1, block, 12);
}

// Few rows: they are packed once for all threads, which take columns; a column that few rows meet is used where it was packed.
template <int kRows>
inline void FewRows(const Part& of, bool alone) {
  const int64_t panels = Panels(of.columns, kTileColumns), blocks = Panels(of.rows, kRows);
  float* rows = ScratchOf<kShared>(blocks * kRows * of.depth + kSpill);
  PackRows<kRows>(of, 0, blocks, rows);
  const auto group = [&](int64_t begin, int64_t end) {
    float* packed = ScratchOf<kOwn>(kGroup * kTileColumns * of.depth + kSpill);
    for (int64_t at = begin; at < end; at += kGroup) {
      const int64_t stop = at + kGroup < end ? at + kGroup : end;
      PackColumns(of, at, stop, packed);
      Tiles<kRows>(of, 0, blocks, at, stop, rows, packed);
    }
  };
  if (alone) group(0, panels);
  else Pool::Get().Run(panels, 1, group);
}

// c = a · b (+ bias) on all threads: a [rows, depth], b [depth, columns], c with `stride` from row to row.
inline void Gemm(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b, float* c, int64_t stride,
                 const float* bias) {
  if (rows == 0 || columns == 0) return;
  if (depth == 0) {
    for (int64_t row = 0; row < rows; row++)
      for (int64_t column = 0; column < columns; column++) c[row * stride + column] = bias ? bias[column] : 0;
    return;
  }
  const int64_t blocks = Panels(rows, kTileRows);
  const bool few = blocks <= kFewTiles && blocks <= Panels(columns, kTileColumns), alone = rows * columns * depth < 1 << 18;
  WithTileRows(rows, [&](auto height) {
    ForParts(rows, columns, depth, a, b, c, stride, bias, [&](const Part& part) {
      if (few || alone) FewRows<height.value>(part, alone);
      else ManyRows<height.value>(part);
    });
  });
}

// The same on the calling thread alone, for products that many threads do side by side.
inline void SmallGemm(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b, float* c,
                      int64_t stride) {
  WithTileRows(rows, [&](auto height) {
    ForParts(rows, columns, depth, a, b, c, stride, nullptr, [&](const Part& part) { FewRows<height.value>(part, true); });
  });
}

}  // namespace af
