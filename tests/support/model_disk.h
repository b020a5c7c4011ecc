// This header defines ModelDisk, a file system in memory that can fail any call, write short, and
// be cut off between any two calls. What it may hold then: tests/support/crash_states.h.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logslice/persistence/file_system.h"
#include "tests/support/disk_image.h"

namespace logslice::testing {

enum class CallKind : uint8_t {
  kOpen,
  kCreate,
  kMakeDirectory,
  kRename,
  kUnlink,
  kSyncDirectory,
  kStat,
  kListDirectory,
  kCanonicalize,
  kAppend,
  kReadAt,
  kWriteAt,
  kSyncData,
  kTruncate,
  kFileStat,
  kTryLock,
  kLockedElsewhere,
};
std::string_view name_of(CallKind kind);

// ModelDisk knows regular files and directories; a rename stays in its directory (else EXDEV).
// Threads: one. Files must be closed before it goes.
class ModelDisk final : public FileSystem {
 public:
  enum class Faults { kOnce, kForEver };

  explicit ModelDisk(DiskImage image = {}) : image_(std::move(image)) {}

  // What is on the device, in the cache and on its way. Copy it to keep a moment.
  const DiskImage& image() const { return image_; }
  // As somebody else changes it. Not a call.
  DiskImage& outside() { return image_; }

  // Called before each call that changes something or syncs: all that was acknowledged by then can
  // be asked for, and image() is what a crash would find.
  void before_changes(std::function<void()> visit) { before_change_ = std::move(visit); }

  // ---- Faults. Calls are numbered from 0 in the order in which they come.

  // Call number `index` fails; or it and all later ones that change something: a disk that is gone
  // can still be closed. A sync that fails drops the pages (DiskImage::lose_data).
  void fail_call(int64_t index, int error, Faults faults);
  // Every call of the kind fails until heal().
  void fail_kind(CallKind kind, int error) { failing_kinds_[kind] = error; }
  // The next call of the kind fails.
  void fail_next(CallKind kind, int error) { failing_next_[kind] = error; }
  // Append number `index` (counting appends only) takes no more than `bytes`.
  void shorten_append(int64_t index, int64_t bytes) { short_appends_[index] = bytes; }
  // Append number `index` fails.
  void fail_append(int64_t index, int error) { failing_appends_[index] = error; }
  // Appends take so many more bytes in all, then fail with ENOSPC; a last one may be short.
  void set_free_bytes(int64_t bytes) { free_bytes_ = bytes; }
  void heal();

  int64_t call_count() const { return static_cast<int64_t>(calls_.size()); }
  int64_t append_count() const { return append_count_; }
  const std::vector<CallKind>& calls() const { return calls_; }
  // How often a fault has struck.
  int64_t fault_count() const { return fault_count_; }

  OpenResult open(const std::string& path, OpenMode mode) override;
  IoResult make_directory(const std::string& path) override;
  IoResult rename(const std::string& from, const std::string& to) override;
  IoResult unlink(const std::string& path) override;
  IoResult sync_directory(const std::string& path) override;
  StatResult stat(const std::string& path) override;
  ListResult list_directory(const std::string& path) override;
  PathResult canonicalize(const std::string& path) override;

 private:
  friend class ModelFile;

  // Counts and notes a call; its error, or 0.
  int begin_call(CallKind kind);
  StatResult stat_of(uint64_t inode) const;

  DiskImage image_;
  std::map<uint64_t, const void*> lock_owners_;  // by inode
  std::function<void()> before_change_;
  std::vector<CallKind> calls_;
  int64_t append_count_ = 0;
  int64_t fault_count_ = 0;

  std::optional<int64_t> fault_index_;
  int fault_error_ = 0;
  Faults fault_times_ = Faults::kOnce;
  std::map<CallKind, int> failing_kinds_;
  std::map<CallKind, int> failing_next_;
  std::map<int64_t, int64_t> short_appends_;
  std::map<int64_t, int> failing_appends_;
  int64_t free_bytes_ = std::numeric_limits<int64_t>::max();
};

}  // namespace logslice::testing
