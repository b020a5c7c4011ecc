#include "wrapped_text.h"

#include <algorithm>

#include "safe_text.h"

namespace logslice::command {

void append_wrapped(std::string& out, std::string_view safe, int indent,
                    std::optional<int> columns) {
  if (!columns.has_value()) {
    out.append(safe);
    return;
  }
  int used = indent;
  while (!safe.empty()) {
    // A word with the space before it, if there is one.
    const size_t end = std::min(safe.find(' ', 1), safe.size());
    std::string_view word = safe.substr(0, end);
    safe.remove_prefix(end);
    if (used > indent && used + columns_of(word) > *columns) {
      out.append("\n").append(static_cast<size_t>(indent), ' ');
      used = indent;
      if (word.starts_with(' ')) word.remove_prefix(1);
    }
    out.append(word);
    used += columns_of(word);
  }
}

}  // namespace logslice::command
