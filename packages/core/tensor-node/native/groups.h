// Sums and factors over columns, each of which belongs to a group. `spans`: stretches of columns of one group, as begin, end,
// group. What a row lacks of its columns counts as 1.
#pragma once
#include "call.h"
#include "parallel.h"

namespace af {

struct Span {
  int32_t begin, end, group;
};

class Spans {
 public:
  explicit Spans(const TF_Tensor* tensor)
      : first_(static_cast<const Span*>(TF_TensorData(tensor))), count_(TF_TensorElementCount(tensor) / 3) {}
  const Span* begin() const { return first_; }
  const Span* end() const { return first_ + count_; }

  // Whether they lie within so many groups.
  bool Fit(int64_t groups) const {
    for (const Span& span : *this)
      if (span.begin < 0 || span.end < span.begin || span.group < 0 || span.group >= groups) return false;
    return true;
  }

 private:
  const Span* first_;
  int64_t count_;
};

inline int64_t Within(int64_t column, int64_t width) { return column < width ? column : width; }

// y of a group is the sum of a b over its columns.
class GroupDots {
 public:
  explicit GroupDots(Attributes& attributes) : groups_(attributes.Int("groups")) {}
  void Run(Call& call) {
    TF_Tensor *left = call.In(0), *right = call.In(1), *stretches = call.In(2);
    if (!call.ok()) return;
    const bool swapped = LastOf(left) > LastOf(right);
    const TF_Tensor *narrow = swapped ? right : left, *wide = swapped ? left : right;
    const int64_t few = LastOf(narrow), many = LastOf(wide), rows = TF_TensorElementCount(wide) / (many > 0 ? many : 1);
    const Spans spans(stretches);
    if (!spans.Fit(groups_) || TF_TensorElementCount(narrow) != rows * few) return call.Fail("the groups do not fit");
    Shape shape = ShapeOf(wide);
    shape.back() = groups_;
    TF_Tensor* out = call.Out(0, shape);
    if (!call.ok()) return;
    const float *a = Floats(narrow), *b = Floats(wide);
    float* y = Floats(out);
    const int64_t groups = groups_;
    ForRows(rows, many, [=, &spans](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const float *from = a + row * few, *by = b + row * many;
        float* to = y + row * groups;
        for (int64_t group = 0; group < groups; group++) to[group] = 0;
        for (const Span& span : spans) {
          const int64_t first = Within(span.end, few), second = Within(span.end, many);
          float sum = 0;
#pragma omp simd reduction(+ : sum)
          for (int64_t i = span.begin; i < first; i++) sum += from[i] * by[i];
          for (int64_t i = span.begin > first ? span.begin : first; i < second; i++) sum += by[i];
          const int64_t there = span.begin > second ? span.begin : second;
          to[span.group] += sum + static_cast<float>(span.end - there);
        }
      }
    });
  }

 private:
  const int64_t groups_;
};

// y = x w, with w the weight of the column's group.
class GroupScale {
 public:
  explicit GroupScale(Attributes& attributes) : width_(attributes.Int("width")) {}
  void Run(Call& call) {
    TF_Tensor *values = call.In(0), *factors = call.In(1), *stretches = call.In(2);
    if (!call.ok()) return;
    const int64_t own = LastOf(values), groups = LastOf(factors), width = width_;
    const int64_t rows = TF_TensorElementCount(factors) / (groups > 0 ? groups : 1);
    const Spans spans(stretches);
    if (!spans.Fit(groups) || TF_TensorElementCount(values) != rows * own) return call.Fail("the groups do not fit");
    Shape shape = ShapeOf(factors);
    shape.back() = width;
    TF_Tensor* out = call.Out(0, shape);
    if (!call.ok()) return;
    const float *x = Floats(values), *weights = Floats(factors);
    float* y = Floats(out);
    ForRows(rows, width, [=, &spans](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const float *from = x + row * own, *by = weights + row * groups;
        float* to = y + row * width;
        for (const Span& span : spans) {
          const float factor = by[span.group];
          const int64_t last = Within(span.end, width), there = Within(last, own);
#pragma omp simd
          for (int64_t i = span.begin; i < there; i++) to[i] = from[i] * factor;
          for (int64_t i = span.begin > there ? span.begin : there; i < last; i++) to[i] = factor;
        }
      }
    });
  }

 private:
  const int64_t width_;
};

}  // namespace af
