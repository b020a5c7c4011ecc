// What the tests of background mode share: a session on a disk that can be held up.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/session/session_fixture.h"
#include "tests/support/gate.h"
#include "tests/support/hooked_file_system.h"

namespace logslice::testing {

class BackgroundFixture : public SessionFixture {
 protected:
  BackgroundFixture()
      : hooked_(disk_, [this](std::string_view call) {
          if (before_call_) before_call_(call);
          gate_.pass();
        }) {}
  ~BackgroundFixture() override {
    gate_.open();
    session_.reset();
    wait_until_left_behind_is_over();
  }

  void begin(absl::Duration drain_timeout = absl::Minutes(1)) {
    SessionOptions made = options();
    made.file_system = &hooked_;
    made.clock = &system_clock();
    made.drain_timeout = drain_timeout;
    begin(std::move(made));
  }
  void begin(SessionOptions made) {
    session_.emplace(std::move(made));
    EXPECT_OK(session_->register_slice<Call>(SlicePolicy::kLog));
    EXPECT_OK(session_->register_slice<Note>(SlicePolicy::kLog));
  }

  LogPersistenceConfig background(int64_t max_memory_entries = 1000) {
    LogPersistenceConfig made = config(max_memory_entries);
    made.write_mode = WriteMode::kBackground;
    return made;
  }

  void dispatch(int first, int last) {
    for (int i = first; i <= last; ++i) {
      ASSERT_TRUE(session_->dispatch(Call{.name = "c" + std::to_string(i)}).ok());
    }
  }
  static std::vector<std::string> numbered(int first, int last) {
    std::vector<std::string> names;
    for (int i = first; i <= last; ++i) names.push_back("c" + std::to_string(i));
    return names;
  }
  LogMarks marks() { return *session_->log_marks<Call>(); }

  // Spins: what is waited for comes by itself, and nothing depends on when.
  template <typename Predicate>
  static void wait_until(Predicate predicate) {
    while (!predicate()) std::this_thread::yield();
  }
  // Whoever is left behind holds the log's lock until it has ended.
  void wait_until_left_behind_is_over() {
    wait_until([&] { return disk_.open_file_count() == 0; });
  }

  // Before hooked_, which the thread uses. The hook is set before a log is attached.
  Gate gate_;
  std::function<void(std::string_view)> before_call_;
  HookedFileSystem hooked_;
  std::optional<Session> session_;
};

}  // namespace logslice::testing
