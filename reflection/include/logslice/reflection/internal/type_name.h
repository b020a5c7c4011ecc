// This header defines how a type's C++ name is read at compile time, and the id made from it.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace logslice::internal {

template <typename T>
constexpr std::string_view function_signature() {
  return __PRETTY_FUNCTION__;
}

// The name as the compiler prints it, `app::events::ToolInvoked`.
template <typename T>
constexpr std::string_view cpp_type_name() {
  // What stands before and behind the name is the same for every type: learn it from `int`.
  constexpr std::string_view probe = function_signature<int>();
  constexpr size_t before = probe.rfind("int");
  constexpr size_t behind = probe.size() - before - 3;
  constexpr std::string_view signature = function_signature<T>();
  return signature.substr(before, signature.size() - before - behind);
}

// Whether the name tells one type from every other: not for templates, local types, lambdas and
// types in unnamed namespaces.
constexpr bool is_portable_name(std::string_view name) {
  return name.find_first_of("<({ ") == std::string_view::npos;
}

// `app::events::ToolInvoked` as `app.events:ToolInvoked`, `Global` as `__main__:Global`.
template <typename T>
struct DefaultId {
  static constexpr std::string_view kName = cpp_type_name<T>();
  static constexpr std::string_view kGlobal = "__main__:";
  static constexpr size_t kClassStart =
      kName.rfind("::") == std::string_view::npos ? 0 : kName.rfind("::") + 2;

  // One byte less for each `::`, which becomes `.` or `:`.
  static constexpr size_t id_bytes() {
    if (kClassStart == 0) return kGlobal.size() + kName.size();
    size_t bytes = kName.size();
    for (size_t i = 0; i + 1 < kName.size(); ++i) {
      if (kName[i] == ':' && kName[i + 1] == ':') --bytes;
    }
    return bytes;
  }

  static constexpr std::array<char, id_bytes()> make() {
    std::array<char, id_bytes()> id{};
    size_t at = 0;
    if (kClassStart == 0) {
      for (const char c : kGlobal) id[at++] = c;
    }
    for (size_t i = 0; i < kName.size(); ++i) {
      if (kName[i] != ':') {
        id[at++] = kName[i];
      } else {
        id[at++] = i + 2 == kClassStart ? ':' : '.';
        ++i;
      }
    }
    return id;
  }

  static constexpr std::array<char, id_bytes()> kText = make();
  static constexpr std::string_view value{kText.data(), kText.size()};
};

}  // namespace logslice::internal
