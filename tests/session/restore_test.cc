#include <cerrno>
#include <string>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;

class RestoreTest : public CallsTest {
 protected:
  // Restoring `snapshot` fails with `text`, and the session is as it was.
  void expect_refused(const Snapshot& snapshot, absl::StatusCode code, const char* text,
                      Session* session = nullptr) {
    if (session == nullptr) session = &session_;
    const SliceView<Plan> before = session->slice<Plan>().all();
    const absl::Status status = session->restore(snapshot);
    EXPECT_THAT(status, HasStatus(code, text));
    EXPECT_EQ(error_kind(status), ErrorKind::kSnapshot) << status;
    const SliceView<Plan> after = session->slice<Plan>().all();
    EXPECT_EQ(std::vector<Plan>(before.begin(), before.end()),
              std::vector<Plan>(after.begin(), after.end()));
  }
};

TEST_F(RestoreTest, RollsStateBackAndKeepsLogs) {
  session_.dispatch(Plan{"a", 1});
  dispatch(1, 2);
  const Snapshot snapshot = *session_.snapshot();
  session_.dispatch(Plan{"b", 2});
  dispatch(3, 3);
  ASSERT_OK(session_.restore(snapshot));
  const SliceView<Plan> plans = session_.slice<Plan>().all();
  EXPECT_THAT(std::vector<Plan>(plans.begin(), plans.end()), ElementsAre(Plan{"a", 1}));
  EXPECT_EQ(names(session_), numbered(1, 3));
}

TEST_F(RestoreTest, AStateSliceThatTheSnapshotLacksBecomesEmpty) {
  const Snapshot empty = *session_.snapshot();
  session_.dispatch(Plan{"a", 1});
  ASSERT_OK(session_.restore(empty));
  EXPECT_TRUE(session_.slice<Plan>().empty());
}

TEST_F(RestoreTest, GoesThroughJsonIntoAnotherSession) {
  session_.dispatch(Plan{"a", 1});
  session_.dispatch(Plan{"b", 2});
  const std::string json = session_.snapshot()->to_json();
  Session other(options());
  ASSERT_OK(other.register_slice<Plan>(SlicePolicy::kState));
  ASSERT_OK(other.register_slice<Call>(SlicePolicy::kLog));
  ASSERT_OK(other.restore(*Snapshot::from_json(json)));
  EXPECT_EQ(other.slice<Plan>().size(), 2u);
  EXPECT_EQ(*other.slice<Plan>().latest(), (Plan{"b", 2}));
}

TEST_F(RestoreTest, LogItemsInASnapshotAreNotTaken) {
  dispatch(1, 2);
  const Snapshot all = *session_.snapshot({.scope = SnapshotScope::kAll});
  dispatch(3, 3);
  ASSERT_OK(session_.restore(all));
  EXPECT_EQ(names(session_), numbered(1, 3));
}

TEST_F(RestoreTest, RefusesWhatDoesNotFitTheSession) {
  session_.dispatch(Plan{"a", 1});
  const Snapshot good = *session_.snapshot();
  session_.dispatch(Plan{"b", 2});

  Snapshot unknown = good;
  unknown.slices.push_back({"test:Other", "test:Other", {}});
  expect_refused(unknown, absl::StatusCode::kFailedPrecondition, "test:Other is not registered");

  Snapshot other_items = good;
  other_items.slices[0].item_type = "test:Call";
  expect_refused(other_items, absl::StatusCode::kFailedPrecondition, "items of another type");

  Snapshot twice = good;
  twice.slices.push_back(twice.slices[0]);
  expect_refused(twice, absl::StatusCode::kFailedPrecondition, "more than once");

  Snapshot policy = good;
  policy.policies["test:Plan"] = SlicePolicy::kLog;
  expect_refused(policy, absl::StatusCode::kFailedPrecondition, "another policy");

  Snapshot unknown_policy = good;
  unknown_policy.policies["test:Other"] = SlicePolicy::kLog;
  expect_refused(unknown_policy, absl::StatusCode::kFailedPrecondition, "test:Other");

  Snapshot broken = good;
  broken.slices[0].items.push_back(*JsonValue::parse(R"({"step":"x","done":"many"})"));
  expect_refused(broken, absl::StatusCode::kInvalidArgument, "item 1");
}

TEST_F(RestoreTest, ALogThatIsBehindTheSnapshotIsAnErrorUnlessAccepted) {
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  dispatch(1, 3);
  session_.dispatch(Plan{"a", 1});
  Snapshot ahead = *session_.snapshot();
  EXPECT_OK(session_.restore(ahead));
  dispatch(4, 4);
  EXPECT_OK(session_.restore(ahead)) << "a log that has gone on is fine";
  ahead.log_files["test:Call"].last_seq = 5;
  expect_refused(ahead, absl::StatusCode::kDataLoss, "ends at seq 4, before the snapshot's 5");
  EXPECT_OK(session_.restore(ahead, {.log_behind = LogBehind::kAccept}));
  ahead.log_files["test:Call"].last_seq = 4;
  ahead.log_files["test:Call"].entry_count = 1'000'000;
  EXPECT_OK(session_.restore(ahead)) << "retention may lower the count: not compared";
}

TEST_F(RestoreTest, AnotherPathIsAnError) {
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  dispatch(1, 1);
  Snapshot moved = *session_.snapshot();
  moved.log_files["test:Call"].path = "/other.jsonl";
  expect_refused(moved, absl::StatusCode::kFailedPrecondition, "/other.jsonl");
}

TEST_F(RestoreTest, ALogThatIsNotConfiguredHereIsLookedForOnDisk) {
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  dispatch(1, 3);
  Snapshot snapshot = *session_.snapshot();
  ASSERT_OK(session_.close());
  Session other(options());
  ASSERT_OK(other.register_slice<Plan>(SlicePolicy::kState));
  ASSERT_OK(other.register_slice<Call>(SlicePolicy::kLog));
  EXPECT_OK(other.restore(snapshot));
  snapshot.log_files["test:Call"].last_seq = 4;
  expect_refused(snapshot, absl::StatusCode::kDataLoss, "ends at seq 3", &other);
  disk_.remove("/log.jsonl");
  expect_refused(snapshot, absl::StatusCode::kDataLoss, "is missing", &other);
  EXPECT_OK(other.restore(snapshot, {.log_behind = LogBehind::kAccept}));
}

TEST_F(RestoreTest, TheWriterGoesOnWithTheNextSequenceNumber) {
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  dispatch(1, 2);
  const Snapshot snapshot = *session_.snapshot();
  dispatch(3, 4);
  ASSERT_OK(session_.restore(snapshot));
  dispatch(5, 5);
  EXPECT_EQ(session_.log_marks<Call>()->accepted_seq, 5);
}

}  // namespace
}  // namespace logslice::testing
