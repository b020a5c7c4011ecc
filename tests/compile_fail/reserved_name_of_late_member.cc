// A reserved member name is refused also where a compiler no longer spells all members at once.
// target: reflection
// expect: member names that begin with `__` are reserved
// expect: ManyMembers
// expect: __seq__|'_', '_', 's', 'e', 'q', '_', '_'
#include "logslice/reflection/internal/describe.h"

namespace app {
struct ManyMembers {
  int a, b, c, d, e, f, g, h, i, j, k;
  int __seq__ = 0;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::ManyMembers>();
