#include "tests/durability/schedule.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/durability/log_scenarios.h"

namespace logslice::testing {

namespace {

constexpr std::array kKindsToFail = {
    CallKind::kOpen,     CallKind::kCreate,   CallKind::kMakeDirectory, CallKind::kRename,
    CallKind::kUnlink,   CallKind::kStat,     CallKind::kSyncDirectory, CallKind::kListDirectory,
    CallKind::kAppend,   CallKind::kAppend,   CallKind::kReadAt,        CallKind::kWriteAt,
    CallKind::kSyncData, CallKind::kSyncData, CallKind::kTruncate,      CallKind::kFileStat,
    CallKind::kTryLock};

int64_t unsettled_max(const LogPersistenceConfig& config) {
  // The newest is never dropped, though half of the bound may be on its way.
  const int64_t bound = config.max_pending_entries;
  const int64_t most = std::max(bound, std::max<int64_t>(1, bound / 2) + 1);
  // Lines that a cadence keeps are settled; if their sync fails, they are to be written again.
  return config.sync_every_entries > 0 ? most + bound : most;
}

bool has_event(const LogLife& life, std::string_view event) {
  return std::any_of(life.diagnostics().begin(), life.diagnostics().end(),
                     [&](const Diagnostic& diagnostic) { return diagnostic.event == event; });
}

}  // namespace

// The disk and the config.
Scenario Schedule::draw_scenario(uint64_t seed) {
  std::mt19937_64 draw(seed);
  constexpr std::array kScenarios = {new_log, new_log_in_new_directories, old_log, torn_tail};
  Scenario scenario = kScenarios[draw() % kScenarios.size()](kSyncs[draw() % std::size(kSyncs)]);
  constexpr std::array<int64_t, 4> kBounds = {1, 2, 3, 8};
  scenario.config.write_mode = WriteMode::kBackground;
  scenario.config.max_pending_entries = kBounds[draw() % kBounds.size()];
  if (draw() % 3 == 0) scenario.config.overflow = OverflowPolicy::kBlock;
  if (draw() % 3 == 0) scenario.config.rotate_at_bytes = 200;
  if (draw() % 2 == 0) scenario.config.compression = SegmentCompression::kGzip;
  return scenario;
}

Schedule::Schedule(uint64_t seed, SteppedThread& thread, CrashExplorer& explorer)
    : Schedule(seed, thread, explorer, draw_scenario(seed)) {}

Schedule::Schedule(uint64_t seed, SteppedThread& thread, CrashExplorer& explorer,
                   const Scenario& scenario)
    : thread_(thread),
      explorer_(explorer),
      draw_(seed + 1),
      life_(scenario.disk, scenario.config, scenario.ledger,
            [this](std::string_view call) { before_call(call); }),
      found_count_(static_cast<int64_t>(scenario.ledger.entries.size())) {
  trace_ = "bound " + std::to_string(scenario.config.max_pending_entries) +
           (scenario.config.overflow == OverflowPolicy::kBlock ? ", blocking" : "") +
           (scenario.config.sync_on_flush ? ", sync_on_flush" : "") +
           (scenario.config.sync_every_entries > 0 ? ", sync_every_entries" : "") +
           (scenario.config.rotate_at_bytes > 0 ? ", rotated" : "") +
           (scenario.config.compression == SegmentCompression::kGzip ? ", compressed" : "") + ", " +
           std::to_string(found_count_) + " found\n";
}

void Schedule::run() {
  ASSERT_TRUE(life_.make_writer().ok());
  const auto end = static_cast<End>(below(3));
  for (int64_t moves = 15 + below(50); moves > 0 && !::testing::Test::HasFailure(); --moves) move();
  switch (end) {
    case End::kQuiet:
      end_quietly();
      break;
    case End::kClosed:
      break;
    case End::kAbandoned:
      // In the middle of what it does, or of closing.
      if (one_in(3)) close();
      abandon();
      break;
  }
  finish_writer();
  close();
  finish_writer();
  check_accounts(0);
  (void)life_.close();
  if (!::testing::Test::HasFailure()) crash();
}

// ---- What happens -------------------------------------------------------------------------------

void Schedule::move() {
  const int64_t what = below(32);
  if (what < 11) {
    accept();
  } else if (what < 25) {
    let_writer_go_on();
  } else if (what < 27) {
    note("caller overwrites what is settled");
    life_.overwrite_settled();
  } else if (what < 29) {
    fail_something();
  } else if (what < 30) {
    note("disk is well");
    life_.disk().heal();
  } else {
    crash();
  }
  if (!::testing::Test::HasFailure()) check_marks();
}

void Schedule::accept() {
  PersistentLogWriter& writer = *life_.writer();
  if (is_blocked_ && writer.is_past_bound() && !one_in(4)) {
    if (one_in(2)) return;
    note("caller has waited for room, and drops");
    writer.drop_past_bound();
    is_blocked_ = false;
    EXPECT_LE(writer.unsettled_count(), unsettled_max(life_.config()));
    return;
  }
  ++accepted_count_;
  note("caller accepts " + std::to_string(accepted_count_));
  const int64_t ticket = life_.accept(std::to_string(accepted_count_) +
                                      std::string(static_cast<size_t>(below(9)), 'x'));
  EXPECT_EQ(ticket, accepted_count_);
  is_blocked_ = life_.config().overflow == OverflowPolicy::kBlock && writer.is_past_bound();
  if (one_in(2)) life_.overwrite_settled();
}

void Schedule::begin_work() {
  switch (below(8)) {
    case 0:
      note("writer begins flush()");
      thread_.begin([this] { last_status_ = life_.writer()->flush(); });
      break;
    case 1:
      note("writer begins sync()");
      thread_.begin([this] { last_status_ = life_.writer()->sync(); });
      break;
    default:
      note("writer begins step()");
      thread_.begin([this] { last_status_ = life_.writer()->step(); });
  }
}

void Schedule::let_writer_go_on() {
  if (thread_.is_idle()) {
    dropped_before_ = life_.writer()->is_open() ? life_.writer()->marks().dropped_count : 0;
    begin_work();
  }
  thread_.go_on(one_in(3) ? INT64_MAX : 1 + below(4));
  note(thread_.is_idle() ? "writer is done: " + std::string(last_status_.ToString())
                         : "writer stands before " + std::string(thread_.at()));
  // Told at the next chance, whatever the disk does.
  if (thread_.is_idle() && dropped_before_ > 0) {
    EXPECT_TRUE(has_event(life_, "log_entries_dropped"));
  }
}

void Schedule::finish_writer() {
  while (!thread_.is_idle() && !::testing::Test::HasFailure()) {
    let_writer_go_on();
    if (one_in(8)) fail_something();
    if (one_in(8)) life_.disk().heal();
    if (one_in(8)) crash();
  }
  thread_.finish();
}

void Schedule::fail_something() {
  ModelDisk& disk = life_.disk();
  const int error = one_in(2) ? EIO : ENOSPC;
  const CallKind kind = kKindsToFail[static_cast<size_t>(below(kKindsToFail.size()))];
  switch (below(5)) {
    case 0:
    case 1:
      note("disk will fail the next " + std::string(name_of(kind)));
      disk.fail_next(kind, error);
      break;
    case 2:
      note("disk fails each " + std::string(name_of(kind)));
      disk.fail_kind(kind, error);
      break;
    case 3: {
      const int64_t bytes = below(120);
      note("disk takes " + std::to_string(bytes) + " bytes of the next append");
      disk.shorten_append(disk.append_count(), bytes);
      if (one_in(2)) disk.fail_append(disk.append_count() + 1, error);
      break;
    }
    default: {
      const int64_t bytes = below(300);
      note("disk has room for " + std::to_string(bytes) + " bytes");
      disk.set_free_bytes(bytes);
    }
  }
}

void Schedule::crash() {
  note("crash is looked at");
  const Moment moment = life_.now();
  const CrashBounds bounds{.sample_count = 1, .seed = draw_(), .state_count_max = 3};
  const auto then = one_in(20) ? CrashExplorer::Then::kCrashAgain : CrashExplorer::Then::kStop;
  explorer_.check_kill(life_, moment, then);
  explorer_.check_power_cut(life_, moment, bounds, then);
}

void Schedule::abandon() {
  // Often at the most delicate moment.
  while (!thread_.is_idle() && thread_.at() != "now" && !one_in(4)) {
    thread_.go_on();
  }
  note("deadline: abandon(), writer stands before " + std::string(thread_.at()));
  if (thread_.at() == "now") {
    // It may have claimed entries and not encoded them: abandon() waits for that.
    is_abandoning_ = true;
    thread_.go_on_beside([this] { abandon_and_overwrite(); });
    is_abandoning_ = false;
  } else {
    abandon_and_overwrite();
  }
  check_marks();
}

void Schedule::abandon_and_overwrite() {
  life_.writer()->abandon();
  life_.overwrite_all();
  is_overwritten_ = true;
}

// On the writer's thread, or on that of whoever accepts, which has nothing to do here.
void Schedule::before_call(std::string_view call) {
  // Paused at the clock while abandon() may wait for it, it would never go on.
  if (is_abandoning_ && call == "now") return;
  thread_.pause(call);
  if (!is_abandoning_) return;
  // Both run. abandon() has dropped what was not claimed; what is claimed must keep it waiting.
  // That it does not return can be watched for a while only.
  while (life_.writer()->has_waiting()) std::this_thread::yield();
  for (int i = 0; i < 100 && !is_overwritten_; ++i) std::this_thread::yield();
}

// ---- Ends ---------------------------------------------------------------------------------------

// The disk is well again, and so is everything else.
void Schedule::end_quietly() {
  finish_writer();
  life_.disk().heal();
  note("disk is well, writer flushes");
  PersistentLogWriter& writer = *life_.writer();
  // The first attempt may still have to tell what went wrong.
  for (int attempt = 0; attempt < 3; ++attempt) {
    thread_.begin([&] { last_status_ = one_in(2) ? writer.flush() : writer.sync(); });
    thread_.finish();
  }
  EXPECT_TRUE(last_status_.ok()) << last_status_;
  const LogMarks marks = writer.marks();
  EXPECT_EQ(marks.written_seq, marks.accepted_seq);
  EXPECT_EQ(writer.settled_ticket(), accepted_count_);
  EXPECT_EQ(writer.unsettled_count(), 0);
  if (marks.dropped_count > 0) {
    EXPECT_TRUE(has_event(life_, "log_entries_dropped"));
  }
  check_accounts(0);
}

void Schedule::close() {
  if (is_closing_) return;
  finish_writer();
  note("writer begins close()");
  is_closing_ = true;
  thread_.begin([this] { last_status_ = life_.writer()->close(); });
  for (int64_t times = below(4); times > 0 && !thread_.is_idle(); --times) let_writer_go_on();
}

// ---- What must be so ----------------------------------------------------------------------------

void Schedule::check_marks() {
  const PersistentLogWriter& writer = *life_.writer();
  const LogMarks marks = writer.marks();
  EXPECT_LE(marks.synced_seq, marks.written_seq);
  EXPECT_LE(marks.written_seq, marks.accepted_seq);
  EXPECT_GE(marks.synced_seq, last_marks_.synced_seq);
  EXPECT_GE(marks.written_seq, last_marks_.written_seq);
  EXPECT_GE(marks.accepted_seq, last_marks_.accepted_seq);
  EXPECT_GE(marks.dropped_count, last_marks_.dropped_count);
  last_marks_ = marks;

  const int64_t settled = writer.settled_ticket();
  EXPECT_GE(settled, last_settled_);
  EXPECT_LE(settled, accepted_count_);
  EXPECT_EQ(writer.last_ticket(), accepted_count_);
  last_settled_ = settled;

  const int64_t unsettled = writer.unsettled_count();
  EXPECT_GE(unsettled, 0);
  EXPECT_GE(settled + unsettled + marks.dropped_count, accepted_count_);
  if (life_.config().overflow == OverflowPolicy::kDropOldest) {
    EXPECT_LE(unsettled, unsettled_max(life_.config()));
  }
  if (thread_.is_idle() && one_in(4)) check_accounts(unsettled);
}

// Nobody is at work: each entry is in the log, on its way, or counted as dropped.
void Schedule::check_accounts(int64_t unsettled) {
  const Moment moment = life_.now();
  ModelDisk disk(moment.disk);  // without the faults
  const LogContent content =
      check_log(disk, life_.config().path.string(), ledger_at_kill(life_.ledger(), moment));
  EXPECT_EQ(content.error, "");
  const int64_t dropped = life_.writer()->marks().dropped_count;
  const auto found = static_cast<int64_t>(content.lines.size()) - found_count_;
  EXPECT_LE(found, accepted_count_);
  if (life_.config().sync_on_flush || life_.config().sync_every_entries > 0) {
    // What is written may be on its way again, or given up, before its sync.
    EXPECT_GE(found + unsettled + dropped, accepted_count_);
  } else {
    EXPECT_EQ(found + unsettled + dropped, accepted_count_);
  }
}

}  // namespace logslice::testing
