// A local type has no name that others could write down: it must state an id.
// clang does not show the function, so there this cannot be told.
// target: reflection
// only: Free Software Foundation
// expect: state EntryTraits<T>::id
#include "logslice/reflection/internal/describe.h"

const void* table() {
  struct Local {
    int value = 0;
  };
  return &logslice::internal::type_table<Local>();
}
