// Power cuts, kills and faults while a session saves snapshots, and when it is restored from them.

#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>
#include <unordered_set>

#include "gtest/gtest.h"
#include "tests/durability/crash_explorer.h"
#include "tests/durability/session_life.h"
#include "tests/support/crash_states.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using Faults = ModelDisk::Faults;

struct SessionScenario {
  LogPersistenceConfig config = {.path = "/log.jsonl"};
  DiskImage disk;
  Ledger ledger;
  SnapshotPromise promise;
  std::function<void(SessionLife&)> run;
};

void save_twice(SessionLife& life) {
  (void)life.open();
  life.append("a");
  (void)life.save();
  life.append("b");
  life.append("c");
  (void)life.save();
  life.append("d");
  (void)life.close();
}

SessionScenario saving(bool is_synced, int64_t flush_interval) {
  SessionScenario scenario;
  scenario.config.sync_on_flush = is_synced;
  scenario.config.flush_interval = flush_interval;
  scenario.run = save_twice;
  return scenario;
}

// A session ends in good order, and another one goes on from its snapshot.
SessionScenario restoring(bool is_synced, int64_t flush_interval) {
  SessionScenario scenario = saving(is_synced, flush_interval);
  SessionLife first({}, scenario.config);
  save_twice(first);
  const DiskImage& disk = first.disk().image();
  std::map<uint64_t, const std::string*> contents;
  for (const auto& [path, inode] : disk.names()) contents[inode] = &disk.node(inode).live;
  scenario.disk = disk.mounted(disk.names(), contents);
  scenario.ledger = first.ledger();
  for (auto& [seq, entry] : scenario.ledger.entries) entry.is_durable = true;
  scenario.promise = first.now().snapshot;
  scenario.run = [](SessionLife& life) {
    (void)life.open();
    life.append("e");
    (void)life.save();
    life.append("f");
    (void)life.close();
  };
  return scenario;
}

class SessionCrashTest : public ::testing::Test {
 protected:
  // There are many files and names at once: so many states of each moment are drawn.
  static constexpr CrashBounds kDrawn{.state_count_max = kIsSanitized ? 12 : 120};

  void explore(const SessionScenario& scenario) {
    SessionLife life(scenario.disk, scenario.config, scenario.ledger, scenario.promise);
    life.record_moments();
    scenario.run(life);
    std::vector<SessionMoment> moments = life.moments();
    moments.push_back(life.now());
    for (const SessionMoment& moment : moments) {
      SCOPED_TRACE(::testing::Message() << "before call " << moment.log.call_index);
      look_behind(life, moment, kDrawn, Then::kCrashAgain);
      if (HasFailure()) return;
    }
  }

  void run_with_fault(const SessionScenario& scenario, int64_t index, int error, Faults faults) {
    SessionLife life(scenario.disk, scenario.config, scenario.ledger, scenario.promise);
    life.record_moments();
    life.disk().fail_call(index, error, faults);
    scenario.run(life);
    EXPECT_EQ(life.failed_dispatch_count(), 0);
    CrashBounds bounds{.sample_count = 2, .seed = 4, .state_count_max = 5};
    constexpr size_t kStride = 6;
    const std::vector<SessionMoment>& moments = life.moments();
    for (size_t i = static_cast<size_t>(index) % kStride; i < moments.size(); i += kStride) {
      bounds.seed += static_cast<uint64_t>(index);
      look_behind(life, moments[i], bounds, Then::kStop);
    }
    life.disk().heal();
    const SessionMoment end = life.now();
    const LogContent content = check_log(life.disk(), scenario.config.path.string(),
                                         ledger_at_kill(life.ledger(), end.log));
    ASSERT_EQ(content.error, "");
    look_behind(life, end, bounds, Then::kStop);
  }

  enum class Then { kCrashAgain, kStop };

  // The power is cut, or the process dies, at the moment.
  void look_behind(const SessionLife& life, const SessionMoment& moment, const CrashBounds& bounds,
                   Then then) {
    const Ledger power_cut = ledger_at_power_cut(life.ledger(), moment.log);
    for_each_crash_state(moment.log.disk, bounds, [&](const DiskImage& state) {
      check_state(state, life.config(), power_cut, moment.snapshot, then);
    });
    check_state(moment.log.disk, life.config(), ledger_at_kill(life.ledger(), moment.log),
                moment.snapshot, then);
  }

  void check_state(const DiskImage& state, const LogPersistenceConfig& config, const Ledger& ledger,
                   const SnapshotPromise& promise, Then then) {
    if (HasFailure() || !is_new(state, ledger, promise)) return;
    ++state_count_;
    // 1. As found: the log, and a snapshot that is whole, one of those it may be, and not ahead of
    //    the log.
    ModelDisk disk(state);
    const LogContent found = check_log(disk, config.path.string(), ledger);
    ASSERT_EQ(found.error, "");
    int64_t snapshot_number = 0;
    const absl::StatusOr<Snapshot> snapshot = load_snapshot(kSnapshotPath, disk);
    if (snapshot.ok()) {
      ASSERT_EQ(snapshot->slices.size(), 1u);
      const std::string item(snapshot->slices[0].items.back().text());
      snapshot_number = std::stoll(item.substr(item.find(':') + 1));
      const int64_t last_seq = snapshot->log_files.at("test:Fact").last_seq;
      int64_t missing_count = 0;
      for (const auto& [seq, entry] : ledger.entries) {
        if (seq <= last_seq && !found.lines.contains(seq)) ++missing_count;
      }
      const auto known = promise.hole_counts.find(snapshot_number);
      ASSERT_LE(missing_count,
                known == promise.hole_counts.end() ? ledger.hole_count_max : known->second)
          << "the snapshot is ahead of the log";
    } else {
      ASSERT_TRUE(absl::IsNotFound(snapshot.status())) << snapshot.status();
    }
    ASSERT_GE(snapshot_number, promise.saved_number);
    ASSERT_LE(snapshot_number, promise.tried_number);

    // 2. The next session: restores, goes on, saves.
    const bool is_mounted = fingerprint(state.mounted(state.names(), {})) == fingerprint(state);
    Ledger next;
    for (const auto& [seq, line] : found.lines) {
      next.entries[seq] = {line, is_mounted || ledger.entries.at(seq).is_durable};
    }
    SnapshotPromise at_start{is_mounted ? snapshot_number : promise.saved_number,
                             promise.tried_number, promise.hole_counts};
    SessionLife life(state, config, std::move(next), at_start);
    if (then == Then::kCrashAgain) life.record_moments();
    const absl::Status opened = life.open();
    ASSERT_TRUE(opened.ok()) << opened;
    ASSERT_EQ(life.step(), snapshot_number);
    life.append("next");
    const absl::Status saved = life.save();
    ASSERT_TRUE(saved.ok()) << saved;
    const SessionMoment end = life.now();
    const LogContent after =
        check_log(life.disk(), config.path.string(), ledger_at_power_cut(life.ledger(), end.log));
    ASSERT_EQ(after.error, "");
    ASSERT_EQ(after.lines.size(), found.lines.size() + 1);
    if (then == Then::kStop) return;

    // 3. The power is cut while that goes on, at every seventh moment.
    CrashBounds bounds{.sample_count = 2, .seed = 2, .state_count_max = 6};
    std::vector<SessionMoment> moments = life.moments();
    moments.push_back(end);
    constexpr size_t kStride = 7;
    for (size_t i = static_cast<size_t>(state_count_) % kStride; i < moments.size(); i += kStride) {
      bounds.seed += static_cast<uint64_t>(state_count_);
      look_behind(life, moments[i], bounds, Then::kStop);
    }
  }

  bool is_new(const DiskImage& state, const Ledger& ledger, const SnapshotPromise& promise) {
    uint64_t key = fingerprint(state);
    const auto mix = [&key](int64_t part) {
      key = (key ^ static_cast<uint64_t>(part)) * 1099511628211u + 31;
    };
    for (const auto& [seq, entry] : ledger.entries) {
      mix(seq * 4 + (entry.is_durable ? 2 : 0) + (seq <= ledger.must_seq ? 1 : 0));
    }
    mix(promise.saved_number);
    mix(promise.tried_number);
    return seen_.insert(key).second;
  }

  std::unordered_set<uint64_t> seen_;
  int64_t state_count_ = 0;
};

TEST_F(SessionCrashTest, SnapshotsAreSaved) {
  for (const bool is_synced : {false, true}) explore(saving(is_synced, 1));
  explore(saving(false, 3));
  report_states(state_count_, kIsSanitized ? 1000 : 25'000);
}

TEST_F(SessionCrashTest, RestoredAndGoneOn) {
  for (const bool is_synced : {false, true}) explore(restoring(is_synced, 1));
  explore(restoring(false, 3));
  report_states(state_count_, kIsSanitized ? 1000 : 12'000);
}

// Every call fails, once and from then on: dispatch never does, and once the disk is well again
// everything is in the log, and a snapshot can be saved.
TEST_F(SessionCrashTest, EveryCallFails) {
  int64_t run_count = 0;
  for (const bool is_restored : {false, true}) {
    for (const bool is_synced : {false, true}) {
      const SessionScenario scenario = is_restored ? restoring(is_synced, 1) : saving(is_synced, 1);
      SessionLife probe(scenario.disk, scenario.config, scenario.ledger, scenario.promise);
      scenario.run(probe);
      for (const int error : {EIO, ENOSPC}) {
        for (const Faults faults : {Faults::kOnce, Faults::kForEver}) {
          for (int64_t index = 0; index < probe.disk().call_count(); ++index, ++run_count) {
            SCOPED_TRACE(::testing::Message()
                         << "restored " << is_restored << ", synced " << is_synced << ", errno "
                         << error << ", for ever " << (faults == Faults::kForEver) << ", call "
                         << index);
            run_with_fault(scenario, index, error, faults);
            if (HasFailure()) return;
          }
        }
      }
    }
  }
  RecordProperty("runs", std::to_string(run_count));
  std::printf("[ runs     ] %lld\n", static_cast<long long>(run_count));
  EXPECT_GE(run_count, 600);
  report_states(state_count_, kIsSanitized ? 1000 : 5'000);
}

}  // namespace
}  // namespace logslice::testing
