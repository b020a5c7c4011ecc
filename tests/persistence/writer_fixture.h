// What the tests of the writer share: an entry type, and a log on a disk that does as it is told.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/internal/describe.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_file_system.h"

namespace logslice::testing {

struct Note {
  std::string text;
  int64_t number = 0;
};

struct Mark {
  std::string label;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Note> {
  static constexpr std::string_view id = "test:Note";
};
template <>
struct logslice::EntryTraits<logslice::testing::Mark> {
  static constexpr std::string_view id = "test:Mark";
};

namespace logslice::testing {

inline std::string text_of(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// A writer with the window of entries that a session would keep for it.
class TestLog {
 public:
  explicit TestLog(FakeFileSystem& fs, FakeClock& clock, LogPersistenceConfig config = {})
      : fs_(fs), clock_(clock), config_(std::move(config)) {
    if (config_.path.empty()) config_.path = "/log.jsonl";
  }

  absl::Status open() {
    LogEnvironment environment{&clock_, &fs_,
                               [this](const Diagnostic& d) { diagnostics.push_back(d); }};
    absl::StatusOr<std::shared_ptr<PersistentLogWriter>> opened =
        config_.write_mode == WriteMode::kBackground
            ? PersistentLogWriter::open_in_background(config_, std::move(environment))
            : PersistentLogWriter::open(config_, std::move(environment));
    if (!opened.ok()) return opened.status();
    writer = *std::move(opened);
    note_type_ = writer->register_type(internal::type_table<Note>());
    mark_type_ = writer->register_type(internal::type_table<Mark>());
    return absl::OkStatus();
  }

  // Accepts without writing.
  int64_t accept(std::string text, int64_t number = 0) {
    notes_.push_back({std::move(text), number});
    absl::StatusOr<int64_t> seq = writer->accept(note_type_, &notes_.back());
    return seq.ok() ? *seq : -1;
  }
  int64_t accept_mark(std::string label) {
    marks_.push_back({std::move(label)});
    absl::StatusOr<int64_t> seq = writer->accept(mark_type_, &marks_.back());
    return seq.ok() ? *seq : -1;
  }
  // What a dispatch does.
  absl::Status append(std::string text, int64_t number = 0) {
    const int64_t seq = accept(std::move(text), number);
    return writer->wants_flush() ? writer->write_through(seq) : absl::OkStatus();
  }

  int note_type() const { return note_type_; }
  int mark_type() const { return mark_type_; }
  LogPersistenceConfig& config() { return config_; }

  std::vector<std::string> events() const {
    std::vector<std::string> names;
    for (const Diagnostic& diagnostic : diagnostics) names.push_back(diagnostic.event);
    return names;
  }

  std::vector<Diagnostic> diagnostics;

 private:
  FakeFileSystem& fs_;
  FakeClock& clock_;
  LogPersistenceConfig config_;
  std::deque<Note> notes_;
  std::deque<Mark> marks_;
  int note_type_ = 0;
  int mark_type_ = 0;

 public:
  // Last, so that it closes while what it refers to is alive.
  std::shared_ptr<PersistentLogWriter> writer;
};

// A line of a Note, written `seq` seconds after 10:30 unless another second is given.
inline std::string note_line(int64_t seq, const std::string& text, int64_t second = -1) {
  if (second < 0) second = seq;
  const auto digits = [](int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return "{\"__type__\":\"test:Note\",\"text\":\"" + text +
         "\",\"number\":0,\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:" + digits(30 + second / 60) + ":" + digits(second % 60) +
         ".000000+00:00\"}\n";
}

inline std::string note_lines(int64_t first_seq, int64_t last_seq) {
  std::string lines;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) lines += note_line(seq, "n");
  return lines;
}

struct ScannedNote {
  int64_t seq;
  std::string text;
  friend bool operator==(const ScannedNote&, const ScannedNote&) = default;
  friend void PrintTo(const ScannedNote& note, std::ostream* out) {
    *out << note.seq << ":" << note.text.substr(0, 40);
  }
};

inline std::vector<ScannedNote> scan_notes(FileSystem& fs, const std::string& path = "/log.jsonl",
                                           ScanOptions options = {}) {
  options.file_system = &fs;
  std::vector<ScannedNote> notes;
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(path, options);
  if (!scan.ok()) return notes;
  for (auto it = scan->begin(); it != scan->end(); ++it) notes.push_back({it.seq(), it->text});
  return notes;
}

class WriterTest : public ::testing::Test {
 protected:
  FakeFileSystem fs_;
  FakeClock clock_;
};

}  // namespace logslice::testing
