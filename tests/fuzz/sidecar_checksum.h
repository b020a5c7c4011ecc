// This header defines with_checksum(), which gets arbitrary text past a sidecar's checksum.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace logslice::fuzz {

// `body` is an object without its last `}`. Layout: specs/log-format.md, "The sidecar".
inline std::string with_checksum(std::string_view body) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  char check[17];
  std::snprintf(check, sizeof check, "%016llx", static_cast<unsigned long long>(hash));
  return std::string(body) + ",\"check\":\"" + check + "\"}\n";
}

// The same for the whole line of a sidecar that has a checksum, right or wrong.
inline std::string with_right_checksum(std::string_view line) {
  return with_checksum(line.substr(0, line.rfind(",\"check\"")));
}

}  // namespace logslice::fuzz
