// A required member has to be a member.
// target: reflection
// expect: EntryTraits<T>::required names a member that the type does not have
#include "logslice/reflection/internal/describe.h"

namespace app {
struct Event {
  int value = 0;
};
}  // namespace app

template <>
struct logslice::EntryTraits<app::Event> {
  static constexpr std::array<std::string_view, 1> required = {"valeu"};
};

const auto& table = logslice::internal::type_table<app::Event>();
