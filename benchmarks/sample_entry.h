// This header defines the entry of all rows: eight fields, about 450 bytes a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "logslice/reflection/uuid.h"

namespace logslice::bench {

struct SearchParams {
  std::string query;

  bool operator==(const SearchParams&) const = default;
};

struct SearchResult {
  bool success = false;
  int64_t hit_count = 0;

  bool operator==(const SearchResult&) const = default;
};

struct ToolInvoked {
  std::string prompt_name;
  std::string adapter;
  std::string name;
  SearchParams params;
  SearchResult result;
  std::optional<Uuid> session_id;
  absl::Time created_at;
  Uuid event_id;

  bool operator==(const ToolInvoked&) const = default;
};

// Entries that differ; ASCII, queries of 40 to 80 characters.
inline std::vector<ToolInvoked> make_entries(size_t count) {
  const Uuid session_id = Uuid::random();
  std::vector<ToolInvoked> entries;
  for (size_t i = 0; i < count; ++i) {
    entries.push_back({.prompt_name = "research",
                       .adapter = "openai",
                       .name = i % 3 == 0 ? "search" : "open_file",
                       .params = {std::string(40 + i % 41, static_cast<char>('a' + i % 26))},
                       .result = {i % 7 != 0, static_cast<int64_t>(i * 31)},
                       .session_id = session_id,
                       .created_at = absl::FromUnixMicros(1'736'937'000'000'000 +
                                                          static_cast<int64_t>(i) * 1'003),
                       .event_id = Uuid::random()});
  }
  return entries;
}

}  // namespace logslice::bench
