#include "snapshot_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using SnapshotFileTest = CallsTest;

TEST_F(SnapshotFileTest, SavesAndLoads) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  dispatch(1, 2);
  session_.dispatch(Plan{"a", 1});
  ASSERT_OK(session_.save_snapshot("/snapshot.json"));
  const absl::StatusOr<Snapshot> loaded = load_snapshot("/snapshot.json", disk_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(*loaded, *session_.snapshot());
  EXPECT_EQ(session_.log_marks<Call>()->synced_seq, 2) << "synced whatever sync_on_flush says";
}

TEST_F(SnapshotFileTest, TheLogsAreDurableBeforeTheSnapshotHasItsName) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  dispatch(1, 2);
  disk_.forget_calls();
  ASSERT_OK(session_.save_snapshot("/snapshot.json"));
  std::vector<std::string> order;
  for (const std::string& call : disk_.calls()) {
    for (const char* name : {"sync_data", "rename", "sync_directory"}) {
      if (call.starts_with(name)) order.push_back(name);
    }
  }
  // The directory of the new log, the log, the temporary file; then the name and its directory.
  ASSERT_GE(order.size(), 4u);
  EXPECT_EQ(std::vector<std::string>(order.end() - 3, order.end()),
            (std::vector<std::string>{"sync_data", "rename", "sync_directory"}));
  EXPECT_EQ(std::count(order.begin(), order.end(), "rename"), 1);
  EXPECT_EQ(std::count(order.begin(), order.end(), "sync_data"), 2);
}

TEST_F(SnapshotFileTest, IsRefusedWhileEntriesAreNotWritten) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  ASSERT_OK(session_.save_snapshot("/snapshot.json"));
  const std::string before = disk_.content("/snapshot.json");
  dispatch(1, 2);
  disk_.fail_named("append", ENOSPC);
  const absl::Status status = session_.save_snapshot("/snapshot.json");
  EXPECT_THAT(status, HasStatus(absl::StatusCode::kUnavailable, "2 log entries"));
  EXPECT_EQ(error_kind(status), ErrorKind::kSnapshot);
  EXPECT_EQ(disk_.content("/snapshot.json"), before);
}

TEST_F(SnapshotFileTest, AFailureAtAnyCallLeavesTheOldOneOrTheNew) {
  session_.dispatch(Plan{"old", 1});
  ASSERT_OK(session_.save_snapshot("/snapshot.json"));
  const std::string old_content = disk_.content("/snapshot.json");
  session_.dispatch(Plan{"new", 2});
  disk_.forget_calls();
  bool succeeded = false;
  for (int64_t step = 0; !succeeded; ++step) {
    ASSERT_LT(step, 20);
    disk_.fail_call(disk_.call_count() + step, EIO, Times::kOnce);
    const absl::Status status = session_.save_snapshot("/snapshot.json");
    succeeded = status.ok();
    const absl::StatusOr<Snapshot> loaded = load_snapshot("/snapshot.json", disk_);
    disk_.heal();
    if (status.ok()) break;
    EXPECT_EQ(error_kind(status), ErrorKind::kSnapshot) << status;
    EXPECT_THAT(std::string(status.message().data(), status.message().size()),
                ::testing::HasSubstr("nput/output"));
    ASSERT_TRUE(load_snapshot("/snapshot.json", disk_).ok()) << "after a failure at call " << step;
  }
  EXPECT_NE(disk_.content("/snapshot.json"), old_content);
  for (const std::string& name : disk_.list_directory("/").names) {
    EXPECT_FALSE(name.ends_with(".tmp")) << name;
  }
}

TEST_F(SnapshotFileTest, AShortWriteIsGoneOnWith) {
  disk_.shorten_append(disk_.append_count(), 10);
  ASSERT_OK(session_.save_snapshot("/snapshot.json"));
  EXPECT_TRUE(load_snapshot("/snapshot.json", disk_).ok());
}

TEST_F(SnapshotFileTest, AFullDiskIsNamedAndLeavesNothingBehind) {
  disk_.set_free_bytes(10);
  EXPECT_THAT(session_.save_snapshot("/snapshot.json"),
              HasStatus(absl::StatusCode::kResourceExhausted, "No space"));
  EXPECT_TRUE(disk_.list_directory("/").names.empty());
}

TEST_F(SnapshotFileTest, LoadNamesThePathOfWhatIsWrong) {
  EXPECT_THAT(load_snapshot("/none.json", disk_).status(),
              HasStatus(absl::StatusCode::kNotFound, "/none.json"));
  disk_.set_content("/garbage.json", "garbage");
  EXPECT_THAT(load_snapshot("/garbage.json", disk_).status(),
              HasStatus(absl::StatusCode::kInvalidArgument, "/garbage.json: not a snapshot"));
  disk_.make_directory("/directory");
  EXPECT_FALSE(load_snapshot("/directory", disk_).ok());
}

struct Held {
  JsonValue value;

  friend bool operator==(const Held&, const Held&) = default;
};

}  // namespace
}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Held> {
  static constexpr std::string_view id = "test:Held";
};

namespace logslice::testing {
namespace {

TEST_F(SnapshotFileTest, EveryJsonValueComesBackByteForByte) {
  const auto nested = static_cast<size_t>(JsonValue::kDepthMax);
  ASSERT_OK(session_.register_slice<Held>(SlicePolicy::kState));
  for (const std::string& text :
       {std::string(R"("\ud800")"), std::string(R"({"\udc00\ud800":"\ud83d\ude00"})"),
        std::string("1e400"), std::string("[-1e-400,1.50]"),
        std::string(nested, '[') + std::string(nested, ']')}) {
    const absl::StatusOr<JsonValue> value = JsonValue::parse(text);
    ASSERT_TRUE(value.ok()) << value.status();
    ASSERT_OK(session_.reset());
    ASSERT_TRUE(session_.dispatch(Held{*value}).ok());
    ASSERT_OK(session_.save_snapshot("/snapshot.json")) << text;
    const absl::StatusOr<Snapshot> loaded = load_snapshot("/snapshot.json", disk_);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(*loaded, *session_.snapshot());
    ASSERT_OK(session_.reset());
    ASSERT_OK(session_.restore(*loaded));
    EXPECT_EQ(*session_.slice<Held>().latest(), Held{*value});
  }
}

TEST_F(SnapshotFileTest, TagsThatAreNoUtf8AreRepairedAsStringsOfEntriesAre) {
  SessionOptions made = options();
  made.tags["a\xff"] = "\xe2\x82.";
  Session tagged(made);
  ASSERT_OK(tagged.save_snapshot("/snapshot.json"));
  const absl::StatusOr<Snapshot> loaded = load_snapshot("/snapshot.json", disk_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_TRUE(loaded->tags.contains("a\xEF\xBF\xBD"));
  EXPECT_EQ(loaded->tags.at("a\xEF\xBF\xBD"), "\xEF\xBF\xBD.");
}

TEST_F(SnapshotFileTest, ALogPathThatIsNoUtf8IsRefused) {
  LogPersistenceConfig odd = config();
  odd.path = "/log\xff.jsonl";
  ASSERT_OK(session_.configure_persistence<Call>(odd));
  for (const absl::Status& status :
       {session_.snapshot().status(), session_.save_snapshot("/snapshot.json")}) {
    EXPECT_THAT(status, HasStatus(absl::StatusCode::kInvalidArgument, "path of the log"));
    EXPECT_THAT(status, HasStatus(absl::StatusCode::kInvalidArgument, "UTF-8"));
    EXPECT_EQ(error_kind(status), ErrorKind::kSnapshot);
  }
  EXPECT_TRUE(disk_.content("/snapshot.json").empty());
}

TEST_F(SnapshotFileTest, WhatCouldNotBeLoadedIsNotWritten) {
  EXPECT_THAT(internal::write_snapshot_file(disk_, "/snapshot.json", R"({"version":"1"})"),
              HasStatus(absl::StatusCode::kInvalidArgument, "created_at"));
  // Reserved addresses without memory: the size alone decides.
  const size_t size_bytes = static_cast<size_t>(kSnapshotBytesMax);
  void* const reserved =
      mmap(nullptr, size_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(reserved, MAP_FAILED);
  const absl::Status status = internal::write_snapshot_file(
      disk_, "/snapshot.json", {static_cast<const char*>(reserved), size_bytes});
  munmap(reserved, size_bytes);
  EXPECT_THAT(status, HasStatus(absl::StatusCode::kResourceExhausted, "/snapshot.json"));
  EXPECT_EQ(error_kind(status), ErrorKind::kSnapshot);
  EXPECT_TRUE(disk_.list_directory("/").names.empty());
}

}  // namespace
}  // namespace logslice::testing
