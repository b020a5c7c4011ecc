// Member names that begin with two underscores are the library's own.
// target: reflection
// expect: member names that begin with `__` are reserved
// expect: Reserved
// expect: __seq__|'_', '_', 's', 'e', 'q', '_', '_'
#include "logslice/reflection/internal/describe.h"

namespace app {
struct Reserved {
  int value = 0;
  int __seq__ = 0;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Reserved>();
