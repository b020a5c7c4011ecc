// This header defines what the files that are weighed do, and the entries they do it with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace logslice::weight {

inline constexpr int64_t kEntriesPerType = 3;

// Entry `step` of type number `type` of AllTypes: no member is as a new struct has it.
void fill_sample(size_t type, int64_t step, void* entry);
bool is_sample(size_t type, int64_t step, const void* entry);

// Makes one of each type. How many are as they should be.
int64_t made_of_plain_structs();

// Writes kEntriesPerType of each type into `directory`, which is there and empty, and reads them
// back. How many came back as they were.
int64_t round_trips_of_logslice(const std::string& directory);
int64_t round_trips_of_nlohmann(const std::string& directory);

}  // namespace logslice::weight
