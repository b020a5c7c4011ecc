// This header defines `ExtraMembers`, a struct member that holds what a line has beyond the struct.
//
//   struct AuditEvent {
//     std::string event;
//     logslice::ExtraMembers extra;   // at most one, of the slice type itself
//   };
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logslice/reflection/json_value.h"

namespace logslice {

// The unknown members of a line in their order; written back as members where the ExtraMembers
// stands. An entry is refused if a name in it begins with `__` or is the name of another member.
// Threads: as std::vector.
struct ExtraMembers {
  std::vector<std::pair<std::string, JsonValue>> members;

  // The last member of that name, or null.
  const JsonValue* find(std::string_view name) const {
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
      if (member->first == name) return &member->second;
    }
    return nullptr;
  }

  friend bool operator==(const ExtraMembers&, const ExtraMembers&) = default;
};

}  // namespace logslice
