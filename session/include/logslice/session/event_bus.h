// This header defines EventBus, which carries events to any number of handlers and sessions.
//
//   auto bus = std::make_shared<logslice::EventBus>();
//   logslice::Session session({.event_bus = bus});
//   logslice::SubscriptionId id = bus->subscribe<ToolInvoked>([](const ToolInvoked& e) { … });
//   bus->publish(ToolInvoked{…});
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "logslice/session/internal/event_type.h"

namespace logslice {

namespace internal {
class SessionCore;
}

enum class SubscriptionId : uint64_t {};

struct PublishFailure {
  SubscriptionId subscription{};
  absl::Status status;
};

struct PublishResult {
  int handlers_run = 0;  // the failed ones too
  std::vector<PublishFailure> failures;
  // There was no memory for a failure to be told above.
  bool is_incomplete = false;

  bool ok() const { return failures.empty() && !is_incomplete; }
};

// EventBus calls the handlers of an event's type one after the other, in the order of subscription,
// on the publishing thread. A handler that throws or returns an error is isolated: the others run,
// and publish() returns it. Threads: any; no lock is held while a handler runs, so that it may
// publish, subscribe and unsubscribe. A publish() that is under way sees the subscriptions as they
// were when it began: a handler may be called once more while unsubscribe() returns.
class EventBus {
 public:
  EventBus();
  EventBus(const EventBus&) = delete;
  EventBus& operator=(const EventBus&) = delete;
  ~EventBus();

  // `handler(const E&)` returns nothing or an absl::Status.
  template <typename E, typename Handler>
  SubscriptionId subscribe(Handler&& handler) {
    return subscribe_erased(internal::event_type<E>, erase<E>(std::forward<Handler>(handler)));
  }

  // Whether there was such a subscription.
  bool unsubscribe(SubscriptionId subscription);

  template <typename E>
  PublishResult publish(const E& event) {
    return publish_erased(internal::event_type<E>, &event);
  }

 private:
  friend class internal::SessionCore;

  using ErasedHandler = std::function<absl::Status(const void* event)>;

  template <typename E, typename Handler>
  static ErasedHandler erase(Handler&& handler) {
    return [handler = std::forward<Handler>(handler)](const void* event) mutable -> absl::Status {
      const E& typed = *static_cast<const E*>(event);
      if constexpr (std::is_same_v<std::invoke_result_t<Handler&, const E&>, absl::Status>) {
        return handler(typed);
      } else {
        handler(typed);
        return absl::OkStatus();
      }
    };
  }

  SubscriptionId subscribe_erased(const internal::EventType& type, ErasedHandler handler);
  PublishResult publish_erased(const internal::EventType& type, const void* event);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace logslice
