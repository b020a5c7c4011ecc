// This header defines LogType, what a writer keeps per registered type.
#pragma once

#include <atomic>
#include <cstdint>

#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

// Never moves: queue slots and kept lines point at it. Counts only grow.
struct LogType {
  explicit LogType(const TypeTable& type_table) : table(type_table) {}

  const TypeTable& table;
  std::atomic<int64_t> accepted_count{0};  // written under the session's window lock
  std::atomic<int64_t> dropped_count{0};   // written under the writer's lock
};

}  // namespace logslice::internal
