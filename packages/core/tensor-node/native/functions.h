// Functions of single numbers, written so that a compiler makes vectors of them.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

namespace af {

// e^x within a unit in the last place; 0 below −87, where float32 has no normal number left.
inline float Exp(float x) {
  const float limited = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  const float shifted = limited * 1.44269504f + 12582912.0f;  // 1.5 · 2²³: rounds to the nearest integer
  const float n = shifted - 12582912.0f;
  const float r = (limited - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = (p * (r * r) + r) + 1.0f;  // the largest terms last: only they are rounded at the size of the result
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return x < -87.0f ? 0.0f : p * power;
}

// The error function within 4e-7: x · P(x²) / Q(x²), fitted to the least largest relative error on |x| ≤ 3.925.
inline float Erf(float x) {
  const float limited = x < -3.925f ? -3.925f : (x > 3.925f ? 3.925f : x);
  const float z = limited * limited;
  float p = 2.0460106e-06f;
  p = p * z + 2.8482222e-04f;
  p = p * z + 3.7719728e-03f;
  p = p * z + 5.2767470e-02f;
  p = p * z + 1.9058149e-01f;
  p = p * z + 1.1283791e+00f;
  float q = 3.8046492e-05f;
  q = q * z + 1.1637026e-03f;
  q = q * z + 1.4982042e-02f;
  q = q * z + 1.1417747e-01f;
  q = q * z + 5.0223118e-01f;
  q = q * z + 1.0f;
  return limited * p / q;
}

// The normal distribution function.
inline float Normal(float x) { return 0.5f + 0.5f * Erf(x * 0.70710678f); }

}  // namespace af
