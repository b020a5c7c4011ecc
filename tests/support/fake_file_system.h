// A file system in memory that counts its calls and fails those it is told to.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logslice/persistence/file_system.h"

namespace logslice::testing {

enum class Times { kOnce, kForEver };

// FakeFileSystem knows regular files and directories. "/" exists. Threads: any.
class FakeFileSystem final : public FileSystem {
 public:
  FakeFileSystem();

  // ---- Faults. Calls are numbered from 0 in the order in which they come.

  // Call number `index` fails; or it and all later ones that change something (appends, syncs,
  // truncations, creations, renames): a disk that is gone can still be closed.
  void fail_call(int64_t index, int error, Times times);
  // Every call of this name ("append", "sync_data", …; see calls()) fails until heal().
  void fail_named(const std::string& name, int error);
  // The next call of this name fails.
  void fail_once_named(const std::string& name, int error);
  // Append number `index` (counting appends only) takes no more than `bytes`.
  void shorten_append(int64_t index, int64_t bytes);
  // Append number `index` leaves `bytes` behind and fails all the same.
  void tear_append(int64_t index, int64_t bytes, int error);
  // Appends take only so many more bytes in all, then fail with ENOSPC; a last one may be short.
  // What is cut off or unlinked is free again.
  void set_free_bytes(int64_t bytes);
  // Reads of the file stop short of these bytes, and fail with EIO where they would begin in them.
  void set_unreadable(const std::string& path, int64_t begin_bytes, int64_t end_bytes);
  void heal();
  // Somebody else does `what` just before call number `index`, counted from now.
  void on_call(int64_t index, std::function<void()> what);

  int64_t call_count() const;
  int64_t append_count() const;
  int64_t read_byte_count() const;
  // "append /log.jsonl 123", "sync_data /log.jsonl", …
  std::vector<std::string> calls() const;
  void forget_calls();

  // How many files are open, and the most that ever were.
  int64_t open_file_count() const;
  int64_t open_file_count_max() const;

  // ---- The files, as somebody else sees and changes them. None of this is a call.

  bool exists(const std::string& path) const;
  std::string content(const std::string& path) const;  // "" if there is none
  void set_content(const std::string& path, std::string content);
  void remove(const std::string& path);
  void move(const std::string& from, const std::string& to);
  void set_link_count(const std::string& path, uint64_t count);
  void set_permissions(const std::string& path, uint32_t permissions);

  OpenResult open(const std::string& path, OpenMode mode) override;
  IoResult make_directory(const std::string& path) override;
  IoResult rename(const std::string& from, const std::string& to) override;
  IoResult unlink(const std::string& path) override;
  IoResult sync_directory(const std::string& path) override;
  StatResult stat(const std::string& path) override;
  ListResult list_directory(const std::string& path) override;
  PathResult canonicalize(const std::string& path) override;

 private:
  friend class FakeFile;

  struct Node {
    FileStat stat;
    std::string content;
    int64_t unreadable_begin = 0;
    int64_t unreadable_end = 0;
    const void* lock_owner = nullptr;
  };

  enum class Effect { kChanges, kLooks };

  // Counts and notes a call; its error, or 0.
  int begin_call(const std::string& name, const std::string& path, Effect effect,
                 std::string_view detail = "");
  std::shared_ptr<Node> make_node(FileKind kind);

  mutable std::recursive_mutex mutex_;  // on_call() may do what anybody may
  std::map<std::string, std::shared_ptr<Node>> nodes_;
  std::vector<std::string> calls_;
  int64_t call_count_ = 0;
  int64_t append_count_ = 0;
  int64_t read_byte_count_ = 0;
  int64_t open_file_count_ = 0;
  int64_t open_file_count_max_ = 0;
  uint64_t next_inode_ = 1;

  std::map<int64_t, std::function<void()>> others_;
  std::optional<int64_t> fault_index_;
  int fault_error_ = 0;
  Times fault_times_ = Times::kOnce;
  std::map<std::string, int> named_faults_;
  std::map<std::string, int> named_faults_once_;
  std::map<int64_t, int64_t> short_appends_;
  std::map<int64_t, int> torn_appends_;  // these say so with an error
  int64_t free_bytes_ = std::numeric_limits<int64_t>::max();
  bool is_bounded_ = false;
};

}  // namespace logslice::testing
