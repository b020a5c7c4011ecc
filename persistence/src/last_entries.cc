#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "backward_log_reader.h"
#include "erased_entry.h"
#include "go_back.h"
#include "line_counter.h"
#include "logslice/persistence/internal/log_scanner.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/type_table.h"
#include "scan_filter.h"
#include "seek.h"
#include "text.h"

namespace logslice::internal {

namespace {

// From the end, nobody knows the numbers of lines that are counted: so from the start.
absl::Status read_forward(const TypeTable& table, const std::filesystem::path& path, int64_t count,
                          const ScanOptions& options,
                          const std::function<void(void* entry)>& take) {
  ScanOptions forward = options;
  forward.threads = 1;  // so that next() gives the entry that it was given
  absl::StatusOr<std::unique_ptr<LogScanner>> scanner = LogScanner::open(table, path, forward);
  if (!scanner.ok()) return scanner.status();
  std::deque<std::unique_ptr<ErasedEntry>> last;
  auto entry = std::make_unique<ErasedEntry>(table);
  while ((*scanner)->next(entry->get())) {
    if (count == 0) continue;
    last.push_back(std::move(entry));
    if (last.size() <= static_cast<size_t>(count)) {
      entry = std::make_unique<ErasedEntry>(table);
    } else {
      entry = std::move(last.front());
      last.pop_front();
    }
  }
  for (auto taken = last.rbegin(); taken != last.rend(); ++taken) take((*taken)->get());
  return (*scanner)->status();
}

absl::Status read_backward(const TypeTable& table, const std::filesystem::path& path, int64_t count,
                           const ScanOptions& options,
                           const std::function<void(void* entry)>& take) {
  absl::StatusOr<BackwardLogReader> lines =
      BackwardLogReader::open(*options.file_system, path.native(), options.line_bytes_max);
  if (!lines.ok()) return lines.status();
  return go_back(&*lines, table, count, options, take);
}

}  // namespace

absl::Status go_back(BackwardLogReader* lines, const TypeTable& table, int64_t count,
                     const ScanOptions& options, const std::function<void(void* entry)>& take) {
  const ScanFilter filter(options,
                          options.since.has_value() && is_ordered(lines->log_path(), options));
  bool was_before_since = false;
  LineDecoder decoder(table,
                      options.untyped_as_entry ? UntypedLine::kIsEntry : UntypedLine::kIsOtherType,
                      options.time_member);
  ErasedEntry entry(table);
  std::string other_head;  // how a line of another type began, up to the quote behind the type
  while (count > 0 && lines->previous()) {
    if (const ArchiveDamage* damage = options.strict ? lines->damage() : nullptr) {
      return line_error(lines->path(), 0, damage->plain_start, describe(*damage));
    }
    if (lines->is_too_long()) {
      if (!options.strict) continue;
      return line_error(lines->path(), 0, lines->offset_bytes(),
                        long_line_reason(options.line_bytes_max));
    }
    const std::string_view line = lines->line();
    if (!options.strict && !other_head.empty() && line.starts_with(other_head)) continue;
    if (is_blank(line)) continue;
    LineDecoder::Result result =
        decoder.decode(line.data(), line.data() + line.size() + 1, entry.get());
    if (result.verdict != LineDecoder::Verdict::kEntry) {
      if (!options.strict) {
        if (const auto type = read_canonical_type(line); type && !table.matches(*type)) {
          other_head.assign(line.data(), type->data() + type->size() + 1);
        }
        continue;
      }
      return line_error(lines->path(), 0, lines->offset_bytes(),
                        result.verdict == LineDecoder::Verdict::kDamaged
                            ? result.problem
                            : concat("the line is not of type ", table.id));
    }
    if (filter.is_before_start(result.stamp)) break;  // numbers only fall from here
    const bool is_before_since = filter.is_before_since(result.stamp);
    if (is_before_since && was_before_since) break;
    was_before_since = is_before_since;
    if (filter.check(result.stamp) != ScanFilter::Verdict::kPass) continue;
    take(entry.get());
    --count;
  }
  return lines->status().ok() && options.strict ? lines->passed_damage() : lines->status();
}

absl::Status read_last_entries(const TypeTable& table, const std::filesystem::path& path,
                               int64_t count, const ScanOptions& options,
                               const std::function<void(void* entry)>& take) {
  return or_out_of_memory([&]() -> absl::Status {
    if (count < 0) return invalid_argument(concat("count is ", count, "; it must be >= 0"));
    const bool asks_for_counted_lines =
        options.unnumbered == UnnumberedLines::kCountOn && (options.start_seq || options.end_seq);
    return asks_for_counted_lines ? read_forward(table, path, count, options, take)
                                  : read_backward(table, path, count, options, take);
  });
}

}  // namespace logslice::internal
