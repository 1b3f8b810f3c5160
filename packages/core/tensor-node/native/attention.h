// Scaled dot-product attention over several heads, and its gradient. A thread takes a head of a row of the batch and keeps
// its scores in the second-level cache; they are never written out, and made again for the gradient.
#pragma once
#include "functions.h"
#include "product.h"

namespace af {

class AttentionBase {
 protected:
  explicit AttentionBase(Attributes& attributes)
      : heads_(attributes.Int("heads")), drops_(attributes.Bool("drops")), scale_(attributes.Float("scale")) {}

  // Of time_q queries a row of the batch and time keys.
  struct Sizes {
    int64_t batch, time_q, time, width, depth;
    float root;

    int64_t weights() const { return time_q * time; }
  };

  Sizes SizesOf(const TF_Tensor* q, const TF_Tensor* k) const {
    const int64_t width = TF_Dim(q, 2), depth = width / heads_;
    return {TF_Dim(q, 0), TF_Dim(q, 1), TF_Dim(k, 1), width, depth, 1.0f / std::sqrt(static_cast<float>(depth))};
  }

  // Calls body(query, key, mask, index) for every head: where its numbers start in [batch, time_q, width] and in
  // [batch, time, width], the mask of its row, and which one it is.
  template <class Body>
  void ForHeads(const Sizes& of, const float* mask, Body body) const {
    Pool::Get().Run(of.batch * heads_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t index = begin; index < end; index++) {
        const int64_t row = index / heads_, head = index % heads_;
        const auto start = [&](int64_t time) { return row * time * of.width + head * of.depth; };
        body(start(of.time_q), start(of.time), mask + row * of.time, index);
      }
    });
  }

  // Weights before dropout, [time_q, time]. Positions with mask 0 are left out: their weight is exactly 0.
  static void Weigh(const float* q, const float* k, const float* mask, const Sizes& of, float* weights) {
    SmallGemm(of.time_q, of.time, of.depth, {q, of.width, 1}, {k, 1, of.width}, weights, of.time);
    for (int64_t row = 0; row < of.time_q; row++) {
      float* at = weights + row * of.time;
      float most = -INFINITY, total = 0;
#pragma omp simd reduction(max : most)
      for (int64_t i = 0; i < of.time; i++) {
        at[i] = at[i] * of.root + (1.0f - mask[i]) * -1e30f;
        most = at[i] > most ? at[i] : most;
      }
#pragma omp simd reduction(+ : total)
      for (int64_t i = 0; i < of.time; i++) {
        at[i] = Exp(at[i] - most);
        total += at[i];
      }
      const float share = 1.0f / total;
#pragma omp simd
      for (int64_t i = 0; i < of.time; i++) at[i] *= share;
    }
  }

  const int64_t heads_;
  const bool drops_;
  const float scale_;
};

class Attention : AttentionBase {
 public:
  explicit Attention(Attributes& attributes) : AttentionBase(attributes) {}
  void Run(Call& call) {
    TF_Tensor *queries = call.In(0), *keys = call.In(1), *values = call.In(2), *masks = call.In(3);
    const Random random = call.RandomOf(4);
    if (!call.ok()) return;
    const Sizes of = SizesOf(queries, keys);
    TF_Tensor* out = call.Out(0, ShapeOf(queries));
    call.Out(1, {0});
    call.Out(2, {0});
    if (!call.ok()) return;
    const float *q = Floats(queries), *k = Floats(keys), *v = Floats(values);
    float* y = Floats(out);
    const int64_t size = of.weights();
    ForHeads(of, Floats(masks), [&](int64_t query, int64_t key, const float* mask, int64_t index) {
      static thread_local Scratch scratch;
      float* weights = scratch.Of(size);
      Weigh(q + query, k + key, mask, of, weights);
      if (drops_)
        Stream(random).Each(index * size, (index + 1) * size, [&](int64_t at, int64_t count, const int32_t* words) {
          float* to = weights + (at - index * size);
          Drop(to, to, words, count, random.threshold, scale_);
        });
      SmallGemm(of.time_q, of.depth, of.time, {weights, of.time, 1}, {v + key, of.width, 1}, y + query, of.width);
    });
  }
};

// With w a row of weights, d that of dU: d becomes the slope of the scores, w what the values were mixed with.
inline void StepBack(float* w, float* d, const int32_t* words, int64_t count, int32_t threshold, float scale, float mean,
                     float root) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) {
    const float kept = words[i] < threshold ? 0.0f : scale;
    d[i] = w[i] * (d[i] * kept - mean) * root;
    w[i] *= kept;
  }
}

// With w the weights before dropout and m the mask: dS = w (m dU − ⟨dy, y⟩), where dU = dy vᵀ and ⟨dy, y⟩ = Σ w m dU of a row.
class AttentionGradient : AttentionBase {
 public:
  explicit AttentionGradient(Attributes& attributes) : AttentionBase(attributes) {}
  void Run(Call& call) {
    TF_Tensor* in[6];
    for (int index = 0; index < 6; index++) in[index] = call.In(index);
    const Random random = call.RandomOf(6);
    if (!call.ok()) return;
    const Sizes of = SizesOf(in[1], in[2]);
    TF_Tensor* out[3];
    for (int index = 0; index < 3; index++) out[index] = call.Out(index, ShapeOf(in[index + 1]));
    if (!call.ok()) return;
    const float *dy = Floats(in[0]), *q = Floats(in[1]), *k = Floats(in[2]), *v = Floats(in[3]), *y = Floats(in[5]);
    float *dq = Floats(out[0]), *dk = Floats(out[1]), *dv = Floats(out[2]);
    const int64_t size = of.weights();
    ForHeads(of, Floats(in[4]), [&](int64_t query, int64_t key, const float* mask, int64_t index) {
      static thread_local Scratch scratch;
      float* weights = scratch.Of(2 * size);
      float* slopes = weights + size;
      Weigh(q + query, k + key, mask, of, weights);
      SmallGemm(of.time_q, of.time, of.depth, {dy + query, of.width, 1}, {v + key, 1, of.width}, slopes, of.time);
      Stream stream(random);
      for (int64_t row = 0; row < of.time_q; row++) {
        const float *by = dy + query + row * of.width, *from = y + query + row * of.width;
        float mean = 0;
#pragma omp simd reduction(+ : mean)
        for (int64_t i = 0; i < of.depth; i++) mean += by[i] * from[i];
        const int64_t start = index * size + row * of.time;
        const auto step = [&](int64_t at, int64_t count, const int32_t* words) {
          StepBack(weights + (at - index * size), slopes + (at - index * size), words, count, random.threshold, scale_,
                   mean, of.root);
        };
        if (drops_) {
          stream.Each(start, start + of.time, step);
        } else {
          float *w = weights + row * of.time, *d = slopes + row * of.time;
#pragma omp simd
          for (int64_t i = 0; i < of.time; i++) d[i] = w[i] * (d[i] - mean) * of.root;
        }
      }
      SmallGemm(of.time, of.depth, of.time_q, {weights, 1, of.time}, {dy + query, of.width, 1}, dv + key, of.width);
      SmallGemm(of.time_q, of.depth, of.time, {slopes, of.time, 1}, {k + key, of.width, 1}, dq + query, of.width);
      SmallGemm(of.time, of.depth, of.time_q, {slopes, 1, of.time}, {q + query, of.width, 1}, dk + key, of.width);
    });
  }
};

}  // namespace af
