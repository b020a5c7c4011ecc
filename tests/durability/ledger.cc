#include "tests/durability/ledger.h"

#include "logslice/persistence/log_lines.h"

namespace logslice::testing {

namespace {

std::string quote(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, 160)) text += c == '\0' ? "\\0" : std::string(1, c);
  return text;
}

}  // namespace

LogContent check_log(FileSystem& file_system, const std::string& path, const Ledger& ledger) {
  LogContent content;
  const auto fail = [&content](const std::string& why) {
    if (content.error.empty()) content.error = why;
  };
  absl::StatusOr<LogLines> lines = scan_lines(path, {.scan = {.file_system = &file_system}});
  if (!lines.ok() && !absl::IsNotFound(lines.status())) {
    fail("cannot read: " + lines.status().ToString());
    return content;
  }
  int64_t last_seq = 0;
  while (lines.ok() && lines->next()) {
    const LogLine& line = lines->line();
    // 1. No damage but what the device can have done to bytes that were never synced.
    if (!line.damage.empty()) {
      ++content.damaged_count;
      if (line.text.find('\0') == std::string_view::npos) fail("damaged: " + quote(line.text));
      continue;
    }
    // 2. Nothing that was never accepted, and nothing but its own bytes.
    const auto entry = ledger.entries.find(line.seq);
    if (entry == ledger.entries.end()) {
      fail("never accepted: " + quote(line.text));
    } else if (entry->second.line != line.text) {
      fail("other bytes than accepted: " + quote(line.text) + " for " + quote(entry->second.line));
    }
    // 3. In order, none twice.
    if (line.seq <= last_seq) {
      fail("seq " + std::to_string(line.seq) + " after " + std::to_string(last_seq));
    }
    last_seq = line.seq;
    if (!line.conflict.empty()) fail("another entry of the same number: " + quote(line.text));
    content.lines.emplace(line.seq, line.text);
  }
  if (lines.ok() && !lines->status().ok()) fail("cannot read on: " + lines->status().ToString());
  if (lines.ok()) content.torn_bytes = lines->stats().torn_bytes;
  // 4. Everything that was promised.
  int64_t hole_count = 0;
  for (const auto& [seq, entry] : ledger.entries) {
    if (seq > ledger.must_seq && !entry.is_durable) continue;
    if (seq <= ledger.removable_seq) continue;
    if (!content.lines.contains(seq) && ++hole_count > ledger.hole_count_max) {
      fail("lost: " + quote(entry.line));
    }
  }
  return content;
}

}  // namespace logslice::testing
