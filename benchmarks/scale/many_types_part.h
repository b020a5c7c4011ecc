// This header defines the part of the thousand types that one file compiles.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "many_types.h"

namespace logslice::scale {

template <int N>
struct Event {
  int64_t number = 0;
  std::string text;
};

// "scale:Event0042"
template <int N>
inline constexpr std::array<char, 15> kEventId = [] {
  std::array<char, 15> id{'s', 'c', 'a', 'l', 'e', ':', 'E', 'v', 'e', 'n', 't'};
  int rest = N;
  for (size_t i = id.size(); i-- > 11; rest /= 10) id[i] = static_cast<char>('0' + rest % 10);
  return id;
}();

}  // namespace logslice::scale

template <int N>
struct logslice::EntryTraits<logslice::scale::Event<N>> {
  static constexpr std::string_view id{logslice::scale::kEventId<N>.data(),
                                       logslice::scale::kEventId<N>.size()};
};

namespace logslice::scale {

template <int N>
constexpr AnyType any_type() {
  using E = Event<N>;
  return {
      [](Session& session, SlicePolicy policy) { return session.register_slice<E>(policy); },
      [](Session& session, const LogPersistenceConfig& config) {
        return session.configure_persistence<E>(config);
      },
      [](Session& session, int64_t number) {
        return session.dispatch(E{number, "about forty bytes of text in each event"})
                   .reducers_run == 1;
      },
      [](const Session& session) { return session.slice<E>().size(); },
      [](const Session& session) -> int64_t {
        const std::shared_ptr<const E> latest = session.slice<E>().latest();
        return latest == nullptr ? -1 : latest->number;
      },
      [](const Session& session) { return session.log_marks<E>(); },
  };
}

template <int kFrom, int... kOffsets>
constexpr std::array<AnyType, sizeof...(kOffsets)> types_at(
    std::integer_sequence<int, kOffsets...>) {
  return {any_type<kFrom + kOffsets>()...};
}

// The types kFrom, kFrom + 1, …, as many as a file has.
template <int kFrom>
std::span<const AnyType> types_from() {
  static constexpr auto kTypes = types_at<kFrom>(std::make_integer_sequence<int, kTypesPerFile>());
  return kTypes;
}

}  // namespace logslice::scale
