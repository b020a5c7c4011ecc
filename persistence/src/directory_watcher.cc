#include "directory_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "log_paths.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice {

namespace internal {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollEvery{50};
// Also with a watch: what is done to directories farther up, or over a mapping, it does not tell.
constexpr milliseconds kLookAtLeastEvery{1000};

constexpr uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                             IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// File systems on which others write without this kernel's knowing.
bool tells_all(const std::string& directory) {
  constexpr std::array<uint32_t, 12> kShared = {
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB2
      0x65735546,  // FUSE
      0x01021997,  // 9P
      0x5346414F,  // AFS
      0x00C36400,  // Ceph
      0x01161970,  // GFS2
      0x7461636F,  // OCFS2
      0x0BD00BD0,  // Lustre
      0x786F4256,  // shared folders of VirtualBox
  };
  struct statfs stat;
  if (statfs(directory.c_str(), &stat) != 0) return false;
  const auto type = static_cast<uint32_t>(stat.f_type);
  return std::find(kShared.begin(), kShared.end(), type) == kShared.end();
}

// Segments and archives share it with the log.
std::string_view stem_of(const std::string& log_path) {
  const std::string_view name = std::string_view(log_path).substr(log_path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

int milliseconds_until(steady_clock::time_point then) {
  const steady_clock::time_point now = steady_clock::now();
  if (then <= now) return 0;
  return static_cast<int>(std::chrono::ceil<milliseconds>(then - now).count());
}

}  // namespace

DirectoryWatcher::DirectoryWatcher(std::unique_ptr<InotifyCalls> calls, int wake_descriptor)
    : calls_(std::move(calls)), wake_descriptor_(wake_descriptor) {}

absl::StatusOr<std::unique_ptr<DirectoryWatcher>> DirectoryWatcher::make(
    std::unique_ptr<InotifyCalls> calls) {
  const int wake_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_descriptor < 0) {
    return absl::ErrnoToStatus(errno, "cannot make a descriptor to wake a follower by");
  }
  return std::unique_ptr<DirectoryWatcher>(new DirectoryWatcher(std::move(calls), wake_descriptor));
}

DirectoryWatcher::~DirectoryWatcher() {
  close(wake_descriptor_);
  if (inotify_descriptor_ >= 0) close(inotify_descriptor_);
}

void DirectoryWatcher::wake() noexcept {
  const uint64_t one = 1;
  // It fails only if as many wakes as it can count are waiting.
  [[maybe_unused]] const ssize_t written = write(wake_descriptor_, &one, sizeof(one));
}

void DirectoryWatcher::take_wakes() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(wake_descriptor_, &count, sizeof(count));
}

DirectoryWatcher::Armed DirectoryWatcher::arm(const std::string& log_path) {
  has_watch_ = false;
  if (inotify_descriptor_ < 0) inotify_descriptor_ = calls_->init();
  if (inotify_descriptor_ < 0) return Armed::kAsBefore;
  const std::string own = directory_of(log_path);
  std::string directory = own;
  int watch = -1;
  for (;;) {
    watch = calls_->add_watch(inotify_descriptor_, directory.c_str(), kEvents);
    if (watch >= 0) break;
    const bool may_come = errno == ENOENT || errno == ENOTDIR;
    std::string above = directory_of(directory);
    if (!may_come || above == directory) return Armed::kAsBefore;
    directory = std::move(above);
  }
  is_above_ = directory != own;
  const bool is_new = watch != watch_;
  // The same directory has the same watch as long as it is watched.
  if (is_new && watch_ >= 0) inotify_rm_watch(inotify_descriptor_, watch_);
  watch_ = watch;
  has_watch_ = tells_all(directory);
  return is_new ? Armed::kAnew : Armed::kAsBefore;
}

bool DirectoryWatcher::take_events(const std::string& log_path) {
  const std::string_view stem = stem_of(log_path);
  bool concerns_log = false;
  alignas(inotify_event) std::array<char, 16 << 10> buffer;
  for (;;) {
    const ssize_t count = read(inotify_descriptor_, buffer.data(), buffer.size());
    if (count <= 0) return concerns_log;
    for (ssize_t at = 0; at < count;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      // An event without a name is about the directory, or says that there were too many.
      const std::string_view name = event->len > 0 ? event->name : "";
      concerns_log = concerns_log || is_above_ || name.empty() || name.starts_with(stem);
      if ((event->mask & IN_IGNORED) != 0 && event->wd == watch_) watch_ = -1;
    }
  }
}

ChangeWatcher::Woken DirectoryWatcher::wait(const std::string& log_path,
                                            steady_clock::time_point deadline) {
  // 1. Watch first. What was done before is seen by the look that follows.
  const bool is_armed_anew = arm(log_path) == Armed::kAnew;
  if (std::exchange(is_first_wait_, false) || is_armed_anew) return Woken::kMaybeChanged;
  // 2. Sleep until somebody tells, or it is time to look.
  const steady_clock::time_point now = steady_clock::now();
  const milliseconds slice = has_watch_ ? kLookAtLeastEvery : kPollEvery;
  const bool ends_with_deadline = deadline <= now || deadline - now <= slice;
  const steady_clock::time_point end = ends_with_deadline ? deadline : now + slice;
  for (;;) {
    std::array<pollfd, 2> sources = {
        {{wake_descriptor_, POLLIN, 0}, {has_watch_ ? inotify_descriptor_ : -1, POLLIN, 0}}};
    const int ready = poll(sources.data(), sources.size(), milliseconds_until(end));
    if (ready < 0 && errno != EINTR) return Woken::kMaybeChanged;
    if (ready > 0 && sources[0].revents != 0) {
      take_wakes();
      return Woken::kByWake;
    }
    if (ready > 0 && sources[1].revents != 0 && take_events(log_path)) return Woken::kMaybeChanged;
    if (ready <= 0 && steady_clock::now() >= end) break;
  }
  return ends_with_deadline ? Woken::kTimedOut : Woken::kMaybeChanged;
}

}  // namespace internal

absl::StatusOr<std::unique_ptr<ChangeWatcher>> make_change_watcher() {
  return internal::or_out_of_memory([]() -> absl::StatusOr<std::unique_ptr<ChangeWatcher>> {
    absl::StatusOr<std::unique_ptr<internal::DirectoryWatcher>> made =
        internal::DirectoryWatcher::make();
    if (!made.ok()) return made.status();
    return std::unique_ptr<ChangeWatcher>(*std::move(made));
  });
}

}  // namespace logslice
