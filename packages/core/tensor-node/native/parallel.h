// Shares loops among threads of its own, as many as TensorFlow computes with.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace af {

class Pool {
 public:
  // The one of this process. Never destroyed: its threads may outlive every static object.
  static Pool& Get() {
    static Pool* pool = new Pool();
    return *pool;
  }

  // Counts the calling thread. Only ever grows what runs; fewer threads leave the others asleep.
  void SetThreads(int threads) {
    while (started_ < threads - 1) {
      ++started_;
      std::thread([this] { Work(); }).detach();
    }
    threads_ = threads < 1 ? 1 : threads;
  }

  // Calls body(begin, end) for parts of [0, count) of at least `grain`; returns when all are done. Which thread does a part
  // never changes what it computes.
  void Run(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
    const int64_t most = (count + grain - 1) / grain;
    const int64_t parts = most < threads_ * 4 ? most : threads_ * 4;
    if (parts <= 1 || threads_ <= 1) {
      if (count > 0) body(0, count);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      body_ = &body;
      count_ = count;
      parts_ = parts;
      next_.store(0);
      left_.store(parts);
      ++round_;
    }
    wake_.notify_all();
    Share();
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return left_.load() == 0 && inside_ == 0; });
    body_ = nullptr;
  }

 private:
  void Share() {
    for (int64_t part; (part = next_.fetch_add(1)) < parts_;) {
      (*body_)(count_ * part / parts_, count_ * (part + 1) / parts_);
      left_.fetch_sub(1);
    }
  }

  void Work() {
    uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return round_ != seen && body_ != nullptr; });
      seen = round_;
      ++inside_;
      lock.unlock();
      Share();
      lock.lock();
      --inside_;
      done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(int64_t, int64_t)>* body_ = nullptr;
  int64_t count_ = 0, parts_ = 0;
  std::atomic<int64_t> next_{0}, left_{0};
  uint64_t round_ = 0;
  int inside_ = 0, started_ = 0, threads_ = 1;
};

// Elements that are worth a thread's waking up.
constexpr int64_t kGrain = 16384;

template <class Body>
void ForElements(int64_t count, Body body) {
  Pool::Get().Run(count, kGrain, body);
}

template <class Body>
void ForRows(int64_t rows, int64_t width, Body body) {
  Pool::Get().Run(rows, width >= kGrain ? 1 : kGrain / (width < 1 ? 1 : width), body);
}

}  // namespace af
