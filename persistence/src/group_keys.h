// This header defines GroupKeyReader, which tells which group of an aggregate a line belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/aggregate.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/reflection/internal/json_pointer.h"

namespace logslice::internal {

// GroupKeyReader reads the parts of a key one after the other into one text, by which groups are
// looked up without an allocation. Threads: one.
class GroupKeyReader {
 public:
  // Pointers are added to `finder`. InvalidArgument as LogAggregator::make.
  static absl::StatusOr<GroupKeyReader> make(const std::vector<GroupBy>& by, int64_t key_bytes_max,
                                             JsonFinder& finder);

  // The text of a line's key; nothing if it is too long. Valid until the next call.
  std::optional<std::string_view> read(const LogLine& line, const std::vector<FoundValue>& found);

  // The key that such a text stands for.
  static std::vector<GroupKey> decode(std::string_view text);

 private:
  struct Part {
    GroupBy::What what;
    size_t place = 0;  // of the member among the found ones
    absl::Duration step;
    // The last step's bounds: times mostly grow slowly.
    absl::Time begin = absl::InfiniteFuture();
    absl::Time end = absl::InfinitePast();
  };

  void append(GroupKey::Kind kind, std::string_view text);
  void append_time(Part& part, const std::optional<absl::Time>& ts);
  void append_value(const FoundValue& value);

  std::vector<Part> parts_;
  int64_t key_bytes_max_ = 0;
  bool is_too_long_ = false;
  std::string text_;
  std::string value_;
};

}  // namespace logslice::internal
