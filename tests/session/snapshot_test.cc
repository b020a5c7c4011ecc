#include "logslice/session/snapshot.h"

#include <cerrno>
#include <string>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::IsEmpty;

using SnapshotTest = CallsTest;

// The format, byte for byte. A change here is a change of specs/snapshot.md and of readers.
constexpr std::string_view kGolden =
    R"({"children_ids":[],"created_at":"2025-01-15T10:30:00.000000+00:00",)"
    R"("log_files":{"test:Call":{"entry_count":2,"last_seq":2,"path":"/log.jsonl"}},)"
    R"("parent_id":null,"policies":{"test:Call":"log","test:Plan":"state"},)"
    R"("slices":[{"item_type":"test:Plan","items":[{"step":"a \"b\"","done":1},)"
    R"({"step":"ü","done":-2}],"slice_type":"test:Plan"}],)"
    R"("tags":{"session_id":"550e8400-e29b-41d4-a716-446655440000"},"version":"1"})";

TEST_F(SnapshotTest, IsTheOriginsFormPlusTheLogs) {
  ASSERT_OK(session_.configure_persistence<Call>(config(1, 10)));
  dispatch(1, 2);
  session_.dispatch(Plan{"a \"b\"", 1});
  session_.dispatch(Plan{"ü", -2});
  const absl::StatusOr<Snapshot> snapshot = session_.snapshot();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->to_json(), kGolden);
  EXPECT_EQ(scanned_names(), numbered(1, 2)) << "taking it flushes";
  const absl::StatusOr<Snapshot> read = Snapshot::from_json(kGolden);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, *snapshot);
}

TEST_F(SnapshotTest, HoldsStateSlicesThatAreNotEmptyUnlessAskedForAll) {
  dispatch(1, 2);
  EXPECT_THAT(session_.snapshot()->slices, IsEmpty());
  const Snapshot all = *session_.snapshot({.scope = SnapshotScope::kAll});
  ASSERT_EQ(all.slices.size(), 1u);
  EXPECT_EQ(all.slices[0].slice_type, "test:Call");
  EXPECT_EQ(all.slices[0].items.size(), 2u);
}

TEST_F(SnapshotTest, KnowsParentAndChildren) {
  SessionOptions made;
  made.parent = &session_;
  Session child(made);
  EXPECT_EQ(child.snapshot()->parent_id, session_.id());
  EXPECT_EQ(session_.snapshot()->children_ids, std::vector<Uuid>{child.id()});
  const Snapshot snapshot = *child.snapshot();
  EXPECT_EQ(*Snapshot::from_json(snapshot.to_json()), snapshot);
}

TEST_F(SnapshotTest, SaysHowManyEntriesAreNotWritten) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  dispatch(1, 3);
  disk_.fail_named("append", ENOSPC);
  session_.dispatch(Plan{"a", 1});
  const absl::StatusOr<Snapshot> snapshot = session_.snapshot();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->unwritten_count, 3);
  EXPECT_EQ(Snapshot::from_json(snapshot->to_json())->unwritten_count, 3);
  EXPECT_OK(session_.restore(*snapshot)) << "still good for rolling back";
}

TEST_F(SnapshotTest, CountsTheEntriesOfATypeOverRestarts) {
  ASSERT_OK(session_.configure_persistence<Call>(config(2)));
  dispatch(1, 5);
  ASSERT_OK(session_.close());
  Session resumed(options());
  ASSERT_OK(resumed.register_slice<Call>(SlicePolicy::kLog));
  ASSERT_OK(resumed.configure_persistence<Call>(config(2)));
  resumed.dispatch(Call{.name = "c6"});
  const SnapshotLogFile log_file = resumed.snapshot()->log_files.at("test:Call");
  EXPECT_EQ(log_file.entry_count, 6);
  EXPECT_EQ(log_file.last_seq, 6);
}

struct Measured {
  double value = 0;
};

}  // namespace
}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Measured> {
  static constexpr std::string_view id = "test:Measured";
};

namespace logslice::testing {
namespace {

TEST_F(SnapshotTest, AnItemThatNoJsonCanHoldIsAnErrorThatNamesIt) {
  ASSERT_OK(session_.register_slice<Measured>(SlicePolicy::kState));
  session_.dispatch(Measured{1});
  session_.dispatch(Measured{kNan});
  const absl::Status status = session_.snapshot().status();
  EXPECT_THAT(status, HasStatus(absl::StatusCode::kInvalidArgument, "item 1"));
  EXPECT_THAT(status, HasStatus(absl::StatusCode::kInvalidArgument, "value"));
  EXPECT_EQ(error_kind(status), ErrorKind::kSnapshot);
}

TEST_F(SnapshotTest, ReadsWhatThePythonOriginWrites) {
  const absl::StatusOr<Snapshot> snapshot = Snapshot::from_json(
      R"({"children_ids": ["660e8400-e29b-41d4-a716-446655440001"], "created_at":
      "2025-01-15T10:30:00.123456+00:00", "parent_id": "550e8400-e29b-41d4-a716-446655440000",
      "policies": {"app:Plan": "state"}, "slices": [{"item_type": "app:Plan", "items":
      [{"objective": "x", "n": 1.50}], "slice_type": "app:Plan"}], "tags": {"a": "b"},
      "version": "1"})");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->slices[0].items[0].text(), R"({"objective": "x", "n": 1.50})");
  EXPECT_EQ(snapshot->tags.at("a"), "b");
  EXPECT_TRUE(snapshot->log_files.empty());
}

TEST_F(SnapshotTest, AFutureVersionSaysWhichOneIsKnown) {
  const absl::Status status =
      Snapshot::from_json(R"({"version":"2","created_at":12,"slices":"new"})").status();
  EXPECT_THAT(status, HasStatus(absl::StatusCode::kInvalidArgument, "version \"2\""));
  EXPECT_THAT(status, HasStatus(absl::StatusCode::kInvalidArgument, "reads version \"1\""));
  EXPECT_EQ(error_kind(status), ErrorKind::kSnapshot);
}

TEST_F(SnapshotTest, NamesTheMemberThatIsNotAsItShouldBe) {
  const auto reading = [](std::string members) {
    return Snapshot::from_json(R"({"version":"1","created_at":"2025-01-15T10:30:00+00:00",)" +
                               members + "}")
        .status();
  };
  const struct {
    const char* members;
    const char* says;
  } kCases[] = {
      {R"("created_at":5)", "created_at must be a string"},
      {R"("created_at":"soon")", "created_at must be an ISO 8601"},
      {R"("version":1)", "version must be a string"},
      {R"("parent_id":"x")", "parent_id must be a UUID"},
      {R"("children_ids":{})", "children_ids must be an array"},
      {R"("children_ids":[1])", "children_ids must be a UUID"},
      {R"("slices":{})", "slices must be an array"},
      {R"("slices":[1])", "slices[0] must be an object"},
      {R"("slices":[{"item_type":"a"}])", "slices[0].slice_type is missing"},
      {R"("slices":[{"slice_type":"a","item_type":1}])", "slices[0].item_type must be a string"},
      {R"("slices":[{"slice_type":"a","item_type":"a","items":1}])", "slices[0].items must be"},
      {R"("slices":[{"slice_type":"a","item_type":"a","items":[{},1]}])", "items[1] must be an"},
      {R"("tags":[])", "tags must be an object"},
      {R"("tags":{"a":1})", "tags.a must be a string"},
      {R"("policies":{"a":"logs"})", "policies.a must be"},
      {R"("log_files":[])", "log_files must be an object"},
      {R"("log_files":{"a":1})", "log_files.a must be an object"},
      {R"("log_files":{"a":{"path":"/a","entry_count":1}})", "log_files.a.last_seq is missing"},
      {R"("log_files":{"a":{"path":"/a","entry_count":1,"last_seq":-1}})", "last_seq must be"},
      {R"("log_files":{"a":{"path":"/a","entry_count":1,"last_seq":1e3}})", "last_seq must be"},
      {R"("log_files":{"a":{"path":"/a","last_seq":9223372036854775808}})", "last_seq must be"},
      {R"("unwritten":"3")", "unwritten must be"},
  };
  for (const auto& each : kCases) {
    const absl::Status status = reading(each.members);
    EXPECT_THAT(status, HasStatus(absl::StatusCode::kInvalidArgument, each.says)) << each.members;
    EXPECT_EQ(error_kind(status), ErrorKind::kSnapshot);
  }
  EXPECT_OK(reading(R"("unknown":[1,2,{}])"));
  for (const char* garbage : {"", "null", "[]", "{", "\xff\xfe", "{}"}) {
    EXPECT_EQ(Snapshot::from_json(garbage).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(SnapshotTest, CutAnywhereItIsAnErrorNotACrash) {
  for (size_t length = 0; length < kGolden.size(); ++length) {
    EXPECT_FALSE(Snapshot::from_json(kGolden.substr(0, length)).ok()) << length;
  }
}

TEST_F(SnapshotTest, ItemsMayBeAsDeepAsAnEntryWithAJsonValueAndSpreadOverLines) {
  const auto reading = [](size_t arrays) {
    return Snapshot::from_json(
        R"({"version":"1","created_at":"2025-01-15T10:30:00+00:00","slices":[{"slice_type":"a",)"
        R"("item_type":"a","items":[{"x y" :)"
        "\n  " +
        std::string(arrays, '[') + std::string(arrays, ']') + "\n}]}]}");
  };
  const absl::StatusOr<Snapshot> deepest = reading(511);
  ASSERT_TRUE(deepest.ok()) << deepest.status();
  EXPECT_EQ(deepest->slices[0].items[0].text(),
            R"({"x y":)" + std::string(511, '[') + std::string(511, ']') + "}");
  EXPECT_FALSE(reading(512).ok());
}

}  // namespace
}  // namespace logslice::testing
