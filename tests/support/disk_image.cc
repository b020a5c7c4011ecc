#include "tests/support/disk_image.h"

#include <algorithm>
#include <utility>

namespace logslice::testing {

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

void apply_change(const DataChange& change, std::string& content) {
  const size_t offset = static_cast<size_t>(change.offset_bytes);
  if (change.kind == DataChange::Kind::kTruncate) {
    content.resize(offset);
    return;
  }
  content.resize(std::max(content.size(), offset + change.bytes.size()));
  content.replace(offset, change.bytes.size(), change.bytes);
}

void apply_change(const DirectoryChange& change, NameMap& names) {
  switch (change.kind) {
    case DirectoryChange::Kind::kCreate:
      names[change.name] = change.inode;
      return;
    case DirectoryChange::Kind::kRename:
      if (const auto from = names.find(change.from);
          from != names.end() && from->second == change.inode) {
        names.erase(from);
      }
      names[change.name] = change.inode;
      return;
    case DirectoryChange::Kind::kUnlink:
      if (const auto found = names.find(change.name);
          found != names.end() && found->second == change.inode) {
        names.erase(found);
      }
      return;
  }
}

void drop_orphans(NameMap& names) {
  // A parent sorts before what it holds.
  for (auto it = names.begin(); it != names.end();) {
    it = names.contains(parent_of(it->first)) ? std::next(it) : names.erase(it);
  }
}

DiskImage::DiskImage() {
  nodes_.push_back(nullptr);  // no inode 0
  auto root = std::make_shared<FileNode>();
  root->kind = FileKind::kDirectory;
  root->permissions = 0700;
  nodes_.push_back(std::move(root));
  live_names_["/"] = durable_names_["/"] = 1;
}

FileNode& DiskImage::change(uint64_t inode) {
  std::shared_ptr<FileNode>& node = nodes_[inode];
  if (node.use_count() > 1) node = std::make_shared<FileNode>(*node);
  return *node;
}

uint64_t DiskImage::inode_of(const std::string& path) const {
  const auto found = live_names_.find(path);
  return found == live_names_.end() ? 0 : found->second;
}

const FileNode* DiskImage::find(const std::string& path) const {
  return nodes_[inode_of(path)].get();
}

uint64_t DiskImage::create(const std::string& path, FileKind kind) {
  const uint64_t inode = nodes_.size();
  auto node = std::make_shared<FileNode>();
  node->kind = kind;
  node->permissions = kind == FileKind::kDirectory ? 0700 : 0600;
  nodes_.push_back(std::move(node));
  pending_names_.push_back({DirectoryChange::Kind::kCreate, parent_of(path), path, "", inode});
  apply_change(pending_names_.back(), live_names_);
  return inode;
}

void DiskImage::rename(const std::string& from, const std::string& to) {
  const uint64_t inode = inode_of(from);
  if (const uint64_t replaced = inode_of(to); replaced != 0 && replaced != inode) {
    change(replaced).link_count = 0;
  }
  pending_names_.push_back({DirectoryChange::Kind::kRename, parent_of(to), to, from, inode});
  apply_change(pending_names_.back(), live_names_);
}

void DiskImage::unlink(const std::string& path) {
  const uint64_t inode = inode_of(path);
  change(inode).link_count = 0;
  pending_names_.push_back({DirectoryChange::Kind::kUnlink, parent_of(path), path, "", inode});
  apply_change(pending_names_.back(), live_names_);
}

void DiskImage::write(uint64_t inode, int64_t offset_bytes, std::string_view bytes) {
  FileNode& node = change(inode);
  node.pending.push_back({DataChange::Kind::kWrite, offset_bytes, std::string(bytes)});
  apply_change(node.pending.back(), node.live);
}

void DiskImage::truncate(uint64_t inode, int64_t size_bytes) {
  FileNode& node = change(inode);
  node.pending.push_back({DataChange::Kind::kTruncate, size_bytes, {}});
  apply_change(node.pending.back(), node.live);
}

void DiskImage::sync_data(uint64_t inode) {
  if (nodes_[inode]->pending.empty()) return;
  FileNode& node = change(inode);
  const std::string before = std::exchange(node.durable, node.live);
  node.pending.clear();
  const int64_t size = static_cast<int64_t>(node.live.size());
  for (ByteRange& range : node.lost) {
    range.end = std::min(range.end, size);
    for (int64_t i = range.begin; i < range.end; ++i) {
      const size_t at = static_cast<size_t>(i);
      node.durable[at] = at < before.size() ? before[at] : '\0';
    }
  }
  std::erase_if(node.lost, [](const ByteRange& range) { return range.begin >= range.end; });
}

void DiskImage::lose_data(uint64_t inode) {
  if (nodes_[inode]->pending.empty()) return;
  FileNode& node = change(inode);
  for (const DataChange& change : node.pending) {
    if (change.kind == DataChange::Kind::kTruncate) continue;
    const int64_t end = change.offset_bytes + static_cast<int64_t>(change.bytes.size());
    node.lost.push_back({change.offset_bytes, end});
  }
}

void DiskImage::sync_directory(const std::string& path) {
  std::vector<DirectoryChange> rest;
  for (DirectoryChange& change : pending_names_) {
    if (change.directory == path) {
      apply_change(change, durable_names_);
    } else {
      rest.push_back(std::move(change));
    }
  }
  pending_names_ = std::move(rest);
}

void DiskImage::put(const std::string& path, std::string content) {
  uint64_t inode = inode_of(path);
  if (inode == 0) {
    inode = nodes_.size();
    nodes_.push_back(std::make_shared<FileNode>());
    live_names_[path] = durable_names_[path] = inode;
  }
  FileNode& node = change(inode);
  node.live = node.durable = std::move(content);
  node.pending.clear();
  node.lost.clear();
}

void DiskImage::cut(const std::string& path, int64_t size_bytes) {
  const uint64_t inode = inode_of(path);
  truncate(inode, size_bytes);
  sync_data(inode);
}

void DiskImage::move(const std::string& from, const std::string& to) {
  rename(from, to);
  sync_directory(parent_of(to));
}

void DiskImage::remove(const std::string& path) {
  if (inode_of(path) == 0) return;
  unlink(path);
  sync_directory(parent_of(path));
}

void DiskImage::set_link_count(const std::string& path, uint64_t count) {
  change(inode_of(path)).link_count = count;
}

DiskImage DiskImage::mounted(NameMap names,
                             const std::map<uint64_t, const std::string*>& contents) const {
  DiskImage image = *this;
  image.pending_names_.clear();
  image.live_names_ = std::move(names);
  image.durable_names_ = image.live_names_;
  for (const auto& [path, inode] : image.live_names_) {
    const auto found = contents.find(inode);
    const FileNode& node = *image.nodes_[inode];
    if (found == contents.end() && node.is_durable()) continue;
    FileNode& changed = image.change(inode);
    changed.live = found == contents.end() ? changed.durable : *found->second;
    changed.durable = changed.live;
    changed.pending.clear();
    changed.lost.clear();
    changed.link_count = 1;
  }
  return image;
}

}  // namespace logslice::testing
