#include "tests/durability/log_life.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "logslice/reflection/internal/describe.h"
#include "segment_name.h"
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
  then.removable_seq = moment.removable_seq;
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

LogLife::LogLife(DiskImage disk, LogPersistenceConfig config, Ledger ledger,
                 const CallHook& before_call)
    : disk_(std::move(disk)),
      config_(std::move(config)),
      ledger_(std::move(ledger)),
      kept_unsyncable_count_(ledger_.hole_count_max) {
  (void)find_removable_seq();  // the segments that are found
  if (!ledger_.entries.empty()) found_seq_ = ledger_.entries.rbegin()->first;
  if (before_call == nullptr) return;
  hooked_clock_.emplace(clock_, before_call);
  hooked_disk_.emplace(disk_, before_call);
}

LogLife::~LogLife() { disk_.before_changes(nullptr); }

absl::Status LogLife::make_writer() {
  if (writer_ != nullptr) return absl::OkStatus();
  LogEnvironment environment{&clock_, &disk_,
                             [this](const Diagnostic& d) { diagnostics_.push_back(d); }};
  if (hooked_clock_.has_value()) environment.clock = &*hooked_clock_;
  if (hooked_disk_.has_value()) environment.file_system = &*hooked_disk_;
  absl::StatusOr<std::shared_ptr<PersistentLogWriter>> made =
      is_background() ? PersistentLogWriter::open_in_background(config_, std::move(environment))
                      : PersistentLogWriter::open(config_, std::move(environment));
  if (!made.ok()) return made.status();
  writer_ = *std::move(made);
  type_ = writer_->register_type(internal::type_table<Fact>());
  return absl::OkStatus();
}

absl::Status LogLife::open() {
  absl::Status status = make_writer();
  if (status.ok() && !writer_->is_open()) status = writer_->step();
  note_numbers();
  return status;
}

int64_t LogLife::accept(const std::string& text) {
  accepted_.push_back({0, text, {text}});
  Accepted& accepted = accepted_.back();
  const absl::StatusOr<int64_t> ticket = writer_->accept(type_, &accepted.fact);
  if (!ticket.ok()) {
    accepted_.pop_back();
    return 0;
  }
  accepted.ticket = *ticket;
  note_numbers();
  return *ticket;
}

bool LogLife::steps_after_append() { return !draw_.has_value() || (*draw_)() % 2 == 0; }

int64_t LogLife::append(const std::string& text) {
  const absl::Status made = is_background() ? make_writer() : open();
  if (!made.ok()) return 0;
  const int64_t ticket = accept(text);
  if (ticket == 0) return 0;
  if (is_background()) {
    if (steps_after_append()) writer_->step().IgnoreError();
  } else if (writer_->wants_flush()) {
    writer_->write_through(ticket).IgnoreError();
  }
  note_numbers();
  overwrite_settled();
  return writer_->is_open() ? writer_->base_seq() + ticket : 0;
}

void LogLife::note_numbers() {
  if (writer_ == nullptr || !writer_->is_open()) return;
  for (; noted_count_ < accepted_.size(); ++noted_count_) {
    const Accepted& accepted = accepted_[noted_count_];
    const int64_t seq = writer_->base_seq() + accepted.ticket;
    ledger_.entries[seq] = {fact_line(accepted.text, seq), false};
  }
}

void LogLife::overwrite_settled() {
  if (writer_ == nullptr) return;
  const int64_t settled = writer_->settled_ticket();
  while (overwritten_count_ < accepted_.size() && accepted_[overwritten_count_].ticket <= settled) {
    std::string& text = accepted_[overwritten_count_++].fact.text;
    text.assign(text.size(), '#');
  }
}

void LogLife::overwrite_all() {
  for (; overwritten_count_ < accepted_.size(); ++overwritten_count_) {
    std::string& text = accepted_[overwritten_count_].fact.text;
    text.assign(text.size(), '#');
  }
}

absl::Status LogLife::flush() {
  absl::Status status = open();
  if (status.ok()) status = writer_->flush();
  overwrite_settled();
  return status;
}

absl::Status LogLife::sync() {
  absl::Status status = open();
  if (status.ok()) status = writer_->sync();
  overwrite_settled();
  return status;
}

void LogLife::idle(int step_count) {
  if (!is_background() || !make_writer().ok()) return;
  for (int i = 0; i < step_count; ++i) writer_->step().IgnoreError();
  overwrite_settled();
}

int64_t LogLife::find_removable_seq() {
  if (config_.retain_segments == 0 && config_.retain_bytes == 0) return 0;
  for (const auto& [path, inode] : disk_.image().names()) {
    const std::string log_path = config_.path.string();
    const std::string name = path.substr(path.rfind('/') + 1);
    const std::optional<internal::SegmentName> segment =
        internal::parse_segment_name(log_path.substr(log_path.rfind('/') + 1), name);
    if (segment.has_value()) sealed_seqs_.insert(segment->last_seq);
  }
  for (const Diagnostic& diagnostic : diagnostics_) {
    if (diagnostic.event == "log_segment_sealed") sealed_seqs_.insert(diagnostic.last_seq);
  }
  // A limit of bytes is one of no segment at all, in these tests.
  const auto kept = static_cast<size_t>(config_.retain_segments);
  if (sealed_seqs_.size() <= kept) return ledger_.removable_seq;
  return std::max(ledger_.removable_seq,
                  *std::prev(sealed_seqs_.end(), static_cast<std::ptrdiff_t>(kept) + 1));
}

absl::Status LogLife::close() {
  if (writer_ == nullptr) return absl::OkStatus();
  absl::Status status = writer_->close();
  overwrite_all();
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
  accepted_.clear();
  noted_count_ = overwritten_count_ = 0;
  return status;
}

Moment LogLife::now() {
  note_numbers();
  Moment moment;
  moment.disk = disk_.image();
  moment.written_seq = moment.accepted_seq = found_seq_;
  moment.dropped_count = kept_dropped_count_;
  moment.unsyncable_count = kept_unsyncable_count_;
  moment.call_index = disk_.call_count();
  moment.removable_seq = find_removable_seq();
  moment.synced_seq = kept_synced_seq_;
  if (writer_ == nullptr || !writer_->is_open()) return moment;
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
