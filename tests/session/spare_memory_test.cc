#include "spare_memory.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace logslice::internal {
namespace {

constexpr std::align_val_t kAlignment{16};

TEST(SpareMemory, GivesBackWhatItWasGiven) {
  SpareMemory memory;
  void* const piece = memory.take(1000, kAlignment);
  memory.give(piece, 1000, kAlignment);
  EXPECT_EQ(memory.take(1000, kAlignment), piece);
  memory.give(piece, 1000, kAlignment);
}

TEST(SpareMemory, GivesAPieceToOneOnly) {
  SpareMemory memory;
  void* const first = memory.take(1000, kAlignment);
  memory.give(first, 1000, kAlignment);
  void* const again = memory.take(1000, kAlignment);
  void* const another = memory.take(1000, kAlignment);
  EXPECT_EQ(again, first);
  EXPECT_NE(another, first);
  memory.give(again, 1000, kAlignment);
  memory.give(another, 1000, kAlignment);
}

TEST(SpareMemory, NeverGivesAPieceOfAnotherSizeOrAlignment) {
  SpareMemory memory;
  void* const small = memory.take(64, kAlignment);
  memory.give(small, 64, kAlignment);
  void* const larger = memory.take(128, kAlignment);
  void* const finer = memory.take(64, std::align_val_t{64});
  EXPECT_NE(larger, small);
  EXPECT_NE(finer, small);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(finer) % 64, 0u);
  memory.give(larger, 128, kAlignment);
  memory.give(finer, 64, std::align_val_t{64});
}

// Of many pieces that come back at once little is kept, however large they are; but one always is.
TEST(SpareMemory, KeepsLittle) {
  for (const size_t size_bytes : {size_t{64}, size_t{64} << 10, size_t{1} << 20}) {
    SpareMemory memory;
    std::vector<void*> pieces;
    for (int i = 0; i < 100; ++i) pieces.push_back(memory.take(size_bytes, kAlignment));
    for (void* const piece : pieces) memory.give(piece, size_bytes, kAlignment);
    const size_t kept = memory.piece_count();
    EXPECT_GE(kept, 1u);
    EXPECT_LE(kept, SpareMemory::kPieceCountMax);
    if (kept > 1) {
      EXPECT_LE(kept * size_bytes, SpareMemory::kBytesMax);
    }
    EXPECT_EQ(memory.take(size_bytes, kAlignment), pieces[kept - 1]) << "not the newest";
    memory.give(pieces[kept - 1], size_bytes, kAlignment);
  }
}

// What came back first, and much of it, leaves room for the first of what comes later.
TEST(SpareMemory, KeepsOneOfASizeThatComesLate) {
  SpareMemory memory;
  std::vector<void*> small;
  for (int i = 0; i < 100; ++i) small.push_back(memory.take(512, kAlignment));
  void* const large = memory.take(5000, kAlignment);
  for (void* const piece : small) memory.give(piece, 512, kAlignment);
  memory.give(large, 5000, kAlignment);
  void* const again = memory.take(5000, kAlignment);
  EXPECT_EQ(memory.piece_count(), SpareMemory::kPieceCountMax - 1) << "it was not there";
  memory.give(again, 5000, kAlignment);
}

TEST(SpareMemory, OutlivesNobodyWhoHasAPieceOfIt) {
  std::shared_ptr<int> held;
  {
    const auto memory = std::make_shared<SpareMemory>();
    held = std::allocate_shared<int>(SpareAllocator<int>(memory), 7);
  }
  EXPECT_EQ(*held, 7);
  held.reset();  // into memory that only this pointer has kept
}

// Whatever another thread of its parent was at when it was forked off.
TEST(SpareMemory, AForkedChildWaitsForNobody) {
  SpareMemory memory;
  // So that nobody is at the heap, whose lock a sanitiser leaves in the child as it was.
  memory.give(memory.take(64, kAlignment), 64, kAlignment);
  std::atomic<bool> is_over = false;
  std::thread other([&] {
    while (!is_over) memory.give(memory.take(64, kAlignment), 64, kAlignment);
  });
  for (int i = 0; i < 300 && !::testing::Test::HasFailure(); ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(30);  // ends a child that hangs
      memory.give(memory.take(64, kAlignment), 64, kAlignment);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "the child hung";
  }
  is_over = true;
  other.join();
}

// A container that was moved from goes on with its memory.
TEST(SpareMemory, ServesContainers) {
  using Queue = std::deque<int, SpareAllocator<int>>;
  Queue one{SpareAllocator<int>(std::make_shared<SpareMemory>())};
  for (int i = 0; i < 1000; ++i) one.push_back(i);
  Queue other = std::move(one);
  one = Queue(other.get_allocator());
  one.push_back(1);
  EXPECT_EQ(other.size(), 1000u);
  EXPECT_EQ(other.back(), 999);
  other = std::move(one);
  EXPECT_EQ(other.size(), 1u);
}

}  // namespace
}  // namespace logslice::internal
