// The log of a render loop: that it never waits for its disk, and what it keeps when the disk is
// away; then the demonstration, run as a program.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "gui_audit/audit_log.h"
#include "gui_audit/audit_log_path.h"
#include "gui_audit/blocked_disk.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/json_conversion.h"
#include "tests/support/hooked_file_system.h"

namespace {

namespace fs = std::filesystem;
using gui_audit::AuditEvent;
using gui_audit::AuditLog;
using gui_audit::BlockedDisk;
using gui_audit::ShutdownReport;
using logslice::PersistenceStatus;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

int64_t count_lines_with(std::string_view needle, const std::string& text) {
  int64_t count = 0;
  for (const std::string& line : lines_of(text)) count += line.find(needle) != std::string::npos;
  return count;
}

// Spins: what is waited for comes by itself, and nothing depends on when.
template <typename Predicate>
void wait_until(Predicate predicate) {
  while (!predicate()) std::this_thread::yield();
}

// What cannot be streamed, has no JSON form, and no way to be text but this one.
struct Widget {
  int id = 0;
  void* window = nullptr;
};
std::ostream& operator<<(std::ostream& out, const Widget& widget) {
  return out << "widget " << widget.id;
}

class GuiAuditTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string dir = testing::TempDir() + "gui_audit_test_XXXXXX";
    ASSERT_NE(mkdtemp(dir.data()), nullptr);
    scratch_ = dir;
    dir_ = scratch_ / "deep" / "logs";
    path_ = gui_audit::audit_log_path(dir_);
  }

  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
  }

  AuditLog log(logslice::FileSystem& disk = logslice::posix_file_system()) {
    return AuditLog({.path = path_, .file_system = &disk});
  }

  // All of the log, in its order.
  std::vector<AuditEvent> events() {
    std::vector<AuditEvent> events;
    absl::StatusOr<logslice::LogScan<AuditEvent>> scan =
        logslice::scan_log<AuditEvent>(path_, {.strict = true});
    if (!scan.ok()) {
      EXPECT_TRUE(absl::IsNotFound(scan.status())) << scan.status();
      return events;
    }
    for (AuditEvent& event : *scan) events.push_back(std::move(event));
    EXPECT_TRUE(scan->status().ok()) << scan->status();
    return events;
  }

  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const AuditEvent& event : events()) names.push_back(event.event);
    return names;
  }

  static void log_numbered(AuditLog& log, int first, int last) {
    for (int i = first; i <= last; ++i) log.log_event("e" + std::to_string(i));
  }
  static std::vector<std::string> numbered(int first, int last) {
    std::vector<std::string> names;
    for (int i = first; i <= last; ++i) names.push_back("e" + std::to_string(i));
    return names;
  }

  std::vector<std::string> lines() {
    std::ifstream file(path_);
    return lines_of({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  }

  // A file is in the way where a directory of the log should be.
  void put_file_in_the_way() { std::ofstream(scratch_ / "deep") << "in the way"; }
  void clear_the_way() { fs::remove(scratch_ / "deep"); }

  fs::path scratch_;
  fs::path dir_;  // two levels, neither of which is there
  fs::path path_;
};

// ---- The behaviours that were asked for --------------------------------------------------------

TEST_F(GuiAuditTest, ABurstOf1000EventsIsOnDiskAfterFlushInOrder) {
  AuditLog log = this->log();
  log_numbered(log, 1, 1000);
  ASSERT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  EXPECT_EQ(names(), numbered(1, 1000));
}

TEST_F(GuiAuditTest, LogEventTouchesNoFile) {
  std::mutex mutex;
  std::set<std::thread::id> callers;
  logslice::testing::HookedFileSystem watched(logslice::posix_file_system(), [&](std::string_view) {
    const std::lock_guard lock(mutex);
    callers.insert(std::this_thread::get_id());
  });
  AuditLog log = this->log(watched);
  log.session_start();
  log_numbered(log, 1, 100);
  EXPECT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  EXPECT_EQ(log.shutdown(absl::InfiniteDuration()).status, absl::OkStatus());
  EXPECT_EQ(callers.size(), 1u);
  EXPECT_EQ(callers.count(std::this_thread::get_id()), 0u);
}

TEST_F(GuiAuditTest, QueuedEventsLandWithTheExpectedJsonShape) {
  AuditLog log = this->log();
  log.session_start({{"version", "1.2"}});
  log.log_event("file_opened", {{"name", "a \"b\".csv"}, {"rows", 1200}, {"cached", false}});
  log.log_event("file_closed");
  ASSERT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());

  const std::string time = R"("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+\+00:00")";
  const auto line = [&](const std::string& event, const std::string& extras, int seq) {
    return MatchesRegex(R"(\{"__type__":"gui_audit:AuditEvent","event":")" + event + R"(","at":)" +
                        time + R"(,"session_id":")" + log.session_id().to_string() +
                        R"(","extras":\{)" + extras + R"(\},"__seq__":)" + std::to_string(seq) +
                        R"(,"__ts__":)" + time + R"(\})");
  };
  EXPECT_THAT(
      lines(),
      ElementsAre(line("session_start", R"("version":"1.2")", 1),
                  line("file_opened", R"x("cached":false,"name":"a \\"b\\".csv","rows":1200)x", 2),
                  line("file_closed", "", 3)));
}

TEST_F(GuiAuditTest, SessionStartIsWrittenOnce) {
  AuditLog log = this->log();
  log.session_start({{"version", "1.2"}});
  log.session_start({{"version", "1.2"}});
  log.log_event("between");
  log.session_start();
  ASSERT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  EXPECT_THAT(names(), ElementsAre("session_start", "between"));
}

TEST_F(GuiAuditTest, SessionEndIsWrittenOnce) {
  AuditLog log = this->log();
  log.session_start();
  log.session_end();
  log.session_end();
  EXPECT_EQ(log.shutdown(absl::InfiniteDuration()).status, absl::OkStatus());
  EXPECT_EQ(log.shutdown(absl::InfiniteDuration()).status, absl::OkStatus());
  EXPECT_THAT(names(), ElementsAre("session_start", "session_end"));
}

TEST_F(GuiAuditTest, ShutdownWritesWhatWaitsAndTheEndOfTheSession) {
  AuditLog log = this->log();
  log.session_start();
  log_numbered(log, 1, 500);
  const ShutdownReport report = log.shutdown(absl::InfiniteDuration());
  EXPECT_EQ(report.status, absl::OkStatus());
  EXPECT_EQ(report.unwritten_count, 0);
  log.log_event("too late");
  const std::vector<std::string> written = names();
  ASSERT_EQ(written.size(), 502u);
  EXPECT_EQ(written.front(), "session_start");
  EXPECT_EQ(written.back(), "session_end");
}

TEST_F(GuiAuditTest, AFileWhereTheDirectoryShouldBeNeitherHangsNorCrashes) {
  put_file_in_the_way();
  AuditLog log({.path = path_, .diagnostics = [](const logslice::Diagnostic&) {}});
  log.session_start();
  log_numbered(log, 1, 100);
  wait_until([&] { return log.status()->state == PersistenceStatus::State::kFailed; });
  EXPECT_THAT(std::string(log.status()->failure.message()), HasSubstr("deep"));
  EXPECT_FALSE(log.flush(absl::InfiniteDuration()).ok());
  EXPECT_EQ(log.unwritten_count(), 101);
  const ShutdownReport report = log.shutdown(absl::InfiniteDuration());
  EXPECT_FALSE(report.status.ok());
  EXPECT_EQ(report.unwritten_count, 102);
}

TEST_F(GuiAuditTest, TheLogHealsWhenTheFileInItsWayGoesAway) {
  put_file_in_the_way();
  AuditLog log({.path = path_, .diagnostics = [](const logslice::Diagnostic&) {}});
  log_numbered(log, 1, 100);
  wait_until([&] { return log.status()->state == PersistenceStatus::State::kFailed; });
  log_numbered(log, 101, 200);
  clear_the_way();
  EXPECT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  EXPECT_EQ(log.status()->state, PersistenceStatus::State::kOpen);
  EXPECT_EQ(names(), numbered(1, 200));
}

TEST_F(GuiAuditTest, ExtrasThatNoJsonCanHoldAreKeptAsStrings) {
  AuditLog log = this->log();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> has_nan = {1, std::numeric_limits<double>::quiet_NaN()};
  const std::string not_utf8 = "caf\xe9";
  const char* const no_text = nullptr;
  log.log_event("odd", {{"nan", std::numeric_limits<double>::quiet_NaN()},
                        {"inf", -infinity},
                        {"float", std::numeric_limits<float>::infinity()},
                        {"text", not_utf8},
                        {"na\xefve", "a name that is no UTF-8"},
                        {"widget", Widget{7}},
                        {"error", absl::NotFoundError("no such row")},
                        {"list", logslice::to_json_value(has_nan)},
                        {"null", no_text}});
  ASSERT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  const std::vector<AuditEvent> written = events();
  ASSERT_EQ(written.size(), 1u);
  std::map<std::string, std::string> extras;
  for (const auto& [name, value] : written[0].extras) extras[name] = value.text();
  EXPECT_EQ(extras["nan"], R"("nan")");
  EXPECT_EQ(extras["inf"], R"("-inf")");
  EXPECT_EQ(extras["float"], R"("inf")");
  EXPECT_EQ(extras["text"], "\"caf\xef\xbf\xbd\"");
  EXPECT_EQ(extras["na\xef\xbf\xbdve"], R"("a name that is no UTF-8")");
  EXPECT_EQ(extras["widget"], R"("widget 7")");
  EXPECT_EQ(extras["error"], R"("NOT_FOUND: no such row")");
  EXPECT_THAT(extras["list"], AllOf(HasSubstr("NaN"), testing::StartsWith("\"")));
  EXPECT_EQ(extras["null"], "null");
  EXPECT_EQ(extras.size(), 9u);
}

TEST_F(GuiAuditTest, ExtrasThatJsonHasAFormForKeepIt) {
  AuditLog log = this->log();
  const std::map<std::string, std::string> labels = {{"os", "linux"}, {"theme", "dark"}};
  log.log_event("labels", {labels.begin(), labels.end()});
  log.log_event("values", {{"flag", true},
                           {"small", int8_t{-7}},
                           {"large", std::numeric_limits<uint64_t>::max()},
                           {"ratio", 0.1},
                           {"letter", 'x'},
                           {"view", std::string_view("view")},
                           {"path", fs::path("/tmp/a b")},
                           {"event", "no name is taken"},
                           {"__seq__", 1},
                           {"list", logslice::to_json_value(std::vector<int>{1, 2})},
                           {"none", nullptr}});
  ASSERT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  EXPECT_THAT(
      lines(),
      ElementsAre(HasSubstr(R"("extras":{"os":"linux","theme":"dark"})"),
                  HasSubstr(R"("extras":{"__seq__":1,"event":"no name is taken","flag":true,)"
                            R"("large":18446744073709551615,"letter":"x","list":[1,2],)"
                            R"("none":null,"path":"/tmp/a b","ratio":0.1,"small":-7,)"
                            R"("view":"view"})")));
}

TEST_F(GuiAuditTest, AnExtraMayBeAsDeepAsAJsonValueCanBe) {
  AuditLog log = this->log();
  const std::string deep = std::string(logslice::JsonValue::kDepthMax, '[') +
                           std::string(logslice::JsonValue::kDepthMax, ']');
  log.log_event("deep", {{"value", logslice::JsonValue::parse(deep)}});
  ASSERT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  const std::vector<AuditEvent> written = events();
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].extras.at("value").text(), deep);
}

TEST_F(GuiAuditTest, AuditLogPathMakesNoDirectoryAndNoFile) {
  setenv("HOME", scratch_.c_str(), 1);
  unsetenv("GUI_AUDIT_DIR");
  EXPECT_EQ(gui_audit::audit_log_path(), "~/.gui_audit/logs/audit.jsonl");
  setenv("GUI_AUDIT_DIR", "", 1);
  EXPECT_EQ(gui_audit::audit_log_path(), "~/.gui_audit/logs/audit.jsonl");
  setenv("GUI_AUDIT_DIR", (scratch_ / "elsewhere").c_str(), 1);
  EXPECT_EQ(gui_audit::audit_log_path(), scratch_ / "elsewhere" / "audit.jsonl");
  EXPECT_EQ(gui_audit::audit_log_path(dir_), dir_ / "audit.jsonl");
  unsetenv("GUI_AUDIT_DIR");
  EXPECT_TRUE(fs::is_empty(scratch_));
}

TEST_F(GuiAuditTest, TheDefaultPathIsInTheHomeDirectory) {
  setenv("HOME", scratch_.c_str(), 1);
  unsetenv("GUI_AUDIT_DIR");
  path_ = gui_audit::audit_log_path();
  AuditLog log = this->log();
  log.session_start();
  ASSERT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  EXPECT_TRUE(fs::exists(scratch_ / ".gui_audit" / "logs" / "audit.jsonl"));
  EXPECT_THAT(names(), ElementsAre("session_start"));
}

TEST_F(GuiAuditTest, OverflowKeepsTheNewest5000) {
  BlockedDisk& disk = gui_audit::blocked_disk_for_ever();
  AuditLog log({.path = path_, .file_system = &disk, .diagnostics = {}});
  log_numbered(log, 1, 7000);
  EXPECT_EQ(log.unwritten_count(), 5000);
  EXPECT_EQ(log.marks()->dropped_count, 2000);
  disk.release();
  ASSERT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  EXPECT_EQ(names(), numbered(2001, 7000));
  EXPECT_EQ(log.recent_events().back().event, "e7000");
}

TEST_F(GuiAuditTest, ABlockedDiskHoldsUpNeitherLoggingNorShutdownWhichSaysHowManyAreLost) {
  BlockedDisk& disk = gui_audit::blocked_disk_for_ever();
  AuditLog log = this->log(disk);
  log.session_start();
  log_numbered(log, 1, 1000);
  disk.wait_until_called();
  EXPECT_TRUE(absl::IsDeadlineExceeded(log.flush(absl::Milliseconds(1))));
  const ShutdownReport report = log.shutdown(absl::Milliseconds(1));
  EXPECT_TRUE(absl::IsDeadlineExceeded(report.status)) << report.status;
  EXPECT_THAT(std::string(report.status.message()), HasSubstr("1002 entries are not known"));
  EXPECT_EQ(report.unwritten_count, 1002);
  EXPECT_EQ(report.dropped_count, 0);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(GuiAuditTest, ADiskThatComesBackInTimeLosesNothing) {
  BlockedDisk& disk = gui_audit::blocked_disk_for_ever();
  AuditLog log = this->log(disk);
  log_numbered(log, 1, 1000);
  disk.wait_until_called();
  std::thread repair([&] { disk.release(); });
  EXPECT_EQ(log.shutdown(absl::InfiniteDuration()).status, absl::OkStatus());
  repair.join();
  std::vector<std::string> expected = numbered(1, 1000);
  expected.push_back("session_end");
  EXPECT_EQ(names(), expected);
}

TEST_F(GuiAuditTest, TheFirstFailureIsToldOnceUntilItHeals) {
  put_file_in_the_way();
  testing::internal::CaptureStderr();
  AuditLog log = this->log();
  for (int i = 1; i <= 20; ++i) {
    log_numbered(log, i, i);
    EXPECT_FALSE(log.flush(absl::InfiniteDuration()).ok());
  }
  clear_the_way();
  EXPECT_EQ(log.flush(absl::InfiniteDuration()), absl::OkStatus());
  EXPECT_EQ(log.shutdown(absl::InfiniteDuration()).status, absl::OkStatus());
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines_of(told).size(), 2u) << told;
  EXPECT_EQ(count_lines_with("error log_write_failed", told), 1) << told;
  EXPECT_EQ(count_lines_with("notice log_write_healed", told), 1) << told;
}

TEST_F(GuiAuditTest, WithoutALogEventsGoNowhereAndThatIsToldOnce) {
  std::vector<std::string> told;
  AuditLog log({.path = "", .diagnostics = [&](const logslice::Diagnostic& diagnostic) {
                  told.push_back(diagnostic.event);
                }});
  log.session_start();
  log_numbered(log, 1, 100);
  EXPECT_TRUE(log.recent_events().empty());
  EXPECT_FALSE(log.flush().ok());
  EXPECT_FALSE(log.shutdown().status.ok());
  EXPECT_THAT(told, ElementsAre("audit_log_missing"));
}

// ---- The program -------------------------------------------------------------------------------

class GuiAuditProgramTest : public GuiAuditTest {
 protected:
  struct Ran {
    int exit_code = -1;
    std::string output;  // stdout and stderr
  };

  static std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

  static Ran run(const std::string& arguments) {
    Ran ran;
    FILE* pipe = popen((quoted(GUI_AUDIT) + " " + arguments + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return ran;
    std::array<char, 4096> buffer;
    size_t count = 0;
    while ((count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
      ran.output.append(buffer.data(), count);
    }
    const int status = pclose(pipe);
    if (WIFEXITED(status)) ran.exit_code = WEXITSTATUS(status);
    return ran;
  }

  Ran render(const std::string& arguments) {
    return run("--dir " + quoted(dir_) + " --frames 20 " + arguments);
  }
};

// How long anything took is for people to see: a loaded machine is no failure.
constexpr const char* kTable = "frames that spent it logging +frames that were late by it";

TEST_F(GuiAuditProgramTest, ShowsFrameTimesWithAHealthyAndABlockedDiskAndAVerdict) {
  const Ran healthy = render("--disk healthy --burst 1000 --timeout 100000");
  EXPECT_EQ(healthy.exit_code, 0) << healthy.output;
  EXPECT_THAT(
      healthy.output,
      AllOf(HasSubstr("Healthy disk: 20 frames, 2020 events\n"), ContainsRegex(kTable),
            HasSubstr("every event was written."),
            HasSubstr("The log has all of them, in order, and the start and end of the session."),
            ContainsRegex("\nLongest logging in a frame: [0-9.]+ ms healthy: "
                          "(within|OVER) 2 ms\\.\n$"),
            Not(HasSubstr("Blocked disk"))));
  const std::vector<AuditEvent> written = events();
  ASSERT_EQ(written.size(), 2022u);
  EXPECT_EQ(written.front().event, "session_start");
  EXPECT_EQ(written.back().event, "session_end");

  // Beside the events of the first run.
  const Ran both = render("--timeout 100 --burst 1000");
  EXPECT_EQ(count_lines_with("frames that spent it logging", both.output), 2) << both.output;
  EXPECT_THAT(both.output,
              AllOf(HasSubstr("Healthy disk: 20 frames, 2020 events\n"),
                    HasSubstr("Blocked disk: 20 frames, 2020 events\n"),
                    HasSubstr("2022 events are not written, 0 were dropped before."),
                    ContainsRegex("\nLongest logging in a frame: [0-9.]+ ms healthy, [0-9.]+ ms "
                                  "blocked: (within|OVER) 2 ms\\.\n")));
}

TEST_F(GuiAuditProgramTest, ABlockedDiskKeepsTheNewest5000AndIsNoError) {
  const Ran ran = render("--disk blocked --burst 3000 --timeout 0");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output,
              AllOf(Not(HasSubstr("Healthy disk")), ContainsRegex(kTable),
                    HasSubstr("5000 events are not written, 1022 were dropped before."),
                    ContainsRegex("\nLongest logging in a frame: [0-9.]+ ms blocked: ")));
  EXPECT_FALSE(fs::exists(dir_)) << "no call of it was answered";
}

TEST_F(GuiAuditProgramTest, TheHistogramCountsEveryFrameInBothColumns) {
  const Ran ran = render("--disk blocked --burst 0 --timeout 0");
  int64_t logging_count = 0;
  int64_t late_count = 0;
  for (std::string line : lines_of(ran.output)) {
    if (!line.starts_with("  none at all ") && !line.starts_with("  to ") &&
        !line.starts_with("  longer ")) {
      continue;
    }
    // "  to  10 us        12 ##        0 #": the counts are the last two numbers.
    std::replace(line.begin(), line.end(), '#', ' ');
    std::vector<std::string> words;
    std::istringstream text(line);
    for (std::string word; text >> word;) words.push_back(word);
    ASSERT_GE(words.size(), 3u) << line;
    logging_count += std::stoll(words[words.size() - 2]);
    late_count += std::stoll(words.back());
  }
  EXPECT_EQ(logging_count, 20) << ran.output;
  EXPECT_EQ(late_count, 20) << ran.output;
}

TEST_F(GuiAuditProgramTest, AFileInTheWayIsToldOnceAndIsNoCrash) {
  put_file_in_the_way();
  const Ran ran = render("--disk healthy --timeout 100000");
  EXPECT_EQ(ran.exit_code, 1) << ran.output;
  EXPECT_EQ(count_lines_with("log_write_failed", ran.output), 1) << ran.output;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("422 events are not written"), ContainsRegex(kTable)));
}

TEST_F(GuiAuditProgramTest, OutputFitsATerminalOf80Columns) {
  const std::string output = render("--disk healthy --timeout 100000").output +
                             render("--disk blocked --timeout 0").output + run("--help").output;
  for (const std::string& line : lines_of(output)) {
    if (line.find(scratch_.string()) != std::string::npos) continue;
    EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST_F(GuiAuditProgramTest, TellsWhatIsWrongWithItsArguments) {
  EXPECT_EQ(run("--help").exit_code, 0);
  for (const char* arguments :
       {"--unknown", "--dir", "--dir ''", "--disk broken", "--frames 0", "--frames x",
        "--frames 100001", "--burst -1", "--burst 7x", "--timeout -1"}) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit_code, 2) << arguments;
    EXPECT_THAT(ran.output, HasSubstr("usage:")) << arguments;
  }
}

}  // namespace
