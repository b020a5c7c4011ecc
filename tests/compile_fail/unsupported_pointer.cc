// Pointers, and what only looks at memory of others, are no values.
// target: reflection
// expect: this member's type has no JSON form
// expect: WithView
// expect: title|'t', 'i', 't', 'l', 'e'
#include <string_view>

#include "logslice/reflection/internal/describe.h"

namespace app {
struct WithView {
  std::string_view title;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::WithView>();
