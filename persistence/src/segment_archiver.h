// This header defines SegmentArchiver, which replaces sealed segments by their archives.
// Rules and reasons: specs/archives.md.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "archive_writer.h"
#include "inflater.h"
#include "logslice/persistence/file_system.h"
#include "segment_name.h"

namespace logslice::internal {

// Works in small steps, so that whoever has other things to do can do them in between. At each
// moment the segment is there plain, or as an archive that is whole, checked and durable: a crash
// at any call loses nothing, and what it leaves is put right when the segment is added again.
// Memory: an ArchiveWriter. Threads: one, which holds the log's lock.
class SegmentArchiver {
 public:
  SegmentArchiver(FileSystem& file_system, std::string log_path);
  ~SegmentArchiver();

  // A segment that is there in its plain form; its archive may be there, too, then it is made
  // again. One that waits already is not added twice.
  void add(const SegmentName& segment);
  // The segment is not to be archived, for instance because it is to be removed. If it is the one
  // at hand, its temporary file goes.
  void forget(const SegmentName& segment);

  bool has_work() const { return !waiting_.empty(); }
  // Where the archive of a segment is while it is being made.
  static std::string temporary_path(const std::string& log_path, const SegmentName& segment) {
    return segment_path(log_path, segment.in_form(SegmentForm::kGzip)) + ".tmp";
  }
  // How many segments have been replaced so far.
  int64_t archived_count() const { return archived_count_; }

  // Reads about so many bytes of text, of the segment or for the check of its archive, or makes one
  // call of those behind that. Does nothing if there is no work. After an error the segment stays
  // as it is, plain, and the next step tries again: whoever steps decides when, or forgets it.
  absl::Status step(int64_t bytes_max);

 private:
  enum class Stage {
    kBegin,
    kCompress,
    kSync,
    kCheck,
    kRename,
    kSyncName,
    kRemovePlain,
  };

  absl::Status do_step(int64_t bytes_max);
  absl::Status begin();
  absl::Status compress(int64_t bytes_max);
  absl::Status sync();
  absl::Status check(int64_t bytes_max);
  absl::Status rename();
  absl::Status remove_plain();

  std::string plain_path() const;
  std::string archive_path() const;
  std::string temporary_path() const { return temporary_path(log_path_, waiting_.front()); }
  void start_again();

  FileSystem& file_system_;
  const std::string log_path_;
  std::deque<SegmentName> waiting_;  // the first one is at hand
  int64_t archived_count_ = 0;

  Stage stage_ = Stage::kBegin;
  std::unique_ptr<File> plain_;
  std::unique_ptr<File> archive_;  // under its temporary name
  std::unique_ptr<ArchiveWriter> writer_;
  std::string block_;
  int64_t plain_offset_ = 0;  // read so far

  std::unique_ptr<Inflater> inflater_;
  std::string_view unread_;     // of the archive, in block_
  int64_t archive_offset_ = 0;  // behind unread_
  int64_t checked_bytes_ = 0;   // of text
  uint32_t checked_crc_ = 0;
  bool is_in_member_ = false;
};

}  // namespace logslice::internal
