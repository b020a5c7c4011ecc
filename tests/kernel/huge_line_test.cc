// A line of a gigabyte in a log, in a process that may not have a gigabyte.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/persistence/scan_log.h"
#include "tests/kernel/crash_entry.h"
#include "tests/kernel/temporary_directory.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;

// What a child says by its exit code: 0, or the number of the line that was not as it should be.
int read_all_of_it(const std::string& path) {
  const rlimit limit{kGiB / 4, kGiB / 4};
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 1;
  absl::StatusOr<LogScan<CrashEntry>> scan = scan_log<CrashEntry>(path);
  if (!scan.ok()) return 2;
  for (CrashEntry& entry : *scan) (void)entry;
  if (scan->stats().entry_count != 2 || scan->stats().damaged_count != 1) return 3;
  if (scan->stats().bytes < kGiB) return 4;
  if (count_log_entries(path).value_or(0) != 3) return 5;
  const absl::StatusOr<std::vector<CrashEntry>> last = last_entries<CrashEntry>(path, 2);
  if (!last.ok() || last->size() != 2) return 6;
  const auto writer = PersistentLogWriter::open({.path = path});
  if (!writer.ok() || (*writer)->last_accepted_seq() != 2) return 7;
  return 0;
}

TEST(HugeLineTest, IsReadPastInBoundedMemory) {
  if (kIsSanitized) GTEST_SKIP() << "sanitisers need more address space than the test allows";
  const TemporaryDirectory directory;
  const std::string path = directory / "log.jsonl";
  {
    std::ofstream out(path, std::ios::binary);
    out << crash_line(1) << "{\"x\":\"";
    // A hole: zeros that take no room on the disk, and that no newline interrupts.
    out.seekp(kGiB, std::ios::cur);
    out << "\"}\n" << crash_line(2);
  }
  ASSERT_GT(static_cast<int64_t>(std::filesystem::file_size(path)), kGiB);
  const pid_t child = fork();
  if (child == 0) _exit(read_all_of_it(path));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace logslice::testing
