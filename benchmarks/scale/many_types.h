// This header defines a thousand slice types, and how one of them is used when it is chosen by
// number.
//
// The types are made by a template. What a user writes as session.dispatch(Event{…}) is compiled
// once for each, in the many_types_*.cc files: a quarter of them in each, so that two compilers
// share the work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "logslice/session/session.h"

namespace logslice::scale {

// Set by CMake: a build that is for a look whether all runs has fewer.
inline constexpr int kTypesPerFile = LOGSLICE_SCALE_TYPES_PER_FILE;
inline constexpr int kManyTypeCount = 4 * kTypesPerFile;

// One of the types, erased.
struct AnyType {
  absl::Status (*register_slice)(Session&, SlicePolicy);
  absl::Status (*configure)(Session&, const LogPersistenceConfig&);
  bool (*dispatch)(Session&, int64_t number);  // whether exactly one slice took it
  size_t (*size)(const Session&);
  int64_t (*latest)(const Session&);  // the number of the newest entry; -1: none
  absl::StatusOr<LogMarks> (*marks)(const Session&);
};

std::span<const AnyType> types_of_part_0();
std::span<const AnyType> types_of_part_1();
std::span<const AnyType> types_of_part_2();
std::span<const AnyType> types_of_part_3();

// All of them, in order.
inline std::vector<AnyType> many_types() {
  std::vector<AnyType> all;
  for (const std::span<const AnyType> part :
       {types_of_part_0(), types_of_part_1(), types_of_part_2(), types_of_part_3()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace logslice::scale
