// This header defines how text that others chose is shown on a terminal without acting on it.
#pragma once

#include <string>
#include <string_view>

namespace logslice::command {

// Appends `text` as valid UTF-8 in which nothing acts on a terminal: control characters (C0, DEL,
// C1, which some terminals take in UTF-8 too), line and paragraph separators and those that turn
// the direction of writing become \uXXXX; bytes that are not UTF-8 become U+FFFD. Inside a JSON
// string the result of the first kind means the same.
void append_safe_text(std::string& out, std::string_view text);
std::string safe_text(std::string_view text);

// The columns that safe text takes: two for East Asian wide characters and emoji, none for
// combining marks. Terminals differ in rare characters.
int columns_of(std::string_view safe);

// Appends safe text, or, if it takes more than `columns` (>= 1), what fits before a final `…`.
void append_cut(std::string& out, std::string_view safe, int columns);

}  // namespace logslice::command
