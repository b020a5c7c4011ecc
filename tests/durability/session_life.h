// This header defines SessionLife, one process with a session on a model disk: a LOG slice with its
// log, a STATE slice, and snapshots that are saved.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "logslice/session/session.h"
#include "tests/durability/ledger.h"
#include "tests/durability/log_life.h"
#include "tests/support/fake_clock.h"
#include "tests/support/model_disk.h"

namespace logslice::testing {

// How many snapshots were tried before this one, and itself.
struct Step {
  int64_t number = 0;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Step> {
  static constexpr std::string_view id = "test:Step";
};

namespace logslice::testing {

inline const std::string kSnapshotPath = "/snapshot.json";

// What was promised of snapshots: the file is the last one that was called saved, or a later one.
struct SnapshotPromise {
  int64_t saved_number = 0;
  int64_t tried_number = 0;
  // By number: entries that were known to be lost before. No snapshot may be ahead of more.
  std::map<int64_t, int64_t> hole_counts;
};

struct SessionMoment {
  Moment log;
  SnapshotPromise snapshot;
};

class SessionLife {
 public:
  SessionLife(DiskImage disk, LogPersistenceConfig config, Ledger ledger = {},
              SnapshotPromise promise = {});
  ~SessionLife();

  // Attaches the log; then loads and restores the snapshot, if there is one.
  absl::Status open();
  void append(const std::string& text);
  // A snapshot with a number of its own.
  absl::Status save();
  absl::Status close();

  void record_moments();
  SessionMoment now() const;

  ModelDisk& disk() { return disk_; }
  Session& session() { return *session_; }
  const LogPersistenceConfig& config() const { return config_; }
  const Ledger& ledger() const { return ledger_; }
  const std::vector<SessionMoment>& moments() const { return moments_; }
  int64_t step() const;  // that the STATE slice is at; 0: none
  int64_t failed_dispatch_count() const { return failed_dispatch_count_; }

 private:
  FakeClock clock_;
  ModelDisk disk_;
  const LogPersistenceConfig config_;
  Ledger ledger_;
  SnapshotPromise promise_;
  int64_t found_seq_ = 0;
  int64_t failed_dispatch_count_ = 0;
  bool is_attached_ = false;
  std::vector<std::string> waiting_;  // dispatched before the log was attached
  std::vector<SessionMoment> moments_;
  std::unique_ptr<Session> session_;
};

}  // namespace logslice::testing
