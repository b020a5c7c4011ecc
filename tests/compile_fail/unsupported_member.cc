// A member that has no JSON form is refused with the names of the type, the member and its type.
// target: reflection
// expect: this member's type has no JSON form
// expect: WithThread
// expect: worker|'w', 'o', 'r', 'k', 'e', 'r'
// expect: std::thread
#include <string>
#include <thread>

#include "logslice/reflection/internal/describe.h"

namespace app {
struct WithThread {
  std::string name;
  std::thread worker;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::WithThread>();
