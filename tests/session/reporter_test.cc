#include "reporter.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace logslice::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReporterTest : public ::testing::Test {
 protected:
  static Diagnostic named(const char* event) {
    Diagnostic diagnostic;
    diagnostic.event = event;
    return diagnostic;
  }

  std::vector<std::string> heard_;
  Reporter reporter_{[this](const Diagnostic& diagnostic) { heard_.push_back(diagnostic.event); }};
};

TEST_F(ReporterTest, PassesOnUntilItIsClosed) {
  reporter_.report(named("a"));
  reporter_.close();
  reporter_.report(named("b"));
  EXPECT_THAT(heard_, ElementsAre("a"));
}

TEST_F(ReporterTest, SwallowsWhatTheSinkThrows) {
  Reporter throwing([](const Diagnostic&) { throw std::runtime_error("sink"); });
  throwing.report(named("a"));
  throwing.close();
}

TEST_F(ReporterTest, MayBeClosedFromInsideItsSink) {
  Reporter* self = nullptr;
  Reporter closing([&](const Diagnostic&) { self->close(); });
  self = &closing;
  closing.report(named("a"));
}

TEST_F(ReporterTest, DeliversWhatWasHeldOnceTheLastHoldEnds) {
  {
    const Reporter::Hold outer(reporter_);
    {
      const Reporter::Hold inner(reporter_);
      reporter_.report(named("a"));
    }
    reporter_.report(named("b"));
    EXPECT_THAT(heard_, IsEmpty());
  }
  EXPECT_THAT(heard_, ElementsAre("a", "b"));
}

TEST_F(ReporterTest, WithoutASinkNothingHappens) {
  Reporter silent(nullptr);
  silent.report(named("a"));
}

}  // namespace
}  // namespace logslice::internal
