#include "logslice/reflection/internal/member_list.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/pfr/core.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logslice/reflection/internal/describe.h"

namespace __odd {
struct Under {
  int32_t one = 0;
  bool two = false;
};
}  // namespace __odd

namespace logslice::internal {
namespace {

struct One {
  std::array<int32_t, 4> only;
};
struct Nested {
  One one;
  std::array<One, 2> two;
  std::pair<int32_t, std::string> three;
};
struct Recursive {
  std::vector<Recursive> children;
  int32_t number = 0;
};
struct Initialised {
  int32_t number = 5;
  std::string text = "text";
  std::optional<std::string> maybe = "maybe";
  ExtraMembers rest;
};
struct Sixteen {
  int8_t a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;
};
struct Seventeen {
  int8_t a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
};
struct Eighteen {
  int8_t a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
  std::string last;
};
struct Eleven {
  int8_t a, b, c, d, e, f, g, h, i, j, k;
};
template <typename A, typename B>
struct Template {
  A first_;
  B second;
};
class NotMadeOfBraces {
 public:
  explicit NotMadeOfBraces() = default;
};

template <typename T>
void expect_members(std::vector<std::string_view> names) {
  const ObjectShape& shape = object_shape<T>();
  ASSERT_EQ(shape.fields().size(), names.size());
  const T probe{};
  boost::pfr::for_each_field(probe, [&]<typename Member>(const Member& member, size_t i) {
    const Field& field = shape.fields()[i];
    EXPECT_EQ(field.name, names[i]);
    EXPECT_EQ(field.type, &kValueType<Member>) << names[i];
    EXPECT_EQ(field.offset_bytes, static_cast<size_t>(reinterpret_cast<const char*>(&member) -
                                                      reinterpret_cast<const char*>(&probe)))
        << names[i];
  });
}

TEST(MemberList, NamesTypesAndOffsetsAreThoseOfTheMembers) {
  struct Local {
    int32_t first = 0;
    std::string second;
  };
  expect_members<__odd::Under>({"one", "two"});
  expect_members<One>({"only"});
  expect_members<Nested>({"one", "two", "three"});
  expect_members<Recursive>({"children", "number"});
  expect_members<Initialised>({"number", "text", "maybe", "rest"});
  expect_members<Template<int32_t, std::map<std::string, int32_t>>>({"first_", "second"});
  expect_members<Local>({"first", "second"});
}

TEST(MemberList, WorksBeyondWhatIsCountedByBraces) {
  std::vector<std::string_view> names = {"a", "b", "c", "d", "e", "f", "g", "h",
                                         "i", "j", "k", "l", "m", "n", "o", "p"};
  expect_members<Sixteen>(names);
  expect_members<Eleven>({names.begin(), names.begin() + 11});
  names.push_back("q");
  expect_members<Seventeen>(names);
  names.push_back("last");
  expect_members<Eighteen>(names);
}

TEST(MemberList, CountsByBracesOnlyWhereThatIsCertain) {
  struct WithArray {
    int32_t number;
    int32_t numbers[2];
  };
  struct WithExplicit {
    int32_t number;
    NotMadeOfBraces other;
  };
  struct WithReference {
    int32_t number;
    int32_t& other;
  };
  EXPECT_EQ(kPlainMemberCount<Nested>, 3);
  EXPECT_EQ(kPlainMemberCount<Sixteen>, 16);
  EXPECT_EQ(kPlainMemberCount<Seventeen>, 0);
  EXPECT_EQ(kPlainMemberCount<Eighteen>, 0);
  EXPECT_EQ(kPlainMemberCount<WithArray>, 0);
  EXPECT_EQ(kPlainMemberCount<WithExplicit>, 0);
  EXPECT_EQ(kPlainMemberCount<WithReference>, 0);
}

TEST(MemberList, TheCompilersSpellingIsKnown) { EXPECT_TRUE(kIsSpellingKnown); }

// A library and the program that links it may come from different compilers.
TEST(MemberList, TakesNamesFromTheTextOfEitherCompiler) {
  constexpr std::array<const char*, 2> kTexts = {
      "constexpr const char* f() [with auto A = MemberAddresses<2>{const void* [2]{((const "
      "void*)(& "
      "kNeverMade<app::Pair>.NeverMade<app::Pair>::value.app::Pair::alpha)), ((const void*)(& "
      "kNeverMade<app::Pair>.NeverMade<app::Pair>::value.app::Pair::beta_))}}]",
      "const char *f() [A = {{&kNeverMade.value.alpha, &kNeverMade.value.beta_}}]"};
  struct Pair {
    int32_t alpha;
    int32_t beta_;
  };
  for (const char* text : kTexts) {
    ShapeSource source = kShapeSource<Pair>;
    source.names = nullptr;
    source.spelled_members = text;
    const std::unique_ptr<const ObjectShape> shape(make_object_shape(source));
    ASSERT_EQ(shape->fields().size(), 2);
    EXPECT_EQ(shape->fields()[0].name, "alpha") << text;
    EXPECT_EQ(shape->fields()[1].name, "beta_") << text;
  }
}

}  // namespace
}  // namespace logslice::internal
