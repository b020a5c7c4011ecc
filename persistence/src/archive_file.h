// This header defines ArchiveFile, the text of an archive as a file that can be read.
// Rules: specs/archives.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "archive_damage.h"
#include "archive_index.h"
#include "archive_stream.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// Offsets and the size are those of the text, so that whatever reads a plain segment reads this.
// Where the archive is damaged, its text goes on behind the damage: see damages(). Our members are
// inflated when their text is asked for, as a whole, and checked before any of it is given out; the
// last few are kept, so that neither reading forward nor backward inflates one twice. What changes
// a file fails with EROFS. Memory: kMembersKeptBytes, and an ArchiveStream where there are members
// of others. Throws std::bad_alloc. Threads: one.
class ArchiveFile final : public File {
 public:
  static constexpr int64_t kMembersKeptBytes = int64_t{4} << 20;

  explicit ArchiveFile(std::unique_ptr<File> raw);

  IoResult read_at(void* buffer, size_t size_bytes, int64_t offset_bytes) override;
  // Of the archive, but for the size, for which foreign members must be inflated.
  StatResult stat() override;
  IoResult append(std::string_view bytes) override;
  IoResult write_at(std::string_view bytes, int64_t offset_bytes) override;
  IoResult sync_data() override;
  IoResult truncate(int64_t size_bytes) override;
  IoResult try_lock() override;
  IoResult locked_elsewhere() override;

  // What was found in the parts that have been read so far.
  const ArchiveDamages& damages() const { return damages_; }

  // A member of ours, as far as it is known without inflating it.
  struct Member {
    ArchiveMember claim;
    int64_t archive_offset = 0;
    int64_t plain_offset = 0;  // for read_at; differs from the claim behind damage
  };
  // All members, in order; none if any piece of the archive is not ours. The error is that of a
  // system call, with `path`. Reads the headers only.
  absl::StatusOr<std::vector<Member>> list_members(const std::string& path);

  // The file that holds the archive.
  File& raw() { return *raw_; }
  // How many members have been inflated, for tests.
  int64_t inflated_count() const { return inflated_count_; }

 private:
  struct MemberText {
    size_t piece = 0;
    std::string text;
  };

  // Finds one more piece, or that there is none.
  IoResult extend();
  IoResult find_all_pieces();
  // Where the text of a member is; the error of a system call.
  std::pair<const std::string*, int> member_text(size_t piece);
  int inflate_member(size_t piece, std::string& text);
  void note_damage(size_t piece, size_t good_bytes, int64_t stopped_at, bool has_ended,
                   std::string problem, std::string& text);

  const std::unique_ptr<File> raw_;
  ArchiveDamages damages_;
  ArchiveIndex index_;
  ArchiveStream stream_;
  Inflater inflater_;
  std::list<MemberText> members_;  // the last one used comes first
  int64_t inflated_count_ = 0;
};

// The text of what `raw`, opened from `path`, holds: an ArchiveFile if that is an archive, else
// `raw` itself. An archive is what is called so: a sealed segment that ends in `.gz`, or a foreign
// archive; of other files that end in `.gz` those that begin as gzip does.
std::unique_ptr<File> text_of_log_file(std::unique_ptr<File> raw, const std::string& path);

// open_for_reading() and text_of_log_file(). A sealed segment that was compressed since it was
// listed is found as what it is now; `path` becomes that of its archive.
absl::StatusOr<std::unique_ptr<File>> open_log_file(FileSystem& file_system, std::string& path);

// Null if it is no archive.
ArchiveFile* as_archive(File& file);

}  // namespace logslice::internal
