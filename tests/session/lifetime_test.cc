// Birth and end of sessions: identity, trees, close, destruction, fork.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <thread>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using LifetimeTest = CallsTest;

TEST_F(LifetimeTest, ASessionHasAnIdATimeAndTags) {
  EXPECT_EQ(session_.created_at(), clock_.now());
  EXPECT_EQ(session_.tags().at("session_id"), "550e8400-e29b-41d4-a716-446655440000");
  EXPECT_FALSE(session_.parent_id().has_value());
  const Session one;
  const Session two;
  EXPECT_NE(one.id(), two.id());
}

TEST_F(LifetimeTest, ParentsListTheirLivingChildrenAndMayEndFirst) {
  auto parent = std::make_unique<Session>();
  SessionOptions made;
  made.parent = parent.get();
  made.tags = {{"role", "helper"}};
  Session first(made);
  {
    const Session second(made);
    EXPECT_THAT(parent->children_ids(), ElementsAre(first.id(), second.id()));
  }
  EXPECT_THAT(parent->children_ids(), ElementsAre(first.id()));
  const Uuid parent_id = parent->id();
  parent.reset();
  EXPECT_EQ(first.parent_id(), parent_id);
  EXPECT_EQ(first.tags().at("parent_session_id"), parent_id.to_string());
  EXPECT_EQ(first.tags().at("role"), "helper");
}

TEST_F(LifetimeTest, CloseFlushesAndEndsEverythingButReading) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  dispatch(1, 3);
  EXPECT_OK(session_.close());
  EXPECT_EQ(scanned_names(), numbered(1, 3));
  EXPECT_OK(session_.close());
  EXPECT_EQ(names(session_), numbered(1, 3));

  const DispatchResult refused = session_.dispatch(Call{});
  EXPECT_EQ(refused.reducers_run, 0);
  EXPECT_EQ(error_kind(refused.status()), ErrorKind::kClosed);
  for (const absl::Status& status :
       {session_.flush_logs(), session_.snapshot().status(), session_.restore(Snapshot()),
        session_.reload_logs(), session_.reset(), session_.register_slice<Note>(SlicePolicy::kLog),
        session_.save_snapshot("/s"), session_.configure_persistence<Call>(config())}) {
    EXPECT_EQ(error_kind(status), ErrorKind::kClosed) << status;
  }
}

TEST_F(LifetimeTest, CloseReturnsWhatCouldNotBeWritten) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  dispatch(1, 3);
  disk_.fail_named("append", ENOSPC);
  const absl::Status closed = session_.close();
  EXPECT_EQ(error_kind(closed), ErrorKind::kWrite) << closed;
}

TEST_F(LifetimeTest, TheDestructorClosesAndReportsWhatFails) {
  {
    Session session(options());
    ASSERT_OK(session.register_slice<Call>(SlicePolicy::kLog));
    ASSERT_OK(session.configure_persistence<Call>(config(10, 5)));
    session.dispatch(Call{.name = "c1"});
  }
  EXPECT_EQ(scanned_names(), numbered(1, 1));
  EXPECT_THAT(events(), IsEmpty());
  {
    Session session(options());
    ASSERT_OK(session.register_slice<Call>(SlicePolicy::kLog));
    ASSERT_OK(session.configure_persistence<Call>(config(10, 5)));
    session.dispatch(Call{.name = "c2"});
    disk_.fail_named("append", ENOSPC);
  }
  EXPECT_THAT(events(), Contains("session_close_failed"));
}

TEST_F(LifetimeTest, NothingIsReportedAfterClose) {
  ASSERT_OK(session_.close());
  session_.slice<Note>().all();
  session_.slice<Call>().where([](const Call&) -> bool { throw 1; });
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(LifetimeTest, AForkedChildCanCloseAndWritesNothing) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  dispatch(1, 3);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool closed = session_.close().ok();
    _exit(closed ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  dispatch(4, 4);
  ASSERT_OK(session_.close());
  EXPECT_EQ(scanned_names(), numbered(1, 4));
}

TEST_F(LifetimeTest, AForkedChildIsRefusedAndNeverWaitsForALockOfItsParent) {
  std::atomic<bool> is_inside = false;
  std::atomic<bool> may_leave = false;
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  dispatch(1, 1);
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(
      [&](const SliceView<Plan>&, const AddStep&, const ReducerContext&) -> SliceOp<Plan> {
        is_inside = true;
        while (!may_leave) std::this_thread::yield();
        return Append<Plan>{};
      })));
  std::thread dispatcher([&] { session_.dispatch(AddStep{"a"}); });
  while (!is_inside) std::this_thread::yield();

  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    int refused = 0;
    const auto count = [&](const absl::Status& status) {
      if (error_kind(status) == ErrorKind::kClosed) ++refused;
    };
    count(session_.dispatch(Call{.name = "child"}).status());
    count(session_.register_slice<Note>(SlicePolicy::kState));
    count(session_.configure_persistence<Call>(config()));
    count(session_.log_marks<Call>().status());
    count(session_.flush_logs());
    count(session_.snapshot().status());
    count(session_.save_snapshot("/snapshot.json"));
    count(session_.restore(Snapshot{}));
    count(session_.reload_logs());
    count(session_.reset());
    count(session_.clone().status());
    const bool reads_as_empty =
        session_.slice<Call>().all().empty() && session_.slice<Call>().latest() == nullptr &&
        session_.slice<Call>().empty() &&
        session_.slice<Call>().where([](const Call&) { return true; }).empty() &&
        session_.children_ids().empty();
    _exit(refused != 11 ? 100 + refused : reads_as_empty && session_.close().ok() ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  may_leave = true;
  dispatcher.join();
  EXPECT_TRUE(WIFEXITED(status)) << "the child waits for ever";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(session_.slice<Call>().size(), 1u);
}

}  // namespace
}  // namespace logslice::testing
