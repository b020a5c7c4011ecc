// This header defines join_text, which builds messages from parts. absl::StrCat does not take
// std::string_view everywhere.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace logslice::internal {

inline std::string join_text(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part);
  return text;
}

}  // namespace logslice::internal
