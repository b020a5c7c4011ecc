// This header defines LogProgress, how far the log has come, for anyone to read at any time.
#pragma once

#include <atomic>
#include <cstdint>

namespace logslice::internal {

// Each is written by one side only, under that side's lock; see LogMarks for what they mean.
struct LogProgress {
  // By those who accept.
  alignas(64) std::atomic<int64_t> accepted_seq{0};
  std::atomic<int64_t> pending_bytes_in{0};  // memory_bytes of everything ever queued
  std::atomic<int64_t> refused_count{0};

  // By the one who writes.
  alignas(64) std::atomic<int64_t> settled_seq{0};
  std::atomic<int64_t> written_seq{0};
  std::atomic<int64_t> synced_seq{0};
  std::atomic<int64_t> dropped_count{0};
  std::atomic<int64_t> unsyncable_count{0};
  std::atomic<int64_t> repaired_string_count{0};
  std::atomic<int64_t> pending_bytes_out{0};  // of everything ever taken from the queue
};

}  // namespace logslice::internal
