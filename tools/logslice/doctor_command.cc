#include "doctor_command.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "logslice/persistence/check_log.h"
#include "logslice/reflection/json_conversion.h"
#include "safe_text.h"
#include "wrapped_text.h"

namespace logslice::command {

// What a line of `doctor -o jsonl` holds: the names are a contract, specs/command.md.
struct FindingRecord {
  std::string log;
  std::string severity;
  std::string kind;
  std::string path;
  std::optional<int64_t> offset;
  std::optional<int64_t> line;
  std::optional<int64_t> first_seq;
  std::optional<int64_t> last_seq;
  std::string text;
  std::optional<std::string> mend;
};

namespace {

constexpr int kNameColumns = 10;

std::string_view severity_name(LogFindingSeverity severity) {
  return severity == LogFindingSeverity::kDamage ? "damage" : "remark";
}

std::optional<int64_t> if_positive(int64_t number) {
  return number > 0 ? std::optional<int64_t>(number) : std::nullopt;
}

FindingRecord make_record(const std::string& log, const LogFinding& finding) {
  FindingRecord record;
  record.log = log;
  record.severity = severity_name(finding.severity);
  record.kind = log_finding_name(finding.kind);
  record.path = finding.path;
  record.offset = finding.offset_bytes;
  record.line = if_positive(finding.line_number);
  record.first_seq = if_positive(finding.first_seq);
  record.last_seq = if_positive(finding.last_seq);
  record.text = finding.text;
  if (!finding.mend.empty()) record.mend = finding.mend;
  return record;
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The place and what it is. The log's own path stands above, so of others in its folder the name
// will do.
std::string finding_text(const std::string& log, const LogFinding& finding) {
  std::string text;
  const auto append_place = [&text](std::string_view what) {
    text.append(text.empty() ? "" : ", ").append(what);
  };
  if (finding.path != log) append_place(name_of(finding.path));
  if (finding.line_number > 0) append_place("line " + std::to_string(finding.line_number));
  if (finding.offset_bytes) append_place("byte " + std::to_string(*finding.offset_bytes));
  if (!text.empty()) text += ": ";
  return text + finding.text;
}

void append_row(std::string& out, std::string_view name, std::string_view value,
                std::optional<int> columns) {
  out.append("  ").append(name).append(kNameColumns - name.size(), ' ');
  append_wrapped(out, safe_text(value), kNameColumns + 2, columns);
  out += '\n';
}

std::string counted(int64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string verdict_text(const LogCheck& check) {
  const std::string size = counted(check.entry_count, "entry", "entries") + " in " +
                           counted(check.file_count, "file", "files") + ", " +
                           counted(check.bytes, "byte", "bytes");
  if (!check.is_complete) return "not all of it could be read; so far " + size;
  return check.is_sound() ? "sound; " + size : "damaged; " + size;
}

std::string text_of(const std::string& log, const LogCheck& check, std::optional<int> columns) {
  std::string out = safe_text(log) + "\n";
  for (size_t i = 0; i < check.findings.size(); ++i) {
    const LogFinding& finding = check.findings[i];
    append_row(out, severity_name(finding.severity), finding_text(log, finding), columns);
    // What mends several in a row is said once, behind them. A command is not broken: it is to be
    // copied.
    const bool is_last_of_its_mend =
        i + 1 == check.findings.size() || check.findings[i + 1].mend != finding.mend;
    if (!finding.mend.empty() && is_last_of_its_mend) {
      append_row(out, "  mend", finding.mend, std::nullopt);
    }
  }
  append_row(out, "all", verdict_text(check), columns);
  return out;
}

ExitCode doctor_of(const std::string& path, Format format, Output& out) {
  const absl::StatusOr<LogCheck> check = check_log(path);
  if (!check.ok()) return failed(check.status());
  if (format == Format::kText) {
    if (!out.is_untouched()) out.write("\n");
    const std::optional<int> columns =
        out.is_terminal() ? std::optional<int>(out.terminal_columns()) : std::nullopt;
    out.write(text_of(path, *check, columns));
  } else {
    for (const LogFinding& finding : check->findings) {
      const absl::StatusOr<JsonValue> json = to_json_value(make_record(path, finding));
      if (!json.ok()) return failed(json.status());
      out.write(json->text() + "\n");
    }
  }
  if (!check->is_complete) {
    complain(path + ": not all of it could be read");
    return ExitCode::kFailed;
  }
  if (check->is_sound()) return ExitCode::kFine;
  complain(path + ": damaged, " + counted(check->damage_count, "finding", "findings"));
  return ExitCode::kDamaged;
}

}  // namespace

ExitCode run_doctor(const DoctorOptions& options, Output& out) {
  ExitCode worst = ExitCode::kFine;
  for (const std::string& path : options.paths) {
    worst = worse(worst, doctor_of(path, options.format, out));
  }
  return worst;
}

}  // namespace logslice::command
