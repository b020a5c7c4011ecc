// A template's name is spelled differently by every compiler: it must state an id.
// target: reflection
// expect: state EntryTraits<T>::id
// expect: Box
#include "logslice/reflection/internal/describe.h"

namespace app {
template <typename T>
struct Box {
  T value{};
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Box<int>>();
