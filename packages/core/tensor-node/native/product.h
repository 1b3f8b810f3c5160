// TensorFlow's own matrix products, called from within a kernel: what comes before and after is one operation with them.
#pragma once
#include "call.h"
#include "parallel.h"

namespace af {

// A context of this library's own; it computes on the same threads as the one of TensorFlow.js.
inline TFE_Context* Eager(TF_Status* status) {
  static TFE_Context* context = [status] {
    TFE_ContextOptions* options = TFE_NewContextOptions();
    TFE_Context* made = TFE_NewContext(options, status);
    TFE_DeleteContextOptions(options);
    return made;
  }();
  return context;
}

// `MatMul` of two matrices, or `BatchMatMulV2` of two stacks of matrices. The result belongs to the call.
inline TF_Tensor* Product(Call& call, TF_Tensor* a, TF_Tensor* b, bool transpose_a, bool transpose_b) {
  TF_Status* status = call.status();
  TFE_Context* context = Eager(status);
  if (!call.ok()) return nullptr;
  const bool stacked = TF_NumDims(a) > 2;
  TFE_Op* op = TFE_NewOp(context, stacked ? "BatchMatMulV2" : "MatMul", status);
  TFE_TensorHandle* left = TFE_NewTensorHandle(a, status);
  TFE_TensorHandle* right = TFE_NewTensorHandle(b, status);
  TFE_TensorHandle* out = nullptr;
  TF_Tensor* result = nullptr;
  if (call.ok()) {
    TFE_OpSetAttrType(op, "T", TF_FLOAT);
    TFE_OpSetAttrBool(op, stacked ? "adj_x" : "transpose_a", transpose_a);
    TFE_OpSetAttrBool(op, stacked ? "adj_y" : "transpose_b", transpose_b);
    TFE_OpAddInput(op, left, status);
    if (call.ok()) TFE_OpAddInput(op, right, status);
    int count = 1;
    if (call.ok()) TFE_Execute(op, &out, &count, status);
    if (call.ok()) result = call.Hold(TFE_TensorHandleResolve(out, status));
  }
  if (out) TFE_DeleteTensorHandle(out);
  if (left) TFE_DeleteTensorHandle(left);
  if (right) TFE_DeleteTensorHandle(right);
  if (op) TFE_DeleteOp(op);
  return result;
}

// Rows of whatever shape, the last axis as width.
inline TF_Tensor* Flat(Call& call, TF_Tensor* tensor) {
  const Shape shape = ShapeOf(tensor);
  if (shape.size() == 2) return tensor;
  const int64_t width = shape.empty() ? 1 : shape.back();
  return call.As(tensor, {width == 0 ? 0 : SizeOf(shape) / width, width});
}

// y += bias for every row.
inline void AddBias(float* y, const float* bias, int64_t rows, int64_t width) {
  ForRows(rows, width, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      float* at = y + row * width;
#pragma omp simd
      for (int64_t column = 0; column < width; column++) at[column] += bias[column];
    }
  });
}

// x · weightᵀ + bias, or x · weight where it is transposed.
template <bool kBias>
class Linear {
 public:
  explicit Linear(Attributes& attributes) : transposed_(attributes.Bool("transposed")) {}
  void Run(Call& call) {
    TF_Tensor* x = call.In(0);
    TF_Tensor* weight = call.In(1);
    TF_Tensor* bias = kBias ? call.In(2) : nullptr;
    if (!call.ok()) return;
    TF_Tensor* y = Product(call, Flat(call, x), weight, false, !transposed_);
    if (!call.ok()) return;
    Shape shape = ShapeOf(x);
    shape.back() = TF_Dim(y, 1);
    if (kBias) AddBias(Floats(y), Floats(bias), TF_Dim(y, 0), TF_Dim(y, 1));
    call.Put(0, call.As(y, shape));
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
    TF_Tensor* a = call.In(0);
    TF_Tensor* b = call.In(1);
    if (!call.ok()) return;
    TF_Tensor* y = Product(call, Flat(call, a), Flat(call, b), transpose_a_, transpose_b_);
    if (!call.ok()) return;
    Shape shape = transpose_a_ ? ShapeOf(y) : ShapeOf(a);
    shape.back() = TF_Dim(y, 1);
    call.Put(0, call.As(y, shape));
  }

 private:
  const bool transpose_a_, transpose_b_;
};

// The sum of all rows. Threads take columns, so that the order of the sum does not depend on how many there are.
class ColumnSum {
 public:
  explicit ColumnSum(Attributes&) {}
  void Run(Call& call) {
    TF_Tensor* x = call.In(0);
    if (!call.ok()) return;
    const int64_t width = TF_Dim(x, TF_NumDims(x) - 1);
    const int64_t rows = width == 0 ? 0 : SizeOf(ShapeOf(x)) / width;
    TF_Tensor* y = call.Out(0, {width});
    if (!call.ok()) return;
    const float* from = Floats(x);
    float* sums = Floats(y);
    constexpr int64_t kColumns = 64;
    Pool::Get().Run((width + kColumns - 1) / kColumns, rows < 256 ? 1 << 20 : 1, [=](int64_t begin, int64_t end) {
      const int64_t left = begin * kColumns, right = end * kColumns < width ? end * kColumns : width;
      for (int64_t column = left; column < right; column++) sums[column] = 0;
      for (int64_t row = 0; row < rows; row++) {
        const float* at = from + row * width;
#pragma omp simd
        for (int64_t column = left; column < right; column++) sums[column] += at[column];
      }
    });
  }
};

}  // namespace af
