// Memory that ends on a real disk: the layer over the operating system leaks nothing and says
// ENOMEM.
#include <dirent.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/allocation/every_allocation.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

int64_t open_descriptor_count() {
  int64_t count = 0;
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

// Opens a log with a torn tail and a sealed segment, appends, closes.
class WholeLifeCase {
 public:
  WholeLifeCase() : folder_(std::filesystem::path(::testing::TempDir()) / folder_name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    config_.path = folder_ / "log.jsonl";
    config_.sync_on_flush = true;
    path_ = config_.path;
    const auto writer = *PersistentLogWriter::open(config_);
    const int type = writer->register_type(internal::type_table<Note>());
    const Note note{"there before the memory ended", 1};
    EXPECT_TRUE(writer->write_through(*writer->accept(type, &note)).ok());
    EXPECT_TRUE(writer->close().ok());
    descriptor_count_ = open_descriptor_count();
  }
  ~WholeLifeCase() { std::filesystem::remove_all(folder_); }

  void run() {
    absl::StatusOr<std::shared_ptr<PersistentLogWriter>> opened =
        PersistentLogWriter::open(config_);
    status_ = opened.status();
    if (!opened.ok()) return;
    const std::shared_ptr<PersistentLogWriter> writer = *std::move(opened);
    int type = 0;
    {
      const AllocationTruce truce;
      type = writer->register_type(internal::type_table<Note>());
    }
    const absl::StatusOr<int64_t> seq = writer->accept(type, &note_);
    status_ = seq.status();
    if (seq.ok()) status_ = writer->write_through(*seq);
    is_written_ = seq.ok() && status_.ok();
    const absl::Status closed = writer->close();
    if (status_.ok()) status_ = closed;
  }

  void check() {
    EXPECT_TRUE(is_ok_or_no_memory(status_) ||
                status_.message().find("memory") != std::string::npos)
        << status_;
    EXPECT_EQ(open_descriptor_count(), descriptor_count_) << "a descriptor is left open";
    const std::vector<ScannedNote> notes = scan_notes(posix_file_system(), path_);
    ASSERT_GE(notes.size(), is_written_ ? 2u : 1u);
    EXPECT_EQ(notes[0], (ScannedNote{1, "there before the memory ended"}));
    // Nothing that was given is given again.
    const auto writer = PersistentLogWriter::open(config_);
    ASSERT_TRUE(writer.ok()) << writer.status();
    EXPECT_GE((*writer)->last_accepted_seq(), static_cast<int64_t>(notes.size()));
  }

 private:
  static std::string folder_name() { return "logslice_memory_" + std::to_string(getpid()); }

  const std::filesystem::path folder_;
  LogPersistenceConfig config_;
  std::string path_;
  const Note note_{"written while the memory ends", 2};
  int64_t descriptor_count_ = 0;
  bool is_written_ = false;
  absl::Status status_;
};

TEST(AllocationPosixTest, OpensAppendsAndClosesOrSaysThatMemoryEnded) {
  fail_every_allocation<WholeLifeCase>(10);
}

}  // namespace
}  // namespace logslice::testing
