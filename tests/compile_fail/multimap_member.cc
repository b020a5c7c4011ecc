// A multimap's doubled keys have no place in a JSON object.
// target: reflection
// expect: this member's type has no JSON form
// expect: WithMultimap
// expect: tags|'t', 'a', 'g', 's'
#include <map>
#include <string>

#include "logslice/reflection/internal/describe.h"

namespace app {
struct WithMultimap {
  std::multimap<std::string, int> tags;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::WithMultimap>();
