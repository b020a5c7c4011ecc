#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "backward_line_reader.h"
#include "io_status.h"
#include "line_counter.h"
#include "log_paths.h"
#include "logslice/persistence/internal/log_scanner.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/type_table.h"
#include "scan_filter.h"
#include "text.h"

namespace logslice::internal {

namespace {

// A constructed object of a type that is known by its table only.
class ErasedEntry {
 public:
  explicit ErasedEntry(const TypeTable& table)
      : table_(table),
        memory_(::operator new(table.size_bytes, std::align_val_t(table.align_bytes))) {
    table_.default_construct(memory_);
  }
  ErasedEntry(const ErasedEntry&) = delete;
  ErasedEntry& operator=(const ErasedEntry&) = delete;
  ~ErasedEntry() {
    table_.destroy(memory_);
    ::operator delete(memory_, std::align_val_t(table_.align_bytes));
  }
  void* get() { return memory_; }

 private:
  const TypeTable& table_;
  void* const memory_;
};

}  // namespace

absl::Status read_last_entries(const TypeTable& table, const std::filesystem::path& path,
                               int64_t count, const ScanOptions& options,
                               const std::function<void(void* entry)>& take) {
  if (count < 0) return invalid_argument(concat("count is ", count, "; it must be >= 0"));
  if (options.line_bytes_max < 1) {
    return invalid_argument(
        concat("line_bytes_max is ", options.line_bytes_max, "; it must be >= 1"));
  }
  absl::StatusOr<std::string> expanded = expand_home(path);
  if (!expanded.ok()) return expanded.status();
  absl::StatusOr<std::unique_ptr<File>> file = open_for_reading(*options.file_system, *expanded);
  if (!file.ok()) return file.status();
  const StatResult stat = (*file)->stat();
  if (!stat.ok()) return io_error(stat.error, "cannot stat", *expanded);
  absl::StatusOr<int64_t> end = find_committed_end(**file, *expanded, stat.stat.size_bytes);
  if (!end.ok()) return end.status();

  BackwardLineReader lines(**file, *expanded, *end, options.line_bytes_max);
  const ScanFilter filter(options);
  LineDecoder decoder(table);
  ErasedEntry entry(table);
  while (count > 0 && lines.previous()) {
    if (lines.is_too_long()) {
      if (!options.strict) continue;
      return line_error(*expanded, 0, lines.offset_bytes(),
                        long_line_reason(options.line_bytes_max));
    }
    const std::string_view line = lines.line();
    if (is_blank(line)) continue;
    LineDecoder::Result result =
        decoder.decode(line.data(), line.data() + line.size() + 1, entry.get());
    if (result.verdict != LineDecoder::Verdict::kEntry) {
      if (!options.strict) continue;
      return line_error(*expanded, 0, lines.offset_bytes(),
                        result.verdict == LineDecoder::Verdict::kDamaged
                            ? result.problem
                            : concat("the line is not of type ", table.id));
    }
    if (filter.is_before_start(result.stamp)) break;  // numbers only fall from here
    if (filter.check(result.stamp) != ScanFilter::Verdict::kPass) continue;
    take(entry.get());
    --count;
  }
  return lines.status();
}

}  // namespace logslice::internal
