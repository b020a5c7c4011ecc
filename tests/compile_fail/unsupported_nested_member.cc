// A member of a nested struct is named with its own struct.
// target: reflection
// expect: this member's type has no JSON form
// expect: Inner
// expect: handle|'h', 'a', 'n', 'd', 'l', 'e'
#include "logslice/reflection/internal/describe.h"

namespace app {
struct Inner {
  void* handle = nullptr;
};
struct Outer {
  int value = 0;
  Inner inner;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Outer>();
