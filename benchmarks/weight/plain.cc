// The structs alone, each made, moved and ended once: what any program pays that has them.
#include <cstddef>
#include <utility>

#include "contender.h"
#include "types.h"

namespace logslice::weight {
namespace {

template <typename T>
int64_t make(size_t type) {
  T entry;
  fill_sample(type, 0, &entry);
  const T moved = std::move(entry);
  return is_sample(type, 0, &moved) ? 1 : 0;
}

template <typename... T, size_t... I>
int64_t make_all(TypeList<T...>, std::index_sequence<I...>) {
  return (make<T>(I) + ...);
}

template <typename... T>
int64_t make_all(TypeList<T...> types) {
  return make_all(types, std::index_sequence_for<T...>{});
}

}  // namespace

int64_t made_of_plain_structs() { return make_all(AllTypes{}); }

}  // namespace logslice::weight
