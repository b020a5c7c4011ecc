// This header defines FindingList, which gathers what check_log finds, in bounded memory.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "logslice/persistence/check_log.h"

namespace logslice::internal {

// Keeps the first findings of each kind and counts the others. Threads: one.
class FindingList {
 public:
  explicit FindingList(int64_t kept_per_kind_max) : kept_per_kind_max_(kept_per_kind_max) {}

  void add(LogFinding finding);

  // Moves all into `check`, in the order that it promises.
  void move_to(LogCheck& check);

 private:
  struct Kept {
    std::vector<LogFinding> findings;
    int64_t more_count = 0;
  };

  const int64_t kept_per_kind_max_;
  std::map<LogFindingKind, Kept> by_kind_;
  int64_t damage_count_ = 0;
  int64_t remark_count_ = 0;
};

// The text as one word of a shell command.
std::string shell_word(std::string_view text);

// "logslice recover <log> -o <log>.recovered"
std::string recover_command(const std::string& log_path);

}  // namespace logslice::internal
