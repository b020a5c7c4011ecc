#include "tests/session/session_fixture.h"

namespace {

struct OldCall {
  int a = 0;
};
struct AlsoCall {
  int a = 0;
};

}  // namespace

template <>
struct logslice::EntryTraits<OldCall> {
  static constexpr std::string_view id = "test:OldCall";
  static constexpr std::array<std::string_view, 1> aliases = {"test:Call"};
};
template <>
struct logslice::EntryTraits<AlsoCall> {
  static constexpr std::string_view id = "test:Call";
};

namespace logslice::testing {
namespace {

using RegistrationTest = CallsTest;

TEST_F(RegistrationTest, AgainWithTheSamePolicyChangesNothing) {
  session_.dispatch(Call{.name = "a"});
  EXPECT_OK(session_.register_slice<Call>(SlicePolicy::kLog));
  EXPECT_EQ(session_.dispatch(Call{.name = "b"}).reducers_run, 1);
  EXPECT_EQ(session_.slice<Call>().size(), 2u);
}

TEST_F(RegistrationTest, AgainWithAnotherPolicyIsAPolicyError) {
  const absl::Status status = session_.register_slice<Call>(SlicePolicy::kState);
  EXPECT_THAT(status, HasStatus(absl::StatusCode::kFailedPrecondition, "another policy"));
  EXPECT_EQ(error_kind(status), ErrorKind::kPolicy);
}

TEST_F(RegistrationTest, TwoTypesWithOneIdAreAnErrorAliasesCounted) {
  EXPECT_THAT(session_.register_slice<AlsoCall>(SlicePolicy::kLog),
              HasStatus(absl::StatusCode::kAlreadyExists, "test:Call"));
  EXPECT_THAT(session_.register_slice<OldCall>(SlicePolicy::kLog),
              HasStatus(absl::StatusCode::kAlreadyExists, "test:Call"));
  Session other(options());
  ASSERT_OK(other.register_slice<OldCall>(SlicePolicy::kLog));
  EXPECT_THAT(other.register_slice<Call>(SlicePolicy::kLog),
              HasStatus(absl::StatusCode::kAlreadyExists, "OldCall"));
}

TEST_F(RegistrationTest, AReducerNeedsARegisteredSlice) {
  EXPECT_THAT((session_.register_reducer<Note, Note>(append_all)),
              HasStatus(absl::StatusCode::kFailedPrecondition, "Note"));
}

}  // namespace
}  // namespace logslice::testing
