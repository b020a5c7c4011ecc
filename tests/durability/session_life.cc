#include "tests/durability/session_life.h"

#include <utility>

namespace logslice::testing {

SessionLife::SessionLife(DiskImage disk, LogPersistenceConfig config, Ledger ledger,
                         SnapshotPromise promise)
    : disk_(std::move(disk)),
      config_(std::move(config)),
      ledger_(std::move(ledger)),
      promise_(promise) {
  if (!ledger_.entries.empty()) found_seq_ = ledger_.entries.rbegin()->first;
  SessionOptions options;
  options.clock = &clock_;
  options.file_system = &disk_;
  options.diagnostics = [](const Diagnostic&) {};
  session_ = std::make_unique<Session>(std::move(options));
  (void)session_->register_slice<Fact>(SlicePolicy::kLog);
  (void)session_->register_slice<Step>(SlicePolicy::kState);
}

SessionLife::~SessionLife() {
  disk_.before_changes(nullptr);
  session_.reset();
}

absl::Status SessionLife::open() {
  if (is_attached_) return absl::OkStatus();
  absl::Status status = session_->configure_persistence<Fact>(config_);
  if (!status.ok()) return status;
  is_attached_ = true;
  // What waited is numbered now, in order.
  int64_t seq = session_->log_marks<Fact>()->accepted_seq - static_cast<int64_t>(waiting_.size());
  for (const std::string& text : std::exchange(waiting_, {})) {
    ++seq;
    ledger_.entries[seq] = {fact_line(text, seq)};
  }
  const absl::StatusOr<Snapshot> snapshot = load_snapshot(kSnapshotPath, disk_);
  if (absl::IsNotFound(snapshot.status())) return absl::OkStatus();
  return snapshot.ok() ? session_->restore(*snapshot) : snapshot.status();
}

void SessionLife::append(const std::string& text) {
  if (!is_attached_) open().IgnoreError();
  const int64_t seq = is_attached_ ? session_->log_marks<Fact>()->accepted_seq + 1 : 0;
  // Noted before: the dispatch may be cut off in its middle.
  if (is_attached_) ledger_.entries[seq] = {fact_line(text, seq)};
  if (!is_attached_) waiting_.push_back(text);
  if (!session_->dispatch(Fact{text}).ok()) ++failed_dispatch_count_;
}

int64_t SessionLife::step() const {
  const auto latest = session_->slice<Step>().latest();
  return latest ? latest->number : 0;
}

absl::Status SessionLife::save() {
  if (!is_attached_) open().IgnoreError();
  ++promise_.tried_number;
  const Moment before = now().log;
  promise_.hole_counts[promise_.tried_number] = before.dropped_count + before.unsyncable_count;
  if (!session_->dispatch(Step{promise_.tried_number}).ok()) ++failed_dispatch_count_;
  absl::Status status = session_->save_snapshot(kSnapshotPath);
  if (status.ok()) promise_.saved_number = promise_.tried_number;
  return status;
}

absl::Status SessionLife::close() { return session_->close(); }

SessionMoment SessionLife::now() const {
  SessionMoment moment;
  moment.snapshot = promise_;
  moment.log.disk = disk_.image();
  moment.log.written_seq = moment.log.accepted_seq = found_seq_;
  moment.log.unsyncable_count = ledger_.hole_count_max;
  moment.log.call_index = disk_.call_count();
  const absl::StatusOr<LogMarks> marks = session_->log_marks<Fact>();
  if (!marks.ok()) return moment;
  moment.log.written_seq = marks->written_seq;
  moment.log.synced_seq = marks->synced_seq;
  moment.log.accepted_seq = marks->accepted_seq;
  moment.log.dropped_count = marks->dropped_count;
  moment.log.unsyncable_count += marks->unsyncable_count;
  return moment;
}

void SessionLife::record_moments() {
  disk_.before_changes([this] { moments_.push_back(now()); });
}

}  // namespace logslice::testing
