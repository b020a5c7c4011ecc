#include "tests/support/model_disk.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace logslice::testing {

namespace {

bool changes_something(CallKind kind) {
  switch (kind) {
    case CallKind::kCreate:
    case CallKind::kMakeDirectory:
    case CallKind::kRename:
    case CallKind::kUnlink:
    case CallKind::kSyncDirectory:
    case CallKind::kAppend:
    case CallKind::kWriteAt:
    case CallKind::kSyncData:
    case CallKind::kTruncate:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string_view name_of(CallKind kind) {
  constexpr std::array<std::string_view, 17> kNames = {
      "open", "create",         "make_directory", "rename", "unlink",   "sync_directory",
      "stat", "list_directory", "canonicalize",   "append", "read_at",  "write_at",
      "sync", "truncate",       "fstat",          "lock",   "is_locked"};
  return kNames[static_cast<size_t>(kind)];
}

class ModelFile final : public File {
 public:
  ModelFile(ModelDisk& disk, uint64_t inode) : disk_(disk), inode_(inode) {}

  ~ModelFile() override {
    const auto owner = disk_.lock_owners_.find(inode_);
    if (owner != disk_.lock_owners_.end() && owner->second == this) disk_.lock_owners_.erase(owner);
  }

  IoResult append(std::string_view bytes) override {
    const int64_t index = disk_.append_count_++;
    if (const int error = disk_.begin_call(CallKind::kAppend)) return {0, error};
    if (const auto found = disk_.failing_appends_.find(index);
        found != disk_.failing_appends_.end()) {
      ++disk_.fault_count_;
      return {0, found->second};
    }
    int64_t taken = std::min(static_cast<int64_t>(bytes.size()), disk_.free_bytes_);
    if (taken == 0 && !bytes.empty()) return {0, ENOSPC};
    if (const auto found = disk_.short_appends_.find(index); found != disk_.short_appends_.end()) {
      taken = std::min(taken, found->second);
      ++disk_.fault_count_;
    }
    disk_.free_bytes_ -= taken;
    disk_.image_.write(inode_, static_cast<int64_t>(node().live.size()),
                       bytes.substr(0, static_cast<size_t>(taken)));
    return {taken, 0};
  }

  IoResult read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) override {
    if (const int error = disk_.begin_call(CallKind::kReadAt)) return {0, error};
    const std::string& content = node().live;
    const int64_t size = static_cast<int64_t>(content.size());
    if (offset_bytes >= size) return {0, 0};
    const int64_t count = std::min<int64_t>(static_cast<int64_t>(size_bytes), size - offset_bytes);
    std::memcpy(buffer, content.data() + offset_bytes, static_cast<size_t>(count));
    return {count, 0};
  }

  IoResult write_at(std::string_view bytes, int64_t offset_bytes) override {
    if (const int error = disk_.begin_call(CallKind::kWriteAt)) return {0, error};
    disk_.image_.write(inode_, offset_bytes, bytes);
    return {static_cast<int64_t>(bytes.size()), 0};
  }

  IoResult sync_data() override {
    if (const int error = disk_.begin_call(CallKind::kSyncData)) {
      disk_.image_.lose_data(inode_);
      return {0, error};
    }
    disk_.image_.sync_data(inode_);
    return {};
  }

  IoResult truncate(int64_t size_bytes) override {
    if (const int error = disk_.begin_call(CallKind::kTruncate)) return {0, error};
    if (disk_.free_bytes_ != std::numeric_limits<int64_t>::max()) {
      disk_.free_bytes_ += static_cast<int64_t>(node().live.size()) - size_bytes;
    }
    disk_.image_.truncate(inode_, size_bytes);
    return {};
  }

  StatResult stat() override {
    if (const int error = disk_.begin_call(CallKind::kFileStat)) return {{}, error};
    return disk_.stat_of(inode_);
  }

  IoResult try_lock() override {
    if (const int error = disk_.begin_call(CallKind::kTryLock)) return {0, error};
    const auto [owner, is_free] = disk_.lock_owners_.try_emplace(inode_, this);
    return {0, is_free || owner->second == this ? 0 : EAGAIN};
  }

  IoResult locked_elsewhere() override {
    if (const int error = disk_.begin_call(CallKind::kLockedElsewhere)) return {0, error};
    const auto owner = disk_.lock_owners_.find(inode_);
    return {owner != disk_.lock_owners_.end() && owner->second != this ? 1 : 0, 0};
  }

 private:
  const FileNode& node() const { return disk_.image_.node(inode_); }

  ModelDisk& disk_;
  const uint64_t inode_;
};

int ModelDisk::begin_call(CallKind kind) {
  const bool changes = changes_something(kind);
  if (changes && before_change_) before_change_();
  const int64_t index = call_count();
  calls_.push_back(kind);
  int error = 0;
  if (const auto found = failing_kinds_.find(kind); found != failing_kinds_.end()) {
    error = found->second;
  } else if (const auto next = failing_next_.find(kind); next != failing_next_.end()) {
    error = next->second;
    failing_next_.erase(next);
  } else if (fault_index_.has_value() && index >= *fault_index_) {
    const bool strikes = index == *fault_index_ || (fault_times_ == Faults::kForEver && changes);
    if (strikes) error = fault_error_;
  }
  if (error != 0) ++fault_count_;
  return error;
}

void ModelDisk::fail_call(int64_t index, int error, Faults faults) {
  fault_index_ = index;
  fault_error_ = error;
  fault_times_ = faults;
}

void ModelDisk::heal() {
  fault_index_.reset();
  failing_kinds_.clear();
  failing_next_.clear();
  short_appends_.clear();
  failing_appends_.clear();
  free_bytes_ = std::numeric_limits<int64_t>::max();
}

StatResult ModelDisk::stat_of(uint64_t inode) const {
  const FileNode& node = image_.node(inode);
  FileStat stat;
  stat.kind = node.kind;
  stat.permissions = node.permissions;
  stat.size_bytes = static_cast<int64_t>(node.live.size());
  stat.device = 1;
  stat.inode = inode;
  stat.link_count = node.link_count;
  return {stat, 0};
}

OpenResult ModelDisk::open(const std::string& path, OpenMode mode) {
  const bool is_new = mode == OpenMode::kAppendNew || mode == OpenMode::kUpdateNew;
  if (const int error = begin_call(is_new ? CallKind::kCreate : CallKind::kOpen)) {
    return {nullptr, error};
  }
  uint64_t inode = image_.inode_of(path);
  if (is_new) {
    if (inode != 0) return {nullptr, EEXIST};
    if (image_.inode_of(parent_of(path)) == 0) return {nullptr, ENOENT};
    inode = image_.create(path, FileKind::kRegular);
  }
  if (inode == 0) return {nullptr, ENOENT};
  if (image_.node(inode).kind == FileKind::kDirectory && mode != OpenMode::kRead) {
    return {nullptr, EISDIR};
  }
  return {std::make_unique<ModelFile>(*this, inode), 0};
}

IoResult ModelDisk::make_directory(const std::string& path) {
  if (const int error = begin_call(CallKind::kMakeDirectory)) return {0, error};
  if (image_.inode_of(path) != 0) return {0, EEXIST};
  if (image_.inode_of(parent_of(path)) == 0) return {0, ENOENT};
  image_.create(path, FileKind::kDirectory);
  return {};
}

IoResult ModelDisk::rename(const std::string& from, const std::string& to) {
  if (const int error = begin_call(CallKind::kRename)) return {0, error};
  if (image_.inode_of(from) == 0) return {0, ENOENT};
  if (parent_of(from) != parent_of(to)) return {0, EXDEV};
  image_.rename(from, to);
  return {};
}

IoResult ModelDisk::unlink(const std::string& path) {
  if (const int error = begin_call(CallKind::kUnlink)) return {0, error};
  if (image_.inode_of(path) == 0) return {0, ENOENT};
  image_.unlink(path);
  return {};
}

IoResult ModelDisk::sync_directory(const std::string& path) {
  if (const int error = begin_call(CallKind::kSyncDirectory)) return {0, error};
  if (image_.inode_of(path) == 0) return {0, ENOENT};
  image_.sync_directory(path);
  return {};
}

StatResult ModelDisk::stat(const std::string& path) {
  if (const int error = begin_call(CallKind::kStat)) return {{}, error};
  const uint64_t inode = image_.inode_of(path);
  if (inode == 0) return {{}, ENOENT};
  return stat_of(inode);
}

ListResult ModelDisk::list_directory(const std::string& path) {
  if (const int error = begin_call(CallKind::kListDirectory)) return {{}, error};
  if (image_.inode_of(path) == 0) return {{}, ENOENT};
  ListResult result;
  for (const auto& [name, inode] : image_.names()) {
    if (name != "/" && parent_of(name) == path) {
      result.names.push_back(name.substr(name.rfind('/') + 1));
    }
  }
  return result;
}

PathResult ModelDisk::canonicalize(const std::string& path) {
  if (const int error = begin_call(CallKind::kCanonicalize)) return {{}, error};
  if (image_.inode_of(path) == 0) return {{}, ENOENT};
  return {path, 0};
}

}  // namespace logslice::testing
