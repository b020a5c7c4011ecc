// This header defines LogLife, one process that writes a log on a model disk and keeps a ledger of
// what it was promised.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/reflection/entry_traits.h"
#include "tests/durability/ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/hooked_clock.h"
#include "tests/support/hooked_file_system.h"
#include "tests/support/model_disk.h"

namespace logslice::testing {

struct Fact {
  std::string text;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Fact> {
  static constexpr std::string_view id = "test:Fact";
};

namespace logslice::testing {

// The line of a Fact, without its newline, written when a FakeClock is as it begins.
std::string fact_line(std::string_view text, int64_t seq);

// What a disk and a ledger were between two calls.
struct Moment {
  DiskImage disk;
  int64_t written_seq = 0;
  int64_t synced_seq = 0;
  int64_t dropped_count = 0;     // accepted and given up, and said so
  int64_t unsyncable_count = 0;  // written, but no sync can bring them to the device, and said so
  int64_t accepted_seq = 0;      // what is behind it in the ledger was not accepted yet
  int64_t removable_seq = 0;     // up to here retention may have removed entries
  int64_t call_index = 0;
};

// The ledger as it was then: for a death of the process, which keeps what is written, and for a
// power cut, which keeps what is synced.
Ledger ledger_at_kill(const Ledger& ledger, const Moment& moment);
Ledger ledger_at_power_cut(const Ledger& ledger, const Moment& moment);

// How many sound lines of the log are in the cache only, since a sync of them has failed. Whoever
// comes next has no way to know.
int64_t count_lines_in_cache_only(const DiskImage& image, const std::string& path,
                                  const Ledger& ledger);

// LogLife's functions are what a program does that never gives up: a log that cannot be opened is
// tried again at the next use, and failed appends are the library's to retry.
//
// If the config says kBackground, it is both sides at once: the caller that accepts, and the thread
// that steps. Entries have no numbers there until the log is open; the ledger has them once they
// do. Whatever the mode, an entry is overwritten as soon as the writer says that it is settled: one
// that is referred to after that comes out as other bytes than were accepted.
class LogLife {
 public:
  // `before_call`, if there is one, is called before each call of file system and clock.
  LogLife(DiskImage disk, LogPersistenceConfig config, Ledger ledger = {},
          const CallHook& before_call = nullptr);
  ~LogLife();

  absl::Status open();
  // Accepts; then writes when flush_interval wants it, in the background when steps_after_append()
  // says so. The seq; 0 if the log cannot be opened.
  int64_t append(const std::string& text);
  absl::Status flush();
  absl::Status sync();
  // Background: so many steps without a new entry.
  void idle(int step_count);
  absl::Status close();

  // Background: whether append() ends with a step. It does, unless a seed was given: then that says
  // when, so that several entries are handed over at once.
  void draw_steps(uint64_t seed) { draw_.emplace(seed); }

  // The parts of append(), for tests that step on a thread of their own. Background: makes the
  // writer, which opens nothing.
  absl::Status make_writer();
  // Its ticket. There must be a writer.
  int64_t accept(const std::string& text);
  // Overwrites what settled_ticket() lets go of; or everything, which nobody may refer to any more.
  void overwrite_settled();
  void overwrite_all();

  // So many entries were taken away by somebody else.
  void excuse(int64_t entry_count) { kept_dropped_count_ += entry_count; }

  // Keeps a Moment before each call that changes something, and one for now.
  void record_moments();
  Moment now();

  ModelDisk& disk() { return disk_; }
  FakeClock& clock() { return clock_; }
  PersistentLogWriter* writer() { return writer_.get(); }
  const LogPersistenceConfig& config() const { return config_; }
  const Ledger& ledger() const { return ledger_; }
  const std::vector<Moment>& moments() const { return moments_; }
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  struct Accepted {
    int64_t ticket = 0;
    std::string text;
    Fact fact;  // what the writer is given
  };

  bool is_background() const { return config_.write_mode == WriteMode::kBackground; }
  bool steps_after_append();
  // Puts into the ledger what has its number by now.
  void note_numbers();
  // By the settings, of the segments that there ever were.
  int64_t find_removable_seq();

  FakeClock clock_;
  ModelDisk disk_;
  std::optional<HookedClock> hooked_clock_;
  std::optional<HookedFileSystem> hooked_disk_;
  const LogPersistenceConfig config_;
  Ledger ledger_;
  int64_t found_seq_ = 0;            // the highest before the writer at hand
  int64_t kept_synced_seq_ = 0;      // what the writers before it have synced
  bool is_beyond_promises_ = false;  // no sync after that tells anything
  int64_t kept_dropped_count_ = 0;
  int64_t kept_unsyncable_count_ = 0;
  std::deque<Accepted> accepted_;  // by the writer at hand
  size_t noted_count_ = 0;         // of these, so many are in the ledger
  size_t overwritten_count_ = 0;
  std::optional<std::mt19937_64> draw_;
  std::set<int64_t> sealed_seqs_;  // the highest of each segment that there ever was
  std::vector<Moment> moments_;
  std::vector<Diagnostic> diagnostics_;
  int type_ = 0;
  // Last: it closes while what it refers to is alive.
  std::shared_ptr<PersistentLogWriter> writer_;
};

}  // namespace logslice::testing
