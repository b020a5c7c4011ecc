// Memory while events pass: through one session in number, and through several for a start.
#include <memory>
#include <string>
#include <vector>

#include "events.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/session.h"
#include "process.h"
#include "scale.h"

namespace logslice::scale {
namespace {

constexpr std::string_view kName = "memory while events pass";
constexpr int64_t kWindow = 1'000;
constexpr int64_t kSegmentBytes = 256 << 20;

struct Mode {
  std::string name;
  LogPersistenceConfig config;  // without its path
};

void pass(const Settings& settings, Report& report, const Mode& mode, int64_t million) {
  const std::filesystem::path directory = settings.directory / "passing";
  LogPersistenceConfig config = mode.config;
  config.path = directory / "log.jsonl";
  config.max_memory_entries = kWindow;
  // What has passed need not stay on the disk, either.
  config.rotate_at_bytes = kSegmentBytes;
  config.retain_segments = 1;
  Session session;
  check(session.register_slice<Tick>(SlicePolicy::kLog), "register_slice");
  check(session.configure_persistence<Tick>(config), "configure_persistence");
  const int64_t event_count = 50 * million;
  int64_t taken = 0;
  for (int64_t i = 1; i <= event_count; ++i) {
    taken += session.dispatch(Tick{i}).reducers_run;
    if (i % million != 0) continue;
    // Between these the memory goes up and down as ever; here, everything is written.
    check(session.flush_logs(absl::Seconds(60)), "flush_logs");
    report.add(kName, mode.name, i / million,
               static_cast<double>(memory_now().resident_bytes) / (1 << 20));
  }
  const auto marks = session.log_marks<Tick>();
  check(taken == event_count && marks.ok() && marks->written_seq == event_count &&
            marks->dropped_count == 0,
        "events are missing");
  check(session.slice<Tick>().size() == kWindow &&
            session.slice<Tick>().latest()->value == event_count,
        "the window has other entries");
  const auto last = last_entries<Tick>(config.path, 1);
  check(last.ok() && last->size() == 1 && last->front().value == event_count,
        "the last line is another");
  check(session.close(absl::Seconds(60)), "close");
  std::filesystem::remove_all(directory);
}

// The first hundred thousand events of a session, which for an agent are a day or two. Of several
// sessions at once, so that what one takes can be seen.
void begin_to_pass(const Settings& settings, Report& report, const Mode& mode) {
  constexpr int64_t kSessionCount = 8;
  const std::filesystem::path directory = settings.directory / "beginning";
  const Memory before = memory_now();
  std::vector<std::unique_ptr<Session>> sessions;
  for (int64_t i = 0; i < kSessionCount; ++i) {
    LogPersistenceConfig config = mode.config;
    config.path = directory / std::to_string(i) / "log.jsonl";
    config.max_memory_entries = kWindow;
    sessions.push_back(std::make_unique<Session>());
    check(sessions.back()->register_slice<Tick>(SlicePolicy::kLog), "register_slice");
    check(sessions.back()->configure_persistence<Tick>(config), "configure_persistence");
  }
  int64_t passed = 0;
  const int64_t most = settings.is_quick ? 4'000 : 1'024'000;
  for (int64_t place = 1'000; place <= most; place *= 2) {
    for (; passed < place; ++passed) {
      for (const auto& session : sessions) session->dispatch(Tick{passed});
      // As if they came one by one.
      if (passed % 100 != 0) continue;
      for (const auto& session : sessions) check(session->flush_logs(absl::Seconds(60)), "flush");
    }
    for (const auto& session : sessions) {
      check(session->flush_logs(absl::Seconds(60)), "flush_logs");
      const auto marks = session->log_marks<Tick>();
      check(marks.ok() && marks->written_seq == passed, "events are missing");
    }
    report.add("memory of a session as it goes on", mode.name, place,
               static_cast<double>(memory_now().resident_bytes - before.resident_bytes) / 1024 /
                   kSessionCount);
  }
  for (const auto& session : sessions) check(session->close(), "close");
  std::filesystem::remove_all(directory);
}

std::vector<Mode> modes() {
  return {{"buffered", {.flush_interval = 200}},
          {"background",
           {.write_mode = WriteMode::kBackground,
            .overflow = OverflowPolicy::kBlock,
            .overflow_timeout = absl::Seconds(60)}}};
}

void run_memory(const Settings& settings, Report& report) {
  if (report.wants("memory of a session as it goes on")) {
    for (const Mode& mode : modes()) {
      say("the first events of sessions, " + mode.name);
      begin_to_pass(settings, report, mode);
    }
  }
  if (!report.wants(kName)) return;
  for (const Mode& mode : modes()) {
    say("50 million events, " + mode.name);
    pass(settings, report, mode, settings.is_quick ? 2'000 : 1'000'000);
  }
}

}  // namespace

Group memory_group() {
  return {{
              {"memory of a session as it goes on", "events passed", "", "KiB", "O(1)", kConstant,
               "Resident memory per session, of eight with a window of 1,000 each, after so many "
               "events of each."},
              {std::string(kName), "events passed", "million", "MiB", "O(1)", kConstant,
               "Resident memory of the process after each million of 50 million events, window of "
               "1,000, rotated at 256 MiB, one segment kept."},
          },
          run_memory};
}

}  // namespace logslice::scale
