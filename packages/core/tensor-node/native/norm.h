// Layer normalisation over the last axis, and its gradients.
#pragma once
#include "call.h"
#include "parallel.h"

namespace af {

struct Moments {
  float mean, inverse;
};

inline Moments MomentsOf(const float* x, int64_t width, float epsilon) {
  double sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < width; i++) sum += x[i];
  const float mean = static_cast<float>(sum / width);
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
  return {mean, static_cast<float>(1.0 / std::sqrt(squares / width + epsilon))};
}

class LayerNorm {
 public:
  explicit LayerNorm(Attributes& attributes) : epsilon_(attributes.Float("epsilon")) {}
  void Run(Call& call) {
    TF_Tensor* x = call.In(0);
    TF_Tensor* gamma = call.In(1);
    TF_Tensor* beta = call.In(2);
    if (!call.ok()) return;
    TF_Tensor* y = call.Out(0, ShapeOf(x));
    if (!call.ok()) return;
    const int64_t width = TF_TensorElementCount(gamma), rows = width == 0 ? 0 : TF_TensorElementCount(x) / width;
    const float *from = Floats(x), *by = Floats(gamma), *plus = Floats(beta);
    float* to = Floats(y);
    const float epsilon = epsilon_;
    ForRows(rows, width, [=](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const float* in = from + row * width;
        float* out = to + row * width;
        const Moments moments = MomentsOf(in, width, epsilon);
#pragma omp simd
        for (int64_t i = 0; i < width; i++) out[i] = (in[i] - moments.mean) * moments.inverse * by[i] + plus[i];
      }
    });
  }

 private:
  const float epsilon_;
};

// With u = (x − mean) / deviation and s = dy γ: (s − mean(s) − u mean(s u)) / deviation.
class LayerNormGradient {
 public:
  explicit LayerNormGradient(Attributes& attributes) : epsilon_(attributes.Float("epsilon")) {}
  void Run(Call& call) {
    TF_Tensor* dy = call.In(0);
    TF_Tensor* x = call.In(1);
    TF_Tensor* gamma = call.In(2);
    if (!call.ok()) return;
    TF_Tensor* dx = call.Out(0, ShapeOf(x));
    if (!call.ok()) return;
    const int64_t width = TF_TensorElementCount(gamma), rows = width == 0 ? 0 : TF_TensorElementCount(x) / width;
    const float *from = Floats(x), *by = Floats(gamma), *slope = Floats(dy);
    float* to = Floats(dx);
    const float epsilon = epsilon_;
    ForRows(rows, width, [=](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const float *in = from + row * width, *d = slope + row * width;
        float* out = to + row * width;
        const Moments moments = MomentsOf(in, width, epsilon);
        double sums = 0, products = 0;
#pragma omp simd reduction(+ : sums, products)
        for (int64_t i = 0; i < width; i++) {
          const float scaled = d[i] * by[i];
          sums += scaled;
          products += scaled * (in[i] - moments.mean) * moments.inverse;
        }
        const float sum = static_cast<float>(sums / width), along = static_cast<float>(products / width);
#pragma omp simd
        for (int64_t i = 0; i < width; i++)
          out[i] = moments.inverse * (d[i] * by[i] - sum - (in[i] - moments.mean) * moments.inverse * along);
      }
    });
  }

 private:
  const float epsilon_;
};

// The gradient of γ: Σ dy u over all rows. Threads take columns, as in ColumnSum.
class LayerNormGamma {
 public:
  explicit LayerNormGamma(Attributes& attributes) : epsilon_(attributes.Float("epsilon")) {}
  void Run(Call& call) {
    TF_Tensor* dy = call.In(0);
    TF_Tensor* x = call.In(1);
    if (!call.ok()) return;
    const int64_t width = LastOf(x), rows = width == 0 ? 0 : TF_TensorElementCount(x) / width;
    TF_Tensor* gamma = call.Out(0, {width});
    if (!call.ok()) return;
    std::vector<Moments> moments(rows);
    const float *from = Floats(x), *slope = Floats(dy);
    float* by = Floats(gamma);
    Moments* of = moments.data();
    const float epsilon = epsilon_;
    ForRows(rows, width, [=](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) of[row] = MomentsOf(from + row * width, width, epsilon);
    });
    ForColumns(rows, width, [=](int64_t left, int64_t right) {
      for (int64_t column = left; column < right; column++) by[column] = 0;
      for (int64_t row = 0; row < rows; row++) {
        const float *in = from + row * width, *d = slope + row * width;
        const Moments each = of[row];
#pragma omp simd
        for (int64_t column = left; column < right; column++)
          by[column] += d[column] * ((in[column] - each.mean) * each.inverse);
      }
    });
  }

 private:
  const float epsilon_;
};

}  // namespace af
