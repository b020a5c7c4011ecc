#include <memory>
#include <stdexcept>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;

using SliceAccessorTest = CallsTest;

TEST_F(SliceAccessorTest, ReadsOldestFirst) {
  dispatch(1, 3);
  EXPECT_EQ(session_.slice<Call>().size(), 3u);
  EXPECT_FALSE(session_.slice<Call>().empty());
  EXPECT_THAT(names(session_), ElementsAre("c1", "c2", "c3"));
  EXPECT_EQ(session_.slice<Call>().latest()->name, "c3");
}

TEST_F(SliceAccessorTest, AnEmptySliceHasNoLatest) {
  EXPECT_EQ(session_.slice<Call>().latest(), nullptr);
  EXPECT_TRUE(session_.slice<Call>().all().empty());
  EXPECT_TRUE(session_.slice<Call>().where([](const Call&) { return true; }).empty());
}

TEST_F(SliceAccessorTest, WherePicksWithoutCopying) {
  dispatch(1, 100);
  const SliceView<Call> all = session_.slice<Call>().all();
  const SliceSelection<Call> picked =
      session_.slice<Call>().where([](const Call& call) { return call.name.ends_with("7"); });
  ASSERT_EQ(picked.size(), 10u);
  EXPECT_EQ(&picked.front(), &all[6]);
  EXPECT_EQ(&picked.back(), &all[96]);
  EXPECT_OK(picked.status());
}

TEST_F(SliceAccessorTest, APredicateThatThrowsIsReported) {
  dispatch(1, 3);
  const SliceSelection<Call> picked = session_.slice<Call>().where([](const Call& call) -> bool {
    if (call.name == "c2") throw std::runtime_error("two");
    return true;
  });
  EXPECT_EQ(picked.size(), 1u);
  EXPECT_THAT(picked.status(), HasStatus(absl::StatusCode::kInternal, "two"));
  EXPECT_THAT(events(), ElementsAre("predicate_failed"));
}

TEST_F(SliceAccessorTest, AnUnregisteredSliceReadsAsEmptyAndIsReportedOnce) {
  EXPECT_EQ(session_.slice<Note>().size(), 0u);
  EXPECT_TRUE(session_.slice<Note>().all().empty());
  EXPECT_EQ(session_.slice<Note>().latest(), nullptr);
  EXPECT_THAT(events(), ElementsAre("slice_unregistered"));
}

TEST_F(SliceAccessorTest, WhatWasHandedOutOutlivesTheSession) {
  SliceView<Call> all;
  std::shared_ptr<const Call> latest;
  SliceSelection<Call> picked{{}};
  {
    Session session(options());
    ASSERT_OK(session.register_slice<Call>(SlicePolicy::kLog));
    for (int i = 0; i < 300; ++i) session.dispatch(Call{.name = std::to_string(i)});
    all = session.slice<Call>().all();
    latest = session.slice<Call>().latest();
    picked = session.slice<Call>().where([](const Call& call) { return call.name == "42"; });
    ASSERT_OK(session.reset());
    EXPECT_EQ(session.slice<Call>().size(), 0u);
  }
  EXPECT_EQ(all.size(), 300u);
  EXPECT_EQ(all[299].name, "299");
  EXPECT_EQ(latest->name, "299");
  EXPECT_EQ(picked.front().name, "42");
}

}  // namespace
}  // namespace logslice::testing
