// Products with what comes before and after them: reshaping, a bias.
#pragma once
#include "call.h"
#include "gemm.h"

namespace af {

// A tensor as rows of its last axis.
struct Rows {
  explicit Rows(const TF_Tensor* tensor) : data(Floats(tensor)), shape(ShapeOf(tensor)) {
    width = shape.empty() ? 1 : shape.back();
    count = width == 0 ? 0 : SizeOf(shape) / width;
  }
  float* data;
  Shape shape;
  int64_t count, width;
  Matrix matrix(bool transposed) const { return transposed ? Matrix{data, 1, width} : Matrix{data, width, 1}; }
};

// x · weightᵀ + bias, or x · weight where it is transposed.
template <bool kBias>
class Linear {
 public:
  explicit Linear(Attributes& attributes) : transposed_(attributes.Bool("transposed")) {}
  void Run(Call& call) {
    TF_Tensor *in = call.In(0), *by = call.In(1), *plus = kBias ? call.In(2) : nullptr;
    if (!call.ok()) return;
    const Rows x(in), weight(by);
    const int64_t columns = transposed_ ? weight.width : weight.count;
    if ((transposed_ ? weight.count : weight.width) != x.width) return call.Fail("the widths of x and weight differ");
    Shape shape = x.shape;
    shape.back() = columns;
    TF_Tensor* y = call.Out(0, shape);
    if (!call.ok()) return;
    Gemm(x.count, columns, x.width, x.matrix(false), weight.matrix(!transposed_), Floats(y), columns,
         kBias ? Floats(plus) : nullptr);
  }

 private:
  const bool transposed_;
};

// A product of two matrices, stacks of rows taken as one. Rows keep the leading axes of `a` where it is not transposed.
class MatMul {
 public:
  explicit MatMul(Attributes& attributes)
      : transpose_a_(attributes.Bool("transpose_a")), transpose_b_(attributes.Bool("transpose_b")) {}
  void Run(Call& call) {
    TF_Tensor *left = call.In(0), *right = call.In(1);
    if (!call.ok()) return;
    const Rows a(left), b(right);
    const int64_t rows = transpose_a_ ? a.width : a.count, depth = transpose_a_ ? a.count : a.width;
    const int64_t columns = transpose_b_ ? b.count : b.width;
    if (depth != (transpose_b_ ? b.width : b.count)) return call.Fail("the inner sizes of a and b differ");
    Shape shape = transpose_a_ ? Shape{rows, columns} : a.shape;
    shape.back() = columns;
    TF_Tensor* y = call.Out(0, shape);
    if (!call.ok()) return;
    Gemm(rows, columns, depth, a.matrix(transpose_a_), b.matrix(transpose_b_), Floats(y), columns, nullptr);
  }

 private:
  const bool transpose_a_, transpose_b_;
};

// The sum of all rows. Threads take columns, so that the order of the sum does not depend on how many there are.
class ColumnSum {
 public:
  explicit ColumnSum(Attributes&) {}
  void Run(Call& call) {
    TF_Tensor* in = call.In(0);
    if (!call.ok()) return;
    const Rows x(in);
    TF_Tensor* y = call.Out(0, {x.width});
    if (!call.ok()) return;
    float* sums = Floats(y);
    ForColumns(x.count, x.width, [&](int64_t left, int64_t right) {
      for (int64_t column = left; column < right; column++) sums[column] = 0;
      for (int64_t row = 0; row < x.count; row++) {
        const float* at = x.data + row * x.width;
#pragma omp simd
        for (int64_t column = left; column < right; column++) sums[column] += at[column];
      }
    });
  }
};

}  // namespace af
