// This header defines how the library's own members are read from a parsed line.
#pragma once

#include <string_view>

#include "json_tape.h"
#include "logslice/reflection/internal/line_metadata.h"

namespace logslice::internal {

// The tape's first token must be an object. `time_member` as in read_line_metadata().
LineMetadata metadata_of(const JsonTape& tape, std::string_view time_member = {});

}  // namespace logslice::internal
