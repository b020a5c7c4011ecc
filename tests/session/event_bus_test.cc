#include "logslice/session/event_bus.h"

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/session/session_fixture.h"
#include "tests/support/failing_allocator.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;

class EventBusTest : public SessionFixture {
 protected:
  std::shared_ptr<EventBus> bus_ = std::make_shared<EventBus>();
};

TEST_F(EventBusTest, CallsTheHandlersOfATypeInOrder) {
  std::vector<std::string> heard;
  bus_->subscribe<Call>([&](const Call& call) { heard.push_back("1 " + call.name); });
  bus_->subscribe<Note>([&](const Note&) { heard.push_back("note"); });
  bus_->subscribe<Call>([&](const Call& call) { heard.push_back("2 " + call.name); });
  EXPECT_EQ(bus_->publish(Call{.name = "a"}).handlers_run, 2);
  EXPECT_THAT(heard, ElementsAre("1 a", "2 a"));
}

TEST_F(EventBusTest, IsolatesAndReturnsFailures) {
  int heard = 0;
  const SubscriptionId first =
      bus_->subscribe<Call>([](const Call&) { throw std::runtime_error("one"); });
  const SubscriptionId second =
      bus_->subscribe<Call>([](const Call&) { return absl::AbortedError("two"); });
  bus_->subscribe<Call>([&](const Call&) { ++heard; });
  const PublishResult result = bus_->publish(Call{});
  EXPECT_EQ(result.handlers_run, 3);
  EXPECT_FALSE(result.ok());
  ASSERT_EQ(result.failures.size(), 2u);
  EXPECT_EQ(result.failures[0].subscription, first);
  EXPECT_THAT(result.failures[0].status, HasStatus(absl::StatusCode::kInternal, "one"));
  EXPECT_EQ(result.failures[1].subscription, second);
  EXPECT_THAT(result.failures[1].status, HasStatus(absl::StatusCode::kAborted, "two"));
  EXPECT_EQ(heard, 1);
}

TEST_F(EventBusTest, UnsubscribedHandlersAreNotCalled) {
  int heard = 0;
  const SubscriptionId id = bus_->subscribe<Call>([&](const Call&) { ++heard; });
  EXPECT_TRUE(bus_->unsubscribe(id));
  EXPECT_FALSE(bus_->unsubscribe(id));
  EXPECT_EQ(bus_->publish(Call{}).handlers_run, 0);
  EXPECT_EQ(heard, 0);
}

TEST_F(EventBusTest, AHandlerMayUnsubscribeItselfAndPublish) {
  std::vector<std::string> heard;
  SubscriptionId id{};
  id = bus_->subscribe<Call>([&](const Call& call) {
    heard.push_back(call.name);
    bus_->unsubscribe(id);
    bus_->publish(Call{.name = "inner"});
  });
  bus_->publish(Call{.name = "outer"});
  EXPECT_THAT(heard, ElementsAre("outer"));
}

TEST_F(EventBusTest, CarriesEventsToEverySessionThatTakesThem) {
  SessionOptions made = options();
  made.event_bus = bus_;
  Session one(made);
  Session two(made);
  ASSERT_OK(one.register_slice<Call>(SlicePolicy::kLog));
  ASSERT_OK(two.register_slice<Call>(SlicePolicy::kLog));
  ASSERT_OK(two.register_slice<Note>(SlicePolicy::kLog));
  EXPECT_EQ(bus_->publish(Call{.name = "a"}).handlers_run, 2);
  EXPECT_EQ(bus_->publish(Note{}).handlers_run, 1);
  EXPECT_THAT(names(one), ElementsAre("a"));
  EXPECT_THAT(names(two), ElementsAre("a"));
  EXPECT_EQ(one.dispatch(Call{.name = "b"}).reducers_run, 1);
  EXPECT_THAT(names(two), ElementsAre("a")) << "dispatch publishes nothing";
}

TEST_F(EventBusTest, ASessionThatClosedOrEndedHearsNothing) {
  SessionOptions made = options();
  made.event_bus = bus_;
  Session closed(made);
  ASSERT_OK(closed.register_slice<Call>(SlicePolicy::kLog));
  {
    Session ended(made);
    ASSERT_OK(ended.register_slice<Call>(SlicePolicy::kLog));
    EXPECT_EQ(bus_->publish(Call{}).handlers_run, 2);
  }
  EXPECT_EQ(bus_->publish(Call{}).handlers_run, 1);
  ASSERT_OK(closed.close());
  EXPECT_EQ(bus_->publish(Call{}).handlers_run, 0);
}

TEST_F(EventBusTest, ASessionsFailureIsPublishsFailure) {
  SessionOptions made = options();
  made.event_bus = bus_;
  Session session(made);
  ASSERT_OK(session.register_slice<Call>(SlicePolicy::kLog));
  ASSERT_OK((session.register_reducer<Call, Call>(
      [](const SliceView<Call>&, const Call&, const ReducerContext&) -> SliceOp<Call> {
        throw std::runtime_error("no");
      })));
  EXPECT_FALSE(bus_->publish(Call{}).ok());
}

TEST_F(EventBusTest, ASubscriptionThatRunsOutOfMemoryLeavesNothingBehind) {
  bool subscribed = false;
  int failures = 0;
  for (; !subscribed; ++failures) {
    ASSERT_LT(failures, 20);
    try {
      const AllocationFailure failure(failures, MemoryEnds::kOnce);
      bus_->subscribe<Note>([](const Note&) {});
      subscribed = true;
    } catch (const std::bad_alloc&) {
    }
    EXPECT_EQ(bus_->publish(Note{}).handlers_run, subscribed ? 1 : 0);
    EXPECT_FALSE(bus_->unsubscribe(SubscriptionId{1000}));
  }
  EXPECT_GT(failures, 2);
}

}  // namespace
}  // namespace logslice::testing
