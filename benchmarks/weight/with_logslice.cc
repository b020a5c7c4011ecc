// Thirty types that are registered, persisted, dispatched and scanned. What a program pays that has
// all of it in one file; no type needs a line of its own.
#include <cstddef>
#include <utility>

#include "contender.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/session.h"
#include "types.h"

namespace logslice::weight {
namespace {

template <typename T>
bool persist(Session& session, const std::string& path) {
  return session.register_slice<T>(SlicePolicy::kLog).ok() &&
         session.configure_persistence<T>({.path = path, .max_memory_entries = 1}).ok();
}

template <typename T>
bool dispatch(Session& session, size_t type, int64_t step) {
  T event;
  fill_sample(type, step, &event);
  return session.dispatch(std::move(event)).ok();
}

template <typename T>
int64_t scan(const std::string& path, size_t type) {
  auto entries = scan_log<T>(path, {.strict = true});
  if (!entries.ok()) return 0;
  int64_t step = 0;
  int64_t good_count = 0;
  for (const T& entry : *entries) good_count += is_sample(type, step++, &entry) ? 1 : 0;
  return entries->status().ok() ? good_count : 0;
}

template <typename... T, size_t... I>
int64_t round_trips(const std::string& directory, TypeList<T...>, std::index_sequence<I...>) {
  const auto path = [&](size_t type) { return directory + "/" + std::to_string(type) + ".jsonl"; };
  {
    Session session;
    if (!(persist<T>(session, path(I)) && ...)) return 0;
    for (int64_t step = 0; step < kEntriesPerType; ++step) {
      if (!(dispatch<T>(session, I, step) && ...)) return 0;
    }
    if (!session.close().ok()) return 0;
  }
  return (scan<T>(path(I), I) + ...);
}

template <typename... T>
int64_t round_trips(const std::string& directory, TypeList<T...> types) {
  return round_trips(directory, types, std::index_sequence_for<T...>{});
}

}  // namespace

int64_t round_trips_of_logslice(const std::string& directory) {
  return round_trips(directory, AllTypes{});
}

}  // namespace logslice::weight
