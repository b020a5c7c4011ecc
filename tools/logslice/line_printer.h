// This header defines what `cat` and `tail` share: how they print lines, and what they say of a
// log.
#pragma once

#include <string>

#include "entry_row.h"
#include "logslice/persistence/log_lines.h"
#include "output.h"

namespace logslice::command {

// LinePrinter writes one line after the other in the form that was asked for.
class LinePrinter {
 public:
  LinePrinter(Format format, Output& out);

  // False once nothing more can be written.
  bool print(const LogLine& line);

 private:
  const Format format_;
  Output& out_;
  EntryRows rows_;
  std::string text_;
};

}  // namespace logslice::command
