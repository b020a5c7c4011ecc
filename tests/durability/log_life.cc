#include "tests/durability/log_life.h"

#include <algorithm>
#include <utility>

#include "logslice/reflection/internal/describe.h"
#include "tests/support/crash_states.h"

namespace logslice::testing {

std::string fact_line(std::string_view text, int64_t seq) {
  std::string line = "{\"__type__\":\"test:Fact\",\"text\":\"";
  line.append(text).append("\",\"__seq__\":").append(std::to_string(seq));
  return line.append(",\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}");
}

namespace {

Ledger ledger_at(const Ledger& ledger, const Moment& moment) {
  Ledger then = ledger;
  then.entries.erase(then.entries.upper_bound(moment.accepted_seq), then.entries.end());
  then.hole_count_max = moment.dropped_count;
  return then;
}

}  // namespace

Ledger ledger_at_kill(const Ledger& ledger, const Moment& moment) {
  Ledger then = ledger_at(ledger, moment);
  then.must_seq = moment.written_seq;
  for (auto& [seq, entry] : then.entries) {
    entry.is_durable = entry.is_durable || seq <= moment.synced_seq;
  }
  return then;
}

Ledger ledger_at_power_cut(const Ledger& ledger, const Moment& moment) {
  Ledger then = ledger_at(ledger, moment);
  then.must_seq = moment.synced_seq;
  then.hole_count_max += moment.unsyncable_count;
  return then;
}

int64_t count_lines_in_cache_only(const DiskImage& image, const std::string& path,
                                  const Ledger& ledger) {
  bool has_lost_bytes = false;
  for (const auto& [name, inode] : image.names()) {
    has_lost_bytes = has_lost_bytes || !image.node(inode).lost.empty();
  }
  if (!has_lost_bytes) return 0;
  ModelDisk cached(image);
  ModelDisk kept(without_lost_bytes(image));
  return static_cast<int64_t>(check_log(cached, path, ledger).lines.size()) -
         static_cast<int64_t>(check_log(kept, path, ledger).lines.size());
}

LogLife::LogLife(DiskImage disk, LogPersistenceConfig config, Ledger ledger)
    : disk_(std::move(disk)),
      config_(std::move(config)),
      ledger_(std::move(ledger)),
      kept_unsyncable_count_(ledger_.hole_count_max) {
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
  // The file could not be sealed, and the next writer cannot know that its sync has failed.
  const FileNode* const node = disk_.image().find(config_.path.string());
  if (node != nullptr && !node->lost.empty()) is_beyond_promises_ = true;
  found_seq_ = std::max(found_seq_, end.accepted_seq);
  kept_dropped_count_ = end.dropped_count;
  kept_unsyncable_count_ =
      end.unsyncable_count + count_lines_in_cache_only(end.disk, config_.path.string(), ledger_);
  writer_.reset();
  return status;
}

Moment LogLife::now() const {
  Moment moment;
  moment.disk = disk_.image();
  moment.written_seq = moment.accepted_seq = found_seq_;
  moment.dropped_count = kept_dropped_count_;
  moment.unsyncable_count = kept_unsyncable_count_;
  moment.call_index = disk_.call_count();
  moment.synced_seq = kept_synced_seq_;
  if (writer_ == nullptr) return moment;
  const LogMarks marks = writer_->marks();
  moment.written_seq = marks.written_seq;
  if (!is_beyond_promises_) moment.synced_seq = std::max(kept_synced_seq_, marks.synced_seq);
  moment.accepted_seq = marks.accepted_seq;
  moment.dropped_count += marks.dropped_count;
  moment.unsyncable_count += marks.unsyncable_count;
  return moment;
}

void LogLife::record_moments() {
  disk_.before_changes([this] { moments_.push_back(now()); });
}

}  // namespace logslice::testing
