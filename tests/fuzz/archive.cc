// The first byte's lower bits choose what the bytes behind it are taken for (kText … below).
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "archive_file.h"
#include "archive_member.h"
#include "archive_writer.h"
#include "backward_line_reader.h"
#include "inflater.h"
#include "io_status.h"
#include "line_reader.h"
#include "logslice/persistence/check_log.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/persistence/salvage_log.h"
#include "targets.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_file_system.h"

namespace logslice::fuzz {
namespace {

using internal::ArchiveFile;
using testing::FakeClock;
using testing::FakeFileSystem;

enum : unsigned {
  kText = 1,          // the text of an archive that is made of it; otherwise an archive
  kRightHeaders = 2,  // with the checksums in the headers of members made right: lies get through
  kForeign = 4,       // under the name of one of another program
  kShortLines = 8,
};

constexpr const char* kLog = "/log.jsonl";
constexpr const char* kOurs = "/log.00000000000000000001-00000000000000000009.jsonl.gz";
constexpr const char* kForeignPath = "/log_20250115_103000.jsonl.gz";
constexpr int64_t kMemberBytes = 200;
// Deflate makes a thousand bytes of one; more than this takes too long to look at from all sides.
constexpr size_t kTextBytesMax = size_t{8} << 20;

std::string with_right_headers(std::string archive) {
  const std::string_view start = internal::member_header_start();
  constexpr size_t kCheck = internal::kMemberHeaderBytes - 4;
  for (size_t at = archive.find(start);
       at != std::string::npos && at + internal::kMemberHeaderBytes <= archive.size();
       at = archive.find(start, at + 1)) {
    const uint32_t crc = internal::update_crc(
        0, std::string_view(archive).substr(at + start.size() - 1, kCheck - start.size() + 1));
    for (size_t i = 0; i < 4; ++i) {
      archive[at + kCheck + i] = static_cast<char>(crc >> (8 * i) & 0xff);
    }
  }
  return archive;
}

std::string archive_of(std::string_view text) {
  internal::ArchiveWriter writer(kMemberBytes);
  writer.add(text);
  writer.finish();
  return writer.take_members();
}

class Case {
 public:
  explicit Case(std::string_view bytes) {
    choice_ = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
    if (!bytes.empty()) bytes.remove_prefix(1);
    path_ = has(kForeign) ? kForeignPath : kOurs;
    line_bytes_max_ = has(kShortLines) ? 64 : int64_t{1} << 20;
    plain_ = std::string(bytes);
    std::string archive = has(kText) ? archive_of(bytes) : plain_;
    if (has(kRightHeaders) && !has(kText)) archive = with_right_headers(std::move(archive));
    fs_.set_content(path_, std::move(archive));
  }

  void run() {
    if (!read_forward()) return;
    require(!has(kText) || text_ == plain_, "a sound archive has another text");
    read_by_size();
    read_lines();
    read_lines_backward();
    scan();
    salvage();
  }

 private:
  bool has(unsigned bit) const { return (choice_ & bit) != 0; }

  std::unique_ptr<ArchiveFile> open() {
    return std::make_unique<ArchiveFile>(std::move(*internal::open_for_reading(fs_, path_)));
  }

  // False if there is too much of it.
  bool read_forward() {
    const std::unique_ptr<ArchiveFile> file = open();
    std::string block(100000, '\0');
    for (;;) {
      const IoResult read =
          file->read_at(block.data(), block.size(), static_cast<int64_t>(text_.size()));
      require(read.ok(), "an archive cannot be read");
      if (read.value == 0) break;
      text_.append(block, 0, static_cast<size_t>(read.value));
      if (text_.size() > kTextBytesMax) return false;
    }
    is_sound_ = file->damages().last() == nullptr;
    require(is_sound_ || !has(kText), "a sound archive is damaged");
    return true;
  }

  // The size comes first, then the text from its end: the same.
  void read_by_size() {
    const std::unique_ptr<ArchiveFile> file = open();
    const StatResult stat = file->stat();
    require(stat.ok() && stat.stat.size_bytes == static_cast<int64_t>(text_.size()),
            "the size is not that of the text");
    constexpr size_t kBlockBytes = 777;
    std::string block(kBlockBytes, '\0');
    for (size_t end = text_.size(); end > 0;) {
      const size_t start = end - std::min({end, kBlockBytes, text_.size() / 50 + 1});
      for (size_t at = start; at < end;) {
        const IoResult read = file->read_at(block.data(), end - at, static_cast<int64_t>(at));
        require(read.ok() && read.value > 0, "text is missing");
        require(text_.compare(at, static_cast<size_t>(read.value), block, 0,
                              static_cast<size_t>(read.value)) == 0,
                "backward the text is another");
        at += static_cast<size_t>(read.value);
      }
      end = start;
    }
    require((file->damages().last() == nullptr) == is_sound_ || text_.empty(),
            "backward other damage is found");
  }

  // Every byte is in a line, in damage, or torn.
  void read_lines() {
    const std::unique_ptr<ArchiveFile> file = open();
    internal::LineReader reader(*file, path_, line_bytes_max_);
    int64_t bytes = 0;
    for (;;) {
      const internal::LineReader::Fill fill = reader.fill();
      require(fill != internal::LineReader::Fill::kError, "lines cannot be read");
      if (fill == internal::LineReader::Fill::kEnd) break;
      if (fill == internal::LineReader::Fill::kLongLine) {
        const internal::LineReader::LongLine& line = reader.long_line();
        require(line.offset_bytes == bytes, "damage or a long line is elsewhere");
        require(line.damage == nullptr || !is_sound_, "sound text is called damaged");
        damage_count_ += line.damage == nullptr ? 0 : 1;
        bytes += line.size_bytes;
      }
      while (reader.at() < reader.committed_end()) {
        require(reader.offset_of(reader.at()) == bytes, "a line is elsewhere");
        const std::string_view line = reader.take_line();
        require(text_.compare(static_cast<size_t>(bytes), line.size(), line) == 0,
                "a line is not that of the text");
        bytes += static_cast<int64_t>(line.size()) + 1;
      }
    }
    require(bytes + reader.torn_bytes() == static_cast<int64_t>(text_.size()),
            "bytes are in no line and not torn");
    require((damage_count_ == 0) == is_sound_, "damage is not told, or none is");
  }

  void read_lines_backward() {
    const std::unique_ptr<ArchiveFile> file = open();
    const auto size = static_cast<int64_t>(text_.size());
    const absl::StatusOr<int64_t> end = internal::find_committed_end(*file, path_, size);
    require(end.ok() && *end == static_cast<int64_t>(text_.rfind('\n') + 1),
            "the end of the lines is elsewhere");
    internal::BackwardLineReader reader(*file, path_, *end, line_bytes_max_);
    int64_t start = *end;
    while (reader.previous()) {
      require(reader.offset_bytes() + reader.size_bytes() == start, "backward a line is missing");
      start = reader.offset_bytes();
      require(reader.is_too_long() || text_.compare(static_cast<size_t>(start),
                                                    reader.line().size(), reader.line()) == 0,
              "backward a line is another");
    }
    require(reader.status().ok() && start == 0, "backward lines cannot be read");
  }

  void scan() {
    LineScanOptions options;
    options.scan.file_system = &fs_;
    options.scan.line_bytes_max = line_bytes_max_;
    absl::StatusOr<LogLines> lines = scan_lines(kLog, options);
    require(lines.ok(), "the log cannot be scanned");
    int64_t damage_count = 0;
    while (lines->next()) damage_count += lines->line().is_archive_damage ? 1 : 0;
    require(lines->status().ok(), "a scan that is not strict fails");
    require(damage_count == damage_count_, "a scan tells other damage");
    const ScanStats stats = lines->stats();
    require(
        stats.bytes + stats.torn_bytes + stats.overlap_bytes == static_cast<int64_t>(text_.size()),
        "a scan counts other bytes");
    options.scan.strict = true;
    lines = scan_lines(kLog, options);
    require(lines.ok(), "the log cannot be scanned strictly");
    while (lines->next()) continue;
    require(lines->status().ok() == (stats.damaged_count + stats.conflict_count == 0),
            "strict stops without reason, or does not");
  }

  void salvage() {
    const absl::StatusOr<LogCheck> check =
        check_log(kLog, {.line_bytes_max = line_bytes_max_, .file_system = &fs_});
    require(check.ok() && check->is_complete, "the log cannot be checked");
    require(is_sound_ || !check->is_sound(), "doctor finds nothing");
    const std::string before = fs_.content(path_);
    const absl::StatusOr<SalvageReport> report =
        salvage_log(kLog, "/new.jsonl",
                    {.line_bytes_max = line_bytes_max_, .file_system = &fs_, .clock = &clock_});
    require(report.ok(), "nothing can be saved");
    require(fs_.content(path_) == before, "recover has changed the archive");
    require(is_sound_ || !report->is_all_saved(), "recover says that all is saved");
  }

  unsigned choice_ = 0;
  std::string path_;
  int64_t line_bytes_max_ = 0;
  std::string plain_;
  std::string text_;
  bool is_sound_ = true;
  int64_t damage_count_ = 0;
  FakeFileSystem fs_;
  FakeClock clock_;
};

}  // namespace

void archive(std::string_view bytes) { Case(bytes).run(); }

}  // namespace logslice::fuzz
