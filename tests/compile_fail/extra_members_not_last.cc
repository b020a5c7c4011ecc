// ExtraMembers end their struct, so that what is extra is known when they are written.
// target: reflection
// expect: ExtraMembers must be the last member
// expect: extra|'e', 'x', 't', 'r', 'a'
#include "logslice/reflection/internal/describe.h"

namespace app {
struct Event {
  logslice::ExtraMembers extra;
  int value = 0;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Event>();
