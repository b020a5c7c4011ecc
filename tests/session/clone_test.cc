#include <memory>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;

using CloneTest = CallsTest;

TEST_F(CloneTest, HasTheSameEntriesReducersTagsAndPoliciesAndGoesItsOwnWay) {
  ASSERT_OK((session_.register_reducer<Plan, Plan>(replace_latest)));
  session_.dispatch(Plan{"a", 1});
  dispatch(1, 600);
  absl::StatusOr<std::unique_ptr<Session>> clone = session_.clone();
  ASSERT_TRUE(clone.ok()) << clone.status();
  EXPECT_EQ(names(**clone), numbered(1, 600));
  EXPECT_NE((*clone)->id(), session_.id());
  EXPECT_EQ((*clone)->tags().at("session_id"), (*clone)->id().to_string());

  (*clone)->dispatch(Plan{"b", 2});
  (*clone)->dispatch(Call{.name = "of the clone"});
  dispatch(601, 601);
  EXPECT_EQ((*clone)->slice<Plan>().size(), 1u);
  EXPECT_EQ(session_.slice<Plan>().latest()->step, "a");
  EXPECT_EQ((*clone)->slice<Call>().latest()->name, "of the clone");
  EXPECT_EQ(session_.slice<Call>().latest()->name, "c601");
  EXPECT_EQ(session_.slice<Call>().size(), 601u);
  EXPECT_EQ((*clone)->register_slice<Plan>(SlicePolicy::kLog).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(CloneTest, HasNoLogOfItsOwn) {
  ASSERT_OK(session_.configure_persistence<Call>(config(3)));
  dispatch(1, 5);
  absl::StatusOr<std::unique_ptr<Session>> clone = session_.clone();
  ASSERT_TRUE(clone.ok());
  for (int i = 0; i < 10; ++i) (*clone)->dispatch(Call{.name = "x"});
  EXPECT_EQ((*clone)->slice<Call>().size(), 13u);
  ASSERT_OK(session_.close());
  EXPECT_EQ(scanned_names(), numbered(1, 5));
  // It may get one, and then writes what it has.
  LogPersistenceConfig own = config(4);
  own.path = "/clone.jsonl";
  ASSERT_OK((*clone)->configure_persistence<Call>(own));
  EXPECT_EQ(scanned_names("/clone.jsonl").size(), 13u);
}

TEST_F(CloneTest, TakesWhatItsOptionsSay) {
  CloneOptions chosen;
  chosen.id = Uuid::random();
  chosen.tags = std::map<std::string, std::string>{{"a", "b"}};
  chosen.parent = &session_;
  absl::StatusOr<std::unique_ptr<Session>> clone = session_.clone(chosen);
  ASSERT_TRUE(clone.ok());
  EXPECT_EQ((*clone)->id(), *chosen.id);
  EXPECT_EQ((*clone)->tags().at("a"), "b");
  EXPECT_EQ((*clone)->parent_id(), session_.id());
  EXPECT_THAT(session_.children_ids(), ElementsAre(*chosen.id));
}

TEST_F(CloneTest, OutlivesItsSource) {
  std::unique_ptr<Session> clone;
  {
    Session source(options());
    ASSERT_OK(source.register_slice<Call>(SlicePolicy::kLog));
    source.dispatch(Call{.name = "a"});
    clone = *source.clone();
  }
  clone->dispatch(Call{.name = "b"});
  EXPECT_THAT(names(*clone), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace logslice::testing
