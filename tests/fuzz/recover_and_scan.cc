// The first byte's lower bits choose what the log is read and opened with (kSync … below). Behind
// it come the parts, each ended by kPartEnd or the end: the log, then the sidecar and the sealed
// segment, where they are chosen.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/persistence/log_info.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/entry_traits.h"
#include "sidecar_checksum.h"
#include "targets.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_file_system.h"

namespace logslice::fuzz {

struct Note {
  std::string text;
  int64_t number = 0;
};

}  // namespace logslice::fuzz

template <>
struct logslice::EntryTraits<logslice::fuzz::Note> {
  static constexpr std::string_view id = "test:Note";
};

namespace logslice::fuzz {
namespace {

using testing::FakeClock;
using testing::FakeFileSystem;

enum : unsigned {
  kSync = 1,
  kAdoptForeign = 2,
  kSidecar = 4,
  kSegment = 8,
  kShortLines = 16,
};
constexpr std::string_view kPartEnd = "\n%%\n";

constexpr const char* kLog = "/log.jsonl";
constexpr const char* kSegmentPath = "/log.00000000000000000003-00000000000000000007.jsonl";
constexpr int64_t kSegmentLastSeq = 7;

std::string_view take_part(std::string_view* rest) {
  const size_t end = rest->find(kPartEnd);
  const std::string_view part = rest->substr(0, end);
  *rest = end == rest->npos ? std::string_view() : rest->substr(end + kPartEnd.size());
  return part;
}

struct Read {
  int64_t seq;
  std::string text;
  int64_t number;
  friend bool operator==(const Read&, const Read&) = default;
};

class Case {
 public:
  explicit Case(std::string_view bytes) {
    choice_ = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
    if (!bytes.empty()) bytes.remove_prefix(1);
    fs_.set_content(kLog, std::string(take_part(&bytes)));
    if (has(kSidecar)) fs_.set_content("/log.jsonl.lock", with_right_checksum(take_part(&bytes)));
    if (has(kSegment)) fs_.set_content(kSegmentPath, std::string(take_part(&bytes)));
    options_.file_system = &fs_;
    options_.line_bytes_max = has(kShortLines) ? 1024 : kDefaultLineBytesMax;
  }

  void run() {
    const std::vector<Read> before = check_readers();
    const std::string log = fs_.content(kLog);
    if (!open()) {
      require(fs_.content(kLog) == log && !fs_.exists("/log.jsonl.torn"),
              "a log that was refused has changed");
      require(check_readers() == before, "a log that was refused reads differently");
      return;
    }
    check_recovered(log);
    const int64_t last_seq = writer_->last_accepted_seq();
    require(!has(kSegment) || last_seq >= kSegmentLastSeq, "a sealed number is given again");
    const int64_t count = *writer_->entry_count(type_);
    std::vector<Read> appended;
    for (const char* text : {"one", "two \"quoted\"\n"}) append(text, &appended);
    require(writer_->flush().ok(), "the log cannot be flushed");
    require(*writer_->entry_count(type_) == count + static_cast<int64_t>(appended.size()),
            "the count does not grow with the log");
    require(writer_->close().ok(), "the log cannot be closed");
    check_appended(before, appended);

    // Open and closed again, it is what it was.
    const std::string closed = fs_.content(kLog);
    const std::string torn = fs_.content("/log.jsonl.torn");
    require(open(), "a log that was just closed cannot be opened");
    require(writer_->last_accepted_seq() == last_seq + static_cast<int64_t>(appended.size()),
            "the sequence goes on at another number");
    require(*writer_->entry_count(type_) == count + static_cast<int64_t>(appended.size()),
            "the count differs after opening again");
    require(writer_->close().ok(), "the log cannot be closed again");
    require(fs_.content(kLog) == closed && fs_.content("/log.jsonl.torn") == torn,
            "opening and closing has changed the log");
  }

 private:
  bool has(unsigned bit) const { return (choice_ & bit) != 0; }
  bool is_one_file() const { return !fs_.exists(kSegmentPath); }

  bool open() {
    LogPersistenceConfig config;
    config.path = kLog;
    config.sync_on_flush = has(kSync);
    config.adopt_foreign = has(kAdoptForeign);
    config.flush_interval = 2;
    config.line_bytes_max = options_.line_bytes_max;
    absl::StatusOr<std::shared_ptr<PersistentLogWriter>> opened =
        PersistentLogWriter::open(config, {&clock_, &fs_, [](const Diagnostic&) {}});
    if (!opened.ok()) {
      require(absl::IsFailedPrecondition(opened.status()), "refused, but not as no log");
      return false;
    }
    writer_ = *std::move(opened);
    type_ = writer_->register_type(internal::type_table<Note>());
    return true;
  }

  // Whole lines stay; the rest is in the torn file, behind its header.
  void check_recovered(const std::string& log) {
    const size_t committed = log.rfind('\n') + 1;  // 0 without one
    require(fs_.content(kLog) == log.substr(0, committed), "recovery left something else");
    const std::string torn = log.substr(committed);
    require(fs_.exists("/log.jsonl.torn") == !torn.empty(),
            "a torn file without need, or none with");
    if (torn.empty()) return;
    const std::string aside = fs_.content("/log.jsonl.torn");
    const std::string header = "{\"torn_at_offset\":" + std::to_string(committed) +
                               ",\"bytes\":" + std::to_string(torn.size()) + ",";
    require(aside.starts_with(header) && aside.substr(aside.find('\n') + 1) == torn,
            "the torn file holds something else");
  }

  void append(const char* text, std::vector<Read>* appended) {
    entries_.push_back({text, 5});
    const int64_t last_seq = writer_->last_accepted_seq();
    const absl::StatusOr<int64_t> seq = writer_->accept(type_, &entries_.back());
    if (!seq.ok()) {
      require(last_seq == INT64_MAX, "an entry is not accepted");
      return;
    }
    require(*seq == last_seq + 1, "an entry gets another number than the next");
    appended->push_back({*seq, text, 5});
    if (writer_->wants_flush()) require(writer_->write_through(*seq).ok(), "cannot write through");
  }

  void check_appended(const std::vector<Read>& before, const std::vector<Read>& appended) {
    const std::vector<Read> after = check_readers();
    require(after.size() == before.size() + appended.size() || !is_one_file(),
            "there are more or fewer entries than before and the new ones");
    // A segment that does not keep to its name's range may have lines between and behind them.
    auto at = after.begin();
    for (const Read& entry : appended) {
      at = std::find(at, after.end(), entry);
      require(at != after.end(), "what was appended is not read back");
      ++at;
    }
    require(!is_one_file() || appended.empty() || at == after.end(),
            "something is read behind what was appended");
    require(!is_one_file() || std::equal(before.begin(), before.end(), after.begin()),
            "what was there before reads differently");
  }

  // ---- Readers. Each returns or checks the same log in another way.

  std::vector<Read> check_readers() {
    ScanStats stats;
    std::vector<Read> entries = scan(&stats);
    check_with_threads(entries, stats);
    check_counts(stats);
    check_strict(entries, stats);
    check_lines(stats);
    // How files that are no segments of a log merge depends on the direction.
    if (is_one_file()) check_backward(entries);
    return entries;
  }

  std::vector<Read> scan(ScanStats* stats) {
    absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(kLog, options_);
    require(scan.ok(), "the log cannot be scanned");
    std::vector<Read> entries;
    for (auto it = scan->begin(); it != scan->end(); ++it) {
      entries.push_back({it.seq(), it->text, it->number});
    }
    require(scan->status().ok(), "a scan that is not strict fails");
    *stats = scan->stats();
    require(stats->entry_count == static_cast<int64_t>(entries.size()), "entries are miscounted");
    return entries;
  }

  // In batches, by however many threads, it is the same. (A log this small starts none.)
  void check_with_threads(const std::vector<Read>& entries, const ScanStats& stats) {
    const ScanOptions alone = options_;
    options_.threads = 2;
    ScanStats stats_of_batches;
    require(scan(&stats_of_batches) == entries, "a scan with threads reads something else");
    require(stats_of_batches.line_count == stats.line_count &&
                stats_of_batches.bytes == stats.bytes &&
                stats_of_batches.torn_bytes == stats.torn_bytes &&
                stats_of_batches.damaged_count == stats.damaged_count &&
                stats_of_batches.other_type_count == stats.other_type_count &&
                stats_of_batches.blank_count == stats.blank_count &&
                stats_of_batches.missing_member_count == stats.missing_member_count &&
                stats_of_batches.overlap_count == stats.overlap_count &&
                stats_of_batches.overlap_bytes == stats.overlap_bytes &&
                stats_of_batches.conflict_count == stats.conflict_count,
            "a scan with threads counts something else");
    options_ = alone;
    options_.strict = true;
    const absl::Status strict = strict_status();
    options_.threads = 2;
    require(strict_status() == strict, "strict ends elsewhere with threads");
    options_ = alone;
  }

  absl::Status strict_status() const {
    absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(kLog, options_);
    require(scan.ok(), "the log cannot be scanned strictly");
    for (const Note& note : *scan) static_cast<void>(note);
    return scan->status();
  }

  void check_backward(const std::vector<Read>& entries) {
    const absl::StatusOr<std::vector<Note>> notes = last_entries<Note>(kLog, INT64_MAX, options_);
    require(notes.ok(), "the log cannot be read backward");
    require(std::equal(notes->begin(), notes->end(), entries.begin(), entries.end(),
                       [](const Note& note, const Read& read) {
                         return note.text == read.text && note.number == read.number;
                       }),
            "forward and backward differ");
  }

  // The numbers add up to the bytes, whoever counts.
  void check_counts(const ScanStats& stats) {
    const auto file_bytes =
        static_cast<int64_t>(fs_.content(kLog).size() + fs_.content(kSegmentPath).size());
    require(stats.bytes + stats.torn_bytes + stats.overlap_bytes == file_bytes,
            "bytes are in no line, not torn and in no overlap");
    require(stats.line_count == stats.entry_count + stats.other_type_count + stats.damaged_count +
                                    stats.filtered_count + stats.blank_count,
            "a line is of no kind, or of two");
    const int64_t not_blank = stats.line_count - stats.blank_count;
    const absl::StatusOr<int64_t> count = count_log_entries(kLog, fs_);
    require(count.ok(), "the log cannot be counted");
    require(*count == not_blank, "counting and scanning differ");
    const absl::StatusOr<int64_t> typed = count_log_entries<Note>(kLog, fs_);
    require(typed.ok() && *typed <= not_blank, "more entries of a type than lines");
    require(*typed >= stats.entry_count || has(kShortLines), "fewer entries of a type than read");

    const absl::StatusOr<LogInfo> info = read_log_info(kLog, options_);
    require(info.ok(), "nothing can be told about the log");
    require(info->bytes == file_bytes && info->torn_bytes == stats.torn_bytes,
            "the information has other bytes");
    require(info->line_count == not_blank &&
                info->entry_count + info->damaged_count == info->line_count,
            "the information has other lines");
    int64_t type_count_sum = 0;
    for (const auto& [type, type_count] : info->type_counts) type_count_sum += type_count;
    require(type_count_sum == info->entry_count, "the types do not add up to the entries");
    require((info->first_seq == 0) == (info->last_seq == 0) && info->first_seq <= info->last_seq,
            "the first number is behind the last");
    require(info->overlap_count == stats.overlap_count, "the information has other overlaps");
  }

  // Strict reads the same, or stops within it at what is not sound.
  void check_strict(const std::vector<Read>& entries, const ScanStats& stats) {
    ScanOptions options = options_;
    options.strict = true;
    absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(kLog, options);
    require(scan.ok(), "the log cannot be scanned strictly");
    size_t count = 0;
    for (auto it = scan->begin(); it != scan->end(); ++it, ++count) {
      require(count < entries.size() && entries[count] == Read{it.seq(), it->text, it->number},
              "strict reads something else");
    }
    const bool is_sound = stats.damaged_count + stats.other_type_count + stats.conflict_count == 0;
    require(scan->status().ok() == is_sound, "strict stops without reason, or does not");
    require(is_sound ? count == entries.size() : absl::IsDataLoss(scan->status()),
            "strict ends elsewhere, or with another error");
  }

  // Lines are where they are said to be.
  void check_lines(const ScanStats& stats) {
    absl::StatusOr<LogLines> lines = scan_lines(kLog, {.scan = options_});
    require(lines.ok(), "the lines cannot be read");
    int64_t sound_count = 0;
    while (lines->next()) {
      const LogLine& line = lines->line();
      sound_count += line.damage.empty() ? 1 : 0;
      const std::string& content = fs_.content(std::string(line.path));
      const auto offset = static_cast<size_t>(line.offset_bytes);
      require(offset + line.text.size() < content.size() &&
                  std::string_view(content).substr(offset, line.text.size()) == line.text,
              "a line is not where it is said to be");
      require(offset == 0 || content[offset - 1] == '\n', "a line begins within another");
      require(std::count(content.begin(), content.begin() + line.offset_bytes, '\n') + 1 ==
                  line.line_number,
              "a line has another number");
    }
    require(lines->status().ok(), "the lines cannot be read on");
    require(sound_count >= stats.entry_count, "a line that is an entry is damaged");
  }

  unsigned choice_ = 0;
  FakeFileSystem fs_;
  FakeClock clock_;
  ScanOptions options_;
  std::deque<Note> entries_;
  int type_ = 0;
  std::shared_ptr<PersistentLogWriter> writer_;
};

}  // namespace

void recover_and_scan(std::string_view bytes) { Case(bytes).run(); }

}  // namespace logslice::fuzz
