// A class with a constructor is not a plain aggregate.
// target: reflection
// expect: a slice type is a plain aggregate
// expect: Clever
#include "logslice/reflection/internal/describe.h"

namespace app {
class Clever {
 public:
  explicit Clever(int value) : value_(value) {}

 private:
  int value_;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Clever>();
