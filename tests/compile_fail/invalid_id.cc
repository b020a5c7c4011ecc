// A stated id stands in every line as it is, so it may need no escape.
// target: reflection
// expect: EntryTraits<T>::id must be printable ASCII
#include "logslice/reflection/internal/describe.h"

namespace app {
struct Event {
  int value = 0;
};
}  // namespace app

template <>
struct logslice::EntryTraits<app::Event> {
  static constexpr std::string_view id = "app:\"Event\"";
};

const auto& table = logslice::internal::type_table<app::Event>();
