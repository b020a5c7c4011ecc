// A reference member cannot be read back.
// target: reflection
// expect: default constructible|C arrays, bit-fields, references
// expect: Borrowing
#include <string>

#include "logslice/reflection/internal/describe.h"

namespace app {
struct Borrowing {
  std::string& name;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Borrowing>();
