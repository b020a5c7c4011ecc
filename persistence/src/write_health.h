// This header defines WriteHealth, which decides what is worth a report: a failure once until it
// changes, its healing once, drops by their first and their total.
#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "diagnostics_outbox.h"

namespace logslice::internal {

// A range of sequence numbers, inclusive, and the type of its first entry.
struct SeqRange {
  int64_t first_seq = 0;
  int64_t last_seq = 0;
  std::string_view slice_type;
};

// Threads: one.
class WriteHealth {
 public:
  WriteHealth(std::string path, DiagnosticsOutbox& outbox)
      : path_(std::move(path)), outbox_(outbox) {}

  // Where the log turns out to be, once that is known.
  void set_path(const std::string& path) { path_ = path; }
  // The log could be opened: what waits has numbers now, from this one on.
  void on_open(int64_t first_seq) {
    if (!failure_.ok() && first_unwritten_seq_ == 0) first_unwritten_seq_ = first_seq;
  }

  // `event` is log_write_failed or log_sync_failed; `waiting` is what stays unwritten, with
  // first_seq 0 if that has no numbers yet.
  void on_failure(std::string_view event, const absl::Status& status, const SeqRange& waiting);
  void on_drop(const SeqRange& dropped);
  // While it is set nothing has healed, though all that on_success() knows of is written: more
  // waits elsewhere.
  void set_behind(bool is_behind) { is_behind_ = is_behind; }
  // Everything accepted is written.
  void on_success(int64_t written_seq);
  // `lost` is what is not written and never will be; first_seq is 0 if that is nothing.
  void on_close(const SeqRange& lost, const absl::Status& status);
  // The same for a log that could never be opened, and its `entry_count` entries.
  void on_close_unopened(int64_t entry_count, const absl::Status& status);

  // A report that knows no repetition; `make_message()` is its text. False if there is no memory
  // for it: it is lost, and what it tells of goes on.
  template <typename MakeMessage>
  bool report(Severity severity, std::string_view event, const MakeMessage& make_message,
              const SeqRange& range, const absl::Status& status) noexcept {
    try {
      put(severity, event, make_message(), range, status);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  // The failure at hand; OK if writing works.
  const absl::Status& failure() const { return failure_; }

 private:
  void put(Severity severity, std::string_view event, std::string message, const SeqRange& range,
           const absl::Status& status);
  std::string dropped_text() const;

  std::string path_;
  DiagnosticsOutbox& outbox_;
  absl::Status failure_;
  bool is_reported_ = false;  // the failure
  bool is_behind_ = false;
  int64_t attempt_count_ = 0;
  int64_t first_unwritten_seq_ = 0;
  int64_t dropped_count_ = 0;  // since the last healing
  int64_t first_dropped_seq_ = 0;
  int64_t last_dropped_seq_ = 0;
  std::string_view first_dropped_type_;  // of a type table, which outlives the log
  bool is_first_drop_reported_ = false;
};

}  // namespace logslice::internal
