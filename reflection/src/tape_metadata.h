// This header defines how the library's own members are read from a parsed line.
#pragma once

#include "json_tape.h"
#include "logslice/reflection/internal/line_metadata.h"

namespace logslice::internal {

// The tape's first token must be an object.
LineMetadata metadata_of(const JsonTape& tape);

}  // namespace logslice::internal
