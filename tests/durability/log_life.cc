#include "tests/durability/log_life.h"

#include <algorithm>
#include <utility>

#include "logslice/reflection/internal/describe.h"

namespace logslice::testing {

std::string fact_line(std::string_view text, int64_t seq) {
  std::string line = "{\"__type__\":\"test:Fact\",\"text\":\"";
  line.append(text).append("\",\"__seq__\":").append(std::to_string(seq));
  return line.append(",\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}");
}

Ledger ledger_at(const Ledger& ledger, const Moment& moment, int64_t must_seq) {
  Ledger then = ledger;
  then.entries.erase(then.entries.upper_bound(moment.accepted_seq), then.entries.end());
  then.must_seq = must_seq;
  then.hole_count_max = moment.hole_count_max;
  return then;
}

LogLife::LogLife(DiskImage disk, LogPersistenceConfig config, Ledger ledger)
    : disk_(std::move(disk)),
      config_(std::move(config)),
      ledger_(std::move(ledger)),
      kept_hole_count_(ledger_.hole_count_max) {
  if (!ledger_.entries.empty()) found_seq_ = ledger_.entries.rbegin()->first;
}

LogLife::~LogLife() { disk_.before_changes(nullptr); }

absl::Status LogLife::open() {
  if (writer_ != nullptr) return absl::OkStatus();
  LogEnvironment environment{&clock_, &disk_,
                             [this](const Diagnostic& d) { diagnostics_.push_back(d); }};
  absl::StatusOr<std::shared_ptr<PersistentLogWriter>> opened =
      PersistentLogWriter::open(config_, std::move(environment));
  if (!opened.ok()) return opened.status();
  writer_ = *std::move(opened);
  type_ = writer_->register_type(internal::type_table<Fact>());
  return absl::OkStatus();
}

int64_t LogLife::append(std::string text) {
  if (!open().ok()) return 0;
  facts_.push_back({std::move(text)});
  const absl::StatusOr<int64_t> seq = writer_->accept(type_, &facts_.back());
  if (!seq.ok()) return 0;
  ledger_.entries[*seq] = {fact_line(facts_.back().text, *seq), false};
  if (writer_->wants_flush()) writer_->write_through(*seq).IgnoreError();
  return *seq;
}

absl::Status LogLife::flush() {
  const absl::Status opened = open();
  return opened.ok() ? writer_->flush() : opened;
}

absl::Status LogLife::sync() {
  const absl::Status opened = open();
  return opened.ok() ? writer_->sync() : opened;
}

absl::Status LogLife::close() {
  if (writer_ == nullptr) return absl::OkStatus();
  const absl::Status status = writer_->close();
  // What this writer promised stays so when its marks are gone.
  const Moment end = now();
  kept_synced_seq_ = end.synced_seq;
  found_seq_ = std::max(found_seq_, end.accepted_seq);
  kept_hole_count_ = end.hole_count_max;
  writer_.reset();
  return status;
}

Moment LogLife::now() const {
  Moment moment;
  moment.disk = disk_.image();
  moment.written_seq = moment.accepted_seq = found_seq_;
  moment.hole_count_max = kept_hole_count_;
  moment.call_index = disk_.call_count();
  moment.synced_seq = kept_synced_seq_;
  if (writer_ == nullptr) return moment;
  const LogMarks marks = writer_->marks();
  moment.written_seq = marks.written_seq;
  moment.synced_seq = std::max(kept_synced_seq_, marks.synced_seq);
  moment.accepted_seq = marks.accepted_seq;
  moment.hole_count_max += marks.dropped_count + marks.unsyncable_count;
  return moment;
}

void LogLife::record_moments() {
  disk_.before_changes([this] { moments_.push_back(now()); });
}

}  // namespace logslice::testing
