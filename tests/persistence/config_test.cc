#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/diagnostics.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/persistence/log_persistence_config.h"

namespace logslice::testing {
namespace {

using ::testing::HasSubstr;

std::string problem_of(const LogPersistenceConfig& config) {
  const absl::Status status = config.validate();
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status));
  return {status.message().data(), status.message().size()};
}

TEST(LogPersistenceConfigTest, DefaultsAreThoseOfTheSpecification) {
  const LogPersistenceConfig config{.path = "log.jsonl"};
  EXPECT_EQ(config.max_memory_entries, 1000);
  EXPECT_EQ(config.flush_interval, 1);
  EXPECT_FALSE(config.sync_on_flush);
  EXPECT_EQ(config.sync_every_entries, 0);
  EXPECT_EQ(config.sync_every, absl::ZeroDuration());
  EXPECT_EQ(config.line_bytes_max, 64 << 20);
  EXPECT_EQ(problem_of(config), "");
}

TEST(LogPersistenceConfigTest, EachBoundIsCheckedAndNamedWithItsValue) {
  EXPECT_THAT(problem_of({}), HasSubstr("path is empty"));
  EXPECT_THAT(problem_of({.path = "logs/"}), HasSubstr("a directory"));
  EXPECT_THAT(problem_of({.path = ".."}), HasSubstr("a directory"));
  EXPECT_THAT(problem_of({.path = "p", .max_memory_entries = 0}),
              HasSubstr("max_memory_entries is 0; it must be >= 1"));
  EXPECT_EQ(problem_of({.path = "p", .max_memory_entries = 1}), "");
  EXPECT_THAT(problem_of({.path = "p", .flush_interval = 0}), HasSubstr("flush_interval is 0"));
  EXPECT_THAT(problem_of({.path = "p", .flush_interval = 11, .max_pending_entries = 10}),
              HasSubstr("flush_interval is 11; it must be 1 .. max_pending_entries, which is 10"));
  EXPECT_EQ(problem_of({.path = "p", .flush_interval = 10, .max_pending_entries = 10}), "");
  EXPECT_THAT(problem_of({.path = "p", .max_pending_entries = 0}),
              HasSubstr("max_pending_entries is 0"));
  EXPECT_THAT(problem_of({.path = "p", .max_pending_bytes = 4095}),
              HasSubstr("max_pending_bytes is 4095"));
  EXPECT_EQ(problem_of({.path = "p", .max_pending_bytes = 4096}), "");
  EXPECT_THAT(problem_of({.path = "p", .line_bytes_max = 1023}),
              HasSubstr("line_bytes_max is 1023"));
  EXPECT_EQ(problem_of({.path = "p", .line_bytes_max = 1024}), "");
  EXPECT_THAT(problem_of({.path = "p", .sync_every_entries = -1}),
              HasSubstr("sync_every_entries is -1; it must be >= 0"));
  EXPECT_THAT(problem_of({.path = "p", .sync_every = -absl::Seconds(1)}),
              HasSubstr("sync_every is -1s; it must be >= 0 and finite"));
  EXPECT_THAT(problem_of({.path = "p", .sync_every = absl::InfiniteDuration()}),
              HasSubstr("sync_every is inf"));
  EXPECT_THAT(problem_of({.path = "p", .rotate_at_bytes = -1}),
              HasSubstr("rotate_at_bytes is -1; it must be >= 0"));
  EXPECT_THAT(problem_of({.path = "p", .rotate_every = -absl::Seconds(1)}),
              HasSubstr("rotate_every is -1s; it must be >= 0 and finite"));
  EXPECT_THAT(problem_of({.path = "p", .retain_segments = -1}), HasSubstr("retain_segments is -1"));
  EXPECT_THAT(problem_of({.path = "p", .retain_bytes = -1}), HasSubstr("retain_bytes is -1"));
  EXPECT_THAT(problem_of({.path = "p", .retain_for = absl::InfiniteDuration()}),
              HasSubstr("retain_for is inf"));
  EXPECT_EQ(problem_of({.path = "p",
                        .rotate_at_bytes = 10 << 20,
                        .rotate_every = absl::Hours(24),
                        .compression = SegmentCompression::kGzip,
                        .retain_segments = 10,
                        .retain_bytes = int64_t{1} << 30,
                        .retain_for = absl::Hours(24 * 90)}),
            "");
  EXPECT_EQ(problem_of({.path = "p",
                        .sync_on_flush = true,
                        .sync_every_entries = 10,
                        .sync_every = absl::Seconds(1)}),
            "");
  EXPECT_EQ(problem_of({.path = "p", .line_bytes_max = 1 << 30}), "");
  EXPECT_THAT(problem_of({.path = "p", .line_bytes_max = (int64_t{1} << 30) + 1}),
              HasSubstr("line_bytes_max"));
}

TEST(ErrorKindTest, TravelsWithTheStatus) {
  EXPECT_EQ(error_kind(absl::OkStatus()), ErrorKind::kNone);
  EXPECT_EQ(error_kind(absl::InternalError("x")), ErrorKind::kNone);
  for (const ErrorKind kind : {ErrorKind::kWrite, ErrorKind::kParse, ErrorKind::kLock,
                               ErrorKind::kPolicy, ErrorKind::kSnapshot, ErrorKind::kClosed}) {
    const absl::Status status = with_error_kind(absl::InternalError("x"), kind);
    EXPECT_EQ(error_kind(status), kind);
    EXPECT_EQ(absl::Status(status), status);
  }
  EXPECT_TRUE(with_error_kind(absl::OkStatus(), ErrorKind::kWrite).ok());
}

TEST(DiagnosticTest, StaysOnOneLineWhateverItHolds) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kError;
  diagnostic.event = "log_write_failed";
  diagnostic.message = "cannot write to /a\nb\x1b[31m";
  EXPECT_EQ(to_string(diagnostic), "[logslice] error log_write_failed: cannot write to /a b [31m");
}

TEST(DiagnosticTest, TheDefaultSinkLeavesTheNormalCourseOut) {
  const DiagnosticsSink sink = default_diagnostics_sink();
  const auto told = [&sink](Severity severity) {
    ::testing::internal::CaptureStderr();
    sink({.severity = severity, .event = "log_event", .message = "said"});
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(told(Severity::kInfo), "");
  EXPECT_EQ(told(Severity::kNotice), "[logslice] notice log_event: said\n");
  EXPECT_EQ(told(Severity::kWarning), "[logslice] warning log_event: said\n");
}

}  // namespace
}  // namespace logslice::testing
