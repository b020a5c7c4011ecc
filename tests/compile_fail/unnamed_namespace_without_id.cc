// A type in an unnamed namespace is not the same in two files: it must state an id.
// target: reflection
// expect: state EntryTraits<T>::id
// expect: Hidden
#include "logslice/reflection/internal/describe.h"

namespace {
struct Hidden {
  int value = 0;
};
}  // namespace

const auto& table = logslice::internal::type_table<Hidden>();
