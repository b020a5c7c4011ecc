// The audit log that a Python program began: what that program did, behaviour by behaviour, and
// that both can have one log; then the command, run as a program.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <zlib.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/log_info.h"
#include "logslice/reflection/json_conversion.h"
#include "scout_audit/audit_log.h"
#include "scout_audit/event_time.h"
#include "scout_audit/rounding.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_file_system.h"

namespace {

namespace fs = std::filesystem;
using logslice::JsonValue;
using logslice::testing::FakeClock;
using logslice::testing::FakeFileSystem;
using scout_audit::AccuracyMetrics;
using scout_audit::AuditEvent;
using scout_audit::AuditLog;
using scout_audit::GateMetrics;
using scout_audit::round_to;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

JsonValue json(std::string_view text) { return *JsonValue::parse(text); }

absl::Time at(std::string_view time) { return *scout_audit::parse_event_time(time); }

// A line as Python's json.dumps writes it. `more` begins with a comma, if there is any.
std::string python_line(std::string_view ts, std::string_view event, std::string_view more = "") {
  std::string line = "{\"ts\": \"";
  line.append(ts).append("\", \"event\": \"").append(event);
  line.append("\", \"session_id\": \"3f2b8c1e-7d55-4a06-9a44-0c5d0e6f7a81\"");
  line.append(more).append("}\n");
  return line;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> names(const absl::StatusOr<std::vector<AuditEvent>>& events) {
  if (!events.ok()) return {std::string(events.status().message())};
  std::vector<std::string> names;
  for (const AuditEvent& event : *events) names.push_back(event.event);
  return names;
}

class ScoutAuditTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string dir = testing::TempDir() + "scout_audit_test_XXXXXX";
    ASSERT_NE(mkdtemp(dir.data()), nullptr);
    dir_ = dir;
    path_ = dir_ / "audit.jsonl";
  }

  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }

  scout_audit::AuditLogOptions options() {
    return {.path = path_,
            .clock = &clock_,
            .diagnostics = [this](const logslice::Diagnostic& diagnostic) {
              told_.push_back(diagnostic.event);
            }};
  }
  AuditLog log() { return AuditLog(options()); }

  // On a disk that can be asked what was done to it.
  AuditLog log_on(FakeFileSystem& disk) {
    scout_audit::AuditLogOptions made = options();
    made.path = "/audit.jsonl";
    made.file_system = &disk;
    return AuditLog(std::move(made));
  }

  void write(const std::string& content) {
    std::ofstream(path_, std::ios::binary | std::ios::app) << content;
  }

  fs::path dir_;
  fs::path path_;
  FakeClock clock_;  // 2025-01-15T10:30:00Z
  std::vector<std::string> told_;
};

// ---- Logging ------------------------------------------------------------------------------------

TEST_F(ScoutAuditTest, AnEventIsOneLineWithItsTimeNameAndSession) {
  AuditLog log = this->log();
  ASSERT_TRUE(log.log("nav").ok());
  EXPECT_EQ(content_of(path_),
            R"({"__type__":"scout_audit:AuditEvent","ts":"2025-01-15T10:30:00.000Z","event":"nav",)"
            R"("session_id":")" +
                scout_audit::process_session_id() +
                R"(","__seq__":1,"__ts__":"2025-01-15T10:30:00.000000+00:00"})"
                "\n");
}

TEST_F(ScoutAuditTest, MembersAreWrittenIfTheyAreGiven) {
  AuditLog log = this->log();
  AuditEvent members{.cost = 0.0125,
                     .model = "small",
                     .input_t = 1200,
                     .output_t = 80,
                     .files = std::vector<std::string>{"a.py", "b.py"},
                     .reason = "because",
                     .confidence = 87,
                     .duration_ms = 100000,
                     .config = json(R"({"depth": 2})"),
                     .raw_brief_path = "briefs/1.md"};
  members.extra.members = {{"attempt", json("3")}};
  const absl::StatusOr<AuditEvent> logged = log.log("brief", members);
  ASSERT_TRUE(logged.ok()) << logged.status();
  EXPECT_THAT(content_of(path_),
              HasSubstr(R"(","cost":0.0125,"model":"small","input_t":1200,"output_t":80,)"
                        R"("files":["a.py","b.py"],"reason":"because","confidence":87,)"
                        R"("duration_ms":100000,"config":{"depth": 2},)"
                        R"("raw_brief_path":"briefs/1.md","attempt":3,"__seq__":1)"));
  EXPECT_EQ(log.query()->at(0), *logged);
}

TEST_F(ScoutAuditTest, TimesAreUtcInMillisecondsWithZ) {
  clock_.set(absl::FromUnixMicros(1736937000123999));
  AuditLog log = this->log();
  EXPECT_EQ(log.log("nav")->ts, "2025-01-15T10:30:00.123Z");
}

TEST_F(ScoutAuditTest, SessionIdIsOneRandomUuidForTheProcess) {
  EXPECT_THAT(scout_audit::process_session_id(),
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  AuditLog first = log();
  const std::string id = first.log("nav")->session_id;
  ASSERT_TRUE(first.close().ok());
  AuditLog second = log();
  EXPECT_EQ(second.log("nav")->session_id, id);
}

TEST_F(ScoutAuditTest, ACallerCanGiveAnotherSessionId) {
  AuditLog log = this->log();
  EXPECT_EQ(log.log("nav", {.session_id = "mine"})->session_id, "mine");
}

TEST_F(ScoutAuditTest, WhatJsonCannotHoldAndNamesThatAreTakenAreRefused) {
  AuditLog log = this->log();
  const absl::Status nan = log.log("nav", {.cost = std::nan("")}).status();
  EXPECT_THAT(std::string(nan.message()), HasSubstr(".cost is NaN"));
  AuditEvent taken;
  taken.extra.members = {{"ts", json("1")}};
  EXPECT_TRUE(absl::IsInvalidArgument(log.log("nav", taken).status()));
  ASSERT_TRUE(log.log("nav").ok());
  EXPECT_THAT(names(log.query()), ElementsAre("nav"));
}

TEST_F(ScoutAuditTest, AnEventIsInTheFileWithOneWriteWhenLogReturns) {
  FakeFileSystem disk;
  AuditLog log = log_on(disk);
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(log.log("nav").ok());
    EXPECT_EQ(disk.append_count(), i);
    EXPECT_THAT(lines_of(disk.content("/audit.jsonl")), SizeIs(static_cast<size_t>(i)));
  }
}

int64_t sync_count(const FakeFileSystem& disk) {
  int64_t count = 0;
  for (const std::string& call : disk.calls()) count += call.starts_with("sync_data /audit.jsonl");
  return count;
}

TEST_F(ScoutAuditTest, EveryTenEventsAreSynced) {
  FakeFileSystem disk;
  AuditLog log = log_on(disk);
  for (int i = 1; i <= 9; ++i) ASSERT_TRUE(log.log("nav").ok());
  EXPECT_EQ(sync_count(disk), 0);
  ASSERT_TRUE(log.log("nav").ok());
  EXPECT_EQ(sync_count(disk), 1);
  for (int i = 11; i <= 20; ++i) ASSERT_TRUE(log.log("nav").ok());
  EXPECT_EQ(sync_count(disk), 2);
}

TEST_F(ScoutAuditTest, EventsOfMoreThanASecondAgoAreSynced) {
  FakeFileSystem disk;
  AuditLog log = log_on(disk);
  ASSERT_TRUE(log.log("nav").ok());
  clock_.advance(absl::Milliseconds(999));
  ASSERT_TRUE(log.log("nav").ok());
  EXPECT_EQ(sync_count(disk), 0);
  clock_.advance(absl::Milliseconds(1));
  ASSERT_TRUE(log.log("nav").ok());
  EXPECT_EQ(sync_count(disk), 1);
}

TEST_F(ScoutAuditTest, FlushAndCloseSync) {
  FakeFileSystem disk;
  AuditLog log = log_on(disk);
  EXPECT_TRUE(log.flush().ok());
  ASSERT_TRUE(log.log("nav").ok());
  EXPECT_TRUE(log.flush().ok());
  EXPECT_EQ(sync_count(disk), 1);
  ASSERT_TRUE(log.log("nav").ok());
  EXPECT_TRUE(log.close().ok());
  EXPECT_EQ(sync_count(disk), 2);
  EXPECT_TRUE(log.close().ok());
}

TEST_F(ScoutAuditTest, LeavingItsScopeClosesTheLog) {
  {
    AuditLog log = this->log();
    ASSERT_TRUE(log.log("nav").ok());
    EXPECT_TRUE(absl::IsUnavailable(this->log().log("nav").status()));
  }
  EXPECT_TRUE(log().log("nav").ok());
}

TEST_F(ScoutAuditTest, LoggingAfterCloseOpensTheFileAgain) {
  AuditLog log = this->log();
  ASSERT_TRUE(log.log("a").ok());
  ASSERT_TRUE(log.close().ok());
  ASSERT_TRUE(log.log("b").ok());
  EXPECT_THAT(names(log.query()), ElementsAre("a", "b"));
}

TEST_F(ScoutAuditTest, ThreadsLogWholeLines) {
  AuditLog log = this->log();
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 100; ++i) log.log("t" + std::to_string(t)).IgnoreError();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(*log.query(), SizeIs(400));
  EXPECT_THAT(*log.query({.event_type = "t2"}), SizeIs(100));
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ScoutAuditTest, TheDefaultIsInTheHomeDirectoryWhichIsMadeReady) {
  const char* const home = std::getenv("HOME");
  const std::string before = home == nullptr ? "" : home;
  setenv("HOME", dir_.c_str(), 1);
  {
    AuditLog log({.clock = &clock_, .diagnostics = {}});
    EXPECT_TRUE(log.log("nav").ok());
    EXPECT_THAT(*log.query(), SizeIs(1));
  }
  setenv("HOME", before.c_str(), 1);
  EXPECT_TRUE(fs::exists(dir_ / ".scout" / "audit.jsonl"));
}

// ---- Rotation -----------------------------------------------------------------------------------

TEST_F(ScoutAuditTest, TheFileIsRotatedAt10MBAndNoEventIsLostToReaders) {
  EXPECT_EQ(scout_audit::AuditLogOptions{}.rotate_at_bytes, 10 * 1024 * 1024);
  scout_audit::AuditLogOptions small = options();
  small.rotate_at_bytes = 2000;
  AuditLog log(small);
  for (int i = 1; i <= 60; ++i) ASSERT_TRUE(log.log("e" + std::to_string(i), {.cost = 1}).ok());
  EXPECT_GT(logslice::read_log_info(path_)->segment_count, 3);
  const std::vector<std::string> all = names(log.query());
  ASSERT_THAT(all, SizeIs(60));
  EXPECT_EQ(all.front(), "e1");
  EXPECT_EQ(all.back(), "e60");
  EXPECT_EQ(*log.hourly_spend(1), 60);
  EXPECT_THAT(names(log.last_events(2)), ElementsAre("e59", "e60"));
  ASSERT_TRUE(log.close().ok());
}

// ---- Reading ------------------------------------------------------------------------------------

TEST_F(ScoutAuditTest, WithoutALogThereAreNoEvents) {
  AuditLog log = this->log();
  EXPECT_THAT(*log.query(), IsEmpty());
  EXPECT_THAT(*log.last_events(), IsEmpty());
  EXPECT_THAT(*log.last_events(5, "nav"), IsEmpty());
  EXPECT_EQ(*log.hourly_spend(1), 0);
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_TRUE(fs::is_empty(dir_));
}

TEST_F(ScoutAuditTest, QueryGivesEventsInTheOrderOfTheLog) {
  write(python_line("2025-01-15T10:00:02.000Z", "b") +
        python_line("2025-01-15T10:00:01.000Z", "a") +
        python_line("2025-01-15T10:00:03.000Z", "c"));
  EXPECT_THAT(names(log().query()), ElementsAre("b", "a", "c"));
}

TEST_F(ScoutAuditTest, QuerySinceIncludesThatMoment) {
  write(python_line("2025-01-15T10:00:00.999Z", "before") +
        python_line("2025-01-15T10:00:01.000Z", "at") +
        python_line("2025-01-15T12:00:01+02:00", "same moment elsewhere") +
        python_line("2025-01-15T10:00:02.000Z", "behind") + "{\"event\": \"without a time\"}\n");
  EXPECT_THAT(names(log().query({.since = at("2025-01-15T10:00:01Z")})),
              ElementsAre("at", "same moment elsewhere", "behind"));
}

TEST_F(ScoutAuditTest, QuerySinceIsByTheTimeOfTheEventNotOfItsWriting) {
  // A disk that was full for an hour: `__ts__` is much later.
  write(R"({"__type__":"scout_audit:AuditEvent","ts":"2025-01-15T09:00:00.000Z","event":"late",)"
        R"("session_id":"s","__seq__":1,"__ts__":"2025-01-15T10:00:00.000000+00:00"})"
        "\n");
  EXPECT_THAT(names(log().query({.since = at("2025-01-15T09:30:00Z")})), IsEmpty());
  EXPECT_THAT(names(log().query({.since = at("2025-01-15T09:00:00Z")})), ElementsAre("late"));
}

TEST_F(ScoutAuditTest, QueryByEventTypeIsByItsWholeName) {
  write(python_line("2025-01-15T10:00:00.000Z", "nav") +
        python_line("2025-01-15T10:00:01.000Z", "nav2") +
        python_line("2025-01-15T10:00:02.000Z", "nav"));
  EXPECT_THAT(names(log().query({.event_type = "nav"})), ElementsAre("nav", "nav"));
  EXPECT_THAT(*log().query({.since = at("2025-01-15T10:00:01Z"), .event_type = "nav"}), SizeIs(1));
}

TEST_F(ScoutAuditTest, CorruptLinesAreSkippedWithAWarningAndBlankOnesWithout) {
  write(python_line("2025-01-15T10:00:00.000Z", "a") + "\n  \r\n{\"ts\": \"2025-\n[1]\n" +
        python_line("2025-01-15T10:00:01.000Z", "b") + "{\"ts\": \"2025-01-15T10:00:0");
  EXPECT_THAT(names(log().query()), ElementsAre("a", "b"));
  EXPECT_THAT(told_, ElementsAre("audit_lines_skipped"));
  EXPECT_THAT(names(log().last_events(9)), ElementsAre("a", "b"));
}

TEST_F(ScoutAuditTest, LastEventsAreTheLast20UnlessSaidOtherwise) {
  std::string content;
  for (int i = 1; i <= 50; ++i) {
    content += python_line("2025-01-15T10:00:00.000Z", (i % 2 != 0 ? "odd" : "even"),
                           ", \"i\": " + std::to_string(i));
  }
  write(content);
  AuditLog log = this->log();
  EXPECT_THAT(*log.last_events(), SizeIs(20));
  EXPECT_EQ(log.last_events()->front().extra.find("i")->text(), "31");
  EXPECT_EQ(log.last_events()->back().extra.find("i")->text(), "50");
  EXPECT_THAT(*log.last_events(3), SizeIs(3));
  EXPECT_THAT(*log.last_events(100), SizeIs(50));
  EXPECT_THAT(*log.last_events(0), IsEmpty());
  EXPECT_FALSE(log.last_events(-1).ok());
}

TEST_F(ScoutAuditTest, LastEventsOfATypeAreTheLastOfThatType) {
  std::string content;
  for (int i = 1; i <= 50; ++i) {
    content += python_line("2025-01-15T10:00:00.000Z", i % 10 == 0 ? "ten" : "other",
                           ", \"i\": " + std::to_string(i));
  }
  write(content);
  AuditLog log = this->log();
  EXPECT_THAT(*log.last_events(20, "ten"), SizeIs(5));
  EXPECT_EQ(log.last_events(2, "ten")->front().extra.find("i")->text(), "40");
  EXPECT_THAT(*log.last_events(0, "ten"), IsEmpty());
  EXPECT_FALSE(log.last_events(-1, "ten").ok());
}

// ---- One log of two programs --------------------------------------------------------------------

TEST_F(ScoutAuditTest, LinesOfThePythonProgramAreReadWithAllTheirMembers) {
  write(python_line("2025-01-15T10:00:00.000Z", "brief",
                    R"(, "cost": 0.25, "model": "m", "input_t": 7, "output_t": 8, )"
                    R"("files": ["x"], "reason": "r", "confidence": 90, "duration_ms": 5, )"
                    R"("config": {"a": [1, 2]}, "raw_brief_path": "p", "custom": {"b": null})"));
  const std::vector<AuditEvent> events = *log().query();
  ASSERT_THAT(events, SizeIs(1));
  AuditEvent expected{.ts = "2025-01-15T10:00:00.000Z",
                      .event = "brief",
                      .session_id = "3f2b8c1e-7d55-4a06-9a44-0c5d0e6f7a81",
                      .cost = 0.25,
                      .model = "m",
                      .input_t = 7,
                      .output_t = 8,
                      .files = std::vector<std::string>{"x"},
                      .reason = "r",
                      .confidence = 90,
                      .duration_ms = 5,
                      .config = json(R"({"a": [1, 2]})"),
                      .raw_brief_path = "p"};
  expected.extra.members = {{"custom", json(R"({"b": null})")}};
  EXPECT_EQ(events[0], expected);
}

TEST_F(ScoutAuditTest, TheLogOfThePythonProgramIsContinuedAndItsLinesStay) {
  const std::string before = python_line("2025-01-15T10:00:00.000Z", "theirs", ", \"cost\": 1") +
                             python_line("2025-01-15T10:00:01.000Z", "theirs", ", \"cost\": 2");
  write(before);
  AuditLog log = this->log();
  ASSERT_TRUE(log.log("ours", {.cost = 4}).ok());
  EXPECT_THAT(content_of(path_), StartsWith(before));
  EXPECT_THAT(content_of(path_), HasSubstr("\"__seq__\":3,"));
  EXPECT_THAT(names(log.query()), ElementsAre("theirs", "theirs", "ours"));
  EXPECT_EQ(*log.hourly_spend(1), 7);
  ASSERT_TRUE(log.close().ok());
  // And it again, when we have left.
  write(python_line("2025-01-15T10:31:00.000Z", "theirs again", ", \"cost\": 8"));
  ASSERT_TRUE(log.log("ours again").ok());
  EXPECT_THAT(names(log.query()),
              ElementsAre("theirs", "theirs", "ours", "theirs again", "ours again"));
  EXPECT_EQ(*log.hourly_spend(1), 15);
  EXPECT_THAT(content_of(path_), HasSubstr("\"__seq__\":5,"));
}

TEST_F(ScoutAuditTest, ThePythonProgramCanReadWhatIsWrittenHere) {
  if (std::system("python3 -c '' >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no python3";
  write(python_line("2025-01-15T10:29:59.000Z", "theirs"));
  AuditLog log = this->log();
  ASSERT_TRUE(log.log("nav", {.cost = 0.5}).ok());
  ASSERT_TRUE(log.log("grüße", {.reason = "a \"b\"\n☃"}).ok());
  ASSERT_TRUE(log.close().ok());
  // How it reads: line by line, and times are compared as text.
  const std::string script =
      "import json, sys\n"
      "events = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8')]\n"
      "late = [e for e in events if e['ts'] >= '2025-01-15T10:30:00+00:00'[:19]]\n"
      "ok = [e['event'] for e in late] == ['nav', 'gr\\u00fc\\u00dfe']\n"
      "ok = ok and sum(e.get('cost', 0) or 0 for e in late) == 0.5\n"
      "ok = ok and late[1]['reason'] == 'a \"b\"\\n\\u2603' and 'model' not in late[1]\n"
      "sys.exit(0 if ok else 1)\n";
  std::ofstream(dir_ / "reader.py") << script;
  EXPECT_EQ(
      std::system(
          ("python3 '" + (dir_ / "reader.py").string() + "' '" + path_.string() + "'").c_str()),
      0);
}

TEST_F(ScoutAuditTest, ReadingNeedsNoLockAndASecondWriterIsToldWhoWrites) {
  AuditLog writer = log();
  ASSERT_TRUE(writer.log("nav").ok());
  AuditLog other = log();
  EXPECT_THAT(names(other.query()), ElementsAre("nav"));
  const absl::Status refused = other.log("nav").status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr(std::to_string(getpid())));
}

// What the Python program leaves behind when it rotates: one gzip member of all lines.
void gzip_to(const fs::path& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
            static_cast<int>(text.size()));
  ASSERT_EQ(gzclose(file), Z_OK);
}

TEST_F(ScoutAuditTest, ArchivesOfThePythonProgramAreRead) {
  gzip_to(dir_ / "audit_20250115_090000.jsonl.gz",
          python_line("2025-01-15T08:00:00.000Z", "a", ", \"cost\": 1") +
              python_line("2025-01-15T08:30:00.000Z", "b", ", \"cost\": 2"));
  gzip_to(dir_ / "audit_20250115_100000.jsonl.gz",
          python_line("2025-01-15T09:30:00.000Z", "c", ", \"cost\": 4"));
  gzip_to(dir_ / "other_20250115_100000.jsonl.gz",
          python_line("2025-01-15T09:30:00.000Z", "of another log", ", \"cost\": 100"));
  write(python_line("2025-01-15T10:00:00.000Z", "d", ", \"cost\": 8"));
  AuditLog log = this->log();
  ASSERT_TRUE(log.log("e", {.cost = 16}).ok());
  EXPECT_THAT(content_of(path_), HasSubstr("\"__seq__\":5,"));
  EXPECT_THAT(names(log.query()), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(names(log.query({.since = at("2025-01-15T08:30:00Z")})),
              ElementsAre("b", "c", "d", "e"));
  EXPECT_THAT(names(log.last_events(3)), ElementsAre("c", "d", "e"));
  EXPECT_THAT(names(log.last_events(9, "b")), ElementsAre("b"));
  EXPECT_EQ(*log.hourly_spend(1), 28);
  EXPECT_EQ(*log.hourly_spend(2), 31);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ScoutAuditTest, OurArchivesAreGzipAndHoldTheLinesOfBothPrograms) {
  write(python_line("2025-01-15T10:00:00.000Z", "theirs"));
  scout_audit::AuditLogOptions small = options();
  small.rotate_at_bytes = 50'000;
  AuditLog log(small);
  // Compression goes on beside the writing, in proportion to it.
  for (int i = 1; i <= 200; ++i) {
    ASSERT_TRUE(log.log("ours", {.reason = std::string(5000, 'x')}).ok());
  }
  ASSERT_TRUE(log.close().ok());
  std::vector<fs::path> archives;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir_)) {
    if (entry.path().extension() == ".gz") archives.push_back(entry.path());
  }
  ASSERT_THAT(archives, Not(IsEmpty()));
  const fs::path first = *std::min_element(archives.begin(), archives.end());
  gzFile file = gzopen(first.c_str(), "rb");
  ASSERT_NE(file, nullptr);
  std::array<char, 4096> buffer;
  ASSERT_NE(gzgets(file, buffer.data(), buffer.size()), nullptr);
  EXPECT_EQ(buffer.data(), python_line("2025-01-15T10:00:00.000Z", "theirs"));
  gzclose(file);
  EXPECT_THAT(*log.query(), SizeIs(201));
}

// ---- Metrics ------------------------------------------------------------------------------------

TEST_F(ScoutAuditTest, HourlySpendIsSinceTheBeginningOfTheHourLessSoManyHours) {
  clock_.set(at("2025-01-15T10:30:00Z"));
  write(python_line("2025-01-15T07:59:59.999Z", "x", ", \"cost\": 100") +
        python_line("2025-01-15T08:00:00.000Z", "x", ", \"cost\": 1") +
        python_line("2025-01-15T08:59:59.999Z", "x", ", \"cost\": 2") +
        python_line("2025-01-15T09:00:00.000Z", "x", ", \"cost\": 4") +
        python_line("2025-01-15T10:29:00.000Z", "x", ", \"cost\": 8"));
  AuditLog log = this->log();
  EXPECT_EQ(*log.hourly_spend(), 12);
  EXPECT_EQ(*log.hourly_spend(1), 12);
  EXPECT_EQ(*log.hourly_spend(2), 15);
  EXPECT_EQ(*log.hourly_spend(3), 115);
  EXPECT_EQ(*log.hourly_spend(INT64_MAX), 115);
}

TEST_F(ScoutAuditTest, HourlySpendOfNoHoursIsNothing) {
  write(python_line("2025-01-15T10:29:00.000Z", "x", ", \"cost\": 8"));
  AuditLog log = this->log();
  EXPECT_EQ(*log.hourly_spend(0), 0);
  EXPECT_EQ(*log.hourly_spend(-5), 0);
}

TEST_F(ScoutAuditTest, HourlySpendTakesAMissingCostForNothing) {
  write(python_line("2025-01-15T10:29:00.000Z", "x") +
        python_line("2025-01-15T10:29:00.000Z", "x", ", \"cost\": null") +
        python_line("2025-01-15T10:29:00.000Z", "x", ", \"cost\": 0.1") +
        python_line("2025-01-15T10:29:00.000Z", "x", ", \"cost\": 0.2"));
  EXPECT_DOUBLE_EQ(*log().hourly_spend(1), 0.3);
}

TEST_F(ScoutAuditTest, AccuracyIsNavsLessFailsOfNavs) {
  std::string content = python_line("2025-01-15T09:00:00.000Z", "validation_fail");
  for (int i = 0; i < 7; ++i) content += python_line("2025-01-15T10:00:00.000Z", "nav");
  content += python_line("2025-01-15T10:00:00.000Z", "validation_fail");
  content += python_line("2025-01-15T10:00:00.000Z", "brief");
  write(content);
  const AccuracyMetrics metrics = *log().accuracy_metrics(at("2025-01-15T09:30:00Z"));
  EXPECT_EQ(metrics.total_nav_events, 7);
  EXPECT_EQ(metrics.validation_fail_count, 1);
  EXPECT_EQ(metrics.accuracy_pct, 85.71);
}

TEST_F(ScoutAuditTest, AccuracyWithoutNavsIs100) {
  write(python_line("2025-01-15T10:00:00.000Z", "validation_fail"));
  const AccuracyMetrics metrics = *log().accuracy_metrics(absl::InfinitePast());
  EXPECT_EQ(metrics.total_nav_events, 0);
  EXPECT_EQ(metrics.validation_fail_count, 1);
  EXPECT_EQ(metrics.accuracy_pct, 100);
}

TEST_F(ScoutAuditTest, GatesPassWithAConfidenceAndNoFailureAndEscalateOnAStaleCascade) {
  const std::string ts = "2025-01-15T10:00:00.000Z";
  write(python_line(ts, "gate_compress", R"(, "confidence": 80)") +
        python_line(ts, "gate_compress", R"(, "confidence": 85, "reason": "fine")") +
        python_line(ts, "gate_compress") +
        python_line(ts, "gate_compress", R"(, "confidence": 10, "reason": "parse_fail")") +
        python_line(ts, "gate_compress", R"(, "confidence": 10, "reason": "api_error")") +
        python_line(ts, "gate_compress", R"(, "confidence": 10, "reason": "stale_cascade")") +
        python_line(ts, "gate_escalate", R"(, "confidence": 10)") +
        python_line(ts, "nav", R"(, "confidence": 10)"));
  const GateMetrics metrics = *log().gate_metrics(at(ts));
  EXPECT_EQ(metrics.pass_count, 2);
  EXPECT_EQ(metrics.escalate_count, 2);
  EXPECT_EQ(metrics.total_count, 4);
  EXPECT_EQ(metrics.pass_rate_pct, 50);
  EXPECT_EQ(metrics.escalate_rate_pct, 50);
  EXPECT_EQ(metrics.mean_confidence, 0.82) << "82.5 / 100, a little less than 0.825";
  ASSERT_THAT(metrics.last_outcomes, SizeIs(4));
  EXPECT_EQ(metrics.last_outcomes[1].outcome, "pass");
  EXPECT_EQ(metrics.last_outcomes[1].reason, "fine");
  EXPECT_EQ(metrics.last_outcomes[2].outcome, "escalate");
}

TEST_F(ScoutAuditTest, GateRatesHaveOneDecimal) {
  const std::string ts = "2025-01-15T10:00:00.000Z";
  write(python_line(ts, "gate_compress", R"(, "confidence": 80)") +
        python_line(ts, "gate_escalate") + python_line(ts, "gate_escalate"));
  const GateMetrics metrics = *log().gate_metrics(absl::InfinitePast());
  EXPECT_EQ(metrics.pass_rate_pct, 33.3);
  EXPECT_EQ(metrics.escalate_rate_pct, 66.7);
}

TEST_F(ScoutAuditTest, GatesKeepTheLastOutcomesByTheirTimes) {
  std::string content;
  for (const int minute : {5, 1, 59, 30, 2, 31, 3, 4}) {
    const std::string digits = (minute < 10 ? "0" : "") + std::to_string(minute);
    content += python_line("2025-01-15T10:" + digits + ":00.000Z", "gate_escalate");
  }
  write(content);
  const auto minutes = [this](int64_t count) {
    std::string shown;
    const GateMetrics metrics = *log().gate_metrics(at("2025-01-15T10:02:00Z"), count);
    EXPECT_EQ(metrics.escalate_count, 7);
    for (const auto& outcome : metrics.last_outcomes) shown += outcome.ts.substr(14, 2) + " ";
    return shown;
  };
  EXPECT_EQ(minutes(3), "30 31 59 ");
  EXPECT_EQ(minutes(1), "59 ");
  EXPECT_EQ(minutes(10), "02 03 04 05 30 31 59 ");
  EXPECT_EQ(minutes(0), "");
}

TEST_F(ScoutAuditTest, WithoutGatesRatesAreZeroAndThereIsNoConfidence) {
  const GateMetrics metrics = *log().gate_metrics(absl::InfinitePast());
  EXPECT_EQ(metrics.total_count, 0);
  EXPECT_EQ(metrics.pass_rate_pct, 0);
  EXPECT_EQ(metrics.mean_confidence, std::nullopt);
  EXPECT_THAT(metrics.last_outcomes, IsEmpty());
}

// What CPython says.
TEST(RoundingTest, IsThatOfPython) {
  EXPECT_EQ(round_to(2.675, 2), 2.67);
  EXPECT_EQ(round_to(0.125, 2), 0.12);
  EXPECT_EQ(round_to(0.375, 2), 0.38);
  EXPECT_EQ(round_to(1.005, 2), 1.0);
  EXPECT_EQ(round_to(0.25, 1), 0.2);
  EXPECT_EQ(round_to(0.35, 1), 0.3);
  EXPECT_EQ(round_to(66.66666666666667, 1), 66.7);
  EXPECT_EQ(round_to(-0.125, 2), -0.12);
  EXPECT_EQ(round_to(1e300, 2), 1e300);
}

// ---- The command --------------------------------------------------------------------------------

class ScoutAuditProgramTest : public ScoutAuditTest {
 protected:
  struct Ran {
    int exit_code = -1;
    std::string output;
    std::string errors;
  };

  static std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

  Ran run(const std::string& arguments) {
    Ran ran;
    const fs::path errors = dir_ / "errors";
    FILE* pipe =
        popen((quoted(SCOUT_AUDIT) + " " + arguments + " 2>" + quoted(errors)).c_str(), "r");
    if (pipe == nullptr) return ran;
    std::array<char, 4096> buffer;
    size_t count = 0;
    while ((count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
      ran.output.append(buffer.data(), count);
    }
    const int status = pclose(pipe);
    if (WIFEXITED(status)) ran.exit_code = WEXITSTATUS(status);
    ran.errors = content_of(errors);
    return ran;
  }
  Ran run_on_log(const std::string& arguments) {
    return run("--path " + quoted(path_) + " " + arguments);
  }
};

TEST_F(ScoutAuditProgramTest, LogsAnEventAndPrintsIt) {
  const Ran ran = run_on_log(
      "log brief cost=0.5 model=7 files=a.py,b.py confidence=90 note=hello tries=3 'config={\"a\": "
      "1}'");
  EXPECT_EQ(ran.exit_code, 0) << ran.errors;
  EXPECT_THAT(
      ran.output,
      MatchesRegex(R"(\{"ts":"[-0-9T:]+\.[0-9]{3}Z","event":"brief","session_id":"[-0-9a-f]{36}",)"
                   R"("cost":0.5,"model":"7","files":\["a.py","b.py"\],"confidence":90,)"
                   R"("config":\{"a": 1\},"note":"hello","tries":3\})"
                   "\n"));
  EXPECT_EQ(run_on_log("query").output, ran.output);
}

TEST_F(ScoutAuditProgramTest, EachProcessHasItsSessionId) {
  ASSERT_EQ(run_on_log("log a").exit_code, 0);
  ASSERT_EQ(run_on_log("log b").exit_code, 0);
  ASSERT_EQ(run_on_log("log c session_id=given").exit_code, 0);
  std::set<std::string> ids;
  const std::vector<AuditEvent> events = *log().query();
  for (const AuditEvent& event : events) ids.insert(event.session_id);
  EXPECT_THAT(ids, SizeIs(3));
  EXPECT_TRUE(ids.contains("given"));
}

TEST_F(ScoutAuditProgramTest, PrintsEventsOneALine) {
  write(python_line("2025-01-15T10:00:00.000Z", "a") +
        python_line("2025-01-15T10:00:01.000Z", "b") + "oops\n" +
        python_line("2025-01-15T10:00:02.000Z", "a", R"(, "x": [1, 2])"));
  const std::string last_a = R"({"ts":"2025-01-15T10:00:02.000Z","event":"a",)"
                             R"("session_id":"3f2b8c1e-7d55-4a06-9a44-0c5d0e6f7a81","x":[1, 2]})"
                             "\n";
  EXPECT_THAT(lines_of(run_on_log("query").output), SizeIs(3));
  EXPECT_THAT(run_on_log("query").errors, HasSubstr("1 line is no event"));
  EXPECT_EQ(run_on_log("query --since 2025-01-15T10:00:01Z --event a").output, last_a);
  EXPECT_THAT(lines_of(run_on_log("last").output), SizeIs(3));
  EXPECT_EQ(run_on_log("last -n 1").output, last_a);
  EXPECT_THAT(lines_of(run_on_log("last --event a -n 7").output), SizeIs(2));
}

TEST_F(ScoutAuditProgramTest, PrintsMetricsAsOneObject) {
  ASSERT_EQ(run_on_log("log nav cost=0.25").exit_code, 0);
  ASSERT_EQ(run_on_log("log gate_compress confidence=90 cost=0.5").exit_code, 0);
  EXPECT_EQ(run_on_log("spend").output, "{\"hours\":1,\"hourly_spend\":0.75}\n");
  EXPECT_EQ(run_on_log("spend --hours 0").output, "{\"hours\":0,\"hourly_spend\":0}\n");
  EXPECT_EQ(run_on_log("spend --hours -3").output, "{\"hours\":-3,\"hourly_spend\":0}\n");
  EXPECT_EQ(run_on_log("accuracy --since 2025-01-01T00:00:00Z").output,
            "{\"total_nav_events\":1,\"validation_fail_count\":0,\"accuracy_pct\":100}\n");
  const std::string gate = run_on_log("gate -n 5").output;
  EXPECT_THAT(gate, StartsWith(R"({"total_count":1,"pass_count":1,"escalate_count":0,)"
                               R"("pass_rate_pct":100,"escalate_rate_pct":0,)"
                               R"("mean_confidence":0.9,"last_outcomes":[{"ts":")"));
  EXPECT_EQ(run_on_log("gate --since 2999-01-01T00:00:00Z").output,
            R"({"total_count":0,"pass_count":0,"escalate_count":0,"pass_rate_pct":0,)"
            R"("escalate_rate_pct":0,"mean_confidence":null,"last_outcomes":[]})"
            "\n");
}

TEST_F(ScoutAuditProgramTest, AFileInTheWayIsAnErrorThatNamesIt) {
  fs::create_directory(path_);
  for (const char* verb : {"log nav", "query", "last", "spend", "gate"}) {
    const Ran ran = run_on_log(verb);
    EXPECT_EQ(ran.exit_code, 1) << verb;
    EXPECT_THAT(ran.errors, HasSubstr("audit.jsonl is a directory")) << verb;
    EXPECT_EQ(ran.output, "") << verb;
  }
}

TEST_F(ScoutAuditProgramTest, TellsWhatIsWrongWithItsArguments) {
  for (const char* arguments : {"",
                                "fly",
                                "--path",
                                "--path '' query",
                                "log",
                                "log nav oops",
                                "log nav =1",
                                "log nav ts=1",
                                "log nav event=x",
                                "log nav __seq__=1",
                                "log nav cost=much",
                                "log nav files=[1]",
                                "query --since yesterday",
                                "query -n 1",
                                "last -n -1",
                                "last -n x",
                                "spend --hours",
                                "spend --since 2025-01-01T00:00:00Z",
                                "accuracy",
                                "gate --event x"}) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit_code, 2) << arguments;
    EXPECT_THAT(ran.errors, HasSubstr("usage:")) << arguments;
    EXPECT_EQ(ran.output, "") << arguments;
  }
}

TEST_F(ScoutAuditProgramTest, HelpSaysThatArchivesAreReadAndFits80Columns) {
  const Ran help = run("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, AllOf(HasSubstr("it reads the archives"), HasSubstr("~/.scout"),
                                 HasSubstr("_<YYYYmmdd_HHMMSS>.jsonl.gz")));
  for (const std::string& line : lines_of(help.output)) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_EQ(run("query --help").output, help.output);
}

}  // namespace
