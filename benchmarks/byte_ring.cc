// The limit of the background rows: lines that are ready are copied into a ring, and written from
// there by another thread.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>

#include "background_log.h"
#include "bench.h"
#include "files.h"
#include "logslice/persistence/scan_log.h"

namespace logslice::bench {
namespace {

// Twenty milliseconds of one line per 2 us.
constexpr size_t kRingBytes = size_t{4} << 20;
constexpr size_t kWriteBytesMax = 64 * 1024;
constexpr std::chrono::microseconds kNap{100};

// Positions grow for ever; a byte's place is its position modulo the ring.
class ByteRing final : public BackgroundLog {
 public:
  ByteRing(const std::filesystem::path& path, RingCallers callers)
      : path_(path),
        callers_(callers),
        file_(path, OpenFile::Mode::kAppendToNew),
        writer_([this] { drain(); }) {}

  ~ByteRing() override { finish(); }

  void put(Event& event) override {
    if (callers_ == RingCallers::kOne) {
      copy_in(event.line);
    } else {
      const std::lock_guard lock(callers_mutex_);
      copy_in(event.line);
    }
  }

  void finish() override {
    is_ending_.store(true, std::memory_order_release);
    if (writer_.joinable()) writer_.join();
  }

  int64_t check_and_count_dropped(const Events&, int64_t put_count) const override {
    check(*count_log_entries(path_) == put_count, "lines are missing in the file");
    return 0;
  }

 private:
  void copy_in(std::string_view line) {
    // The writer's position is read only when the ring looks full: reading it costs a cache miss.
    while (head_ + line.size() - known_tail_ > kRingBytes) {
      known_tail_ = tail_.load(std::memory_order_acquire);
    }
    const size_t at = head_ % kRingBytes;
    const size_t before_end = std::min(line.size(), kRingBytes - at);
    std::memcpy(&ring_[at], line.data(), before_end);
    std::memcpy(ring_.data(), line.data() + before_end, line.size() - before_end);
    head_ += line.size();
    published_head_.store(head_, std::memory_order_release);
  }

  void drain() {
    for (;;) {
      // Before the head: nothing is put after finish() is called.
      const bool is_ending = is_ending_.load(std::memory_order_acquire);
      const size_t head = published_head_.load(std::memory_order_acquire);
      size_t tail = tail_.load(std::memory_order_relaxed);
      if (tail == head) {
        if (is_ending) return;
        std::this_thread::sleep_for(kNap);
      }
      while (tail != head) {
        const size_t at = tail % kRingBytes;
        const size_t bytes = std::min({head - tail, kRingBytes - at, kWriteBytesMax});
        file_.write_whole({&ring_[at], bytes});
        tail += bytes;
        tail_.store(tail, std::memory_order_release);
      }
    }
  }

  const std::filesystem::path path_;
  const RingCallers callers_;
  const OpenFile file_;
  // Zeros, so that its pages are there.
  std::vector<char> ring_ = std::vector<char>(kRingBytes, '\0');

  // The callers', the one that both look at, and the writer's: a cache line each.
  alignas(64) std::mutex callers_mutex_;
  size_t head_ = 0;
  size_t known_tail_ = 0;
  alignas(64) std::atomic<size_t> published_head_ = 0;
  std::atomic<bool> is_ending_ = false;
  alignas(64) std::atomic<size_t> tail_ = 0;

  std::thread writer_;
};

}  // namespace

BackgroundLogMaker memcpy_into_ring(RingCallers callers) {
  return {callers == RingCallers::kOne ? "memcpy into a ring" : "the same under a mutex",
          [callers](const std::filesystem::path& path) {
            return std::make_unique<ByteRing>(path, callers);
          }};
}

}  // namespace logslice::bench
