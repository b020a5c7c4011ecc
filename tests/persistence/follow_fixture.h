// What the tests of followers share: a watcher that does to the log what a test says, instead of
// waiting for somebody else to do it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "logslice/persistence/follow_log.h"
#include "segment_name.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {

// Each wait does the next step; when there are none left, time is up.
class ScriptedWatcher final : public ChangeWatcher {
 public:
  Woken wait(const std::string&, std::chrono::steady_clock::time_point) override {
    ++wait_count_;
    if (is_woken_.exchange(false)) return Woken::kByWake;
    if (steps_.empty()) return Woken::kTimedOut;
    const std::function<void()> step = std::move(steps_.front());
    steps_.pop_front();
    step();
    return Woken::kMaybeChanged;
  }
  void wake() noexcept override { is_woken_ = true; }

  void then(std::function<void()> step) { steps_.push_back(std::move(step)); }
  bool is_woken() const { return is_woken_; }
  int wait_count() const { return wait_count_; }

 private:
  std::deque<std::function<void()>> steps_;
  std::atomic<bool> is_woken_ = false;
  int wait_count_ = 0;
};

class FollowTest : public ::testing::Test {
 protected:
  FollowOptions options(FollowStart start, ScanOptions scan = {}) {
    scan.file_system = &fs_;
    return {.start = start, .scan = scan, .watcher = watcher_};
  }
  LineFollowOptions line_options(FollowStart start, LineScanOptions lines = {}) {
    lines.scan.file_system = &fs_;
    return {.start = start, .lines = lines, .watcher = watcher_};
  }
  void follow(FollowStart start, ScanOptions scan = {}) {
    absl::StatusOr<LogFollower<Note>> opened = follow_log<Note>("/log.jsonl", options(start, scan));
    ASSERT_TRUE(opened.ok()) << text_of(opened.status());
    follower_.emplace(*std::move(opened));
  }

  // What comes until there is nothing for now: "1:text", "replaced", "stopped", …
  std::vector<std::string> rest() {
    std::vector<std::string> found;
    for (;;) {
      switch (follower_->wait_next(absl::Seconds(100))) {
        case Followed::kEntry:
          found.push_back(std::to_string(follower_->seq()) + ":" + follower_->entry().text);
          continue;
        case Followed::kChange:
          found.emplace_back(log_change_name(follower_->change()));
          continue;
        case Followed::kNothingYet:
          return found;
        case Followed::kEnd:
          found.emplace_back("end");
          return found;
        case Followed::kStopped:
          found.emplace_back("stopped");
          return found;
        case Followed::kFailed:
          found.push_back("failed: " + text_of(follower_->status()));
          return found;
      }
    }
  }

  static std::string segment(int64_t first_seq, int64_t last_seq) {
    return internal::segment_path("/log.jsonl", {first_seq, last_seq});
  }
  void append(const std::string& lines, const std::string& path = "/log.jsonl") {
    fs_.set_content(path, fs_.content(path) + lines);
  }
  // What a writer does that seals.
  void seal(int64_t first_seq, int64_t last_seq) {
    fs_.move("/log.jsonl", segment(first_seq, last_seq));
  }

  using At = FollowStart::At;
  FakeFileSystem fs_;
  std::shared_ptr<ScriptedWatcher> watcher_ = std::make_shared<ScriptedWatcher>();
  std::optional<LogFollower<Note>> follower_;
};

}  // namespace logslice::testing
