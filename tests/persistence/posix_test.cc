// On the real file system: what a fake cannot show.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fork_guard.h"
#include "log_paths.h"
#include "logslice/persistence/log_info.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

namespace stdfs = std::filesystem;

class PosixTest : public ::testing::Test {
 protected:
  PosixTest() {
    std::string pattern = (stdfs::temp_directory_path() / "logslice_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    directory_ = stdfs::canonical(pattern);
  }
  ~PosixTest() override {
    std::error_code ignored;
    stdfs::permissions(directory_, stdfs::perms::owner_all, ignored);
    stdfs::remove_all(directory_, ignored);
  }

  std::string path(const std::string& name = "log.jsonl") const { return directory_ / name; }

  absl::StatusOr<std::shared_ptr<PersistentLogWriter>> open(LogPersistenceConfig config = {}) {
    if (config.path.empty()) config.path = path();
    return PersistentLogWriter::open(
        config, {.diagnostics = [this](const Diagnostic& d) { diagnostics_.push_back(d); }});
  }

  static absl::Status append(PersistentLogWriter& writer, const Note& note) {
    const int type = writer.register_type(internal::type_table<Note>());
    const absl::StatusOr<int64_t> seq = writer.accept(type, &note);
    return seq.ok() ? writer.write_through(*seq) : seq.status();
  }

  static unsigned permissions(const std::string& path) {
    struct stat stat;
    if (lstat(path.c_str(), &stat) != 0) return 0;
    return stat.st_mode & 07777;
  }

  stdfs::path directory_;
  std::vector<Diagnostic> diagnostics_;
};

TEST_F(PosixTest, WritesScansAndResumes) {
  for (int life = 0; life < 2; ++life) {
    auto writer = open({.sync_on_flush = true});
    ASSERT_TRUE(writer.ok()) << writer.status();
    EXPECT_TRUE(append(**writer, {"a"}).ok());
    EXPECT_TRUE(append(**writer, {"b"}).ok());
    EXPECT_TRUE((*writer)->close().ok());
  }
  const std::vector<ScannedNote> notes = scan_notes(posix_file_system(), path(), {.strict = true});
  ASSERT_EQ(notes.size(), 4u);
  EXPECT_EQ(notes.back().seq, 4);
  EXPECT_TRUE(diagnostics_.empty());
}

TEST_F(PosixTest, AReaderFollowsALinkToTheSegmentsOfTheLog) {
  std::ofstream(path("real.jsonl"))
      << R"({"__type__":"test:Note","text":"b","number":0,"__seq__":2})"
         "\n";
  std::ofstream(path("real.00000000000000000001-00000000000000000001.jsonl"))
      << R"({"__type__":"test:Note","text":"a","number":0,"__seq__":1})"
         "\n";
  stdfs::create_symlink("real.jsonl", path("link.jsonl"));
  EXPECT_EQ(count_log_entries(path("link.jsonl")).value(), 2);
  EXPECT_EQ(last_entries<Note>(path("link.jsonl"), 9)->size(), 2u);
  EXPECT_EQ(scan_notes(posix_file_system(), path("link.jsonl")).size(), 2u);
  stdfs::create_symlink("nothing.jsonl", path("dangling.jsonl"));
  EXPECT_TRUE(absl::IsNotFound(count_log_entries(path("dangling.jsonl")).status()));
}

TEST_F(PosixTest, ModesAre0600And0700WhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const std::string name = "d" + std::to_string(mask) + "/e/log.jsonl";
    const mode_t before = umask(mask);
    {
      auto writer = open({.path = path(name)});
      umask(mask);
      EXPECT_TRUE(writer.ok()) << writer.status();
      if (writer.ok()) {
        EXPECT_TRUE(append(**writer, {"a"}).ok());
      }
    }
    umask(before);
    EXPECT_EQ(permissions(path(name)), 0600u);
    EXPECT_EQ(permissions(path(name + ".lock")), 0600u);
    EXPECT_EQ(permissions(stdfs::path(path(name)).parent_path()), 0700u);
  }
}

TEST_F(PosixTest, WhatIsNoRegularFileIsRefusedByName) {
  stdfs::create_directory(path("directory"));
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  std::ofstream(path("real")) << "";
  stdfs::create_symlink(path("real"), path("symlink"));
  stdfs::create_symlink(path("nowhere"), path("dangling"));
  for (const auto& [name, kind] : {std::pair{"directory", "is a directory"},
                                   {"fifo", "is a FIFO"},
                                   {"symlink", "is a symbolic link"},
                                   {"dangling", "is a symbolic link"}}) {
    SCOPED_TRACE(name);
    const absl::Status status = open({.path = path(name)}).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(text_of(status), HasSubstr(kind));
    EXPECT_FALSE(stdfs::exists(path(std::string(name) + ".lock")));
  }
  EXPECT_THAT(text_of(open({.path = "/dev/null"}).status()), HasSubstr("is a character device"));
  EXPECT_THAT(text_of(open({.path = "/dev/full"}).status()), HasSubstr("is a character device"));
  EXPECT_THAT(text_of(scan_log<Note>(path("fifo")).status()), HasSubstr("is a FIFO"));
  EXPECT_THAT(text_of(scan_log<Note>(path("directory")).status()), HasSubstr("is a directory"));
  EXPECT_THAT(text_of(count_log_entries(path("directory")).status()), HasSubstr("is a directory"));
}

TEST_F(PosixTest, FileInPlaceOfTheDirectoryIsAnErrorThatNamesIt) {
  std::ofstream(path("file")) << "";
  const absl::Status status = open({.path = path("file") + "/log.jsonl"}).status();
  EXPECT_EQ(error_kind(status), ErrorKind::kWrite);
  EXPECT_THAT(text_of(status), HasSubstr("Not a directory"));
  EXPECT_FALSE(open({.path = path("file") + "/deeper/log.jsonl"}).ok());
}

TEST_F(PosixTest, SecondHardLinkIsRefused) {
  {
    auto writer = open();
    ASSERT_TRUE(writer.ok() && append(**writer, {"a"}).ok());
  }
  stdfs::create_hard_link(path(), path("other"));
  EXPECT_TRUE(absl::IsFailedPrecondition(open().status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(open({.path = path("other")}).status()));
}

TEST_F(PosixTest, OneLogHasOneLockByWhateverPath) {
  stdfs::create_directory(path("real"));
  stdfs::create_directory_symlink(path("real"), path("link"));
  auto writer = open({.path = path("real/log.jsonl")});
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ((*writer)->path(), path("real/log.jsonl"));
  EXPECT_EQ(error_kind(open({.path = path("link/log.jsonl")}).status()), ErrorKind::kLock);
  EXPECT_EQ(error_kind(open({.path = path("link/../real/./log.jsonl")}).status()),
            ErrorKind::kLock);
}

TEST_F(PosixTest, TildeIsTheHomeDirectory) {
  const char* const home = std::getenv("HOME");
  const std::string before = home == nullptr ? "" : home;
  setenv("HOME", directory_.c_str(), 1);
  EXPECT_EQ(internal::expand_home("~/x").value(), path("x"));
  EXPECT_EQ(internal::expand_home("a/~/x").value(), "a/~/x");
  auto writer = open({.path = "~/sub/log.jsonl"});
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ((*writer)->path(), path("sub/log.jsonl"));
  EXPECT_TRUE(append(**writer, {"a"}).ok());
  EXPECT_EQ(count_log_entries("~/sub/log.jsonl").value(), 1);
  before.empty() ? unsetenv("HOME") : setenv("HOME", before.c_str(), 1);
}

TEST_F(PosixTest, NoPermissionIsAnErrorThatSaysSo) {
  if (geteuid() == 0) GTEST_SKIP() << "root may do everything";
  stdfs::permissions(directory_, stdfs::perms::owner_read | stdfs::perms::owner_exec);
  const absl::Status status = open().status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_EQ(error_kind(status), ErrorKind::kWrite);
}

// What a child says by its exit code; 99 if it ends otherwise.
template <typename Body>
int exit_code_of_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST_F(PosixTest, AnotherProcessIsRefusedWithTheHoldersPid) {
  auto writer = open();
  ASSERT_TRUE(writer.ok());
  const std::string expected = "process " + std::to_string(getpid()) + " since ";
  EXPECT_EQ(exit_code_of_child([&] {
              const absl::Status status = open().status();
              if (error_kind(status) != ErrorKind::kLock) return 1;
              return text_of(status).find(expected) == std::string::npos ? 2 : 0;
            }),
            0);
  const absl::StatusOr<LogInfo> none = read_log_info(path());
  EXPECT_TRUE(absl::IsNotFound(none.status()));
  ASSERT_TRUE(append(**writer, {"a"}).ok());
  EXPECT_EQ(read_log_info(path())->holder->pid, getpid());
}

TEST_F(PosixTest, ForkedChildIsRefusedAndDoesNotKeepTheLock) {
  auto writer = open();
  ASSERT_TRUE(writer.ok() && append(**writer, {"parent"}).ok());
  int to_child[2];
  int to_parent[2];
  ASSERT_TRUE(pipe(to_child) == 0 && pipe(to_parent) == 0);
  const pid_t child = fork();
  if (child == 0) {
    Note note{"child"};
    int code = 0;
    if (error_kind(append(**writer, note)) != ErrorKind::kClosed) code = 1;
    if (error_kind((*writer)->flush()) != ErrorKind::kClosed) code = 2;
    if (!(*writer)->close().ok()) code = 3;
    // It lives on while the parent closes and opens again.
    char byte = static_cast<char>(code);
    if (write(to_parent[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) != 1) code = 4;
    _exit(code);
  }
  char code = 0;
  ASSERT_EQ(read(to_parent[0], &code, 1), 1);
  EXPECT_EQ(code, 0);
  EXPECT_TRUE((*writer)->close().ok());
  auto again = open();
  EXPECT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(write(to_child[1], "x", 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (const int descriptor : {to_child[0], to_child[1], to_parent[0], to_parent[1]}) {
    close(descriptor);
  }
  EXPECT_EQ(count_log_entries(path()).value(), 1);
}

TEST_F(PosixTest, KilledWriterLeavesWhatItAcknowledged) {
  int acknowledged[2];
  ASSERT_EQ(pipe(acknowledged), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto writer = open();
    if (!writer.ok()) _exit(1);
    for (int64_t i = 1;; ++i) {
      Note note{"entry " + std::to_string(i), i};
      if (!append(**writer, note).ok()) _exit(2);
      if (write(acknowledged[1], &i, sizeof i) != sizeof i) _exit(3);
    }
  }
  close(acknowledged[1]);
  int64_t seq = 0;
  while (seq < 500 && read(acknowledged[0], &seq, sizeof seq) == sizeof seq) {
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  while (read(acknowledged[0], &seq, sizeof seq) == sizeof seq) {
  }
  close(acknowledged[0]);
  EXPECT_GE(seq, 500);
  auto writer = open();
  ASSERT_TRUE(writer.ok()) << writer.status();
  EXPECT_GE((*writer)->last_accepted_seq(), seq);
  EXPECT_TRUE(append(**writer, {"after"}).ok());
  const std::vector<ScannedNote> notes = scan_notes(posix_file_system(), path(), {.strict = true});
  for (size_t i = 0; i < notes.size(); ++i) ASSERT_EQ(notes[i].seq, static_cast<int64_t>(i) + 1);
}

TEST_F(PosixTest, FileSizeLimitIsAFullDisk) {
  // In a child, since the limit is the process's.
  EXPECT_EQ(exit_code_of_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{2000, 1 << 20};
              if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
              auto writer = open();
              if (!writer.ok()) return 2;
              std::deque<Note> notes;
              absl::Status status;
              for (int i = 0; i < 30; ++i) {
                notes.push_back({"some text to fill the file", i});
                status = append(**writer, notes.back());
              }
              if (status.ok() || diagnostics_.size() != 1) return 3;
              // What the kernel says, not what a short write looks like.
              if (status.message().find("File too large") == status.message().npos) return 7;
              const rlimit more{1 << 20, 1 << 20};
              if (setrlimit(RLIMIT_FSIZE, &more) != 0) return 4;
              if (!(*writer)->flush().ok() || diagnostics_.size() != 2) return 5;
              return (*writer)->close().ok() ? 0 : 6;
            }),
            0);
  const std::vector<ScannedNote> notes = scan_notes(posix_file_system(), path(), {.strict = true});
  ASSERT_EQ(notes.size(), 30u);
  EXPECT_EQ(notes.back().seq, 30);
}

TEST_F(PosixTest, LineOfAHundredMegabytesIsNotReadIntoMemory) {
  {
    std::ofstream out(path(), std::ios::binary);
    out << "{\"__type__\":\"test:Note\",\"text\":\"a\",\"number\":0,\"__seq__\":1,"
           "\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n{\"x\":\"";
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 100; ++i) out << block;
    out << "\"}\n";
  }
  // The peak of a child's memory, in KiB, is what getrusage tells of it afterwards.
  const auto peak_growth_of = [&](auto body) {
    int report[2];
    EXPECT_EQ(pipe(report), 0);
    const pid_t child = fork();
    if (child == 0) {
      rusage before, after;
      getrusage(RUSAGE_SELF, &before);
      body();
      getrusage(RUSAGE_SELF, &after);
      const int64_t growth = after.ru_maxrss - before.ru_maxrss;
      _exit(write(report[1], &growth, sizeof growth) == sizeof growth ? 0 : 1);
    }
    int64_t growth = -1;
    EXPECT_EQ(read(report[0], &growth, sizeof growth), static_cast<ssize_t>(sizeof growth));
    waitpid(child, nullptr, 0);
    close(report[0]);
    close(report[1]);
    return growth;
  };
  constexpr int64_t kGrowthKibMax = 32 << 10;
  EXPECT_LT(peak_growth_of([&] {
              absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(path());
              for (Note& note : *scan) (void)note;
              if (scan->stats().damaged_count != 1) _exit(1);
            }),
            kGrowthKibMax);
  EXPECT_LT(peak_growth_of([&] { (void)last_entries<Note>(path(), 1); }), kGrowthKibMax);
  EXPECT_LT(peak_growth_of([&] {
              auto writer = open();
              if (!writer.ok() || (*writer)->last_accepted_seq() != 2) _exit(1);
            }),
            kGrowthKibMax);
}

TEST_F(PosixTest, FileSystemCallsDoWhatTheirManualSays) {
  FileSystem& fs = posix_file_system();
  EXPECT_EQ(fs.open(path("none"), OpenMode::kAppend).error, ENOENT);
  OpenResult opened = fs.open(path("f"), OpenMode::kAppendNew);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(fs.open(path("f"), OpenMode::kAppendNew).error, EEXIST);
  EXPECT_EQ(opened.file->append("hello").value, 5);
  char buffer[8];
  EXPECT_EQ(opened.file->read_at(buffer, sizeof buffer, 1).value, 4);
  EXPECT_EQ(opened.file->read_at(buffer, sizeof buffer, 5).value, 0);
  EXPECT_TRUE(opened.file->sync_data().ok());
  EXPECT_TRUE(opened.file->truncate(2).ok());
  EXPECT_EQ(opened.file->stat().stat.size_bytes, 2);
  EXPECT_TRUE(fs.rename(path("f"), path("g")).ok());
  EXPECT_EQ(fs.stat(path("f")).error, ENOENT);
  EXPECT_EQ(fs.stat(path("g")).stat.inode, opened.file->stat().stat.inode);
  EXPECT_EQ(fs.make_directory(path("g")).error, EEXIST);
  EXPECT_TRUE(fs.make_directory(path("d")).ok());
  EXPECT_TRUE(fs.sync_directory(path("")).ok());
  EXPECT_THAT(fs.list_directory(path("")).names, UnorderedElementsAre("g", "d"));
  EXPECT_TRUE(fs.unlink(path("g")).ok());
  EXPECT_EQ(opened.file->stat().stat.link_count, 0u);
  EXPECT_EQ(fs.canonicalize(path("d/..")).path, directory_.string());
  EXPECT_EQ(fs.list_directory(path("none")).error, ENOENT);
}

}  // namespace
}  // namespace logslice::testing
