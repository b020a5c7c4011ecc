#include "write_health.h"

#include <utility>

#include "logslice/reflection/internal/status.h"
#include "seq_text.h"
#include "text.h"

namespace logslice::internal {

namespace {

std::string entries_text(int64_t count) {
  return concat(count, count == 1 ? " entry" : " entries");
}

}  // namespace

void WriteHealth::put(Severity severity, std::string_view event, std::string message,
                      const SeqRange& range, const absl::Status& status) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.event = event;
  diagnostic.message = std::move(message);
  diagnostic.slice_type = range.slice_type;
  diagnostic.path = path_;
  diagnostic.first_seq = range.first_seq;
  diagnostic.last_seq = range.last_seq;
  if (range.first_seq > 0) diagnostic.entry_count = range.last_seq - range.first_seq + 1;
  diagnostic.status = status;
  outbox_.put(std::move(diagnostic));
}

void WriteHealth::on_failure(std::string_view event, const absl::Status& status,
                             const SeqRange& waiting) {
  if (failure_.ok()) first_unwritten_seq_ = waiting.first_seq;
  ++attempt_count_;
  if (is_reported_ && failure_.message() == status.message()) return;
  failure_ = status;
  const bool is_sync = event == "log_sync_failed";
  is_reported_ = report(
      Severity::kError, event,
      [&] {
        if (waiting.last_seq == 0) {
          return concat(message_of(status),
                        "; what is to be written is kept in memory and tried again");
        }
        return concat(
            message_of(status), "; ", range_text(waiting.first_seq, waiting.last_seq),
            waiting.slice_type.empty() ? "" : " of ", waiting.slice_type,
            is_sync ? " may not survive a power loss; nothing more is written to this file, it "
                      "is sealed, and what is kept goes into a new one"
                    : " not written; the entries are kept in memory and tried again");
      },
      waiting, status);
}

void WriteHealth::on_drop(const SeqRange& dropped) {
  if (dropped_count_ == 0) {
    first_dropped_seq_ = dropped.first_seq;
    first_dropped_type_ = dropped.slice_type;
    is_first_drop_reported_ = false;
  }
  dropped_count_ += dropped.last_seq - dropped.first_seq + 1;
  if (!is_first_drop_reported_) {
    is_first_drop_reported_ = report(
        Severity::kError, "log_entries_dropped",
        [&] {
          return concat(path_, failure_.ok() ? " is written too slowly" : " cannot be written",
                        " and the pending bound is reached; the oldest entries are dropped, "
                        "beginning with ",
                        range_text(first_dropped_seq_, first_dropped_seq_),
                        "; the total follows when it heals or closes");
        },
        {first_dropped_seq_, first_dropped_seq_, first_dropped_type_}, failure_);
  }
  last_dropped_seq_ = dropped.last_seq;
}

std::string WriteHealth::dropped_text() const {
  if (dropped_count_ == 0) return "none was dropped";
  return concat(entries_text(dropped_count_), " dropped, ",
                range_text(first_dropped_seq_, last_dropped_seq_));
}

void WriteHealth::on_success(int64_t written_seq) {
  if ((failure_.ok() && dropped_count_ == 0) || is_behind_) return;
  if (failure_.ok()) first_unwritten_seq_ = first_dropped_seq_;
  const bool is_told = report(
      Severity::kNotice, "log_write_healed",
      [&] {
        if (failure_.ok()) return concat(path_, " has caught up; ", dropped_text());
        return concat(path_, " is written again after ", attempt_count_, " failed ",
                      attempt_count_ == 1 ? "attempt" : "attempts", "; ",
                      range_text(first_unwritten_seq_, written_seq), " were waiting, ",
                      dropped_text());
      },
      {first_unwritten_seq_, written_seq, first_dropped_type_}, absl::OkStatus());
  if (!is_told) return;  // the next success will
  failure_ = absl::OkStatus();
  is_reported_ = false;
  attempt_count_ = dropped_count_ = first_unwritten_seq_ = 0;
}

void WriteHealth::on_close(const SeqRange& lost, const absl::Status& status) {
  if (lost.first_seq == 0 && dropped_count_ == 0) return;
  report(
      Severity::kError, "log_closed_unwritten",
      [&] {
        return concat(path_, " is closed with ",
                      lost.first_seq == 0 ? "nothing" : range_text(lost.first_seq, lost.last_seq),
                      " unwritten or unsynced; ", dropped_text(), status.ok() ? "" : ": ",
                      message_of(status));
      },
      lost, status);
}

void WriteHealth::on_close_unopened(int64_t entry_count, const absl::Status& status) {
  if (entry_count == 0) return;
  report(
      Severity::kError, "log_closed_unwritten",
      [&] {
        return concat(path_, " is closed and was never opened; ", entries_text(entry_count), " ",
                      entry_count == 1 ? "is" : "are", " lost: ", message_of(status));
      },
      {}, status);
}

}  // namespace logslice::internal
