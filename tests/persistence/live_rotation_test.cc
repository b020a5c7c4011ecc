// On the real file system: a log that is read again and again while its writer rotates, compresses
// and removes its segments.

#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "logslice/persistence/log_lines.h"
#include "tests/persistence/writer_fixture.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

namespace stdfs = std::filesystem;

class LiveRotationTest : public ::testing::Test {
 protected:
  LiveRotationTest() {
    // In memory, where there is that: each rotation syncs its directory.
    const std::string memory = "/dev/shm";
    const bool has_memory = access(memory.c_str(), W_OK) == 0;
    std::string pattern =
        (has_memory ? memory : stdfs::temp_directory_path().string()) + "/logslice_XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    directory_ = stdfs::canonical(pattern);
    config_.path = directory_ / "log.jsonl";
    config_.rotate_at_bytes = 800;  // some eight entries
  }
  ~LiveRotationTest() override {
    std::error_code ignored;
    stdfs::remove_all(directory_, ignored);
  }

  // Bounded by whichever comes first; how far it comes is up to the machine.
  static constexpr int kRotations = kIsSanitized ? 400 : 2000;
  static constexpr auto kTime = std::chrono::milliseconds(kIsSanitized ? 3000 : 1200);

  void write() {
    const auto end = std::chrono::steady_clock::now() + kTime;
    LogEnvironment environment{.diagnostics = [this](const Diagnostic& diagnostic) {
      if (diagnostic.event == "log_segment_sealed") ++rotation_count_;
      if (diagnostic.event == "log_segments_removed") ++removal_count_;
      EXPECT_EQ(diagnostic.severity, Severity::kInfo) << to_string(diagnostic);
    }};
    const bool is_background = config_.write_mode == WriteMode::kBackground;
    auto opened = is_background
                      ? PersistentLogWriter::open_in_background(config_, std::move(environment))
                      : PersistentLogWriter::open(config_, std::move(environment));
    ASSERT_TRUE(opened.ok()) << opened.status();
    PersistentLogWriter& writer = **opened;
    const int type = writer.register_type(internal::type_table<Note>());
    Note note{"a"};
    while (rotation_count_ < kRotations && std::chrono::steady_clock::now() < end) {
      ++note.number;
      const absl::StatusOr<int64_t> ticket = writer.accept(type, &note);
      ASSERT_TRUE(ticket.ok()) << ticket.status();
      const absl::Status status = is_background ? writer.step() : writer.write_through(*ticket);
      ASSERT_TRUE(status.ok()) << status;
      written_seq_ = writer.marks().written_seq;
    }
    EXPECT_TRUE(writer.close().ok());
    written_seq_ = note.number;
  }

  // One pass over the log, by either interface.
  void read(bool by_line) {
    const int64_t written_before = written_seq_;
    if (by_line) {
      absl::StatusOr<LogLines> lines = scan_lines(config_.path, {});
      if (!lines.ok()) return check_not_there(lines.status(), written_before);
      Pass pass;
      while (lines->next()) pass.see(lines->line().seq);
      EXPECT_TRUE(lines->status().ok()) << lines->status();
      check(pass, written_before);
    } else {
      absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(config_.path);
      if (!scan.ok()) return check_not_there(scan.status(), written_before);
      Pass pass;
      for (auto it = scan->begin(); it != scan->end(); ++it) {
        EXPECT_EQ(it->number, it.seq());
        pass.see(it.seq());
      }
      EXPECT_TRUE(scan->status().ok()) << scan->status();
      EXPECT_EQ(scan->stats().damaged_count, 0);
      check(pass, written_before);
    }
  }

  struct Pass {
    int64_t first_seq = 0;
    int64_t last_seq = 0;
    int64_t hole_count = 0;
    int64_t repeat_count = 0;
    void see(int64_t seq) {
      if (first_seq == 0) {
        first_seq = seq;
        last_seq = seq - 1;
      }
      if (seq <= last_seq) ++repeat_count;
      if (seq > last_seq + 1) ++hole_count;
      last_seq = seq;
    }
  };

  void check(const Pass& pass, int64_t written_before) {
    ++pass_count_;
    EXPECT_EQ(pass.repeat_count, 0);
    EXPECT_GE(pass.last_seq, written_before);
    if (config_.retain_segments > 0) return;
    EXPECT_EQ(pass.first_seq, written_before > 0 || pass.last_seq > 0 ? 1 : 0);
    EXPECT_EQ(pass.hole_count, 0);
  }

  static void check_not_there(const absl::Status& status, int64_t written_before) {
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_EQ(written_before, 0) << status;
  }

  void read_while_writing() {
    std::atomic<bool> is_done{false};
    std::thread writer([&] {
      write();
      is_done = true;
    });
    for (bool by_line = false; !is_done && !HasFailure(); by_line = !by_line) read(by_line);
    writer.join();
    read(true);
    read(false);
    std::printf("[ rotations] %d, seen by %d passes\n", rotation_count_.load(), pass_count_);
    EXPECT_GE(rotation_count_, 20);
    EXPECT_GE(pass_count_, 3);
  }

  stdfs::path directory_;
  LogPersistenceConfig config_;
  std::atomic<int64_t> written_seq_{0};
  std::atomic<int> rotation_count_{0};
  std::atomic<int> removal_count_{0};
  int pass_count_ = 0;
};

TEST_F(LiveRotationTest, AReaderSeesEachEntryOnce) { read_while_writing(); }

TEST_F(LiveRotationTest, SoItDoesWhileSegmentsAreCompressed) {
  config_.compression = SegmentCompression::kGzip;
  config_.write_mode = WriteMode::kBackground;
  read_while_writing();
}

TEST_F(LiveRotationTest, WithRetentionAReaderSeesWhatIsLeftInOrder) {
  config_.compression = SegmentCompression::kGzip;
  config_.write_mode = WriteMode::kBackground;
  config_.retain_segments = 10;
  read_while_writing();
  EXPECT_GE(removal_count_, 5);
  int64_t file_count = 0;
  for (const auto& entry : stdfs::directory_iterator(directory_)) {
    (void)entry;
    ++file_count;
  }
  EXPECT_LE(file_count, 10 + 4);
}

}  // namespace
}  // namespace logslice::testing
