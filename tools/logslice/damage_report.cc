#include "damage_report.h"

#include "output.h"

namespace logslice::command {

namespace {
constexpr int64_t kShownInFull = 10;
}

void DamageReport::look_at(const LogLine& line) {
  if (!line.conflict.empty() && ++conflict_count_ <= kShownInFull) {
    complain(path_ + ": " + std::string(line.conflict));
  }
  if (line.damage.empty() || ++damaged_count_ > kShownInFull) return;
  // The file that it stands in: a sealed segment has lines of its own.
  std::string message(line.path);
  if (line.line_number > 0) message += ", line " + std::to_string(line.line_number);
  message += ", byte " + std::to_string(line.offset_bytes) + ": damaged, left out: ";
  complain(message.append(line.damage));
}

void DamageReport::finish() const {
  if (damaged_count_ > kShownInFull) {
    complain(path_ + ": " + std::to_string(damaged_count_ - kShownInFull) +
             " more damaged lines left out");
  }
  if (conflict_count_ > kShownInFull) {
    complain(path_ + ": " + std::to_string(conflict_count_ - kShownInFull) +
             " more entries are others in another segment");
  }
}

void mention_torn_tail(const std::string& path, int64_t torn_bytes) {
  if (torn_bytes == 0) return;
  complain(path + ": " + std::to_string(torn_bytes) +
           " bytes after the last newline left out: an entry counts once its newline is written");
}

}  // namespace logslice::command
