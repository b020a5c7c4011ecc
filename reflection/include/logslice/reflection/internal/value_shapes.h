// This header defines `kValueType<T>`, the erased description of each supported type, and the few
// functions by which the interpreter gets into containers.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "logslice/reflection/internal/supported_types.h"
#include "logslice/reflection/internal/type_name.h"
#include "logslice/reflection/internal/value_type.h"

namespace logslice::internal {

template <typename T>
constexpr ValueType make_value_type();

template <typename T>
inline constexpr ValueType kValueType = make_value_type<T>();

template <typename T>
const ObjectShape& object_shape();

template <typename T>
const TypeTable& type_table();

template <typename E>
constexpr ValueKind integer_kind() {
  constexpr bool is_signed = std::is_signed_v<E>;
  if constexpr (sizeof(E) == 1) return is_signed ? ValueKind::kInt8 : ValueKind::kUint8;
  if constexpr (sizeof(E) == 2) return is_signed ? ValueKind::kInt16 : ValueKind::kUint16;
  if constexpr (sizeof(E) == 4) return is_signed ? ValueKind::kInt32 : ValueKind::kUint32;
  return is_signed ? ValueKind::kInt64 : ValueKind::kUint64;
}

template <typename E>
std::string_view enum_name_of([[maybe_unused]] const void* value) {
  if constexpr (NamedEnum<E>) {
    for (const auto& name : EnumTraits<E>::names) {
      if (name.value == *static_cast<const E*>(value)) return name.name;
    }
  }
  return {};
}

template <typename E>
bool set_enum_by_name([[maybe_unused]] void* value, [[maybe_unused]] std::string_view text) {
  if constexpr (NamedEnum<E>) {
    for (const auto& name : EnumTraits<E>::names) {
      if (name.name != text) continue;
      *static_cast<E*>(value) = name.value;
      return true;
    }
  }
  return false;
}

template <typename E>
inline constexpr EnumShape kEnumShape = {&enum_name_of<E>, &set_enum_by_name<E>,
                                         integer_kind<std::underlying_type_t<E>>()};

template <typename T>
struct OptionalOps {
  static const void* get(const void* optional) {
    const T& typed = *static_cast<const T*>(optional);
    return typed.has_value() ? &*typed : nullptr;
  }
  static void* emplace(void* optional) { return &static_cast<T*>(optional)->emplace(); }
  static void reset(void* optional) { static_cast<T*>(optional)->reset(); }
};

template <typename T>
inline constexpr OptionalShape kOptionalShape = {&kValueType<typename T::value_type>,
                                                 &OptionalOps<T>::get, &OptionalOps<T>::emplace,
                                                 &OptionalOps<T>::reset};

template <typename T>
struct SequenceOps {
  using Element = typename T::value_type;

  static void for_each(const void* sequence, ElementVisitor& visitor) {
    // By const reference, so that the proxies of vector<bool> become a bool first.
    for (const Element& element : *static_cast<const T*>(sequence)) {
      visitor.visit(kValueType<Element>, &element);
    }
  }

  static bool read_all(void* sequence, ElementSource& source) {
    T& typed = *static_cast<T*>(sequence);
    typed.clear();
    while (source.next()) {
      Element element{};
      if (!source.read(kValueType<Element>, &element)) return false;
      if constexpr (requires { typed.push_back(std::move(element)); }) {
        typed.push_back(std::move(element));
      } else {
        typed.insert(std::move(element));
      }
    }
    return true;
  }
};

// std::array: a fixed number of elements of one type. A loop, since the code of thousands of
// elements one by one takes the compiler minutes.
template <typename T>
struct ArrayOps {
  using Element = typename T::value_type;

  static void for_each(const void* array, ElementVisitor& visitor) {
    for (const Element& element : *static_cast<const T*>(array)) {
      visitor.visit(kValueType<Element>, &element);
    }
  }

  static bool read_all(void* array, ElementSource& source) {
    for (Element& element : *static_cast<T*>(array)) {
      if (!source.next() || !source.read(kValueType<Element>, &element)) return false;
    }
    return !source.next();
  }
};

// std::tuple, std::pair: a fixed number of elements, each of its own type.
template <typename T>
struct TupleOps {
  using Indexes = std::make_index_sequence<std::tuple_size_v<T>>;

  static void for_each(const void* tuple, ElementVisitor& visitor) {
    using std::get;
    [&]<size_t... I>(std::index_sequence<I...>) {
      (visitor.visit(kValueType<std::tuple_element_t<I, T>>,
                     &get<I>(*static_cast<const T*>(tuple))),
       ...);
    }
    (Indexes{});
  }

  static bool read_all(void* tuple, ElementSource& source) {
    using std::get;
    return [&]<size_t... I>(std::index_sequence<I...>) {
      return ((source.next() && source.read(kValueType<std::tuple_element_t<I, T>>,
                                            &get<I>(*static_cast<T*>(tuple)))) &&
              ...);
    }
    (Indexes{}) && !source.next();
  }
};

template <typename T, template <typename> typename Ops>
inline constexpr SequenceShape kSequenceShape = {&Ops<T>::for_each, &Ops<T>::read_all};

template <typename T>
struct MapOps {
  using Key = typename T::key_type;
  using Mapped = typename T::mapped_type;

  static void for_each(const void* map, MemberVisitor& visitor) {
    for (const auto& [key, value] : *static_cast<const T*>(map)) {
      if constexpr (std::is_same_v<Key, std::string>) {
        visitor.visit(key, kValueType<Mapped>, &value);
      } else {
        char text[24];
        const char* end = std::to_chars(text, text + sizeof text, key).ptr;
        visitor.visit({text, static_cast<size_t>(end - text)}, kValueType<Mapped>, &value);
      }
    }
  }

  static bool read_all(void* map, MemberSource& source) {
    T& typed = *static_cast<T*>(map);
    typed.clear();
    std::string_view text;
    while (source.next(&text)) {
      Key key{};
      if constexpr (std::is_same_v<Key, std::string>) {
        key = text;
      } else {
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), key);
        if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return false;
      }
      Mapped value{};
      if (!source.read(kValueType<Mapped>, &value)) return false;
      typed.insert_or_assign(std::move(key), std::move(value));
    }
    return true;
  }
};

template <typename T>
inline constexpr MapShape kMapShape = {&MapOps<T>::for_each, &MapOps<T>::read_all};

template <typename T>
struct VariantOps;

template <typename... Ts>
struct VariantOps<std::variant<Ts...>> {
  using Variant = std::variant<Ts...>;

  static const TypeTable& table(size_t index) {
    constexpr std::array<const TypeTable& (*)(), sizeof...(Ts)> tables = {&type_table<Ts>...};
    return tables[index]();
  }
  // An alternative that threw while it was assigned leaves a variant without value; it counts as
  // the first, which `get` then makes anew.
  static size_t index(const void* variant) {
    const Variant& typed = *static_cast<const Variant*>(variant);
    return typed.valueless_by_exception() ? 0 : typed.index();
  }
  static const void* get(const void* variant) {
    const Variant& typed = *static_cast<const Variant*>(variant);
    if (typed.valueless_by_exception()) {
      static const std::variant_alternative_t<0, Variant> first{};
      return &first;
    }
    return std::visit([](const auto& value) -> const void* { return &value; }, typed);
  }
  static void* emplace(void* variant, size_t index) {
    Variant& typed = *static_cast<Variant*>(variant);
    void* value = nullptr;
    [&]<size_t... I>(std::index_sequence<I...>) {
      ((I == index ? static_cast<void>(value = &typed.template emplace<I>()) : void()), ...);
    }
    (std::index_sequence_for<Ts...>{});
    return value;
  }
};

template <typename T>
inline constexpr VariantShape kVariantShape = {std::variant_size_v<T>, &VariantOps<T>::table,
                                               &VariantOps<T>::index, &VariantOps<T>::get,
                                               &VariantOps<T>::emplace};

template <typename T>
constexpr ValueType make_plain_type(ValueKind kind) {
  return ValueType{kind, cpp_type_name<T>(), {nullptr}};
}

template <typename T>
constexpr ValueType make_value_type() {
  constexpr std::string_view name = cpp_type_name<T>();
  if constexpr (std::is_same_v<T, bool>) {
    return make_plain_type<T>(ValueKind::kBool);
  } else if constexpr (Integer<T>) {
    return make_plain_type<T>(integer_kind<T>());
  } else if constexpr (std::is_same_v<T, float>) {
    return make_plain_type<T>(ValueKind::kFloat);
  } else if constexpr (std::is_same_v<T, double>) {
    return make_plain_type<T>(ValueKind::kDouble);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return make_plain_type<T>(ValueKind::kString);
  } else if constexpr (FilesystemPath<T>) {
    return make_plain_type<T>(ValueKind::kPath);
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    return make_plain_type<T>(ValueKind::kBytes);
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    return make_plain_type<T>(ValueKind::kTime);
  } else if constexpr (std::is_same_v<T, absl::Duration>) {
    return make_plain_type<T>(ValueKind::kDuration);
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return make_plain_type<T>(ValueKind::kUuid);
  } else if constexpr (std::is_same_v<T, JsonValue>) {
    return make_plain_type<T>(ValueKind::kJson);
  } else if constexpr (std::is_same_v<T, ExtraMembers>) {
    return make_plain_type<T>(ValueKind::kExtraMembers);
  } else if constexpr (std::is_enum_v<T>) {
    return ValueType{ValueKind::kEnum, name, {.enumeration = &kEnumShape<T>}};
  } else if constexpr (Optional<T>) {
    return ValueType{ValueKind::kOptional, name, {.optional = &kOptionalShape<T>}};
  } else if constexpr (Map<T>) {
    return ValueType{ValueKind::kMap, name, {.map = &kMapShape<T>}};
  } else if constexpr (Sequence<T>) {
    return ValueType{ValueKind::kSequence, name, {.sequence = &kSequenceShape<T, SequenceOps>}};
  } else if constexpr (kIsArray<T>) {
    return ValueType{ValueKind::kSequence, name, {.sequence = &kSequenceShape<T, ArrayOps>}};
  } else if constexpr (kIsVariant<T>) {
    return ValueType{ValueKind::kVariant, name, {.variant = &kVariantShape<T>}};
  } else if constexpr (TupleLike<T>) {
    return ValueType{ValueKind::kSequence, name, {.sequence = &kSequenceShape<T, TupleOps>}};
  } else {
    return ValueType{ValueKind::kObject, name, {.object = &object_shape<T>}};
  }
}

}  // namespace logslice::internal
