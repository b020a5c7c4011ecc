// The check goes into containers.
// target: reflection
// expect: this member's type has no JSON form
// expect: Deep
// expect: readers|'r', 'e', 'a', 'd', 'e', 'r', 's'
#include <map>
#include <string>
#include <vector>

#include "logslice/reflection/internal/describe.h"

namespace app {
struct Deep {
  std::map<std::string, std::vector<char*>> readers;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Deep>();
