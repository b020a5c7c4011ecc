#include "seq_check.h"

#include <algorithm>
#include <utility>

#include "logslice/reflection/internal/time_text.h"
#include "seq_text.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr size_t kHolesKept = 10000;

}  // namespace

SeqCheck::Place SeqCheck::place_of(const LogLine& line) {
  return {std::string(line.path), line.offset_bytes, line.line_number};
}

LogFinding SeqCheck::finding(LogFindingKind kind, LogFindingSeverity severity,
                             const Place& place) const {
  LogFinding found{.kind = kind, .severity = severity, .path = place.path};
  found.offset_bytes = place.offset_bytes;
  found.line_number = place.line_number;
  if (severity == LogFindingSeverity::kDamage) found.mend = recover_command(log_path_);
  return found;
}

void SeqCheck::add(const LogLine& line) {
  if (line.ts.has_value()) check_time(line);
  if (line.seq > 0) {
    check_order(line);
  } else if (unnumbered_count_++ == 0) {
    first_unnumbered_ = place_of(line);
  }
}

void SeqCheck::check_order(const LogLine& line) {
  const int64_t seq = line.seq;
  if (seq < last_seq_) {
    LogFinding found =
        finding(LogFindingKind::kSeqBack, LogFindingSeverity::kDamage, place_of(line));
    found.first_seq = found.last_seq = seq;
    found.text = concat("seq ", seq, " comes after seq ", last_seq_);
    findings_.add(std::move(found));
  }
  last_seq_ = seq;
  if (seq > highest_seq_) {
    tell_repeats();
    // Where a log begins is not ours to judge: its first segments may have been removed.
    if (highest_seq_ > 0 && seq > highest_seq_ + 1) {
      add_hole(highest_seq_ + 1, seq - 1, place_of(line));
    }
    highest_seq_ = seq;
    if (lowest_seq_ == 0) lowest_seq_ = seq;
    return;
  }
  if (seq < lowest_seq_) {
    tell_repeats();
    if (seq < lowest_seq_ - 1) add_hole(seq + 1, lowest_seq_ - 1, place_of(line));
    lowest_seq_ = seq;
    return;
  }
  if (fill_hole(seq)) return;
  if (repeats_.first_seq > 0 && repeats_.last_seq + 1 == seq && repeats_.place.path == line.path) {
    repeats_.last_seq = seq;
    return;
  }
  tell_repeats();
  repeats_ = {seq, seq, place_of(line)};
}

void SeqCheck::check_time(const LogLine& line) {
  if (latest_ts_.has_value() && *line.ts < *latest_ts_) {
    LogFinding found =
        finding(LogFindingKind::kTimeBack, LogFindingSeverity::kRemark, place_of(line));
    found.first_seq = found.last_seq = line.seq;
    TimeTextCache time_text;
    found.text = concat("__ts__ goes back to ", time_text.format(*line.ts));
    found.text.append(" from ").append(time_text.format(*latest_ts_));
    found.text += ": the order of entries is that of __seq__";
    findings_.add(std::move(found));
  }
  // Told once where it goes back, not until it has caught up.
  latest_ts_ = line.ts;
}

void SeqCheck::add_hole(int64_t first_seq, int64_t last_seq, const Place& place) {
  if (holes_.size() < kHolesKept) {
    const auto behind = first_seq < lowest_seq_ ? holes_.begin() : holes_.end();
    holes_.insert(behind, {first_seq, last_seq, place});
    return;
  }
  ++further_hole_count_;
  further_missing_count_ += last_seq - first_seq + 1;
  unknown_first_seq_ = std::min(unknown_first_seq_, first_seq);
  unknown_last_seq_ = std::max(unknown_last_seq_, last_seq);
}

bool SeqCheck::fill_hole(int64_t seq) {
  const auto hole =
      std::lower_bound(holes_.begin(), holes_.end(), seq,
                       [](const Hole& before, int64_t number) { return before.last_seq < number; });
  if (hole == holes_.end() || hole->first_seq > seq) {
    // It may be in a hole that is not kept.
    if (seq < unknown_first_seq_ || seq > unknown_last_seq_) return false;
    if (further_missing_count_ > 0) --further_missing_count_;
    return true;
  }
  if (hole->first_seq == hole->last_seq) {
    holes_.erase(hole);
  } else if (hole->first_seq == seq) {
    ++hole->first_seq;
  } else if (hole->last_seq == seq) {
    --hole->last_seq;
  } else {
    Hole before = *hole;
    before.last_seq = seq - 1;
    hole->first_seq = seq + 1;
    holes_.insert(hole, std::move(before));
  }
  return true;
}

void SeqCheck::tell_repeats() {
  if (repeats_.first_seq == 0) return;
  LogFinding found =
      finding(LogFindingKind::kSeqRepeated, LogFindingSeverity::kDamage, repeats_.place);
  found.first_seq = repeats_.first_seq;
  found.last_seq = repeats_.last_seq;
  found.text =
      range_text(repeats_.first_seq, repeats_.last_seq) +
      (repeats_.first_seq == repeats_.last_seq ? " was there before" : " were there before");
  findings_.add(std::move(found));
  repeats_ = {};
}

void SeqCheck::finish(int64_t given_seq) {
  tell_repeats();
  for (const Hole& hole : holes_) {
    LogFinding found =
        finding(LogFindingKind::kSeqMissing, LogFindingSeverity::kRemark, hole.place);
    found.first_seq = hole.first_seq;
    found.last_seq = hole.last_seq;
    found.text = concat("no entry before has ", range_text(hole.first_seq, hole.last_seq),
                        ": dropped, damaged or removed");
    findings_.add(std::move(found));
  }
  if (further_hole_count_ > 0) {
    LogFinding found{.kind = LogFindingKind::kSeqMissing,
                     .severity = LogFindingSeverity::kRemark,
                     .path = log_path_};
    found.text = concat("and about ", further_missing_count_, " numbers more are missing, in ",
                        further_hole_count_, " places");
    findings_.add(std::move(found));
  }
  if (highest_seq_ > 0 && given_seq > highest_seq_) {
    LogFinding found{.kind = LogFindingKind::kSeqMissing,
                     .severity = LogFindingSeverity::kRemark,
                     .path = log_path_};
    found.first_seq = highest_seq_ + 1;
    found.last_seq = given_seq;
    found.text = concat("the last entry has seq ", highest_seq_, ", but ",
                        range_text(found.first_seq, found.last_seq),
                        " was given too: dropped, damaged or removed");
    findings_.add(std::move(found));
  }
  if (unnumbered_count_ > 0) {
    LogFinding found =
        finding(LogFindingKind::kSeqNone, LogFindingSeverity::kRemark, first_unnumbered_);
    found.text = concat(unnumbered_count_, unnumbered_count_ == 1 ? " entry has" : " entries have",
                        " no __seq__, here the first: no filter by number finds ",
                        unnumbered_count_ == 1 ? "it" : "them");
    findings_.add(std::move(found));
  }
}

}  // namespace logslice::internal
