// This header defines concat(), which builds messages. It takes std::string_view, which
// absl::StrCat does not everywhere.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace logslice::internal {

inline void append_text(std::string& out, std::string_view text) { out.append(text); }
template <std::integral T>
void append_text(std::string& out, T number) {
  out.append(std::to_string(number));
}

template <typename... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  (append_text(out, parts), ...);
  return out;
}

}  // namespace logslice::internal
