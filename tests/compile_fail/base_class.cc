// A base class is refused with our own words first.
// target: reflection
// expect: C arrays, bit-fields, references and base classes
// expect: Derived
#include "logslice/reflection/internal/describe.h"

namespace app {
struct Base {
  int id = 0;
};
struct Derived : Base {
  int value = 0;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Derived>();
