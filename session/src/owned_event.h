// OwnedEvent keeps an event that was dispatched from inside a reducer until its turn comes.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include "logslice/session/internal/event_type.h"

namespace logslice::internal {

class OwnedEvent {
 public:
  // Moves the event if it may be moved, else copies it. Requires one of both to be possible.
  explicit OwnedEvent(EventRef event)
      : type_(*event.type),
        event_(::operator new (type_.size_bytes, std::align_val_t{type_.align_bytes})) {
    try {
      if (event.movable != nullptr) {
        type_.move_construct(event_, event.movable);
      } else {
        type_.copy_construct(event_, event.event);
      }
    } catch (...) {
      free_memory();
      throw;
    }
  }
  OwnedEvent(OwnedEvent&& other) noexcept
      : type_(other.type_), event_(std::exchange(other.event_, nullptr)) {}
  OwnedEvent& operator=(OwnedEvent&&) = delete;
  ~OwnedEvent() {
    if (event_ == nullptr) return;
    type_.destroy(event_);
    free_memory();
  }

  // The event is not needed again: it may be moved from, where its type can be moved.
  EventRef ref() const {
    return {&type_, event_, type_.move_construct == nullptr ? nullptr : event_};
  }

 private:
  void free_memory() { ::operator delete (event_, std::align_val_t{type_.align_bytes}); }

  const EventType& type_;
  void* event_;
};

}  // namespace logslice::internal
