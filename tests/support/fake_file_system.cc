#include "tests/support/fake_file_system.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace logslice::testing {

namespace {

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace

class FakeFile final : public File {
 public:
  FakeFile(FakeFileSystem& fs, std::string path, std::shared_ptr<FakeFileSystem::Node> node)
      : fs_(fs), path_(std::move(path)), node_(std::move(node)) {
    fs_.open_file_count_max_ = std::max(++fs_.open_file_count_, fs_.open_file_count_max_);
  }

  ~FakeFile() override {
    const std::lock_guard lock(fs_.mutex_);
    --fs_.open_file_count_;
    if (node_->lock_owner == this) node_->lock_owner = nullptr;
  }

  IoResult append(std::string_view bytes) override {
    const std::lock_guard lock(fs_.mutex_);
    const int64_t index = fs_.append_count_++;
    if (int error = fs_.begin_call("append", path_, FakeFileSystem::Effect::kChanges,
                                   std::to_string(bytes.size()))) {
      return {0, error};
    }
    int64_t taken = std::min(static_cast<int64_t>(bytes.size()), fs_.free_bytes_);
    if (auto found = fs_.short_appends_.find(index); found != fs_.short_appends_.end()) {
      taken = std::min(taken, found->second);
    }
    if (taken == 0 && fs_.free_bytes_ == 0) return {0, ENOSPC};
    fs_.free_bytes_ -= taken;
    node_->content.append(bytes.substr(0, static_cast<size_t>(taken)));
    if (auto found = fs_.torn_appends_.find(index); found != fs_.torn_appends_.end()) {
      return {0, found->second};
    }
    return {taken, 0};
  }

  IoResult read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) override {
    const std::lock_guard lock(fs_.mutex_);
    if (int error = fs_.begin_call("read_at", path_, FakeFileSystem::Effect::kLooks)) {
      return {0, error};
    }
    const int64_t size = static_cast<int64_t>(node_->content.size());
    if (offset_bytes >= size) return {0, 0};
    int64_t end = size;
    if (offset_bytes < node_->unreadable_end) {
      if (offset_bytes >= node_->unreadable_begin) return {0, EIO};
      end = std::min(end, node_->unreadable_begin);
    }
    const int64_t count = std::min<int64_t>(static_cast<int64_t>(size_bytes), end - offset_bytes);
    std::memcpy(buffer, node_->content.data() + offset_bytes, static_cast<size_t>(count));
    fs_.read_byte_count_ += count;
    return {count, 0};
  }

  IoResult write_at(std::string_view bytes, int64_t offset_bytes) override {
    const std::lock_guard lock(fs_.mutex_);
    if (int error = fs_.begin_call("write_at", path_, FakeFileSystem::Effect::kChanges)) {
      return {0, error};
    }
    const size_t offset = static_cast<size_t>(offset_bytes);
    node_->content.resize(std::max(node_->content.size(), offset + bytes.size()));
    node_->content.replace(offset, bytes.size(), bytes);
    return {static_cast<int64_t>(bytes.size()), 0};
  }

  IoResult sync_data() override {
    const std::lock_guard lock(fs_.mutex_);
    return {0, fs_.begin_call("sync_data", path_, FakeFileSystem::Effect::kChanges)};
  }

  IoResult truncate(int64_t size_bytes) override {
    const std::lock_guard lock(fs_.mutex_);
    if (int error = fs_.begin_call("truncate", path_, FakeFileSystem::Effect::kChanges)) {
      return {0, error};
    }
    // The room comes back, as on a real disk; one without bound stays so.
    const int64_t freed_bytes = static_cast<int64_t>(node_->content.size()) - size_bytes;
    if (fs_.is_bounded_) fs_.free_bytes_ += freed_bytes;
    node_->content.resize(static_cast<size_t>(size_bytes));
    return {};
  }

  StatResult stat() override {
    const std::lock_guard lock(fs_.mutex_);
    if (int error = fs_.begin_call("fstat", path_, FakeFileSystem::Effect::kLooks)) {
      return {{}, error};
    }
    FileStat stat = node_->stat;
    stat.size_bytes = static_cast<int64_t>(node_->content.size());
    return {stat, 0};
  }

  IoResult try_lock() override {
    const std::lock_guard lock(fs_.mutex_);
    if (int error = fs_.begin_call("try_lock", path_, FakeFileSystem::Effect::kLooks)) {
      return {0, error};
    }
    if (node_->lock_owner != nullptr && node_->lock_owner != this) return {0, EAGAIN};
    node_->lock_owner = this;
    return {};
  }

  IoResult locked_elsewhere() override {
    const std::lock_guard lock(fs_.mutex_);
    if (int error = fs_.begin_call("locked_elsewhere", path_, FakeFileSystem::Effect::kLooks)) {
      return {0, error};
    }
    return {node_->lock_owner != nullptr && node_->lock_owner != this ? 1 : 0, 0};
  }

 private:
  FakeFileSystem& fs_;
  const std::string path_;
  const std::shared_ptr<FakeFileSystem::Node> node_;
};

FakeFileSystem::FakeFileSystem() { nodes_["/"] = make_node(FileKind::kDirectory); }

std::shared_ptr<FakeFileSystem::Node> FakeFileSystem::make_node(FileKind kind) {
  auto node = std::make_shared<Node>();
  node->stat.kind = kind;
  node->stat.permissions = kind == FileKind::kDirectory ? 0700 : 0600;
  node->stat.device = 1;
  node->stat.inode = next_inode_++;
  node->stat.link_count = 1;
  return node;
}

int FakeFileSystem::begin_call(const std::string& name, const std::string& path, Effect effect,
                               std::string_view detail) {
  const int64_t index = call_count_++;
  std::string text = name + " " + path;
  if (!detail.empty()) text.append(" ").append(detail);
  calls_.push_back(std::move(text));
  if (auto found = others_.find(index); found != others_.end()) found->second();
  if (auto found = named_faults_once_.extract(name); !found.empty()) return found.mapped();
  if (auto found = named_faults_.find(name); found != named_faults_.end()) return found->second;
  if (!fault_index_.has_value() || index < *fault_index_) return 0;
  if (index == *fault_index_) return fault_error_;
  return fault_times_ == Times::kForEver && effect == Effect::kChanges ? fault_error_ : 0;
}

void FakeFileSystem::fail_call(int64_t index, int error, Times times) {
  const std::lock_guard lock(mutex_);
  fault_index_ = index;
  fault_error_ = error;
  fault_times_ = times;
}

void FakeFileSystem::on_call(int64_t index, std::function<void()> what) {
  const std::lock_guard lock(mutex_);
  others_[call_count_ + index] = std::move(what);
}

void FakeFileSystem::fail_named(const std::string& name, int error) {
  const std::lock_guard lock(mutex_);
  named_faults_[name] = error;
}

void FakeFileSystem::fail_once_named(const std::string& name, int error) {
  const std::lock_guard lock(mutex_);
  named_faults_once_[name] = error;
}

void FakeFileSystem::shorten_append(int64_t index, int64_t bytes) {
  const std::lock_guard lock(mutex_);
  short_appends_[index] = bytes;
}

void FakeFileSystem::tear_append(int64_t index, int64_t bytes, int error) {
  const std::lock_guard lock(mutex_);
  short_appends_[index] = bytes;
  torn_appends_[index] = error;
}

void FakeFileSystem::set_free_bytes(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  free_bytes_ = bytes;
  is_bounded_ = true;
}

void FakeFileSystem::set_unreadable(const std::string& path, int64_t begin_bytes,
                                    int64_t end_bytes) {
  const std::lock_guard lock(mutex_);
  Node& node = *nodes_.at(path);
  node.unreadable_begin = begin_bytes;
  node.unreadable_end = end_bytes;
}

void FakeFileSystem::heal() {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, node] : nodes_) {
    node->unreadable_begin = node->unreadable_end = 0;
  }
  fault_index_.reset();
  named_faults_.clear();
  named_faults_once_.clear();
  short_appends_.clear();
  torn_appends_.clear();
  free_bytes_ = std::numeric_limits<int64_t>::max();
  is_bounded_ = false;
}

int64_t FakeFileSystem::call_count() const {
  const std::lock_guard lock(mutex_);
  return call_count_;
}

int64_t FakeFileSystem::read_byte_count() const {
  const std::lock_guard lock(mutex_);
  return read_byte_count_;
}

int64_t FakeFileSystem::append_count() const {
  const std::lock_guard lock(mutex_);
  return append_count_;
}

int64_t FakeFileSystem::open_file_count() const {
  const std::lock_guard lock(mutex_);
  return open_file_count_;
}

int64_t FakeFileSystem::open_file_count_max() const {
  const std::lock_guard lock(mutex_);
  return open_file_count_max_;
}

std::vector<std::string> FakeFileSystem::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void FakeFileSystem::forget_calls() {
  const std::lock_guard lock(mutex_);
  calls_.clear();
}

bool FakeFileSystem::exists(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return nodes_.contains(path);
}

std::string FakeFileSystem::content(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? "" : found->second->content;
}

void FakeFileSystem::set_content(const std::string& path, std::string content) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Node>& node = nodes_[path];
  if (node == nullptr) node = make_node(FileKind::kRegular);
  node->content = std::move(content);
}

void FakeFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) return;
  found->second->stat.link_count = 0;
  nodes_.erase(found);
}

void FakeFileSystem::move(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  nodes_[to] = nodes_.at(from);
  nodes_.erase(from);
}

void FakeFileSystem::set_link_count(const std::string& path, uint64_t count) {
  const std::lock_guard lock(mutex_);
  nodes_.at(path)->stat.link_count = count;
}

void FakeFileSystem::set_permissions(const std::string& path, uint32_t permissions) {
  const std::lock_guard lock(mutex_);
  nodes_.at(path)->stat.permissions = permissions;
}

OpenResult FakeFileSystem::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(mutex_);
  const bool is_new = mode == OpenMode::kAppendNew || mode == OpenMode::kUpdateNew;
  if (int error = begin_call(is_new ? "create" : "open", path,
                             is_new ? Effect::kChanges : Effect::kLooks)) {
    return {nullptr, error};
  }
  auto found = nodes_.find(path);
  if (is_new) {
    if (found != nodes_.end()) return {nullptr, EEXIST};
    if (!nodes_.contains(parent_of(path))) return {nullptr, ENOENT};
    found = nodes_.emplace(path, make_node(FileKind::kRegular)).first;
  }
  if (found == nodes_.end()) return {nullptr, ENOENT};
  if (found->second->stat.kind == FileKind::kDirectory && mode != OpenMode::kRead) {
    return {nullptr, EISDIR};
  }
  return {std::make_unique<FakeFile>(*this, path, found->second), 0};
}

IoResult FakeFileSystem::make_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (int error = begin_call("make_directory", path, Effect::kChanges)) return {0, error};
  if (nodes_.contains(path)) return {0, EEXIST};
  if (!nodes_.contains(parent_of(path))) return {0, ENOENT};
  nodes_[path] = make_node(FileKind::kDirectory);
  return {};
}

IoResult FakeFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (int error = begin_call("rename", from, Effect::kChanges, to)) return {0, error};
  const auto found = nodes_.find(from);
  if (found == nodes_.end()) return {0, ENOENT};
  const std::shared_ptr<Node> node = found->second;
  nodes_.erase(found);
  nodes_[to] = node;
  return {};
}

IoResult FakeFileSystem::unlink(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (int error = begin_call("unlink", path, Effect::kChanges)) return {0, error};
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) return {0, ENOENT};
  found->second->stat.link_count = 0;
  if (is_bounded_) free_bytes_ += static_cast<int64_t>(found->second->content.size());
  nodes_.erase(found);
  return {};
}

IoResult FakeFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return {0, begin_call("sync_directory", path, Effect::kChanges)};
}

StatResult FakeFileSystem::stat(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (int error = begin_call("stat", path, Effect::kLooks)) return {{}, error};
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) return {{}, ENOENT};
  FileStat stat = found->second->stat;
  stat.size_bytes = static_cast<int64_t>(found->second->content.size());
  return {stat, 0};
}

ListResult FakeFileSystem::list_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (int error = begin_call("list_directory", path, Effect::kLooks)) return {{}, error};
  ListResult result;
  for (const auto& [name, node] : nodes_) {
    if (name != "/" && parent_of(name) == path)
      result.names.push_back(name.substr(name.rfind('/') + 1));
  }
  return result;
}

PathResult FakeFileSystem::canonicalize(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (int error = begin_call("canonicalize", path, Effect::kLooks)) return {{}, error};
  if (!nodes_.contains(path)) return {{}, ENOENT};
  return {path, 0};
}

}  // namespace logslice::testing
