// Many sessions in one process, each with a log: what a machine full of agents pays for each.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "logslice/session/session.h"
#include "process.h"
#include "sample_entry.h"
#include "scale.h"

namespace logslice::scale {
namespace {

using bench::ToolInvoked;

struct Mode {
  std::string name;
  WriteMode write_mode;
  bool has_own_directories = true;
};

// Removed with all else, at the end: ext4 takes its time for new files where others were just
// deleted.
std::filesystem::path new_directory(const Settings& settings) {
  static int number = 0;
  return settings.directory / "sessions" / std::to_string(number++);
}

// Where the log of each session goes. The directories are there.
std::vector<std::filesystem::path> log_paths(const Settings& settings, const Mode& mode,
                                             int64_t count) {
  const std::filesystem::path all = new_directory(settings);
  std::vector<std::filesystem::path> paths;
  for (int64_t i = 0; i < count; ++i) {
    const std::string name = "session-" + std::to_string(i);
    paths.push_back(mode.has_own_directories ? all / name / "log.jsonl" : all / (name + ".jsonl"));
    std::filesystem::create_directories(paths.back().parent_path());
  }
  return paths;
}

void close_all(const std::vector<std::unique_ptr<Session>>& sessions) {
  for (const std::unique_ptr<Session>& session : sessions) check(session->close(), "close");
}

void run_one(const Settings& settings, Report& report, const Mode& mode, int64_t count) {
  const std::vector<std::filesystem::path> paths = log_paths(settings, mode, count);
  const std::vector<ToolInvoked> events = bench::make_entries(1000);
  const auto per_session = [&](double value) { return value / static_cast<double>(count); };
  const Memory memory_before = memory_now();
  std::vector<std::unique_ptr<Session>> sessions;
  report.add(
      "a session with a log", mode.name, count,
      per_session(
          1e6 * seconds_of([&] {
            for (int64_t i = 0; i < count; ++i) {
              sessions.push_back(std::make_unique<Session>());
              Session& session = *sessions.back();
              check(session.register_slice<ToolInvoked>(SlicePolicy::kLog), "register_slice");
              check(session.configure_persistence<ToolInvoked>(
                        {.path = paths[static_cast<size_t>(i)], .write_mode = mode.write_mode}),
                    "configure_persistence");
            }
          })));
  const auto dispatch_to_each = [&](int64_t turn) {
    for (const std::unique_ptr<Session>& session : sessions) {
      check(session->dispatch(events[static_cast<size_t>(turn) % events.size()]).reducers_run == 1,
            "an event was not taken");
    }
  };
  dispatch_to_each(0);
  for (const std::unique_ptr<Session>& session : sessions) {
    check(session->flush_logs(), "flush_logs");
  }
  const Memory memory = memory_now();
  const auto kib = [&](int64_t bytes) { return per_session(static_cast<double>(bytes) / 1024); };
  // Of fewer, the allocator has had what they need from before.
  if (count >= 100 || settings.is_quick) {
    report.add("memory of a session with a log", mode.name + ", resident", count,
               kib(memory.resident_bytes - memory_before.resident_bytes));
    if (mode.write_mode == WriteMode::kBackground) {
      report.add("memory of a session with a log", mode.name + ", reserved", count,
                 kib(memory.reserved_bytes - memory_before.reserved_bytes));
    }
  }

  if (!mode.has_own_directories) return close_all(sessions);

  // So far apart that a thread which waits for more has given up waiting.
  constexpr auto kPause = std::chrono::milliseconds(100);
  const int64_t turn_count = settings.is_quick ? 1 : 4;
  std::this_thread::sleep_for(kPause);
  const double processor_before = processor_seconds();
  for (int64_t turn = 1; turn <= turn_count; ++turn) {
    dispatch_to_each(turn);
    std::this_thread::sleep_for(kPause);
  }
  report.add("processor time of a lone event", mode.name, count,
             per_session(1e6 * (processor_seconds() - processor_before) /
                         static_cast<double>(turn_count)));
  for (const std::unique_ptr<Session>& session : sessions) {
    check(session->flush_logs(), "flush_logs");
    const auto marks = session->log_marks<ToolInvoked>();
    check(marks.ok() && marks->written_seq == turn_count + 1, "lines are missing");
  }
  if (count >= 100 || settings.is_quick) {
    // A window's entries: filled to its thousand.
    const Memory before = memory_now();
    constexpr int64_t kMore = 900;
    const int64_t filled = std::min<int64_t>(count, 100);
    for (int64_t i = 0; i < filled; ++i) {
      for (int64_t turn = 0; turn < kMore; ++turn) {
        sessions[static_cast<size_t>(i)]->dispatch(events[static_cast<size_t>(turn)]);
      }
      check(sessions[static_cast<size_t>(i)]->flush_logs(), "flush_logs");
    }
    report.add("memory of an entry in a window", mode.name, count,
               static_cast<double>(memory_now().resident_bytes - before.resident_bytes) /
                   static_cast<double>(filled * kMore));
  }
  close_all(sessions);
}

void run_sessions(const Settings& settings, Report& report) {
  const int round_count = settings.is_quick ? 1 : 3;
  const int64_t count_max = settings.is_quick ? 10 : 1'000;
  for (int64_t count = 1; count <= count_max; count *= 10) {
    if (raise_descriptor_limit() < 2 * count + 50) {
      say("no descriptors for " + std::to_string(count) + " sessions: left out");
      continue;
    }
    say(std::to_string(count) + " sessions");
    for (int round = 0; round < round_count; ++round) {
      for (const Mode& mode :
           {Mode{"inline", WriteMode::kInline}, Mode{"background", WriteMode::kBackground},
            Mode{"inline, one directory", WriteMode::kInline, false}}) {
        run_one(settings, report, mode, count);
      }
    }
  }
}

Operation operation(std::string name, std::string unit, std::string what) {
  return {std::move(name), "sessions", "", std::move(unit), "O(1)", kConstant, std::move(what)};
}

}  // namespace

Group session_group() {
  return {{
              operation("a session with a log", "us",
                        "Per session, to make it, in one process, each with a new log in a "
                        "directory of its own, or in one for all. In background mode each has a "
                        "thread, and files come later."),
              operation("memory of a session with a log", "KiB",
                        "Per session, with one entry in its window. Reserved: of the address "
                        "space."),
              operation("memory of an entry in a window", "bytes",
                        "Of the sample entry of eight fields, when windows get full."),
              operation("processor time of a lone event", "us",
                        "Of all threads, per event, when each session gets one in 100 ms: the "
                        "thread of a background session has parked and is woken."),
          },
          run_sessions};
}

}  // namespace logslice::scale
