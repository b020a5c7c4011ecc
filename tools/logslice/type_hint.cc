#include "type_hint.h"

#include <cstddef>
#include <cstdint>
#include <map>

#include "absl/status/statusor.h"
#include "logslice/persistence/log_info.h"
#include "output.h"

namespace logslice::command {

namespace {

constexpr size_t kTypesShown = 20;

std::string list_types(const std::map<std::string, int64_t>& type_counts) {
  std::string list;
  size_t shown = 0;
  for (const auto& [type, count] : type_counts) {
    if (shown++ == kTypesShown) {
      return list + " and " + std::to_string(type_counts.size() - kTypesShown) + " more types";
    }
    if (!list.empty()) list += ", ";
    list += (type.empty() ? "lines without a type" : type) + " (" + std::to_string(count) + ")";
  }
  return list;
}

}  // namespace

void hint_at_types(const std::string& path, const std::string& type) {
  const absl::StatusOr<LogInfo> info = read_log_info(path);
  // A log that cannot be read has been complained about.
  if (!info.ok() || info->type_counts.contains(type)) return;
  const std::string none = path + ": no entry of type " + type;
  complain(info->entry_count == 0 ? none + "; the log has no entries"
                                  : none + "; it has " + list_types(info->type_counts));
}

}  // namespace logslice::command
