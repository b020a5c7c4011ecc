// One session with many logs, each of a slice of its own.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "logslice/session/session.h"
#include "many_types.h"
#include "process.h"
#include "scale.h"

namespace logslice::scale {
namespace {

struct Mode {
  std::string name;
  LogPersistenceConfig config;  // without its path
};

std::vector<Mode> modes() {
  return {
      {"inline", {}},
      {"buffered", {.flush_interval = 64}},
      {"background",
       {.write_mode = WriteMode::kBackground,
        .overflow = OverflowPolicy::kBlock,
        .overflow_timeout = absl::Seconds(60)}},
  };
}

// Removed with all else, at the end: ext4 takes its time for new files where others were just
// deleted.
std::filesystem::path new_directory(const Settings& settings) {
  static int number = 0;
  std::filesystem::path directory = settings.directory / "logs" / std::to_string(number++);
  std::filesystem::create_directories(directory);
  return directory;
}

class OneCount {
 public:
  OneCount(const Settings& settings, Report& report, const std::vector<AnyType>& types,
           const Mode& mode, int64_t count)
      : settings_(settings),
        report_(report),
        types_(types.begin(), types.begin() + count),
        mode_(mode),
        count_(count),
        directory_(new_directory(settings)) {
    for (const AnyType& type : types_) {
      check(type.register_slice(session_, SlicePolicy::kLog), "register_slice");
    }
  }
  void run() {
    const Memory memory_before = memory_now();
    const int64_t descriptors_before = open_descriptor_count();
    add("configure_persistence of many logs", 1e6 * seconds_of([&] { configure(); }));
    dispatch_to_each();
    check(session_.flush_logs(absl::Seconds(60)), "flush_logs");
    const Memory memory = memory_now();
    add("descriptors of many logs",
        static_cast<double>(open_descriptor_count() - descriptors_before));
    // Of fewer, the allocator has had what they need from before.
    if (count_ >= 100 || settings_.is_quick) {
      report_.add("memory of many logs", mode_.name, count_,
                  kib_each(memory.resident_bytes - memory_before.resident_bytes));
    }

    const int64_t turn_count = (settings_.is_quick ? 1'000 : 50'000) / count_ + 1;
    report_.add("dispatch to many logs", mode_.name, count_,
                1e9 / static_cast<double>(turn_count * count_) * seconds_of([&] {
                  for (int64_t turn = 0; turn < turn_count; ++turn) dispatch_to_each();
                  check(session_.flush_logs(absl::Seconds(60)), "flush_logs");
                }));
    dispatch_to_each();
    add("flush_logs of many logs",
        1e6 * seconds_of([&] { check(session_.flush_logs(absl::Seconds(60)), "flush_logs"); }));
    for (const AnyType& type : types_) {
      const auto marks = type.marks(session_);
      check(marks.ok() && marks->written_seq == turn_count + 2 && marks->dropped_count == 0,
            "lines are missing");
    }
    add("snapshot of many logs", 1e6 * seconds_of([&] {
                                   const auto snapshot = session_.snapshot();
                                   check(snapshot.status(), "snapshot");
                                   check(static_cast<int64_t>(snapshot->log_files.size()) == count_,
                                         "the snapshot lacks logs");
                                 }));
    add("close of many logs",
        1e6 * seconds_of([&] { check(session_.close(absl::Seconds(60)), "close"); }));
    check(open_descriptor_count() <= descriptors_before, "descriptors are left open");
  }

 private:
  // What the whole costs, for each log.
  void add(std::string_view operation, double value) {
    report_.add(operation, mode_.name, count_, value / static_cast<double>(count_));
  }
  double kib_each(int64_t bytes) const {
    return static_cast<double>(bytes) / 1024 / static_cast<double>(count_);
  }
  void configure() {
    LogPersistenceConfig config = mode_.config;
    for (int64_t i = 0; i < count_; ++i) {
      config.path = directory_ / ("log-" + std::to_string(i) + ".jsonl");
      check(types_[static_cast<size_t>(i)].configure(session_, config), "configure_persistence");
    }
  }
  void dispatch_to_each() {
    bool all_taken = true;
    for (const AnyType& type : types_) all_taken &= type.dispatch(session_, number_++);
    check(all_taken, "an event was not taken");
  }

  const Settings& settings_;
  Report& report_;
  const std::vector<AnyType> types_;
  const Mode& mode_;
  const int64_t count_;
  const std::filesystem::path directory_;
  Session session_;
  int64_t number_ = 0;
};

void run_open_logs(const Settings& settings, Report& report) {
  const std::vector<AnyType> types = many_types();
  const int round_count = settings.is_quick ? 1 : 5;
  const int64_t count_max = std::min(kManyTypeCount, settings.is_quick ? 10 : 1'000);
  for (int64_t count = 1; count <= count_max; count *= 10) {
    // Two of each log, and some for a moment.
    if (raise_descriptor_limit() < 2 * count + 50) {
      say("no descriptors for " + std::to_string(count) + " logs: left out");
      continue;
    }
    say(std::to_string(count) + " open logs");
    for (int round = 0; round < (count > 100 ? round_count / 2 + 1 : round_count); ++round) {
      for (const Mode& mode : modes()) OneCount(settings, report, types, mode, count).run();
    }
  }
}

Operation operation(std::string name, std::string unit, std::string claim, double slope_max,
                    std::string what) {
  return {std::move(name), "open logs",    "", std::move(unit), std::move(claim),
          slope_max,       std::move(what)};
}

}  // namespace

Group open_log_group() {
  return {
      {
          operation("configure_persistence of many logs", "us", "O(1)", kConstant,
                    "Per log, of new logs in one session and one directory."),
          operation("dispatch to many logs", "ns", kBeyondCaches, kConstantBeyondCaches,
                    "Per event, an event to each log in turn, until the last is written. Inline: "
                    "a write each; buffered: 64 a write."),
          operation("flush_logs of many logs", "us", kBeyondCaches, kConstantBeyondCaches,
                    "Per log, with one entry waiting in each (none in the inline ones)."),
          operation("snapshot of many logs", "us", kBeyondCaches, kConstantBeyondCaches,
                    "Per log, of a session with nothing but its logs."),
          operation("close of many logs", "us", kBeyondCaches, kConstantBeyondCaches, "Per log."),
          operation("descriptors of many logs", "descriptors", "O(1)", kConstant, "Per log."),
          operation("memory of many logs", "KiB", "O(1)", kConstant,
                    "Per log, resident, with a slice and one entry in its window."),
      },
      run_open_logs};
}

}  // namespace logslice::scale
