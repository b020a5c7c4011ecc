#include "info_command.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "entry_row.h"
#include "logslice/persistence/log_info.h"
#include "logslice/reflection/json_conversion.h"
#include "safe_text.h"

namespace logslice::command {

// What a line of `info -o jsonl` holds: the names are a contract, specs/command.md.
struct HolderRecord {
  int64_t pid = 0;
  std::optional<absl::Time> started_at;
};

struct InfoRecord {
  std::string path;
  int64_t bytes = 0;
  int64_t line_count = 0;
  int64_t entry_count = 0;
  std::map<std::string, int64_t> type_counts;
  std::optional<int64_t> first_seq;
  std::optional<int64_t> last_seq;
  int64_t missing_seq_count = 0;
  std::optional<absl::Time> first_ts;
  std::optional<absl::Time> last_ts;
  int64_t damaged_count = 0;
  std::optional<std::string> first_damage;
  int64_t torn_bytes = 0;
  std::optional<HolderRecord> holder;
  int64_t segment_count = 0;
  int64_t overlap_count = 0;
  int64_t conflict_count = 0;
  std::optional<std::string> first_conflict;
};

namespace {

// Numbers of the range that no sound line can have: dropped, damaged or removed. Exact for a log
// that logslice wrote; a lower bound if lines without a number, or numbers twice, fill the holes.
int64_t missing_seq_count(const LogInfo& info) {
  if (info.last_seq == 0) return 0;
  return std::max<int64_t>(0, info.last_seq - info.first_seq + 1 - info.entry_count);
}

InfoRecord make_record(const std::string& path, const LogInfo& info) {
  InfoRecord record;
  record.path = path;
  record.bytes = info.bytes;
  record.line_count = info.line_count;
  record.entry_count = info.entry_count;
  record.type_counts = info.type_counts;
  if (info.first_seq > 0) record.first_seq = info.first_seq;
  if (info.last_seq > 0) record.last_seq = info.last_seq;
  record.missing_seq_count = missing_seq_count(info);
  record.first_ts = info.first_ts;
  record.last_ts = info.last_ts;
  record.damaged_count = info.damaged_count;
  if (info.damaged_count > 0) record.first_damage = info.first_damage;
  record.torn_bytes = info.torn_bytes;
  if (info.holder) record.holder = HolderRecord{info.holder->pid, info.holder->started_at};
  record.segment_count = info.segment_count;
  record.overlap_count = info.overlap_count;
  record.conflict_count = info.conflict_count;
  if (info.conflict_count > 0) record.first_conflict = info.first_conflict;
  return record;
}

std::string counted(int64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string size_text(int64_t bytes) {
  std::string exact = counted(bytes, "byte", "bytes");
  if (bytes < 1024) return exact;
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  std::array<char, 32> rounded = {};
  snprintf(rounded.data(), rounded.size(), "%.1f %s", size, kUnits[unit]);
  return std::string(rounded.data()) + " (" + exact + ")";
}

void append_row(std::string& out, std::string_view name, std::string_view value) {
  constexpr size_t kNameColumns = 10;
  out.append("  ").append(name).append(kNameColumns - name.size(), ' ');
  append_safe_text(out, value);
  out += '\n';
}

void append_types(std::string& out, const std::map<std::string, int64_t>& type_counts) {
  size_t digits = 0;
  for (const auto& [type, count] : type_counts) {
    digits = std::max(digits, std::to_string(count).size());
  }
  for (const auto& [type, count] : type_counts) {
    const std::string number = std::to_string(count);
    append_row(out, "",
               std::string(digits - number.size(), ' ') + number + "  " +
                   (type.empty() ? "(no type)" : type));
  }
}

std::string seq_text(const LogInfo& info) {
  if (info.last_seq == 0) return "none";
  const std::string range = std::to_string(info.first_seq) + " to " + std::to_string(info.last_seq);
  const int64_t missing = missing_seq_count(info);
  return missing == 0 ? range : range + ", " + std::to_string(missing) + " missing";
}

std::string ts_text(const LogInfo& info) {
  if (!info.first_ts || !info.last_ts) return "none";
  return time_text(*info.first_ts) + " to " + time_text(*info.last_ts);
}

std::string holder_text(const LogInfo& info) {
  if (!info.holder) return "none";
  // The sidecar of a writer that is just starting cannot be read yet.
  if (info.holder->pid == 0) return "has it open";
  std::string text = "process " + std::to_string(info.holder->pid) + " has it open";
  if (info.holder->started_at) text += " since " + time_text(*info.holder->started_at);
  return text;
}

std::string segments_text(const LogInfo& info) {
  std::string text = std::to_string(info.segment_count);
  if (info.overlap_count > 0) {
    text +=
        ", " + counted(info.overlap_count, "entry", "entries") + " in two of them, counted once";
  }
  return text;
}

std::string text_of(const std::string& path, const LogInfo& info) {
  std::string out = safe_text(path) + "\n";
  append_row(out, "size", size_text(info.bytes));
  if (info.segment_count > 1) append_row(out, "segments", segments_text(info));
  append_row(out, "entries", std::to_string(info.entry_count));
  append_types(out, info.type_counts);
  append_row(out, "seq", seq_text(info));
  append_row(out, "time", ts_text(info));
  if (info.torn_bytes > 0) {
    append_row(out, "torn",
               counted(info.torn_bytes, "byte", "bytes") + " after the last newline, not an entry");
  }
  if (info.damaged_count > 0) {
    append_row(out, "damaged", counted(info.damaged_count, "line", "lines") + ", first:");
    append_row(out, "", info.first_damage);
  }
  if (info.conflict_count > 0) {
    append_row(out, "unequal",
               counted(info.conflict_count, "entry", "entries") + " of two segments, first:");
    append_row(out, "", info.first_conflict);
  }
  append_row(out, "writer", holder_text(info));
  return out;
}

ExitCode info_of(const std::string& path, Format format, Output& out) {
  const absl::StatusOr<LogInfo> info = read_log_info(path);
  if (!info.ok()) return failed(info.status());
  if (format == Format::kText) {
    if (!out.is_untouched()) out.write("\n");
    out.write(text_of(path, *info));
  } else {
    const absl::StatusOr<JsonValue> json = to_json_value(make_record(path, *info));
    if (!json.ok()) return failed(json.status());
    out.write(json->text() + "\n");
  }
  if (info->damaged_count > 0) {
    complain(path + ": " + counted(info->damaged_count, "damaged line", "damaged lines"));
  }
  if (info->conflict_count > 0) {
    complain(path + ": " + counted(info->conflict_count, "entry differs", "entries differ") +
             " in two segments");
  }
  return info->damaged_count + info->conflict_count == 0 ? ExitCode::kFine : ExitCode::kDamaged;
}

}  // namespace

ExitCode run_info(const InfoOptions& options, Output& out) {
  ExitCode worst = ExitCode::kFine;
  for (const std::string& path : options.paths) {
    worst = worse(worst, info_of(path, options.format, out));
  }
  return worst;
}

}  // namespace logslice::command
