// This header defines the thin layer between persistence and the operating system.
//
// Every virtual function is one system call with its raw outcome, so that a model of a disk can
// stand in for it, fail any call with any errno, write short, and stop after each call. Nothing
// above this layer calls the operating system for a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace logslice {

// What a call gave: a count of bytes where it has one, else 0; and errno, 0 for success.
struct IoResult {
  int64_t value = 0;
  int error = 0;
  bool ok() const { return error == 0; }
};

enum class FileKind {
  kRegular,
  kDirectory,
  kSymlink,
  kFifo,
  kSocket,
  kCharacterDevice,
  kBlockDevice,
};

struct FileStat {
  FileKind kind = FileKind::kRegular;
  uint32_t permissions = 0;  // the lower 12 bits of st_mode
  int64_t size_bytes = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t link_count = 0;
};

struct StatResult {
  FileStat stat;
  int error = 0;
  bool ok() const { return error == 0; }
};

enum class OpenMode {
  kRead,       // an existing file, for reading; a symlink is followed
  kAppend,     // an existing file, for reading and appending; a symlink is ELOOP
  kAppendNew,  // a file that must not exist yet (EEXIST), as kAppend, mode 0600 whatever the umask
  kUpdate,     // an existing file, for read_at and write_at; a symlink is ELOOP
  kUpdateNew,  // a file that must not exist yet (EEXIST), as kUpdate, mode 0600 whatever the umask
};

// File is one open file. The destructor closes it. EINTR is retried inside.
// Threads: calls of one file are serialised by its owner, but for read_at(), of which several may
// run at once (ScanOptions::threads, CountOptions::threads).
class File {
 public:
  virtual ~File() = default;

  // One write(2) at the end of the file. The value is the count of bytes written, which may be
  // less than asked for.
  virtual IoResult append(std::string_view bytes) = 0;

  // One pread(2). The value is the count of bytes read; 0 means that `offset` is at or behind the
  // end.
  virtual IoResult read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) = 0;

  // One pwrite(2), for files opened with kUpdate or kUpdateNew. May be short.
  virtual IoResult write_at(std::string_view bytes, int64_t offset_bytes) = 0;

  // fdatasync(2): content and size are on the device when it succeeds. A failure is final for the
  // file: the kernel may drop the pages and report success the next time.
  virtual IoResult sync_data() = 0;

  // ftruncate(2).
  virtual IoResult truncate(int64_t size_bytes) = 0;

  // fstat(2).
  virtual StatResult stat() = 0;

  // Takes an exclusive lock that belongs to this open file (an OFD lock), without waiting. It
  // conflicts with every other open of the same file, in this process or another (EAGAIN), and
  // goes with the file's close. A forked child does not keep it.
  virtual IoResult try_lock() = 0;

  // The value is 1 if somebody else's lock would make try_lock fail, else 0. Takes nothing.
  virtual IoResult locked_elsewhere() = 0;
};

struct OpenResult {
  std::unique_ptr<File> file;  // null if error != 0
  int error = 0;
  bool ok() const { return error == 0; }
};

struct ListResult {
  std::vector<std::string> names;  // without "." and "..", in no order
  int error = 0;
  bool ok() const { return error == 0; }
};

struct PathResult {
  std::string path;
  int error = 0;
  bool ok() const { return error == 0; }
};

// FileSystem is the part that goes by path. Threads: any.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // open(2), never blocking and never inherited by exec. Of any kind of file: look at stat().
  virtual OpenResult open(const std::string& path, OpenMode mode) = 0;

  // mkdir(2), mode 0700 whatever the umask. EEXIST if there is anything at `path`.
  virtual IoResult make_directory(const std::string& path) = 0;

  // rename(2): replaces `to`.
  virtual IoResult rename(const std::string& from, const std::string& to) = 0;

  // unlink(2).
  virtual IoResult unlink(const std::string& path) = 0;

  // fsync(2) of a directory: makes its creations, renames and removals durable.
  virtual IoResult sync_directory(const std::string& path) = 0;

  // lstat(2): a symlink is reported as one.
  virtual StatResult stat(const std::string& path) = 0;

  // The names in a directory.
  virtual ListResult list_directory(const std::string& path) = 0;

  // realpath(3): absolute, without symlinks. ENOENT if `path` does not exist.
  virtual PathResult canonicalize(const std::string& path) = 0;
};

// The operating system's file system. Lives for ever.
FileSystem& posix_file_system();

}  // namespace logslice
