#include "audit_log_path.h"

#include <cstdlib>

namespace gui_audit {

std::filesystem::path audit_log_path(const std::filesystem::path& dir) {
  constexpr const char* kName = "audit.jsonl";
  if (!dir.empty()) return dir / kName;
  const char* const wanted = std::getenv("GUI_AUDIT_DIR");
  if (wanted != nullptr && *wanted != '\0') return std::filesystem::path(wanted) / kName;
  return std::filesystem::path("~/.gui_audit/logs") / kName;
}

}  // namespace gui_audit
