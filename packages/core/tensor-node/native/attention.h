// Scaled dot-product attention over several heads, and its gradient.
#pragma once
#include "functions.h"
#include "product.h"

namespace af {

struct Heads {
  int64_t batch, time, heads, depth;
  Shape split() const { return {batch, heads, time, depth}; }
  Shape merged() const { return {batch, time, heads * depth}; }
  Shape scores() const { return {batch, heads, time, time}; }
  // Where a head's row stands in a merged tensor.
  int64_t merged_row(int64_t row) const {
    const int64_t at = row % time, head = row / time % heads, in = row / time / heads;
    return ((in * time + at) * heads + head) * depth;
  }
};

// [batch, time, heads · depth] → [batch, heads, time, depth], times a number.
inline TF_Tensor* Split(Call& call, TF_Tensor* x, const Heads& of, float scale) {
  TF_Tensor* y = call.Room(of.split());
  const float* from = Floats(x);
  float* to = Floats(y);
  ForRows(of.batch * of.heads * of.time, of.depth, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const float* in = from + of.merged_row(row);
      float* out = to + row * of.depth;
#pragma omp simd
      for (int64_t i = 0; i < of.depth; i++) out[i] = in[i] * scale;
    }
  });
  return y;
}

// Back again, into an output.
inline void Merge(Call& call, int index, TF_Tensor* x, const Heads& of, float scale) {
  TF_Tensor* y = call.Out(index, of.merged());
  if (!call.ok()) return;
  const float* from = Floats(x);
  float* to = Floats(y);
  ForRows(of.batch * of.heads * of.time, of.depth, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      float* out = to + of.merged_row(row);
      const float* in = from + row * of.depth;
#pragma omp simd
      for (int64_t i = 0; i < of.depth; i++) out[i] = in[i] * scale;
    }
  });
}

// Softmax of one row of scores in place, positions with mask 0 left out: their weight is exactly 0.
inline void MaskedSoftmax(float* row, const float* mask, int64_t time) {
  float most = -INFINITY, total = 0;
#pragma omp simd reduction(max : most)
  for (int64_t i = 0; i < time; i++) {
    row[i] += (1.0f - mask[i]) * -1e30f;
    most = row[i] > most ? row[i] : most;
  }
#pragma omp simd reduction(+ : total)
  for (int64_t i = 0; i < time; i++) {
    row[i] = KeepNan(row[i], Exp(row[i] - most));
    total += row[i];
  }
  const float share = 1.0f / total;
#pragma omp simd
  for (int64_t i = 0; i < time; i++) row[i] *= share;
}

inline Heads HeadsOf(TF_Tensor* q, int64_t heads) {
  return {TF_Dim(q, 0), TF_Dim(q, 1), heads, TF_Dim(q, 2) / heads};
}

class Attention {
 public:
  explicit Attention(Attributes& attributes)
      : heads_(attributes.Int("heads")), drops_(attributes.Bool("drops")), scale_(attributes.Float("scale")) {}
  void Run(Call& call) {
    TF_Tensor *q = call.In(0), *k = call.In(1), *v = call.In(2), *mask = call.In(3);
    const Random random = call.RandomOf(4);
    if (!call.ok()) return;
    const Heads of = HeadsOf(q, heads_);
    TF_Tensor* keys = Split(call, k, of, 1);
    TF_Tensor* weights = Product(call, Split(call, q, of, 1.0f / std::sqrt(static_cast<float>(of.depth))), keys, false, true);
    if (!call.ok()) return;
    TF_Tensor* used = drops_ ? call.Room(of.scores()) : weights;
    float *rows = Floats(weights), *kept = Floats(used);
    const float *masks = Floats(mask), scale = scale_;
    const bool drops = drops_;
    ForRows(of.batch * of.heads * of.time, of.time, [=, &random](int64_t begin, int64_t end) {
      Stream stream(random);
      for (int64_t row = begin; row < end; row++) {
        float* at = rows + row * of.time;
        MaskedSoftmax(at, masks + row / (of.heads * of.time) * of.time, of.time);
        if (!drops) continue;
        stream.Each(row * of.time, (row + 1) * of.time, [&](int64_t first, int64_t count, const int32_t* words) {
          const float* in = rows + first;
          float* out = kept + first;
#pragma omp simd
          for (int64_t i = 0; i < count; i++) out[i] = in[i] * (words[i] < random.threshold ? 0.0f : scale);
        });
      }
    });
    TF_Tensor* mixed = Product(call, used, Split(call, v, of, 1), false, false);
    if (!call.ok()) return;
    Merge(call, 0, mixed, of, 1);
    call.Put(1, weights);
    call.Out(2, {0});
  }

 private:
  const int64_t heads_;
  const bool drops_;
  const float scale_;
};

// With w the weights before dropout and m the mask: dS = w (m dU − ⟨dy, y⟩), where dU = dy vᵀ and ⟨dy, y⟩ = Σ w m dU of a row.
class AttentionGradient {
 public:
  explicit AttentionGradient(Attributes& attributes)
      : heads_(attributes.Int("heads")), drops_(attributes.Bool("drops")), scale_(attributes.Float("scale")) {}
  void Run(Call& call) {
    TF_Tensor *dy = call.In(0), *q = call.In(1), *k = call.In(2), *v = call.In(3), *y = call.In(4), *weights = call.In(5);
    const Random random = call.RandomOf(6);
    if (!call.ok()) return;
    const Heads of = HeadsOf(q, heads_);
    const float root = 1.0f / std::sqrt(static_cast<float>(of.depth));
    TF_Tensor* out = Split(call, dy, of, 1);
    TF_Tensor* slopes = Product(call, out, Split(call, v, of, 1), false, true);
    if (!call.ok()) return;
    TF_Tensor* used = drops_ ? call.Room(of.scores()) : weights;
    float *slope = Floats(slopes), *kept = Floats(used);
    const float *by = Floats(dy), *from = Floats(y), *w = Floats(weights), scale = scale_;
    const bool drops = drops_;
    ForRows(of.batch * of.heads * of.time, of.time, [=, &random](int64_t begin, int64_t end) {
      Stream stream(random);
      for (int64_t row = begin; row < end; row++) {
        const int64_t merged = of.merged_row(row);
        float mean = 0;
#pragma omp simd reduction(+ : mean)
        for (int64_t i = 0; i < of.depth; i++) mean += by[merged + i] * from[merged + i];
        if (drops) {
          stream.Each(row * of.time, (row + 1) * of.time, [&](int64_t first, int64_t count, const int32_t* words) {
            const float* in = w + first;
            float *d = slope + first, *to = kept + first;
#pragma omp simd
            for (int64_t i = 0; i < count; i++) {
              const float mask = words[i] < random.threshold ? 0.0f : scale;
              to[i] = in[i] * mask;
              d[i] = in[i] * (d[i] * mask - mean);
            }
          });
        } else {
          const float* in = w + row * of.time;
          float* d = slope + row * of.time;
#pragma omp simd
          for (int64_t i = 0; i < of.time; i++) d[i] = in[i] * (d[i] - mean);
        }
      }
    });
    TF_Tensor* dv = Product(call, used, out, true, false);
    TF_Tensor* dq = call.ok() ? Product(call, slopes, Split(call, k, of, 1), false, false) : nullptr;
    TF_Tensor* dk = call.ok() ? Product(call, slopes, Split(call, q, of, root), true, false) : nullptr;
    if (!call.ok()) return;
    Merge(call, 0, dq, of, root);
    if (call.ok()) Merge(call, 1, dk, of, 1);
    if (call.ok()) Merge(call, 2, dv, of, 1);
  }

 private:
  const int64_t heads_;
  const bool drops_;
  const float scale_;
};

}  // namespace af
