// This header defines where the audit log is.
#pragma once

#include <filesystem>

namespace gui_audit {

// `dir`/audit.jsonl; without a dir $GUI_AUDIT_DIR counts, and without that ~/.gui_audit/logs, where
// logslice reads the `~`. Arithmetic on paths, no more: it looks at no file and makes no directory,
// since even that may hang on a bad disk. The log's own thread does so when it opens the log.
std::filesystem::path audit_log_path(const std::filesystem::path& dir = {});

}  // namespace gui_audit
