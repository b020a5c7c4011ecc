// This header defines DiskImage, what a disk and the page cache above it hold at one moment.
//
// Per file: the content that everybody reads (`live`), the content that is on the device for sure
// (`durable`), and the changes in between, in order. Per name: where it leads, where it leads on
// the device, and the directory operations in between. Copies share what does not change.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "logslice/persistence/file_system.h"

namespace logslice::testing {

struct DataChange {
  enum class Kind { kWrite, kTruncate };
  Kind kind = Kind::kWrite;
  int64_t offset_bytes = 0;  // kTruncate: the new size
  std::string bytes;         // kWrite
};

// Bytes [begin, end) that a failed sync has dropped: the cache shows them, the device may not.
struct ByteRange {
  int64_t begin = 0;
  int64_t end = 0;
};

struct FileNode {
  FileKind kind = FileKind::kRegular;
  uint32_t permissions = 0600;
  uint64_t link_count = 1;
  std::string live;
  std::string durable;  // in a lost range: what was there before, or zeros
  std::vector<DataChange> pending;
  std::vector<ByteRange> lost;

  bool is_durable() const { return pending.empty() && lost.empty(); }
};

struct DirectoryChange {
  enum class Kind { kCreate, kRename, kUnlink };
  Kind kind = Kind::kCreate;
  std::string directory;
  std::string name;  // a full path: what is created, unlinked or renamed to
  std::string from;  // kRename: a full path in the same directory
  uint64_t inode = 0;
};

using NameMap = std::map<std::string, uint64_t>;

std::string parent_of(const std::string& path);

void apply_change(const DataChange& change, std::string& content);
void apply_change(const DirectoryChange& change, NameMap& names);

// What is left when directories that are not there take with them what they hold.
void drop_orphans(NameMap& names);

// DiskImage is a value. "/" exists. Inodes are never reused.
class DiskImage {
 public:
  DiskImage();

  const NameMap& names() const { return live_names_; }
  const NameMap& durable_names() const { return durable_names_; }
  const std::vector<DirectoryChange>& pending_names() const { return pending_names_; }
  const FileNode& node(uint64_t inode) const { return *nodes_[inode]; }
  const FileNode* find(const std::string& path) const;
  uint64_t inode_of(const std::string& path) const;  // 0: none

  // ---- What system calls do.
  uint64_t create(const std::string& path, FileKind kind);
  void rename(const std::string& from, const std::string& to);
  void unlink(const std::string& path);
  void write(uint64_t inode, int64_t offset_bytes, std::string_view bytes);
  void truncate(uint64_t inode, int64_t size_bytes);
  void sync_data(uint64_t inode);
  // As Linux does when pages cannot be written: they count as clean from now on, and no later sync
  // brings them to the device. Sizes and truncations are still on their way.
  void lose_data(uint64_t inode);
  void sync_directory(const std::string& path);

  // ---- What tests do. All of it durable at once.
  void put(const std::string& path, std::string content);
  void cut(const std::string& path, int64_t size_bytes);
  void move(const std::string& from, const std::string& to);
  void remove(const std::string& path);
  void set_link_count(const std::string& path, uint64_t count);
  // The image with these names and contents (by inode; the others stay), nothing pending: a disk
  // as it is mounted after a crash.
  DiskImage mounted(NameMap names, const std::map<uint64_t, const std::string*>& contents) const;

 private:
  FileNode& change(uint64_t inode);

  NameMap live_names_;
  NameMap durable_names_;
  std::vector<DirectoryChange> pending_names_;
  std::vector<std::shared_ptr<FileNode>> nodes_;  // by inode; never changed while shared
};

}  // namespace logslice::testing
