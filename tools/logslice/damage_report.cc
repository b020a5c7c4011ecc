#include "damage_report.h"

#include "output.h"

namespace logslice::command {

namespace {
constexpr int64_t kShownInFull = 10;
}

void DamageReport::add(const LogLine& line) {
  if (++count_ > kShownInFull) return;
  std::string message = path_ + ", line " + std::to_string(line.line_number) + ", byte " +
                        std::to_string(line.offset_bytes) + ": damaged, left out: ";
  complain(message.append(line.damage));
}

void DamageReport::finish() const {
  if (count_ <= kShownInFull) return;
  complain(path_ + ": " + std::to_string(count_ - kShownInFull) + " more damaged lines left out");
}

}  // namespace logslice::command
