// This header defines append_wrapped, which breaks a long text at spaces.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace logslice::command {

// Appends safe text, broken so that no line has more than `columns` where its words allow it. The
// first line begins at column `indent`, and so do those that are added. Without `columns` it is not
// broken.
void append_wrapped(std::string& out, std::string_view safe, int indent,
                    std::optional<int> columns);

}  // namespace logslice::command
