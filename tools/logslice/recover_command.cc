#include "recover_command.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "logslice/persistence/salvage_log.h"
#include "logslice/reflection/json_conversion.h"
#include "safe_text.h"

namespace logslice::command {

// What `recover` prints in a pipe: the names are a contract, specs/command.md.
struct RecoverRecord {
  std::string path;
  std::string out;
  std::optional<std::string> quarantine;
  int64_t input_bytes = 0;
  int64_t input_file_count = 0;
  int64_t saved_bytes = 0;
  int64_t saved_count = 0;
  int64_t quarantined_bytes = 0;
  int64_t quarantined_count = 0;
  int64_t duplicate_bytes = 0;
  int64_t duplicate_count = 0;
  int64_t blank_bytes = 0;
  int64_t blank_count = 0;
  std::optional<int64_t> first_seq;
  std::optional<int64_t> last_seq;
};

namespace {

RecoverRecord make_record(const std::string& path, const SalvageReport& report) {
  RecoverRecord record;
  record.path = path;
  record.out = report.out_path;
  if (!report.quarantine_path.empty()) record.quarantine = report.quarantine_path;
  record.input_bytes = report.input_bytes;
  record.input_file_count = report.input_file_count;
  record.saved_bytes = report.saved_bytes;
  record.saved_count = report.saved_count;
  record.quarantined_bytes = report.quarantined_bytes;
  record.quarantined_count = report.quarantined_count;
  record.duplicate_bytes = report.duplicate_bytes;
  record.duplicate_count = report.duplicate_count;
  record.blank_bytes = report.blank_bytes;
  record.blank_count = report.blank_count;
  if (report.first_seq > 0) record.first_seq = report.first_seq;
  if (report.last_seq > 0) record.last_seq = report.last_seq;
  return record;
}

// Bytes to the right, so that the sum can be seen to be one.
class CountTable {
 public:
  explicit CountTable(int64_t largest) : digits_(std::to_string(largest).size()) {}

  void append_row(std::string& out, std::string_view name, int64_t bytes, int64_t count,
                  std::string_view one, std::string_view many) const {
    constexpr size_t kNameColumns = 13;
    const std::string number = std::to_string(bytes);
    out.append("  ").append(name).append(kNameColumns - name.size(), ' ');
    out.append(digits_ - number.size(), ' ').append(number);
    out.append(bytes == 1 ? " byte   " : " bytes  ").append(std::to_string(count)).append(" ");
    out.append(count == 1 ? one : many).append("\n");
  }

 private:
  const size_t digits_;
};

std::string text_of(const std::string& path, const SalvageReport& report) {
  std::string out = safe_text(path) + "\n";
  const CountTable table(report.input_bytes);
  table.append_row(out, "saved", report.saved_bytes, report.saved_count, "entry", "entries");
  table.append_row(out, "quarantined", report.quarantined_bytes, report.quarantined_count, "piece",
                   "pieces");
  table.append_row(out, "duplicates", report.duplicate_bytes, report.duplicate_count, "entry",
                   "entries");
  table.append_row(out, "blank", report.blank_bytes, report.blank_count, "line", "lines");
  table.append_row(out, "all", report.input_bytes, report.input_file_count, "file", "files");
  out += "  entries in  " + safe_text(report.out_path) + "\n";
  if (!report.quarantine_path.empty()) {
    out += "  the rest in " + safe_text(report.quarantine_path) + "\n";
  }
  return out;
}

}  // namespace

ExitCode run_recover(const RecoverOptions& options, Output& out) {
  const absl::StatusOr<SalvageReport> report = salvage_log(options.path, options.out_path);
  if (!report.ok()) return failed(report.status());
  if (out.default_format() == Format::kText) {
    out.write(text_of(options.path, *report));
  } else {
    const absl::StatusOr<JsonValue> json = to_json_value(make_record(options.path, *report));
    if (!json.ok()) return failed(json.status());
    out.write(json->text() + "\n");
  }
  if (report->is_all_saved()) return ExitCode::kFine;
  complain(options.path + ": " + std::to_string(report->quarantined_bytes) +
           (report->quarantined_bytes == 1 ? " byte" : " bytes") +
           " could not be saved as entries; see " + report->quarantine_path);
  return ExitCode::kDamaged;
}

}  // namespace logslice::command
