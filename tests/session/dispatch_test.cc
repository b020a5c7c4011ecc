#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;

using DispatchTest = CallsTest;

TEST_F(DispatchTest, AppendsEventsOfASlicesOwnTypeByDefault) {
  const DispatchResult result = session_.dispatch(Call{.name = "a"});
  EXPECT_EQ(result.reducers_run, 1);
  EXPECT_TRUE(result.ok());
  EXPECT_TRUE(session_.dispatch(Call{.name = "b"}).ok());
  EXPECT_THAT(names(session_), ElementsAre("a", "b"));
}

TEST_F(DispatchTest, MovesAnEventThatIsHandedOverAndCopiesOneThatIsNot) {
  const std::string long_name(100, 'x');
  Call kept{.name = long_name};
  session_.dispatch(kept);
  EXPECT_EQ(kept.name, long_name);
  Call given{.name = long_name};
  const char* const characters = given.name.data();
  session_.dispatch(std::move(given));
  EXPECT_EQ(session_.slice<Call>().latest()->name.data(), characters);
}

// An event that is only appended takes a short way, once one has gone the long one. Whatever
// changes what becomes of it must end that.
TEST_F(DispatchTest, AReducerOrALogThatComesLaterIsNotPassedBy) {
  dispatch(1, 3);
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  dispatch(4, 6);
  EXPECT_EQ(scanned_names(), numbered(1, 6));
  EXPECT_EQ(session_.dispatch(Call{.name = "nan", .cost = kNan}).refusals.size(), 1u);
  EXPECT_EQ(count_events("log_entry_refused"), 1);

  int seen = 0;
  const auto reducer = [&seen](const SliceView<Call>&, const Call& call,
                               const ReducerContext&) -> SliceOp<Call> {
    ++seen;
    return Append<Call>{call};
  };
  ASSERT_OK((session_.register_reducer<Call, Call>(reducer)));
  dispatch(7, 9);
  EXPECT_EQ(seen, 3);
  ASSERT_OK(session_.close());
  EXPECT_EQ(error_kind(session_.dispatch(Call{.name = "late"}).status()), ErrorKind::kClosed);
}

TEST_F(DispatchTest, ASliceThatAReducerChangesIsChangedByOneEventAtATime) {
  dispatch(1, 2);
  // Another event's reducer works on the slice: nothing may be appended while it does.
  std::thread other;
  const auto reducer = [&](const SliceView<Call>& view, const AddStep&,
                           const ReducerContext&) -> SliceOp<Call> {
    other = std::thread([this] { session_.dispatch(Call{.name = "meanwhile"}); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    Replace<Call> replaced;
    replaced.items.push_back(Call{.name = std::to_string(view.size())});
    return replaced;
  };
  ASSERT_OK((session_.register_reducer<Call, AddStep>(reducer)));
  dispatch(3, 3);
  session_.dispatch(AddStep{});
  other.join();
  EXPECT_THAT(names(session_), ElementsAre("3", "meanwhile"));
}

TEST_F(DispatchTest, AnEventThatNobodyTakesIsFineAndReportedOnce) {
  for (int i = 0; i < 3; ++i) {
    const DispatchResult result = session_.dispatch(AddStep{.step = "a"});
    EXPECT_EQ(result.reducers_run, 0);
    EXPECT_TRUE(result.ok());
  }
  EXPECT_THAT(events(), ElementsAre("event_unhandled"));
}

TEST_F(DispatchTest, RunsReducersInOrderEachSeeingWhatThoseBeforeItDid) {
  std::vector<size_t> seen;
  const auto reducer = [&seen](const SliceView<Plan>& view, const AddStep& event,
                               const ReducerContext&) -> SliceOp<Plan> {
    seen.push_back(view.size());
    return Append<Plan>{{event.step, static_cast<int>(view.size())}};
  };
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(reducer)));
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(reducer)));
  EXPECT_EQ(session_.dispatch(AddStep{.step = "a"}).reducers_run, 2);
  EXPECT_THAT(seen, ElementsAre(0, 1));
  EXPECT_EQ(session_.slice<Plan>().size(), 2u);
}

TEST_F(DispatchTest, AppliesEveryOperation) {
  const auto on_step = [](const SliceView<Plan>&, const AddStep& event,
                          const ReducerContext&) -> SliceOp<Plan> {
    if (event.step == "extend") return Extend<Plan>{{{"a", 1}, {"b", 2}, {"c", 3}}};
    if (event.step == "nothing") return Extend<Plan>{};
    if (event.step == "clear odd") {
      return Clear<Plan>{[](const Plan& plan) { return plan.done % 2 == 1; }};
    }
    if (event.step == "clear") return Clear<Plan>{};
    if (event.step == "replace") return Replace<Plan>{{{"x", 9}}};
    return Append<Plan>{{event.step, 0}};
  };
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(on_step)));
  const auto after = [&](const char* step) {
    EXPECT_TRUE(session_.dispatch(AddStep{.step = step}).ok());
    std::string steps;
    const SliceView<Plan> all = session_.slice<Plan>().all();
    for (const Plan& plan : all) steps += plan.step;
    return steps;
  };
  EXPECT_EQ(after("extend"), "abc");
  EXPECT_EQ(after("nothing"), "abc");
  EXPECT_EQ(after("d"), "abcd");
  EXPECT_EQ(after("clear odd"), "bd");
  EXPECT_EQ(after("replace"), "x");
  EXPECT_EQ(after("clear"), "");
  EXPECT_EQ(after("e"), "e");
}

TEST_F(DispatchTest, TheFirstExplicitReducerForItsOwnEventsReplacesTheDefault) {
  ASSERT_OK((session_.register_reducer<Plan, Plan>(replace_latest)));
  session_.dispatch(Plan{"a", 1});
  session_.dispatch(Plan{"b", 2});
  EXPECT_EQ(session_.slice<Plan>().size(), 1u);
  EXPECT_EQ(session_.slice<Plan>().latest()->step, "b");
  // A second one is added to the first.
  ASSERT_OK((session_.register_reducer<Plan, Plan>(append_all)));
  EXPECT_EQ(session_.dispatch(Plan{"c", 3}).reducers_run, 2);
  EXPECT_EQ(session_.slice<Plan>().size(), 2u);
}

TEST_F(DispatchTest, AnotherSlicesReducerKeepsTheDefaultAndRunsBeforeIt) {
  size_t calls_seen = 99;
  ASSERT_OK((session_.register_reducer<Plan, Call>(
      [&](const SliceView<Plan>&, const Call& call, const ReducerContext& context) {
        calls_seen = context.slice<Call>().size();
        EXPECT_EQ(context.session_id(), session_.id());
        return SliceOp<Plan>(Replace<Plan>{{{call.name, 1}}});
      })));
  Call call{.name = std::string(100, 'x')};
  const char* const characters = call.name.data();
  EXPECT_EQ(session_.dispatch(std::move(call)).reducers_run, 2);
  EXPECT_EQ(calls_seen, 0u);
  EXPECT_EQ(session_.slice<Call>().latest()->name.data(), characters) << "still moved, as last";
}

TEST_F(DispatchTest, KeyedReducersDropTheOldItemAndPutTheNewOneLast) {
  ASSERT_OK((session_.register_reducer<Plan, Plan>(
      upsert_by([](const Plan& plan) { return plan.step; }))));
  for (const Plan& plan : {Plan{"a", 1}, Plan{"b", 2}, Plan{"c", 3}, Plan{"b", 4}}) {
    session_.dispatch(plan);
  }
  const SliceView<Plan> all = session_.slice<Plan>().all();
  EXPECT_THAT(std::vector<Plan>(all.begin(), all.end()),
              ElementsAre(Plan{"a", 1}, Plan{"c", 3}, Plan{"b", 4}));
}

TEST_F(DispatchTest, AReducerThatThrowsIsIsolatedReportedAndReturned) {
  ASSERT_OK((session_.register_reducer<Plan, Call>(
      [](const SliceView<Plan>&, const Call&, const ReducerContext&) -> SliceOp<Plan> {
        throw std::runtime_error("no plan");
      })));
  ASSERT_OK((session_.register_reducer<Plan, Call>(
      [](const SliceView<Plan>&, const Call&, const ReducerContext&) -> SliceOp<Plan> {
        throw 7;
      })));
  const DispatchResult result = session_.dispatch(Call{.name = "a"});
  EXPECT_EQ(result.reducers_run, 1);
  ASSERT_EQ(result.failures.size(), 2u);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.failures[0].slice_type, "test:Plan");
  EXPECT_THAT(result.status(), HasStatus(absl::StatusCode::kInternal, "no plan"));
  EXPECT_THAT(names(session_), ElementsAre("a"));
  EXPECT_THAT(events(), ElementsAre("session_reducer_failed", "session_reducer_failed"));
}

TEST_F(DispatchTest, APredicateOfClearThatThrowsLeavesTheSliceAsItWas) {
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(
      [](const SliceView<Plan>&, const AddStep&, const ReducerContext&) -> SliceOp<Plan> {
        return Clear<Plan>{[](const Plan& plan) -> bool {
          if (plan.step == "b") throw std::runtime_error("b");
          return true;
        }};
      })));
  session_.dispatch(Plan{"a"});
  session_.dispatch(Plan{"b"});
  EXPECT_FALSE(session_.dispatch(AddStep{}).ok());
  EXPECT_EQ(session_.slice<Plan>().size(), 2u);
}

TEST_F(DispatchTest, AnEventFromInsideAReducerComesAfterTheCurrentOneAndCountsToItsResult) {
  std::vector<std::string> order;
  DispatchResult inner;
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(
      [&](const SliceView<Plan>&, const AddStep& event, const ReducerContext&) -> SliceOp<Plan> {
        order.push_back(event.step);
        if (event.step == "outer") {
          const AddStep nested{.step = "nested"};
          inner = session_.dispatch(nested);
          session_.dispatch(Call{.name = "from inside"});
          EXPECT_EQ(session_.slice<Call>().size(), 0u) << "not yet";
        }
        return Append<Plan>{{event.step}};
      })));
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(
      [&](const SliceView<Plan>&, const AddStep& event, const ReducerContext&) -> SliceOp<Plan> {
        order.push_back("second " + event.step);
        return Extend<Plan>{};
      })));
  const DispatchResult result = session_.dispatch(AddStep{.step = "outer"});
  EXPECT_THAT(order, ElementsAre("outer", "second outer", "nested", "second nested"));
  EXPECT_EQ(inner.reducers_run, 0);
  EXPECT_TRUE(inner.ok());
  EXPECT_EQ(result.reducers_run, 5);
  EXPECT_THAT(names(session_), ElementsAre("from inside"));
}

TEST_F(DispatchTest, NestedEventsWithoutEndAreStopped) {
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(
      [&](const SliceView<Plan>&, const AddStep& event, const ReducerContext&) -> SliceOp<Plan> {
        const DispatchResult refused = session_.dispatch(event);
        if (!refused.ok()) throw std::runtime_error(refused.status().ToString());
        return Replace<Plan>{{{"a"}}};
      })));
  const DispatchResult result = session_.dispatch(AddStep{});
  EXPECT_EQ(result.reducers_run, 10'000);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_THAT(result.status(), HasStatus(absl::StatusCode::kInternal, "more than 10000"));
}

TEST_F(DispatchTest, NothingButDispatchAndReadsIsAllowedInsideAReducer) {
  std::vector<absl::Status> refused;
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(
      [&](const SliceView<Plan>&, const AddStep&, const ReducerContext&) -> SliceOp<Plan> {
        refused = {session_.flush_logs(),
                   session_.snapshot().status(),
                   session_.restore(Snapshot()),
                   session_.reload_logs(),
                   session_.reset(),
                   session_.clone().status(),
                   session_.close(),
                   session_.register_slice<Note>(SlicePolicy::kLog),
                   session_.configure_persistence<Call>(config())};
        return Extend<Plan>{};
      })));
  EXPECT_TRUE(session_.dispatch(AddStep{}).ok());
  ASSERT_EQ(refused.size(), 9u);
  for (const absl::Status& status : refused) {
    EXPECT_THAT(status, HasStatus(absl::StatusCode::kFailedPrecondition, "inside a reducer"));
  }
}

TEST_F(DispatchTest, ASinkMayDispatch) {
  SessionOptions made = options();
  Session* session = nullptr;
  made.diagnostics = [&](const Diagnostic&) { session->dispatch(Call{.name = "reported"}); };
  Session dispatching(made);
  session = &dispatching;
  ASSERT_OK(dispatching.register_slice<Call>(SlicePolicy::kLog));
  dispatching.dispatch(AddStep{});
  EXPECT_THAT(names(dispatching), ElementsAre("reported"));
}

struct MoveOnly {
  std::unique_ptr<int> number;
};

TEST_F(DispatchTest, AnEventThatCannotBeCopiedCanBeMovedThroughAReducerAndQueued) {
  int sum = 0;
  ASSERT_OK((session_.register_reducer<Plan, MoveOnly>(
      [&](const SliceView<Plan>&, const MoveOnly& event, const ReducerContext&) -> SliceOp<Plan> {
        sum += *event.number;
        if (*event.number == 1) session_.dispatch(MoveOnly{std::make_unique<int>(10)});
        return Extend<Plan>{};
      })));
  EXPECT_TRUE(session_.dispatch(MoveOnly{std::make_unique<int>(1)}).ok());
  EXPECT_EQ(sum, 11);
}

}  // namespace
}  // namespace logslice::testing
