// This header defines what the three members of a line look like as logslice writes them.
// specs/log-format.md.
#pragma once

#include <string_view>

namespace logslice::internal {

inline constexpr std::string_view kTypeHead = "{\"__type__\":\"";
inline constexpr std::string_view kSeqName = ",\"__seq__\":";
inline constexpr std::string_view kTsName = ",\"__ts__\":\"";

}  // namespace logslice::internal
