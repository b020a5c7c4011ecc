// The hand-over between who accepts and who writes: every interleaving of small programs of both
// sides, then both sides at once.

#include "pending_ring.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/sanitized.h"

namespace logslice::internal {
namespace {

using logslice::testing::kIsSanitized;

constexpr int64_t kBytesMax = int64_t{1} << 20;
// The ring has so many slots if one was asked for.
constexpr int64_t kSlots = 1025;

int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total_pages = 0;
  int64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  EXPECT_TRUE(statm.good());
  return resident_pages * sysconf(_SC_PAGESIZE);
}

// One run: a ring, and what is known of each entry that ever was in it. Each function is a step
// that the other side cannot interrupt.
class Run {
 public:
  Run(int64_t batch_max, int64_t chunk_slots)
      : batch_max_(batch_max), entries_(kSlots + 16), ring_(1, chunk_slots) {}

  // ---- The caller's side

  void push() {
    entries_[pushed_] = Entry::kWaiting;
    const int64_t ticket =
        ring_.push({&entries_[pushed_], nullptr, 1},
                   [this](const PendingEntry& dropped) { note_dropped(dropped); });
    ++pushed_;
    if (ticket != static_cast<int64_t>(pushed_)) fail("ticket is out of order");
  }
  void drop() {
    if (const std::optional<PendingEntry> dropped = ring_.drop_oldest()) {
      note_dropped(*dropped);
    } else if (taken_ != pushed_) {
      fail("nothing was dropped, and something is there");
    }
  }
  // Frees what nobody refers to, as whoever owns the entries does.
  void free_unused() {
    const auto unused =
        std::max(static_cast<size_t>(ring_.dropped_ticket()), static_cast<size_t>(settled_));
    if (unused > taken_) fail("what waits is called unused");
    for (; freed_ < unused; ++freed_) {
      if (entries_[freed_] == Entry::kClaimed) fail("what is claimed is called unused");
      entries_[freed_] = Entry::kFreed;
    }
  }

  // ---- The writer's side. One step; false if there is nothing to do.

  bool step_writer() {
    switch (at_) {
      case At::kLook:
        if (!ring_.look(batch_, batch_max_, kBytesMax)) return false;
        at_ = At::kTake;
        return true;
      case At::kTake:
        if (!ring_.take(batch_)) {
          at_ = At::kLook;
          return true;
        }
        if (batch_.first_ticket != static_cast<int64_t>(taken_) + 1) fail("not the oldest");
        for (encoded_ = 0; encoded_ < batch_.size; ++encoded_) {
          Entry& entry = entry_of(batch_.entries[encoded_]);
          if (&entry != &entries_[taken_++]) fail("another entry than was accepted");
          if (entry != Entry::kWaiting) fail("claimed, and does not wait");
          entry = Entry::kClaimed;
        }
        encoded_ = 0;
        at_ = At::kEncode;
        return true;
      case At::kEncode: {
        Entry& entry = entry_of(batch_.entries[encoded_++]);
        if (entry != Entry::kClaimed) fail("encoded, and not there any more");
        entry = Entry::kEncoded;
        ++encoded_count_;
        if (encoded_ == batch_.size) at_ = At::kRelease;
        return true;
      }
      case At::kRelease:
        ring_.release();
        at_ = At::kSettle;
        return true;
      case At::kSettle:
        settled_ = taken_;
        at_ = At::kLook;
        return true;
    }
    return false;
  }

  void end() {
    while (step_writer()) {
    }
    if (taken_ != pushed_) fail("something is left");
    if (encoded_count_ + dropped_count_ != pushed_) fail("lost or doubled");
    if (ring_.refers_to_entries()) fail("still referred to");
    if (ring_.dropped_ticket() != static_cast<int64_t>(last_dropped_)) fail("drops are not known");
    free_unused();
    if (freed_ != static_cast<size_t>(std::max(settled_, last_dropped_))) fail("not all is free");
  }

  const std::string& error() const { return error_; }

 private:
  enum class Entry { kNone, kWaiting, kClaimed, kEncoded, kDropped, kFreed };
  enum class At { kLook, kTake, kEncode, kRelease, kSettle };

  Entry& entry_of(const PendingEntry& pending) {
    return entries_[static_cast<size_t>(static_cast<const Entry*>(pending.entry) -
                                        entries_.data())];
  }
  void note_dropped(const PendingEntry& dropped) {
    Entry& entry = entry_of(dropped);
    if (&entry != &entries_[taken_++]) fail("what is dropped is not the oldest");
    if (entry != Entry::kWaiting) fail("dropped, and does not wait");
    entry = Entry::kDropped;
    last_dropped_ = taken_;
    ++dropped_count_;
  }
  void fail(const char* why) {
    if (error_.empty()) error_ = why;
  }

  const int64_t batch_max_;
  std::vector<Entry> entries_;
  size_t pushed_ = 0;
  size_t taken_ = 0;  // claimed or dropped
  size_t last_dropped_ = 0;
  size_t settled_ = 0;
  size_t freed_ = 0;
  size_t encoded_count_ = 0;
  size_t dropped_count_ = 0;
  std::string error_;

  At at_ = At::kLook;
  PendingBatch batch_;
  size_t encoded_ = 0;
  PendingRing ring_;
};

// What the caller does, a letter each: p push, d drop, f free what is unused. What happens in which
// order: c the caller's next, w the writer's.
void act(Run& run, char letter) {
  switch (letter) {
    case 'p':
      return run.push();
    case 'd':
      return run.drop();
    default:
      return run.free_unused();
  }
}

class Interleavings {
 public:
  // Every order of the program's letters and up to so many steps of the writer, which goes on to
  // the end behind that.
  void explore(const std::string& program, size_t writer_steps, int64_t batch_max,
               int64_t pushed_before = 0) {
    // In the second ring each slot is used again as soon as it can be.
    for (const int64_t chunk_slots : {PendingRing::kChunkSlots, int64_t{1}}) {
      explore(program, writer_steps, batch_max, pushed_before, chunk_slots);
    }
  }

  void report(int64_t count_min) const {
    std::printf("[ schedules] %lld\n", static_cast<long long>(count_));
    EXPECT_GE(count_, count_min) << "fewer interleavings than there were";
  }

 private:
  void explore(const std::string& program, size_t writer_steps, int64_t batch_max,
               int64_t pushed_before, int64_t chunk_slots) {
    std::string order = std::string(program.size(), 'c') + std::string(writer_steps, 'w');
    do {
      Run run(batch_max, chunk_slots);
      for (int64_t i = 0; i < pushed_before; ++i) run.push();
      auto next = program.begin();
      for (const char who : order) {
        if (who == 'c') {
          act(run, *next++);
        } else {
          (void)run.step_writer();
        }
      }
      run.end();
      ++count_;
      ASSERT_EQ(run.error(), "") << "program " << program << ", order " << order << ", batches of "
                                 << batch_max << ", chunks of " << chunk_slots;
    } while (std::next_permutation(order.begin(), order.end()));
  }

  int64_t count_ = 0;
};

std::vector<std::string> programs_of(size_t length) {
  std::vector<std::string> programs = {"p"};  // nothing else is worth a start
  for (size_t i = 1; i < length; ++i) {
    std::vector<std::string> longer;
    for (const std::string& program : programs) {
      for (const char letter : {'p', 'd', 'f'}) longer.push_back(program + letter);
    }
    programs = std::move(longer);
  }
  return programs;
}

TEST(PendingRingTest, NoInterleavingLosesDoublesOrTouchesWhatIsFree) {
  Interleavings all;
  for (const std::string& program : programs_of(kIsSanitized ? 4 : 5)) {
    for (const int64_t batch_max : {1, 2, 3}) {
      all.explore(program, kIsSanitized ? 7 : 9, batch_max);
      if (HasFatalFailure()) return;
    }
  }
  all.report(kIsSanitized ? 52'000 : 960'000);
}

TEST(PendingRingTest, NorWhenTheRingIsFull) {
  Interleavings all;
  for (const std::string program : {"pfp", "ppf", "pdp", "dpf"}) {
    for (const int64_t batch_max : {1, 3}) {
      all.explore(program, kIsSanitized ? 3 : 6, batch_max, kSlots);
      if (HasFatalFailure()) return;
    }
  }
  all.report(kIsSanitized ? 320 : 1'340);
}

// However many go through, and whether it is ever empty or not.
TEST(PendingRingTest, UsesAsManySlotsAsHaveEverWaited) {
  PendingRing ring(100'000);
  PendingBatch batch;
  const int64_t entry = 0;
  const auto no_drop = [](const PendingEntry&) { FAIL() << "there was room"; };
  for (const int64_t waiting_count : {1, 100, 1'000, 50'000, 1}) {
    while (ring.pushed_ticket() - ring.taken_ticket() < waiting_count) {
      ring.push({&entry, nullptr, 1}, no_drop);
    }
    while (ring.pushed_ticket() - ring.taken_ticket() > waiting_count) {
      ASSERT_TRUE(ring.look(batch, 1, kBytesMax) && ring.take(batch));
    }
    const int64_t used_before = ring.used_slot_count();
    for (int64_t i = 0; i < 150'000; ++i) {
      ring.push({&entry, nullptr, 1}, no_drop);
      ASSERT_TRUE(ring.look(batch, 1, kBytesMax) && ring.take(batch));
    }
    ring.release();
    ASSERT_LE(ring.used_slot_count(),
              std::max(used_before, waiting_count + 2 * PendingRing::kChunkSlots));
  }
}

// An allocator that is asked for as much as others have given back hands it out again, and whoever
// wants it cleared touches all of it: 3 MiB for each session after the first.
TEST(PendingRingTest, TouchesNoMemoryThatItDoesNotUse) {
  constexpr int kRings = 20;
  constexpr int64_t kRingBytesMax = int64_t{1} << 20;
  // What lies behind keeps the allocator from giving memory back to the system.
  std::vector<std::unique_ptr<char[]>> behind;
  for (int round = 0; round < 4; ++round) {
    const int64_t before_bytes = resident_bytes();
    std::vector<std::unique_ptr<PendingRing>> rings;
    for (int i = 0; i < kRings; ++i) rings.push_back(std::make_unique<PendingRing>(100'000));
    behind.push_back(std::make_unique<char[]>(30'000));
    EXPECT_LT(resident_bytes() - before_bytes, kRings * kRingBytesMax) << "round " << round;
  }
}

// Both at once, for the atomics: what is written and read here without any is all that a hand-over
// has to protect.
TEST(PendingRingTest, TwoThreadsAgree) {
  constexpr int64_t kEntries = kIsSanitized ? 50'000 : 300'000;
  for (const int64_t waiting_max : {1, 2, 8, 100}) {
    PendingRing ring(waiting_max, /*chunk_slots=*/waiting_max == 8 ? PendingRing::kChunkSlots : 1);
    std::vector<int64_t> entries(kEntries);
    std::vector<char> is_encoded(kEntries);
    std::atomic<int64_t> settled = 0;
    std::atomic<bool> is_over = false;
    std::string error;
    std::thread writer([&] {
      PendingBatch batch;
      for (;;) {
        const bool was_over = is_over;
        if (!ring.look(batch, 16, kBytesMax)) {
          if (was_over) return;
          std::this_thread::yield();
          continue;
        }
        if (!ring.take(batch)) continue;
        for (size_t i = 0; i < batch.size; ++i) {
          const int64_t ticket = batch.first_ticket + static_cast<int64_t>(i);
          if (*static_cast<const int64_t*>(batch.entries[i].entry) != ticket) error = "overwritten";
          is_encoded[static_cast<size_t>(ticket - 1)] += 1;
        }
        ring.release();
        settled.store(batch.first_ticket + static_cast<int64_t>(batch.size) - 1);
      }
    });
    std::vector<char> is_dropped(kEntries);
    const auto note_dropped = [&](const PendingEntry& dropped) {
      is_dropped[static_cast<size_t>(*static_cast<const int64_t*>(dropped.entry) - 1)] += 1;
    };
    int64_t freed = 0;
    for (int64_t i = 0; i < kEntries; ++i) {
      entries[static_cast<size_t>(i)] = i + 1;
      ring.push({&entries[static_cast<size_t>(i)], nullptr, 1}, note_dropped);
      while (ring.pushed_ticket() - ring.taken_ticket() > waiting_max) {
        // The writer may have come by in between: the newest must stay all the same.
        const std::optional<PendingEntry> dropped = ring.drop_oldest(waiting_max);
        if (dropped.has_value()) note_dropped(*dropped);
      }
      const int64_t unused = std::max(ring.dropped_ticket(), settled.load());
      for (; freed < unused; ++freed) entries[static_cast<size_t>(freed)] = -1;
    }
    is_over = true;
    writer.join();
    EXPECT_EQ(error, "");
    EXPECT_EQ(is_encoded.back(), 1) << "the newest is never dropped";
    for (size_t i = 0; i < is_encoded.size(); ++i) {
      ASSERT_EQ(is_encoded[i] + is_dropped[i], 1) << "ticket " << i + 1;
    }
  }
}

}  // namespace
}  // namespace logslice::internal
