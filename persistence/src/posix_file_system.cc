// The operating system's side of file_system.h. Nothing here decides anything: each function is a
// call, its retry on EINTR, and its errno.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "fork_guard.h"
#include "logslice/persistence/file_system.h"

namespace logslice {

namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

template <typename Call>
IoResult retry_interrupted(Call call) {
  for (;;) {
    const auto value = call();
    if (value >= 0) return {static_cast<int64_t>(value), 0};
    if (errno != EINTR) return {0, errno};
  }
}

template <typename Call>
IoResult without_value(Call call) {
  IoResult result = retry_interrupted(call);
  result.value = 0;
  return result;
}

FileKind kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return FileKind::kDirectory;
  if (S_ISLNK(mode)) return FileKind::kSymlink;
  if (S_ISFIFO(mode)) return FileKind::kFifo;
  if (S_ISSOCK(mode)) return FileKind::kSocket;
  if (S_ISCHR(mode)) return FileKind::kCharacterDevice;
  if (S_ISBLK(mode)) return FileKind::kBlockDevice;
  return FileKind::kRegular;
}

StatResult to_stat_result(int outcome, const struct stat& from) {
  if (outcome != 0) return {{}, errno};
  FileStat stat;
  stat.kind = kind_of(from.st_mode);
  stat.permissions = from.st_mode & 07777;
  stat.size_bytes = from.st_size;
  stat.device = from.st_dev;
  stat.inode = from.st_ino;
  stat.link_count = from.st_nlink;
  return {stat, 0};
}

struct flock whole_file_lock() {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

class PosixFile final : public File {
 public:
  PosixFile() : generation_(internal::process_generation()) {}

  // Takes the descriptor over.
  void hold(int descriptor) { descriptor_ = descriptor; }

  ~PosixFile() override {
    if (descriptor_ < 0) return;
    if (locked_) {
      // In a forked child the fork handler has closed it, and the number may be another's now.
      if (generation_ != internal::process_generation()) return;
      internal::forget_descriptor(descriptor_);
    }
    close(descriptor_);
  }

  IoResult append(std::string_view bytes) override {
    // Past the library's write(), which is a point of cancellation: a thread that is cancelled must
    // not end in the middle of a line, with the log's lock held. It is also a fifteenth cheaper.
    return retry_interrupted(
        [&] { return syscall(SYS_write, descriptor_, bytes.data(), bytes.size()); });
  }
  IoResult read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) override {
    return retry_interrupted([&] { return pread(descriptor_, buffer, size_bytes, offset_bytes); });
  }
  IoResult write_at(std::string_view bytes, int64_t offset_bytes) override {
    return retry_interrupted(
        [&] { return pwrite(descriptor_, bytes.data(), bytes.size(), offset_bytes); });
  }
  IoResult sync_data() override {
    return without_value([&] { return fdatasync(descriptor_); });
  }
  IoResult truncate(int64_t size_bytes) override {
    return without_value([&] { return ftruncate(descriptor_, size_bytes); });
  }
  StatResult stat() override {
    struct stat stat;
    return to_stat_result(fstat(descriptor_, &stat), stat);
  }
  IoResult try_lock() override {
    struct flock lock = whole_file_lock();
    const IoResult result = without_value([&] { return fcntl(descriptor_, F_OFD_SETLK, &lock); });
    if (result.ok() && !locked_) {
      try {
        internal::close_descriptor_on_fork(descriptor_);
      } catch (const std::bad_alloc&) {
        return {0, ENOMEM};
      }
      locked_ = true;
    }
    return result;
  }
  IoResult locked_elsewhere() override {
    struct flock lock = whole_file_lock();
    IoResult result = without_value([&] { return fcntl(descriptor_, F_OFD_GETLK, &lock); });
    if (result.ok() && lock.l_type != F_UNLCK) result.value = 1;
    return result;
  }

 private:
  int descriptor_ = -1;
  const uint64_t generation_;
  bool locked_ = false;
};

int flags_of(OpenMode mode) {
  // O_NONBLOCK: opening a FIFO must not wait for its other end. It means nothing for regular files.
  constexpr int kAlways = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  switch (mode) {
    case OpenMode::kRead:
      return kAlways | O_RDONLY;
    case OpenMode::kAppend:
      return kAlways | O_RDWR | O_APPEND | O_NOFOLLOW;
    case OpenMode::kAppendNew:
      return kAlways | O_RDWR | O_APPEND | O_NOFOLLOW | O_CREAT | O_EXCL;
    case OpenMode::kUpdate:
      return kAlways | O_RDWR | O_NOFOLLOW;
    case OpenMode::kUpdateNew:
      return kAlways | O_RDWR | O_NOFOLLOW | O_CREAT | O_EXCL;
  }
  return kAlways | O_RDONLY;
}

class PosixFileSystem final : public FileSystem {
 public:
  OpenResult open(const std::string& path, OpenMode mode) override {
    const int flags = flags_of(mode);
    // First, so that nothing can fail once there is a descriptor.
    std::unique_ptr<PosixFile> file(new (std::nothrow) PosixFile);
    if (file == nullptr) return {nullptr, ENOMEM};
    const IoResult opened =
        retry_interrupted([&] { return ::open(path.c_str(), flags, kFileMode); });
    if (!opened.ok()) return {nullptr, opened.error};
    file->hold(static_cast<int>(opened.value));
    // A umask can have taken bits of 0600 away.
    if ((flags & O_CREAT) != 0 && fchmod(static_cast<int>(opened.value), kFileMode) != 0) {
      return {nullptr, errno};
    }
    return {std::move(file), 0};
  }

  IoResult make_directory(const std::string& path) override {
    if (mkdir(path.c_str(), kDirectoryMode) != 0) return {0, errno};
    if (chmod(path.c_str(), kDirectoryMode) != 0) return {0, errno};
    return {};
  }

  IoResult rename(const std::string& from, const std::string& to) override {
    return without_value([&] { return ::rename(from.c_str(), to.c_str()); });
  }

  IoResult unlink(const std::string& path) override {
    return without_value([&] { return ::unlink(path.c_str()); });
  }

  IoResult sync_directory(const std::string& path) override {
    const IoResult opened =
        retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (!opened.ok()) return {0, opened.error};
    const int descriptor = static_cast<int>(opened.value);
    const IoResult synced = without_value([&] { return fsync(descriptor); });
    close(descriptor);
    return synced;
  }

  StatResult stat(const std::string& path) override {
    struct stat stat;
    return to_stat_result(lstat(path.c_str(), &stat), stat);
  }

  ListResult list_directory(const std::string& path) override {
    DIR* const directory = opendir(path.c_str());
    if (directory == nullptr) return {{}, errno};
    ListResult result;
    errno = 0;
    while (const dirent* entry = readdir(directory)) {
      const std::string_view name = entry->d_name;
      try {
        if (name != "." && name != "..") result.names.emplace_back(name);
      } catch (const std::bad_alloc&) {
        closedir(directory);
        return {{}, ENOMEM};
      }
      errno = 0;
    }
    result.error = errno;
    closedir(directory);
    return result;
  }

  PathResult canonicalize(const std::string& path) override {
    const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr),
                                                               &std::free);
    if (resolved == nullptr) return {{}, errno};
    try {
      return {resolved.get(), 0};
    } catch (const std::bad_alloc&) {
      return {{}, ENOMEM};
    }
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static PosixFileSystem& file_system = *new PosixFileSystem;
  return file_system;
}

}  // namespace logslice
