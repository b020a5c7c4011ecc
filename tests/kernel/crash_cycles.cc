#include "tests/kernel/crash_cycles.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <random>
#include <utility>

#include "tests/kernel/child_process.h"
#include "tests/kernel/left_behind.h"

namespace logslice::testing {

namespace {

// A log grows over so many kills; then a new one is begun, so that reading it all stays cheap.
constexpr int64_t kKillsPerLog = 40;
constexpr int64_t kProgressEvery = 500;
constexpr size_t kProblemsMax = 20;

class CrashCycles {
 public:
  explicit CrashCycles(const CrashCycleOptions& options)
      : options_(options), random_(options.seed) {}

  CrashCycleResult run() {
    for (int64_t cycle = 0; cycle < options_.cycle_count; ++cycle) {
      if (cycle % kKillsPerLog == 0) begin_log(cycle / kKillsPerLog);
      const size_t problems_before = result_.problems.size();
      kill_one();
      look(cycle);
      ++result_.kill_count;
      if (result_.problems.size() == problems_before) ++result_.recovered_count;
      if (result_.problems.size() >= kProblemsMax) break;
      if (options_.progress && result_.kill_count % kProgressEvery == 0) {
        options_.progress(result_.kill_count);
      }
    }
    result_.entry_count += last_found_;
    return result_;
  }

 private:
  void begin_log(int64_t index) {
    if (!path_.empty() && result_.problems.empty()) {
      for (const char* const suffix : {"", ".lock", ".torn"}) {
        std::filesystem::remove(path_ + suffix);
      }
    }
    result_.entry_count += last_found_;
    path_ = options_.directory + "/" + std::to_string(index) + ".jsonl";
    last_found_ = 0;
  }

  int64_t pick(int64_t first, int64_t last) {
    return std::uniform_int_distribution<int64_t>(first, last)(random_);
  }

  bool is_background() const { return options_.writer == Writer::kBackgroundChild; }

  std::vector<std::string> random_arguments() {
    std::vector<std::string> arguments = {path_};
    if (is_background()) arguments.insert(arguments.begin(), "killed");
    if (pick(0, 1) == 0 && !is_background()) {
      arguments.insert(arguments.end(), {"--flush-interval", "3"});
    }
    if (pick(0, 1) == 0) arguments.push_back("--sync");
    if (pick(0, 2) == 0) {
      arguments.insert(arguments.end(), {"--lives", "0", "--entries", std::to_string(pick(1, 4))});
    }
    return arguments;
  }

  void kill_one() {
    acknowledged_ = 0;
    ChildProcess child(is_background() ? BACKGROUND_CHILD : CRASH_CHILD, random_arguments());
    if (pick(0, 1) == 0) {
      for (int64_t count = pick(1, 12); count > 0; --count) note(child.next_ack());
    } else {
      const auto deadline =
          std::chrono::steady_clock::now() + std::chrono::microseconds(pick(0, 4'000));
      while (std::chrono::steady_clock::now() < deadline) note(child.next_ack_before(deadline));
    }
    child.kill();
    child.reap();
    // What it said before it died counts, too.
    while (const std::optional<Ack> ack = child.next_ack()) note(ack);
    if (acknowledged_ == 0) ++result_.opening_count;
  }

  void note(const std::optional<Ack>& ack) {
    if (!ack.has_value()) return;
    if (ack->kind == Ack::Kind::kFailed) problem("the child failed");
    // The first to open finds what the one before left, each later one what was acknowledged.
    const int64_t known = std::max(acknowledged_, last_found_);
    if (ack->kind == Ack::Kind::kOpened && ack->seq != known) {
      problem("opened at seq " + std::to_string(ack->seq) + " instead of " + std::to_string(known));
    }
    acknowledged_ = std::max(acknowledged_, ack->seq);
  }

  void look(int64_t cycle) {
    const LeftBehind found = look_at(path_);
    for (const std::string& text : found.problems) {
      problem("kill " + std::to_string(cycle) + ": " + text);
    }
    const int64_t lost = std::max<int64_t>(acknowledged_ - found.last_seq, 0);
    if (lost + found.missing_count > 0) {
      problem("kill " + std::to_string(cycle) + ": seq " + std::to_string(acknowledged_) +
              " was acknowledged; there are " + std::to_string(found.entry_count) + " up to " +
              std::to_string(found.last_seq));
    }
    if (found.torn_bytes > 0) ++result_.torn_count;
    result_.lost_count += lost + found.missing_count;
    result_.doubled_count += found.doubled_count;
    last_found_ = found.last_seq;
  }

  void problem(std::string text) { result_.problems.push_back(path_ + ": " + std::move(text)); }

  const CrashCycleOptions& options_;
  std::mt19937_64 random_;
  CrashCycleResult result_;
  std::string path_;
  int64_t last_found_ = 0;
  int64_t acknowledged_ = 0;
};

}  // namespace

std::string CrashCycleResult::summary() const {
  return std::to_string(kill_count) + " kills, " + std::to_string(recovered_count) +
         " recovered, " + std::to_string(lost_count) + " entries lost, " +
         std::to_string(doubled_count) + " doubled";
}

CrashCycleResult run_crash_cycles(const CrashCycleOptions& options) {
  return CrashCycles(options).run();
}

}  // namespace logslice::testing
