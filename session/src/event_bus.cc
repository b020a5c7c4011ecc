#include "logslice/session/event_bus.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <unordered_map>

#include "caught.h"

namespace logslice {

struct EventBus::State {
  struct Subscription {
    SubscriptionId id;
    ErasedHandler handler;
  };
  // Replaced as a whole, so that publish() walks its own copy of the pointer without a lock.
  using List = std::vector<std::shared_ptr<Subscription>>;

  std::mutex mutex;
  uint64_t last_id = 0;
  std::unordered_map<const internal::EventType*, std::shared_ptr<const List>> lists;
};

EventBus::EventBus() : state_(std::make_unique<State>()) {}
EventBus::~EventBus() = default;

SubscriptionId EventBus::subscribe_erased(const internal::EventType& type, ErasedHandler handler) {
  const std::lock_guard lock(state_->mutex);
  const SubscriptionId id{++state_->last_id};
  const auto found = state_->lists.find(&type);
  auto grown = found == state_->lists.end() ? std::make_shared<State::List>()
                                            : std::make_shared<State::List>(*found->second);
  grown->push_back(
      std::make_shared<State::Subscription>(State::Subscription{id, std::move(handler)}));
  // Only now, when nothing but the entry itself can fail: a type never has a null list.
  state_->lists.insert_or_assign(&type, std::move(grown));
  return id;
}

bool EventBus::unsubscribe(SubscriptionId subscription) {
  // Freed after the lock: what a handler holds is its user's, and may call the bus when it ends.
  std::shared_ptr<const State::List> old;
  const std::lock_guard lock(state_->mutex);
  for (auto& [type, list] : state_->lists) {
    const auto is_it = [subscription](const auto& each) { return each->id == subscription; };
    if (std::none_of(list->begin(), list->end(), is_it)) continue;
    auto shrunk = std::make_shared<State::List>(*list);
    std::erase_if(*shrunk, is_it);
    old = std::exchange(list, std::move(shrunk));
    return true;
  }
  return false;
}

PublishResult EventBus::publish_erased(const internal::EventType& type, const void* event) {
  PublishResult result;
  std::shared_ptr<const State::List> list;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->lists.find(&type);
    if (found == state_->lists.end()) return result;
    list = found->second;
  }
  for (const std::shared_ptr<State::Subscription>& each : *list) {
    absl::Status status;
    const absl::Status caught =
        internal::run_caught("the handler", [&] { status = each->handler(event); });
    ++result.handlers_run;
    if (!caught.ok()) status = caught;
    if (status.ok()) continue;
    try {
      result.failures.push_back({each->id, std::move(status)});
    } catch (const std::bad_alloc&) {
      result.is_incomplete = true;
    }
  }
  return result;
}

}  // namespace logslice
