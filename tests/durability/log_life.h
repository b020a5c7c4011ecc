// This header defines LogLife, one process that writes a log on a model disk and keeps a ledger of
// what it was promised.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/reflection/entry_traits.h"
#include "tests/durability/ledger.h"
#include "tests/support/fake_clock.h"
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
  int64_t hole_count_max = 0;
  int64_t accepted_seq = 0;  // what is behind it in the ledger was not accepted yet
  int64_t call_index = 0;
};

// The ledger as it was then, for a crash that keeps what is written, or only what is synced.
Ledger ledger_at(const Ledger& ledger, const Moment& moment, int64_t must_seq);

// LogLife's functions are what a program does that never gives up: a log that cannot be opened is
// tried again at the next use, and failed appends are the library's to retry.
class LogLife {
 public:
  LogLife(DiskImage disk, LogPersistenceConfig config, Ledger ledger = {});
  ~LogLife();

  absl::Status open();
  // Accepts, and writes when flush_interval wants it. The seq; 0 if the log cannot be opened.
  int64_t append(std::string text);
  absl::Status flush();
  absl::Status sync();
  absl::Status close();

  // Keeps a Moment before each call that changes something, and one for now.
  void record_moments();
  Moment now() const;

  ModelDisk& disk() { return disk_; }
  FakeClock& clock() { return clock_; }
  PersistentLogWriter* writer() { return writer_.get(); }
  const LogPersistenceConfig& config() const { return config_; }
  const Ledger& ledger() const { return ledger_; }
  Ledger& ledger() { return ledger_; }
  const std::vector<Moment>& moments() const { return moments_; }
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  FakeClock clock_;
  ModelDisk disk_;
  const LogPersistenceConfig config_;
  Ledger ledger_;
  int64_t found_seq_ = 0;        // the highest before the writer at hand
  int64_t kept_synced_seq_ = 0;  // what the writers before it have synced
  int64_t kept_hole_count_ = 0;  // and dropped
  std::deque<Fact> facts_;
  std::vector<Moment> moments_;
  std::vector<Diagnostic> diagnostics_;
  int type_ = 0;
  // Last: it closes while what it refers to is alive.
  std::shared_ptr<PersistentLogWriter> writer_;
};

}  // namespace logslice::testing
