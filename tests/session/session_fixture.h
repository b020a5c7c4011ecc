// What the tests of sessions share: types, a disk in memory, a clock, and what was reported.
#pragma once

#include <algorithm>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/reducers.h"
#include "logslice/session/session.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_file_system.h"

namespace logslice::testing {

struct Call {
  std::string name;
  double cost = 0;

  friend bool operator==(const Call&, const Call&) = default;
};

struct Note {
  std::string text;
};

struct Plan {
  std::string step;
  int done = 0;

  friend bool operator==(const Plan&, const Plan&) = default;
};

// Only dispatched, never a slice: not describable.
struct AddStep {
  std::string step;
  const void* opaque = nullptr;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Call> {
  static constexpr std::string_view id = "test:Call";
};
template <>
struct logslice::EntryTraits<logslice::testing::Note> {
  static constexpr std::string_view id = "test:Note";
};
template <>
struct logslice::EntryTraits<logslice::testing::Plan> {
  static constexpr std::string_view id = "test:Plan";
};

namespace logslice::testing {

// Every status that must be OK.
#define ASSERT_OK(expression) ASSERT_EQ(expression, absl::OkStatus())
#define EXPECT_OK(expression) EXPECT_EQ(expression, absl::OkStatus())

MATCHER_P2(HasStatus, code, text, "") {
  return arg.code() == code &&
         ::testing::ExplainMatchResult(::testing::HasSubstr(text),
                                       std::string(arg.message().data(), arg.message().size()),
                                       result_listener);
}

class SessionFixture : public ::testing::Test {
 protected:
  static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

  SessionOptions options() {
    SessionOptions made;
    made.id = Uuid::parse("550e8400-e29b-41d4-a716-446655440000");
    made.clock = &clock_;
    made.file_system = &disk_;
    made.diagnostics = [this](const Diagnostic& diagnostic) {
      const std::lock_guard lock(mutex_);
      reported_.push_back(diagnostic);
    };
    return made;
  }

  // The events of all diagnostics so far.
  std::vector<std::string> events() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> events;
    for (const Diagnostic& diagnostic : reported_) events.push_back(diagnostic.event);
    return events;
  }
  int64_t count_events(std::string_view event) {
    const std::vector<std::string> all = events();
    return std::count(all.begin(), all.end(), event);
  }

  LogPersistenceConfig config(int64_t max_memory_entries = 1000, int64_t flush_interval = 1) {
    LogPersistenceConfig made;
    made.path = "/log.jsonl";
    made.max_memory_entries = max_memory_entries;
    made.flush_interval = flush_interval;
    return made;
  }

  template <typename T>
  std::vector<T> scan(const std::string& path = "/log.jsonl") {
    std::vector<T> entries;
    auto scan = scan_log<T>(path, {.strict = false, .file_system = &disk_});
    if (!scan.ok()) {
      EXPECT_TRUE(absl::IsNotFound(scan.status())) << scan.status();
      return entries;
    }
    for (T& entry : *scan) entries.push_back(std::move(entry));
    EXPECT_TRUE(scan->status().ok()) << scan->status();
    return entries;
  }

  std::vector<std::string> scanned_names(const std::string& path = "/log.jsonl") {
    std::vector<std::string> names;
    for (Call& call : scan<Call>(path)) names.push_back(call.name);
    return names;
  }

  static std::vector<std::string> names(const Session& session) {
    std::vector<std::string> names;
    const SliceView<Call> all = session.slice<Call>().all();
    for (const Call& call : all) names.push_back(call.name);
    return names;
  }

  FakeFileSystem disk_;
  FakeClock clock_;
  std::mutex mutex_;
  std::vector<Diagnostic> reported_;
};

// A session with the LOG slice Call and the STATE slice Plan.
class CallsTest : public SessionFixture {
 protected:
  CallsTest() : session_(options()) {
    EXPECT_TRUE(session_.register_slice<Call>(SlicePolicy::kLog).ok());
    EXPECT_TRUE(session_.register_slice<Plan>(SlicePolicy::kState).ok());
  }

  void dispatch(int first, int last) {
    for (int i = first; i <= last; ++i) {
      EXPECT_TRUE(session_.dispatch(Call{.name = "c" + std::to_string(i)}).ok());
    }
  }
  static std::vector<std::string> numbered(int first, int last) {
    std::vector<std::string> names;
    for (int i = first; i <= last; ++i) names.push_back("c" + std::to_string(i));
    return names;
  }

  Session session_;
};

}  // namespace logslice::testing
