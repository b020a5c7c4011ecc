#include "line_printer.h"

#include <optional>

#include "safe_text.h"

namespace logslice::command {

namespace {

// What is not for a terminal is not cut.
std::optional<int> columns_for(const Output& out) {
  return out.is_terminal() ? std::optional<int>(out.terminal_columns()) : std::nullopt;
}

}  // namespace

LinePrinter::LinePrinter(Format format, Output& out)
    : format_(format), out_(out), rows_(columns_for(out)) {}

bool LinePrinter::print(const LogLine& line) {
  if (format_ == Format::kJsonLines && !out_.is_terminal()) {
    return out_.write(line.text) && out_.write("\n");
  }
  text_.clear();
  if (format_ == Format::kText) {
    rows_.append(text_, line);
  } else {
    // A sound line has such bytes inside strings alone, where the escape means the same.
    append_safe_text(text_, line.text);
  }
  text_ += '\n';
  return out_.write(text_);
}

}  // namespace logslice::command
