// Philox4x32-10 (Salmon et al. 2011), the same words as TensorFlow's StatelessRandomUniformFullInt.
#pragma once
#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace af {

// Key, upper half of the counter, and the threshold below which a word, as a signed number, is dropped.
struct Random {
  uint32_t key0, key1, counter2, counter3;
  int32_t threshold;
};

// Blocks of four words that are made side by side.
constexpr int kLanes = 32;

#if defined(__AVX512F__)

// Blocks first … first + 31: one a 64-bit lane, of which the products read the lower half; what lies in the upper half is
// never used. Four vectors at a time, as one alone would wait for its products.
inline void Words(const Random& random, int64_t first, int32_t* out) {
  const __m512i m0 = _mm512_set1_epi64(0xd2511f53u), m1 = _mm512_set1_epi64(0xcd9e8d57u);
  __m512i c0[4], c1[4], c2[4], c3[4];
  for (int i = 0; i < 4; i++) {
    c0[i] = _mm512_add_epi64(_mm512_set1_epi64(first + 8 * i), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
    c1[i] = _mm512_setzero_si512();
    c2[i] = _mm512_set1_epi64(random.counter2);
    c3[i] = _mm512_set1_epi64(random.counter3);
  }
  uint32_t k0 = random.key0, k1 = random.key1;
  for (int round = 0; round < 10; round++) {
    const __m512i key0 = _mm512_set1_epi64(k0), key1 = _mm512_set1_epi64(k1);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      const __m512i p = _mm512_mul_epu32(c0[i], m0), q = _mm512_mul_epu32(c2[i], m1);
      c0[i] = _mm512_ternarylogic_epi64(_mm512_srli_epi64(q, 32), c1[i], key0, 0x96);
      c2[i] = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p, 32), c3[i], key1, 0x96);
      c1[i] = q;
      c3[i] = p;
    }
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  const __m512i low = _mm512_set1_epi64(0xffffffffu);
  const __m512i front = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), back = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
  for (int i = 0; i < 4; i++) {
    const __m512i even = _mm512_or_si512(_mm512_and_si512(c0[i], low), _mm512_slli_epi64(c1[i], 32));
    const __m512i odd = _mm512_or_si512(_mm512_and_si512(c2[i], low), _mm512_slli_epi64(c3[i], 32));
    _mm512_storeu_si512(out + 32 * i, _mm512_permutex2var_epi64(even, front, odd));
    _mm512_storeu_si512(out + 32 * i + 16, _mm512_permutex2var_epi64(even, back, odd));
  }
}

#elif defined(__AVX2__)

// Four blocks, as above.
inline void FourBlocks(const Random& random, int64_t first, int32_t* out) {
  const __m256i m0 = _mm256_set1_epi64x(0xd2511f53u), m1 = _mm256_set1_epi64x(0xcd9e8d57u);
  __m256i c0 = _mm256_add_epi64(_mm256_set1_epi64x(first), _mm256_setr_epi64x(0, 1, 2, 3));
  __m256i c1 = _mm256_setzero_si256();
  __m256i c2 = _mm256_set1_epi64x(random.counter2), c3 = _mm256_set1_epi64x(random.counter3);
  uint32_t k0 = random.key0, k1 = random.key1;
  for (int round = 0; round < 10; round++) {
    const __m256i p = _mm256_mul_epu32(c0, m0), q = _mm256_mul_epu32(c2, m1);
    c0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(q, 32), c1), _mm256_set1_epi64x(k0));
    c2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p, 32), c3), _mm256_set1_epi64x(k1));
    c1 = q;
    c3 = p;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  const __m256i low = _mm256_set1_epi64x(0xffffffffu);
  const __m256i even = _mm256_or_si256(_mm256_and_si256(c0, low), _mm256_slli_epi64(c1, 32));
  const __m256i odd = _mm256_or_si256(_mm256_and_si256(c2, low), _mm256_slli_epi64(c3, 32));
  const __m256i front = _mm256_unpacklo_epi64(even, odd), back = _mm256_unpackhi_epi64(even, odd);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permute2x128_si256(front, back, 0x20));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 8), _mm256_permute2x128_si256(front, back, 0x31));
}

#else

inline void OneBlock(const Random& random, int64_t first, int32_t* out) {
  uint32_t c0 = static_cast<uint32_t>(first), c1 = 0, c2 = random.counter2, c3 = random.counter3;
  uint32_t k0 = random.key0, k1 = random.key1;
  for (int round = 0; round < 10; round++) {
    const uint64_t p = static_cast<uint64_t>(0xd2511f53u) * c0, q = static_cast<uint64_t>(0xcd9e8d57u) * c2;
    c0 = static_cast<uint32_t>(q >> 32) ^ c1 ^ k0;
    c2 = static_cast<uint32_t>(p >> 32) ^ c3 ^ k1;
    c1 = static_cast<uint32_t>(q);
    c3 = static_cast<uint32_t>(p);
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  for (const uint32_t word : {c0, c1, c2, c3}) *out++ = static_cast<int32_t>(word);
}

#endif

#if !defined(__AVX512F__)

// Words 4 · first … 4 · (first + kLanes) − 1, as signed numbers.
inline void Words(const Random& random, int64_t first, int32_t* out) {
#if defined(__AVX2__)
  for (int lane = 0; lane < kLanes; lane += 4) FourBlocks(random, first + lane, out + 4 * lane);
#else
  for (int lane = 0; lane < kLanes; lane++) OneBlock(random, first + lane, out + 4 * lane);
#endif
}

#endif

// to = from times the mask: 0 where a word is below the threshold, else `scale`. `to` may be `from`.
inline void Drop(const float* from, float* to, const int32_t* words, int64_t count, int32_t threshold, float scale) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) {
    const float kept = words[i] < threshold ? 0.0f : scale;
    to[i] = from[i] * kept;
  }
}

// The words of elements [begin, end), one after another, whatever part of a tensor is asked for.
class Stream {
 public:
  explicit Stream(const Random& random) : random_(random) {}

  // Calls use(from, count, words) for runs of elements.
  template <class Use>
  void Each(int64_t begin, int64_t end, Use use) {
    for (int64_t at = begin; at < end;) {
      const int64_t block = at / kRun;
      if (block != held_) Words(random_, block * kLanes, words_), held_ = block;
      const int64_t stop = (block + 1) * kRun < end ? (block + 1) * kRun : end;
      use(at, stop - at, words_ + (at - block * kRun));
      at = stop;
    }
  }

 private:
  static constexpr int64_t kRun = 4 * kLanes;
  const Random random_;
  int64_t held_ = -1;
  int32_t words_[kRun];
};

}  // namespace af
