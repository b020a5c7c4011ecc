#include "window.h"

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/session/slice_view.h"

namespace logslice::internal {
namespace {

struct Entry {
  int64_t number = 0;
  std::string text;
};

// Counts its living objects by standing in for the table's functions.
int64_t g_alive = 0;

}  // namespace
}  // namespace logslice::internal

template <>
struct logslice::EntryTraits<logslice::internal::Entry> {
  static constexpr std::string_view id = "test:Entry";
};

namespace logslice::internal {
namespace {

// The window's own view of a type: how it is made, moved and ended.
TypeTable counting_table() {
  TypeTable table{};
  table.id = "test:Entry";
  table.size_bytes = sizeof(Entry);
  table.align_bytes = alignof(Entry);
  table.default_construct = [](void* at) {
    new (at) Entry();
    ++g_alive;
  };
  table.move_construct = [](void* at, void* from) {
    new (at) Entry(std::move(*static_cast<Entry*>(from)));
    ++g_alive;
  };
  table.copy_construct = [](void* at, const void* from) {
    new (at) Entry(*static_cast<const Entry*>(from));
    ++g_alive;
  };
  table.destroy = [](void* at) {
    static_cast<Entry*>(at)->~Entry();
    --g_alive;
  };
  return table;
}

class WindowTest : public ::testing::Test {
 protected:
  static constexpr size_t kChunkLog2 = 2;
  static constexpr int64_t kChunk = 4;
  static constexpr int64_t kBlock = kChunk * 64;

  WindowTest() { g_alive = 0; }

  void add(Window& window, int64_t first, int64_t last) {
    for (int64_t i = first; i <= last; ++i) {
      Entry entry{i, std::to_string(i)};
      window.append_moved(&entry);
    }
  }
  static void evict(Window& window, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      RetiredMemory retired;
      window.pop_front(1, retired);
    }
  }
  static int64_t number(const void* entry) { return static_cast<const Entry*>(entry)->number; }
  static void expect_numbers(const WindowView& view, int64_t first, int64_t last) {
    ASSERT_EQ(static_cast<int64_t>(view.size()), last - first + 1);
    for (int64_t i = first; i <= last; ++i) {
      const Entry& entry = *static_cast<const Entry*>(view.at(static_cast<size_t>(i - first)));
      ASSERT_EQ(entry.number, i);
      ASSERT_EQ(entry.text, std::to_string(i));
    }
  }

  const TypeTable table_ = counting_table();
};

TEST_F(WindowTest, KeepsEntriesInOrderOverChunksAndBlocks) {
  Window window(table_, kChunkLog2);
  add(window, 1, 3 * kBlock + 5);
  expect_numbers(window.view(), 1, 3 * kBlock + 5);
  EXPECT_EQ(number(window.latest().get()), 3 * kBlock + 5);
  EXPECT_EQ(number(window.at(0)), 1);
}

TEST_F(WindowTest, IsEmptyAtFirst) {
  const Window window(table_, kChunkLog2);
  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.view().size(), 0u);
  EXPECT_EQ(window.latest(), nullptr);
}

TEST_F(WindowTest, EvictionFreesWholeChunksAtOnceWhereNobodyLooks) {
  Window window(table_, kChunkLog2);
  add(window, 1, 10 * kBlock);
  EXPECT_EQ(g_alive, 10 * kBlock);
  for (int64_t evicted = 1; evicted <= 10 * kBlock - 3; ++evicted) {
    evict(window, 1);
    ASSERT_LT(g_alive - static_cast<int64_t>(window.size()), kChunk) << "after " << evicted;
  }
  expect_numbers(window.view(), 10 * kBlock - 2, 10 * kBlock);
}

TEST_F(WindowTest, CanBeEmptiedAndFilledAgainAtEveryLength) {
  for (int64_t length :
       {int64_t{1}, kChunk - 1, kChunk, kChunk + 1, kBlock - 1, kBlock, kBlock + 1}) {
    Window window(table_, kChunkLog2);
    add(window, 1, length);
    evict(window, length);
    EXPECT_TRUE(window.empty());
    add(window, length + 1, 3 * length);
    expect_numbers(window.view(), length + 1, 3 * length);
  }
  EXPECT_EQ(g_alive, 0);
}

TEST_F(WindowTest, AViewKeepsItsEntriesThroughEvictionGrowthAndTheEndOfTheWindow) {
  WindowView view;
  {
    Window window(table_, kChunkLog2);
    add(window, 1, kBlock + 6);
    evict(window, 3);
    view = window.view();
    add(window, kBlock + 7, 4 * kBlock);
    evict(window, 3 * kBlock);
    expect_numbers(view, 4, kBlock + 6);
  }
  expect_numbers(view, 4, kBlock + 6);
  view = {};
  EXPECT_EQ(g_alive, 0);
}

TEST_F(WindowTest, WhatAViewPinnedIsFreedByALaterPass) {
  Window window(table_, kChunkLog2);
  add(window, 1, kBlock);
  {
    const WindowView view = window.view();
    evict(window, kBlock / 2);
    EXPECT_EQ(g_alive, kBlock);
  }
  EXPECT_EQ(g_alive, kBlock) << "the view's end frees nothing: the window's block holds the chunks";
  evict(window, 1);
  EXPECT_LT(g_alive - static_cast<int64_t>(window.size()), kChunk);
}

TEST_F(WindowTest, AViewDoesNotPinWhatComesAfterIt) {
  Window window(table_, kChunkLog2);
  add(window, 1, kChunk);
  const WindowView view = window.view();
  add(window, kChunk + 1, 10 * kChunk);
  evict(window, 9 * kChunk);
  EXPECT_EQ(g_alive, 2 * kChunk) << "its own chunk, and the one that is left";
  expect_numbers(view, 1, kChunk);
}

TEST_F(WindowTest, LatestPinsItsChunkOnly) {
  Window window(table_, kChunkLog2);
  add(window, 1, kBlock);
  const std::shared_ptr<const void> latest = window.latest();
  add(window, kBlock + 1, 3 * kBlock);
  evict(window, 3 * kBlock);
  EXPECT_LE(g_alive, 2 * kChunk);
  EXPECT_EQ(number(latest.get()), kBlock);
}

TEST_F(WindowTest, ASharedWindowAndItsSourceNeverSeeEachOthersEntries) {
  for (int64_t length : {int64_t{1}, kChunk, kChunk + 1, kBlock, kBlock + 3, 2 * kBlock}) {
    Window source(table_, kChunkLog2);
    add(source, 1, length + 2);
    evict(source, 2);
    Window twin = Window::share(table_, source.view(), kChunkLog2);
    add(source, length + 3, length + 2 * kBlock);
    add(twin, length + 3, length + 3 * kBlock);
    evict(twin, length);
    expect_numbers(source.view(), 3, length + 2 * kBlock);
    expect_numbers(twin.view(), length + 3, length + 3 * kBlock);
  }
  EXPECT_EQ(g_alive, 0);
}

TEST_F(WindowTest, SharingCopiesTheLastChunkAlone) {
  Window source(table_, kChunkLog2);
  add(source, 1, 10 * kBlock);
  const Window twin = Window::share(table_, source.view(), kChunkLog2);
  EXPECT_EQ(g_alive, 10 * kBlock + kChunk);
}

TEST_F(WindowTest, AnEntryThatThrowsLeavesTheWindowAsItWas) {
  TypeTable table = counting_table();
  table.move_construct = [](void*, void* from) {
    if (static_cast<Entry*>(from)->number == 13) throw std::runtime_error("13");
    ++g_alive;
  };
  table.destroy = [](void*) { --g_alive; };
  Window window(table, kChunkLog2);
  Entry entry{12, ""};
  window.append_moved(&entry);
  entry.number = 13;
  EXPECT_THROW(window.append_moved(&entry), std::runtime_error);
  EXPECT_EQ(window.size(), 1u);
  EXPECT_EQ(window.view().size(), 1u);
}

TEST_F(WindowTest, ChunksAreSmallAgainstTheWindow) {
  EXPECT_EQ(Window::chunk_entries_log2_for(1), 3u);
  EXPECT_EQ(Window::chunk_entries_log2_for(64), 3u);
  EXPECT_EQ(Window::chunk_entries_log2_for(65), 6u);
  EXPECT_EQ(Window::chunk_entries_log2_for(10'000), 6u);
  EXPECT_EQ(Window::chunk_entries_log2_for(10'001), 8u);
}

TEST_F(WindowTest, IteratorsOfAViewAreRandomAccess) {
  static_assert(std::random_access_iterator<SliceView<Entry>::Iterator>);
  Window window(table_, kChunkLog2);
  add(window, 1, 100);
  const SliceView<Entry> view(window.view());
  EXPECT_EQ(view.begin()[41].number, 42);
  EXPECT_EQ((view.end() - 1)->number, 100);
  EXPECT_EQ(view.end() - view.begin(), 100);
  EXPECT_EQ(view.front().number, 1);
  EXPECT_EQ(view.back().number, 100);
  const auto found = std::lower_bound(view.begin(), view.end(), 77,
                                      [](const Entry& e, int64_t n) { return e.number < n; });
  EXPECT_EQ(found->number, 77);
}

}  // namespace
}  // namespace logslice::internal
