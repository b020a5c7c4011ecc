#include "salvage_merge.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "logslice/reflection/internal/status.h"
#include "salvaged_line.h"
#include "text.h"

namespace logslice::internal {

// For a heap whose first element is the lowest.
bool SalvageMerge::comes_later(const Cursor& a, const Cursor& b) {
  return std::tie(a.seq, a.file_index, a.entry_offset) >
         std::tie(b.seq, b.file_index, b.entry_offset);
}

absl::Status SalvageMerge::run(std::vector<SeqRun> runs) {
  // A file without any number comes last, but for archives of other programs.
  const auto start_of = [](const SeqRun& run) {
    if (run.first_seq > 0) return run.first_seq;
    return run.comes_first ? int64_t{0} : std::numeric_limits<int64_t>::max();
  };
  std::stable_sort(runs.begin(), runs.end(),
                   [&](const SeqRun& a, const SeqRun& b) { return start_of(a) < start_of(b); });
  size_t next = 0;
  while (next < runs.size() || !cursors_.empty()) {
    absl::Status status;
    if (next < runs.size() && (cursors_.empty() || start_of(runs[next]) <= cursors_[0].seq)) {
      status = open(runs[next++]);
    } else {
      status = take_lowest();
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status SalvageMerge::open(const SeqRun& run) {
  Cursor cursor;
  cursor.file_index = run.file_index;
  cursor.next_offset = run.start_offset;
  cursor.end_offset = run.end_offset;
  if (absl::Status status = advance(cursor); !status.ok()) return status;
  if (cursor.seq == 0) return absl::OkStatus();
  cursors_.push_back(cursor);
  std::push_heap(cursors_.begin(), cursors_.end(), comes_later);
  return absl::OkStatus();
}

absl::Status SalvageMerge::advance(Cursor& cursor) {
  const int64_t seq_before = std::exchange(cursor.seq, 0);
  while (cursor.next_offset < cursor.end_offset) {
    const int64_t offset = cursor.next_offset;
    if (const int64_t size = input_.long_line_bytes(cursor.file_index, offset); size > 0) {
      cursor.next_offset += size;
      continue;
    }
    if (absl::Status status = input_.read_line(cursor.file_index, offset, line_); !status.ok()) {
      return status;
    }
    cursor.next_offset += static_cast<int64_t>(line_.size()) + 1;
    const LineJudgement judgement = judge_line(line_);
    if (judgement.kind != LineJudgement::Kind::kEntry) continue;
    if (judgement.seq > 0) {
      if (judgement.seq <= seq_before) {
        return unavailable(concat(input_.path(cursor.file_index), " changes while it is read"));
      }
      cursor.seq = judgement.seq;
      cursor.entry_offset = offset + static_cast<int64_t>(judgement.entry_start);
      return absl::OkStatus();
    }
    line_.erase(0, judgement.entry_start);
    if (absl::Status status = save(line_, 0); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status SalvageMerge::save(const std::string& entry, int64_t seq) {
  ++report_.saved_count;
  report_.saved_bytes += static_cast<int64_t>(entry.size()) + 1;
  if (seq > 0) {
    if (report_.first_seq == 0) report_.first_seq = seq;
    report_.last_seq = seq;
  }
  absl::Status status = out_.append(entry);
  return status.ok() ? out_.append("\n") : status;
}

absl::Status SalvageMerge::take_lowest() {
  // 1. All entries of the lowest number, as they stand in the log.
  equals_.clear();
  const int64_t seq = cursors_[0].seq;
  while (!cursors_.empty() && cursors_[0].seq == seq) {
    std::pop_heap(cursors_.begin(), cursors_.end(), comes_later);
    equals_.push_back(cursors_.back());
    cursors_.pop_back();
  }
  // 2. The last one is saved.
  const Cursor& winner = equals_.back();
  absl::Status status = input_.read_line(winner.file_index, winner.entry_offset, entry_);
  if (status.ok()) status = save(entry_, seq);
  for (size_t i = 0; status.ok() && i + 1 < equals_.size(); ++i) {
    status = leave_out(equals_[i], winner);
  }
  // 3. On, each in its run.
  for (Cursor& cursor : equals_) {
    if (status.ok()) status = advance(cursor);
    if (!status.ok()) return status;
    if (cursor.seq == 0) continue;
    cursors_.push_back(cursor);
    std::push_heap(cursors_.begin(), cursors_.end(), comes_later);
  }
  return status;
}

absl::Status SalvageMerge::leave_out(const Cursor& loser, const Cursor& winner) {
  absl::Status status = input_.read_line(loser.file_index, loser.entry_offset, other_);
  if (!status.ok()) return status;
  const int64_t size = static_cast<int64_t>(other_.size()) + 1;
  if (other_ == entry_) {
    ++report_.duplicate_count;
    report_.duplicate_bytes += size;
    return absl::OkStatus();
  }
  const absl::StatusOr<File*> file = input_.file(loser.file_index);
  if (!file.ok()) return file.status();
  return quarantine_.add(
      **file, input_.path(loser.file_index), loser.entry_offset, size,
      concat("seq ", loser.seq, " is another entry in ", input_.path(winner.file_index), ", byte ",
             winner.entry_offset, ", which comes later and is saved"));
}

}  // namespace logslice::internal
