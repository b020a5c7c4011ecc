#include "tests/durability/crash_explorer.h"

#include <cstdio>
#include <utility>

#include "gtest/gtest.h"

namespace logslice::testing {

namespace {

std::string describe(const DiskImage& image) {
  std::string text;
  for (const auto& [path, inode] : image.names()) {
    const FileNode& node = image.node(inode);
    if (node.kind == FileKind::kDirectory) continue;
    text += "\n--- " + path + " (" + std::to_string(node.live.size()) + " bytes)\n";
    for (const char c : node.live) text += c == '\0' ? "\\0" : std::string(1, c);
  }
  return text;
}

std::string tail_of(const DiskImage& image, const std::string& path) {
  const FileNode* const node = image.find(path);
  if (node == nullptr) return "";
  const size_t newline = node->live.rfind('\n');
  return newline == std::string::npos ? node->live : node->live.substr(newline + 1);
}

bool holds(const DiskImage& image, const std::string& piece) {
  for (const auto& [path, inode] : image.names()) {
    if (image.node(inode).live.find(piece) != std::string::npos) return true;
  }
  return false;
}

// A process that ends between a failed sync and the sealing of its file leaves one to the next that
// looks sound and is not: nobody can promise anything of it, once the power is cut.
bool has_lost_bytes(const DiskImage& image, const std::string& path) {
  const FileNode* const node = image.find(path);
  return node != nullptr && !node->lost.empty();
}

// What the next process finds. On a device that was mounted again, all of it is there for good.
Ledger ledger_of(const LogContent& content, const Ledger& before, bool is_mounted) {
  Ledger ledger;
  for (const auto& [seq, line] : content.lines) {
    ledger.entries[seq] = {line, is_mounted || before.entries.at(seq).is_durable};
  }
  // What was removed may come back with a power cut.
  ledger.removable_seq = before.removable_seq;
  for (const auto& [seq, entry] : before.entries) {
    if (seq <= before.removable_seq) ledger.entries.try_emplace(seq, entry);
  }
  return ledger;
}

}  // namespace

void add_old_log(Scenario& scenario, const std::vector<std::string>& texts) {
  LogLife life(std::move(scenario.disk), scenario.config, std::move(scenario.ledger));
  for (const std::string& text : texts) (void)life.append(text);
  EXPECT_TRUE(life.sync().ok());
  EXPECT_TRUE(life.close().ok());
  const DiskImage& disk = life.disk().image();
  std::map<uint64_t, const std::string*> contents;
  for (const auto& [path, inode] : disk.names()) contents[inode] = &disk.node(inode).live;
  scenario.disk = disk.mounted(disk.names(), contents);
  scenario.ledger = life.ledger();
}

void CrashExplorer::explore(const Scenario& scenario) {
  LogLife life(scenario.disk, scenario.config, scenario.ledger);
  life.record_moments();
  scenario.run(life);
  std::vector<Moment> moments = life.moments();
  moments.push_back(life.now());
  for (const Moment& moment : moments) {
    SCOPED_TRACE(::testing::Message() << "before call " << moment.call_index);
    check_power_cut(life, moment, first_level, Then::kCrashAgain);
    check_kill(life, moment, Then::kCrashAgain);
    if (has_failed_) return;
  }
}

void CrashExplorer::check_power_cut(const LogLife& life, const Moment& moment,
                                    const CrashBounds& bounds, Then then) {
  const Ledger ledger = ledger_at_power_cut(life.ledger(), moment);
  for_each_crash_state(moment.disk, bounds, [&](const DiskImage& state) {
    check_state(state, life.config(), ledger, then);
  });
}

void CrashExplorer::check_kill(const LogLife& life, const Moment& moment, Then then) {
  check_state(moment.disk, life.config(), ledger_at_kill(life.ledger(), moment), then);
}

bool CrashExplorer::is_new(const DiskImage& state, const Ledger& ledger) {
  uint64_t key = fingerprint(state);
  const auto mix = [&key](uint64_t part) { key = (key ^ part) * 1099511628211u + 31; };
  for (const auto& [seq, entry] : ledger.entries) {
    mix(std::hash<std::string>()(entry.line) * 4 + (entry.is_durable ? 2 : 0) +
        (seq <= ledger.must_seq ? 1 : 0));
  }
  for (const std::string& piece : ledger.torn_pieces) mix(std::hash<std::string>()(piece));
  mix(static_cast<uint64_t>(ledger.hole_count_max));
  mix(static_cast<uint64_t>(ledger.removable_seq));
  return seen_.insert(key).second;
}

void CrashExplorer::check_state(const DiskImage& state, const LogPersistenceConfig& config,
                                Ledger ledger, Then then) {
  if (has_failed_ || !is_new(state, ledger)) return;
  ++state_count_;
  const std::string path = config.path.string();

  // 1. Read as it is: everything that was promised, nothing else.
  ModelDisk disk(state);
  const LogContent found = check_log(disk, path, ledger);
  if (!found.error.empty()) return fail("as found, " + found.error, state);
  for (const std::string& piece : ledger.torn_pieces) {
    if (!holds(state, piece)) return fail("torn bytes are gone: " + piece, state);
  }

  // 2. Recovered by a process of its own, which goes on behind it. What was found on a device is
  //    there for good; what was found in the cache is once the next sync has covered it.
  const bool is_mounted = fingerprint(state.mounted(state.names(), {})) == fingerprint(state);
  Ledger next = ledger_of(found, ledger, is_mounted);
  next.torn_pieces = std::move(ledger.torn_pieces);
  next.hole_count_max = count_lines_in_cache_only(state, path, ledger);
  if (std::string tail = tail_of(state, path); is_mounted && !tail.empty()) {
    next.torn_pieces.push_back(std::move(tail));
  }
  LogLife life(state, config, std::move(next));
  if (then == Then::kCrashAgain) life.record_moments();
  if (const absl::Status opened = life.open(); !opened.ok()) {
    return fail("cannot open: " + opened.ToString(), state);
  }
  const int64_t last_seq = found.lines.empty() ? 0 : found.lines.rbegin()->first;
  const int64_t seq = life.append("next");
  if (seq <= last_seq) return fail("number given again: " + std::to_string(seq), state);
  if (ledger.removable_seq > 0 && ledger.hole_count_max == 0 && seq <= ledger.must_seq) {
    return fail("number of a removed entry given again: " + std::to_string(seq), state);
  }
  if (const absl::Status synced = life.sync(); !synced.ok()) {
    return fail("cannot go on: " + synced.ToString(), state);
  }
  const Moment synced = life.now();
  if (synced.synced_seq != seq) return fail("sync() does not raise its mark", state);
  const LogContent after = check_log(life.disk(), path, ledger_at_kill(life.ledger(), synced));
  if (!after.error.empty()) {
    return fail("after recovery, " + after.error, life.disk().image());
  }
  if (!tail_of(life.disk().image(), path).empty() || after.damaged_count > found.damaged_count) {
    return fail("recovery leaves damage of its own", life.disk().image());
  }
  if (then == Then::kStop || has_lost_bytes(state, path)) return;

  // 3. The power is cut while that goes on: at every third moment, in turn, so that many states of
  //    one kind together see them all.
  if (const absl::Status closed = life.close(); !closed.ok()) {
    return fail("cannot close: " + closed.ToString(), state);
  }
  std::vector<Moment> moments = life.moments();
  moments.push_back(life.now());
  CrashBounds bounds = second_level;
  constexpr size_t kStride = 3;
  for (size_t i = static_cast<size_t>(state_count_) % kStride; i < moments.size(); i += kStride) {
    const Moment& moment = moments[i];
    bounds.seed += static_cast<uint64_t>(state_count_);
    const Ledger promised = ledger_at_power_cut(life.ledger(), moment);
    for_each_crash_state(moment.disk, bounds, [&](const DiskImage& again) {
      check_state(again, config, promised, Then::kStop);
    });
  }
}

void CrashExplorer::fail(const std::string& why, const DiskImage& state) {
  has_failed_ = true;
  ADD_FAILURE() << why << "\nin this state:" << describe(state);
}

void report_states(int64_t state_count, int64_t state_count_min) {
  ::testing::Test::RecordProperty("states", std::to_string(state_count));
  std::printf("[ states   ] %lld\n", static_cast<long long>(state_count));
  EXPECT_GE(state_count, state_count_min) << "the model enumerates less than it did";
}

}  // namespace logslice::testing
