#include "segment_archiver.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io_status.h"
#include "log_paths.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr size_t kArchiverBlockBytes = size_t{64} << 10;

}  // namespace

SegmentArchiver::SegmentArchiver(FileSystem& file_system, std::string log_path)
    : file_system_(file_system), log_path_(std::move(log_path)) {}

SegmentArchiver::~SegmentArchiver() = default;

std::string SegmentArchiver::plain_path() const {
  return segment_path(log_path_, waiting_.front().in_form(SegmentForm::kPlain));
}

std::string SegmentArchiver::archive_path() const {
  return segment_path(log_path_, waiting_.front().in_form(SegmentForm::kGzip));
}

void SegmentArchiver::add(const SegmentName& segment) {
  if (std::find(waiting_.begin(), waiting_.end(), segment) == waiting_.end()) {
    waiting_.push_back(segment);
  }
}

void SegmentArchiver::forget(const SegmentName& segment) {
  const auto found = std::find(waiting_.begin(), waiting_.end(), segment);
  if (found == waiting_.end()) return;
  if (found == waiting_.begin()) start_again();
  waiting_.erase(found);
}

// Lets go of all that was made of the segment at hand, but for an archive that has its name.
void SegmentArchiver::start_again() {
  plain_.reset();
  writer_.reset();
  inflater_.reset();
  if (archive_ != nullptr) {
    archive_.reset();
    // If it stays, the next attempt removes it.
    if (stage_ <= Stage::kRename) (void)file_system_.unlink(temporary_path());
  }
  stage_ = Stage::kBegin;
}

absl::Status SegmentArchiver::step(int64_t bytes_max) {
  if (waiting_.empty()) return absl::OkStatus();
  absl::Status status = or_out_of_memory([&] { return do_step(std::max<int64_t>(1, bytes_max)); });
  // What is sound stays: a rename, a directory sync and a removal can be tried again by themselves.
  if (!status.ok() && stage_ < Stage::kRename) start_again();
  return status;
}

// A crash at any of these calls leaves the plain segment, or an archive that can stand for it.
absl::Status SegmentArchiver::do_step(int64_t bytes_max) {
  switch (stage_) {
    case Stage::kBegin:
      // 1. What an earlier attempt left goes; a new temporary file is made.
      return begin();
    case Stage::kCompress:
      // 2. Readers see none of what is written there.
      return compress(bytes_max);
    case Stage::kSync:
      // 3. Durable before it has its name: a name without content would stand for a segment.
      return sync();
    case Stage::kCheck:
      // 4. What was written is what was read; the plain one is about to go.
      return check(bytes_max);
    case Stage::kRename:
      // 5. From here on both are there. Readers take the plain one.
      return rename();
    case Stage::kSyncName:
      // 6. The name is durable before the plain one goes.
      if (absl::Status status = sync_directory_of(file_system_, log_path_); !status.ok()) {
        return status;
      }
      stage_ = Stage::kRemovePlain;
      return absl::OkStatus();
    case Stage::kRemovePlain:
      // 7. Should it come back after a power loss, both are there again, and it is added again.
      return remove_plain();
  }
  return absl::OkStatus();
}

absl::Status SegmentArchiver::begin() {
  const std::string temporary = temporary_path();
  if (const IoResult removed = file_system_.unlink(temporary);
      !removed.ok() && removed.error != ENOENT) {
    return io_error(removed.error, "cannot remove", temporary);
  }
  absl::StatusOr<std::unique_ptr<File>> plain = open_for_reading(file_system_, plain_path());
  if (absl::IsNotFound(plain.status())) {
    waiting_.pop_front();  // somebody has removed it
    return absl::OkStatus();
  }
  if (!plain.ok()) return plain.status();
  OpenResult archive = file_system_.open(temporary, OpenMode::kAppendNew);
  if (!archive.ok()) return io_error(archive.error, "cannot create", temporary);
  plain_ = *std::move(plain);
  archive_ = std::move(archive.file);
  writer_ = std::make_unique<ArchiveWriter>();
  block_.resize(kArchiverBlockBytes);
  plain_offset_ = 0;
  stage_ = Stage::kCompress;
  return absl::OkStatus();
}

absl::Status SegmentArchiver::compress(int64_t bytes_max) {
  bool is_at_end = false;
  while (bytes_max > 0 && !is_at_end) {
    const size_t wanted = static_cast<size_t>(std::min<int64_t>(bytes_max, kArchiverBlockBytes));
    const IoResult read = plain_->read_at(block_.data(), wanted, plain_offset_);
    if (!read.ok()) return io_error(read.error, "cannot read", plain_path());
    writer_->add({block_.data(), static_cast<size_t>(read.value)});
    plain_offset_ += read.value;
    bytes_max -= read.value;
    is_at_end = read.value == 0;
  }
  if (is_at_end) writer_->finish();
  const std::string members = writer_->take_members();
  if (!members.empty()) {
    absl::Status status = append_all(*archive_, members, temporary_path());
    if (!status.ok()) return status;
  }
  if (is_at_end) stage_ = Stage::kSync;
  return absl::OkStatus();
}

absl::Status SegmentArchiver::sync() {
  if (const IoResult synced = archive_->sync_data(); !synced.ok()) {
    return io_error(synced.error, "cannot sync", temporary_path());
  }
  inflater_ = std::make_unique<Inflater>();
  unread_ = {};
  archive_offset_ = 0;
  checked_bytes_ = 0;
  checked_crc_ = 0;
  is_in_member_ = false;
  stage_ = Stage::kCheck;
  return absl::OkStatus();
}

absl::Status SegmentArchiver::check(int64_t bytes_max) {
  const auto unequal = [&](std::string_view how) {
    return with_error_kind(
        data_loss(concat(temporary_path(), " reads back differently than it was written: ", how,
                         "; the plain segment is kept")),
        ErrorKind::kWrite);
  };
  std::string text(kArchiverBlockBytes, '\0');
  while (bytes_max > 0) {
    // 1. On in the archive.
    if (unread_.empty()) {
      const IoResult read = archive_->read_at(block_.data(), kArchiverBlockBytes, archive_offset_);
      if (!read.ok()) return io_error(read.error, "cannot read", temporary_path());
      if (read.value == 0) {
        // 2. At its end: the whole segment, and nothing else.
        if (is_in_member_) return unequal("it ends too early");
        if (checked_bytes_ != writer_->plain_size_bytes() || checked_bytes_ != plain_offset_) {
          return unequal(concat("it holds ", checked_bytes_, " bytes, not ", plain_offset_));
        }
        if (checked_crc_ != writer_->plain_crc()) return unequal("its checksum differs");
        stage_ = Stage::kRename;
        return absl::OkStatus();
      }
      unread_ = {block_.data(), static_cast<size_t>(read.value)};
      archive_offset_ += read.value;
    }
    if (!is_in_member_) inflater_->reset();
    is_in_member_ = true;
    const size_t room = std::min(text.size(), static_cast<size_t>(bytes_max));
    const Inflater::Step step = inflater_->inflate(unread_, text.data(), room);
    if (step.outcome == Inflater::Outcome::kDamage) return unequal(inflater_->problem());
    is_in_member_ = step.outcome == Inflater::Outcome::kMore;
    unread_.remove_prefix(step.taken_bytes);
    checked_crc_ = update_crc(checked_crc_, {text.data(), step.given_bytes});
    checked_bytes_ += static_cast<int64_t>(step.given_bytes);
    // A hundred bytes may hold a thousand times as much text; and headers take their time, too.
    bytes_max -= static_cast<int64_t>(std::max(step.given_bytes, step.taken_bytes));
  }
  return absl::OkStatus();
}

absl::Status SegmentArchiver::rename() {
  const IoResult renamed = file_system_.rename(temporary_path(), archive_path());
  if (!renamed.ok()) return io_error(renamed.error, "cannot rename to", archive_path());
  stage_ = Stage::kSyncName;
  return absl::OkStatus();
}

absl::Status SegmentArchiver::remove_plain() {
  const IoResult removed = file_system_.unlink(plain_path());
  if (!removed.ok() && removed.error != ENOENT) {
    return io_error(removed.error, "cannot remove", plain_path());
  }
  ++archived_count_;
  start_again();
  waiting_.pop_front();
  return absl::OkStatus();
}

}  // namespace logslice::internal
