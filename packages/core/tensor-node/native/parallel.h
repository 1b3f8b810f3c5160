// Shares loops among threads of its own, as many as TensorFlow computes with.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace af {

inline void Pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

class Pool {
 public:
  // The one of this process. Never destroyed: its threads may outlive every static object.
  static Pool& Get() {
    static Pool* pool = new Pool();
    return *pool;
  }

  // Counts the calling thread.
  void SetThreads(int threads) {
    threads_ = threads < 1 ? 1 : threads;
    for (; started_ < threads_ - 1; ++started_) std::thread([this] { Work(); }).detach();
  }

  // Calls body(begin, end) for parts of [0, count) of about `grain` or more; returns when all are done. Which thread does a
  // part never changes what it computes. A second caller at the same time does its own work alone.
  void Run(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body, int64_t parts_a_thread = 4) {
    const int64_t most = (count + grain - 1) / grain, enough = threads_ * parts_a_thread;
    const int64_t parts = most < enough ? most : enough;
    std::unique_lock<std::mutex> only(running_, std::defer_lock);
    if (parts <= 1 || threads_ <= 1 || !only.try_lock()) {
      if (count > 0) body(0, count);
      return;
    }
    body_ = &body;
    count_ = count;
    parts_ = parts;
    next_.store(0);
    open_.store(true);
    round_.fetch_add(1);
    if (sleeping_.load() > 0) {
      std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_all();
    }
    Share();
    open_.store(false);
    // What is left is at most one part a thread: not worth a sleep.
    for (int tries = 0; inside_.load() != 0; ++tries)
      if (tries < kTries) Pause();
      else std::this_thread::yield();
  }

 private:
  // Between two operations of a step a thread waits awake; a sleep takes longer than most of them.
  static constexpr int kTries = 4000;

  void Share() {
    for (int64_t part; (part = next_.fetch_add(1)) < parts_;)
      (*body_)(count_ * part / parts_, count_ * (part + 1) / parts_);
  }

  void Work() {
    for (uint64_t seen = 0;;) {
      for (int tries = 0; round_.load() == seen && tries < kTries; ++tries) Pause();
      if (round_.load() == seen) {
        std::unique_lock<std::mutex> lock(mutex_);
        sleeping_.fetch_add(1);
        wake_.wait(lock, [&] { return round_.load() != seen; });
        sleeping_.fetch_sub(1);
      }
      seen = round_.load();
      inside_.fetch_add(1);
      if (open_.load()) Share();
      inside_.fetch_sub(1);
    }
  }

  std::mutex mutex_, running_;
  std::condition_variable wake_;
  const std::function<void(int64_t, int64_t)>* body_ = nullptr;
  int64_t count_ = 0, parts_ = 0;
  std::atomic<int64_t> next_{0};
  std::atomic<uint64_t> round_{0};
  std::atomic<bool> open_{false};
  std::atomic<int> inside_{0}, sleeping_{0};
  int started_ = 0, threads_ = 1;
};

// Elements that are worth sharing.
constexpr int64_t kGrain = 16384;

template <class Body>
void ForElements(int64_t count, Body body) {
  Pool::Get().Run(count, kGrain, body);
}

template <class Body>
void ForRows(int64_t rows, int64_t width, Body body) {
  Pool::Get().Run(rows, width >= kGrain ? 1 : kGrain / (width < 1 ? 1 : width), body);
}

// For sums over rows: threads take columns, so that the order of a sum does not depend on how many there are.
template <class Body>
void ForColumns(int64_t rows, int64_t width, Body body) {
  constexpr int64_t kColumns = 64;
  const int64_t groups = (width + kColumns - 1) / kColumns;
  Pool::Get().Run(groups, rows * width < kGrain ? groups : 1, [&](int64_t begin, int64_t end) {
    body(begin * kColumns, end * kColumns < width ? end * kColumns : width);
  });
}

}  // namespace af
