// A C array member is refused, and the message says what to use instead.
// target: reflection
// expect: C arrays, bit-fields, references and base classes
// expect: Samples
#include "logslice/reflection/internal/describe.h"

namespace app {
struct Samples {
  int count = 0;
  int values[3] = {};
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Samples>();
