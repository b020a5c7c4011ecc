#include "log_holder.h"

#include "logslice/reflection/internal/time_text.h"
#include "sidecar.h"
#include "text.h"

namespace logslice::internal {

std::optional<LogHolder> find_log_holder(FileSystem& file_system, const std::string& log_path) {
  OpenResult opened = file_system.open(sidecar_path(log_path), OpenMode::kRead);
  if (!opened.ok()) return std::nullopt;
  const IoResult locked = opened.file->locked_elsewhere();
  if (!locked.ok() || locked.value == 0) return std::nullopt;
  LogHolder holder;
  if (const std::optional<SidecarContent> content = read_sidecar(*opened.file)) {
    holder.pid = content->pid;
    holder.started_at = content->started_at;
  }
  return holder;
}

std::string describe(const LogHolder& holder) {
  // The sidecar of a writer that is just starting cannot be read yet.
  if (holder.pid == 0) return "a writer that is just opening or closing it";
  std::string text = concat("process ", holder.pid);
  if (holder.started_at.has_value()) {
    TimeTextCache time_text;
    text.append(" since ").append(time_text.format(*holder.started_at));
  }
  return text;
}

}  // namespace logslice::internal
