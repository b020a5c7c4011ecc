// SessionNode is a session's place in the tree of sessions. It knows ids only, so that parent and
// child may end in any order. Threads: any.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "logslice/reflection/uuid.h"

namespace logslice::internal {

class SessionNode {
 public:
  // Hangs a new node under `parent`, which may be null.
  static std::shared_ptr<SessionNode> make(const Uuid& id, std::shared_ptr<SessionNode> parent) {
    auto node = std::make_shared<SessionNode>(id, parent);
    if (parent != nullptr) parent->add_child(node);
    return node;
  }

  SessionNode(const Uuid& id, std::shared_ptr<SessionNode> parent)
      : id_(id), parent_(std::move(parent)) {}

  const Uuid& id() const { return id_; }
  const std::shared_ptr<SessionNode>& parent() const { return parent_; }

  std::vector<Uuid> children_ids() const {
    const std::lock_guard lock(mutex_);
    std::vector<Uuid> ids;
    for (const std::weak_ptr<SessionNode>& child : children_) {
      if (const std::shared_ptr<SessionNode> live = child.lock()) {
        if (!live->ended()) ids.push_back(live->id());
      }
    }
    return ids;
  }

  // The session is destroyed. Its node may live on, as the parent of others.
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }

 private:
  bool ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

  void add_child(const std::shared_ptr<SessionNode>& child) {
    const std::lock_guard lock(mutex_);
    // A session that begets children for ever keeps only the live ones.
    std::erase_if(children_, [](const std::weak_ptr<SessionNode>& old) { return old.expired(); });
    children_.push_back(child);
  }

  const Uuid id_;
  const std::shared_ptr<SessionNode> parent_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<SessionNode>> children_;
  bool ended_ = false;
};

}  // namespace logslice::internal
