// This header defines ArchiveDamage, a piece of an archive that cannot be read.
// What is damage: specs/archives.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace logslice::internal {

struct ArchiveDamage {
  // Where in the text. What stands there is none: NULs, and a newline, so that no line is glued to
  // another. Equal: nothing stands there.
  int64_t plain_start = 0;
  int64_t plain_end = 0;

  // Text up to here may be wrong: where a checksum is not right, all that it is of.
  int64_t doubtful_end = 0;

  // The bytes of the archive that could not be read, or that are wrong.
  int64_t archive_start = 0;
  int64_t archive_end = 0;

  std::string problem;

  int64_t filler_bytes() const { return plain_end - plain_start; }
};

// "the archive is damaged at byte 4711: <problem>"
std::string describe(const ArchiveDamage& damage);

// What has been found so far, in the order of the text. There are no more than there are pieces in
// an ArchiveIndex. Threads: one.
class ArchiveDamages {
 public:
  // Of one piece: plain_start, and archive_start where several are at one place.
  using Key = std::pair<int64_t, int64_t>;
  static constexpr Key kBeforeAll{-1, -1};
  static Key key_of(const ArchiveDamage& damage) {
    return {damage.plain_start, damage.archive_start};
  }

  void add(ArchiveDamage damage);
  // Null if there is none.
  const ArchiveDamage* first_behind(const Key& key) const;
  const ArchiveDamage* last() const;

 private:
  std::map<Key, ArchiveDamage> damages_;
};

}  // namespace logslice::internal
