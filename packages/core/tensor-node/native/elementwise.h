// Operations on every number by itself.
#pragma once
#include "call.h"
#include "functions.h"
#include "parallel.h"

namespace af {

struct Sum {
  static float Of(float a, float b) { return a + b; }
};
struct ReluValue {
  static float Of(float x) { return x < 0 ? 0 : x; }
};
// dy where x is above 0.
struct ReluSlope {
  static float Of(float dy, float x) { return x > 0 ? dy : x == x ? 0 : x; }
};
// x Φ(x).
struct GeluValue {
  static float Of(float x) { return x * Normal(x); }
};
// dy (Φ(x) + x φ(x)).
struct GeluSlope {
  static float Of(float dy, float x) { return dy * (Normal(x) + x * 0.39894228f * Exp(-0.5f * x * x)); }
};

// A function of every number. `kEmpty`: a second output stays empty, as nothing is kept for the gradient.
template <class Function, bool kEmpty = false>
class Unary {
 public:
  explicit Unary(Attributes&) {}
  void Run(Call& call) {
    TF_Tensor* in = call.In(0);
    if (!call.ok()) return;
    TF_Tensor* out = call.Out(0, ShapeOf(in));
    if (kEmpty) call.Out(1, {0});
    if (!call.ok()) return;
    const float* x = Floats(in);
    float* y = Floats(out);
    ForElements(TF_TensorElementCount(in), [=](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) y[i] = Function::Of(x[i]);
    });
  }
};

// A function of two numbers from tensors of one size; the result has the shape of the first.
template <class Function>
class Binary {
 public:
  explicit Binary(Attributes&) {}
  void Run(Call& call) {
    TF_Tensor *left = call.In(0), *right = call.In(1);
    if (!call.ok()) return;
    const int64_t size = TF_TensorElementCount(left);
    if (size != TF_TensorElementCount(right)) return call.Fail("the sizes of both differ");
    TF_Tensor* out = call.Out(0, ShapeOf(left));
    if (!call.ok()) return;
    const float *a = Floats(left), *b = Floats(right);
    float* y = Floats(out);
    ForElements(size, [=](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) y[i] = Function::Of(a[i], b[i]);
    });
  }
};

// x times a mask that is made as it is used; the second output is empty, as nothing is kept for the gradient.
class Dropout {
 public:
  explicit Dropout(Attributes& attributes) : scale_(attributes.Float("scale")) {}
  void Run(Call& call) {
    TF_Tensor* x = call.In(0);
    const Random random = call.RandomOf(1);
    if (!call.ok()) return;
    TF_Tensor* y = call.Out(0, ShapeOf(x));
    call.Out(1, {0});
    if (!call.ok()) return;
    const float* from = Floats(x);
    float* to = Floats(y);
    const float scale = scale_;
    ForElements(TF_TensorElementCount(x), [=, &random](int64_t begin, int64_t end) {
      Stream(random).Each(begin, end, [=, &random](int64_t at, int64_t count, const int32_t* words) {
        Drop(from + at, to + at, words, count, random.threshold, scale);
      });
    });
  }

 private:
  const float scale_;
};

// One AdamW update (Loshchilov & Hutter 2019, algorithm 2): new values of the parameter and of both moments. `numbers`:
// β₁, 1 − β₁, β₂, 1 − β₂, ε, 1 − rate · decay, rate / (1 − β₁ᵗ), √(1 − β₂ᵗ).
class Adam {
 public:
  explicit Adam(Attributes&) {}
  void Run(Call& call) {
    TF_Tensor* in[5];
    for (int index = 0; index < 5; index++) in[index] = call.In(index);
    if (!call.ok()) return;
    TF_Tensor* out[3];
    for (int index = 0; index < 3; index++) out[index] = call.Out(index, ShapeOf(in[0]));
    if (!call.ok()) return;
    const float *p = Floats(in[0]), *g = Floats(in[1]), *m = Floats(in[2]), *v = Floats(in[3]), *n = Floats(in[4]);
    float *new_p = Floats(out[0]), *new_m = Floats(out[1]), *new_v = Floats(out[2]);
    const float beta1 = n[0], rest1 = n[1], beta2 = n[2], rest2 = n[3], epsilon = n[4], keep = n[5], rate = n[6], root = n[7];
    ForElements(TF_TensorElementCount(in[0]), [=](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) {
        const float first = beta1 * m[i] + rest1 * g[i];
        const float second = beta2 * v[i] + rest2 * (g[i] * g[i]);
        new_m[i] = first;
        new_v[i] = second;
        new_p[i] = keep * p[i] - rate * (first / (std::sqrt(second) / root + epsilon));
      }
    });
  }
};

// The sum of (x − d I)² over all elements, of x² where d is 0; in parts whose order does not depend on the threads.
class SquareSum {
 public:
  explicit SquareSum(Attributes& attributes) : diagonal_(attributes.Float("diagonal")) {}
  void Run(Call& call) {
    TF_Tensor* in = call.In(0);
    if (!call.ok()) return;
    const int64_t size = TF_TensorElementCount(in), width = diagonal_ == 0 ? kPart : TF_Dim(in, 1);
    TF_Tensor* out = call.Out(0, {});
    if (!call.ok()) return;
    const float* x = Floats(in);
    const float diagonal = diagonal_;
    std::vector<double> parts((size + width - 1) / width);
    ForRows(static_cast<int64_t>(parts.size()), width, [=, &parts](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const float* from = x + row * width;
        const int64_t count = size - row * width < width ? size - row * width : width;
        if (diagonal == 0) {
          parts[row] = Squares(from, count);
          continue;
        }
        const float own = from[row] - diagonal;
        parts[row] = Squares(from, row) + own * own + Squares(from + row + 1, count - row - 1);
      }
    });
    double sum = 0;
    for (const double part : parts) sum += part;
    *Floats(out) = static_cast<float>(sum);
  }

 private:
  static constexpr int64_t kPart = 4096;

  static float Squares(const float* x, int64_t count) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) sum += x[i] * x[i];
    return sum;
  }

  const float diagonal_;
};

// 2 dy (x − d I), with dy a number.
class SquareSumGradient {
 public:
  explicit SquareSumGradient(Attributes& attributes) : diagonal_(attributes.Float("diagonal")) {}
  void Run(Call& call) {
    TF_Tensor *slope = call.In(0), *in = call.In(1);
    if (!call.ok()) return;
    TF_Tensor* out = call.Out(0, ShapeOf(in));
    if (!call.ok()) return;
    const int64_t size = TF_TensorElementCount(in);
    const float factor = 2 * *Floats(slope);
    const float* x = Floats(in);
    float* y = Floats(out);
    ForElements(size, [=](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) y[i] = factor * x[i];
    });
    if (diagonal_ == 0) return;
    const int64_t step = TF_Dim(in, 1) + 1;
    for (int64_t i = 0; i < size; i += step) y[i] = factor * (x[i] - diagonal_);
  }

 private:
  const float diagonal_;
};

}  // namespace af
