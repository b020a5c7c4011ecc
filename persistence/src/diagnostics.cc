#include "logslice/persistence/diagnostics.h"

#include <unistd.h>

#include <string_view>

#include "text.h"

namespace logslice {

namespace {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kNotice:
      return "notice";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "?";
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  std::string line = internal::concat("[logslice] ", name_of(diagnostic.severity), " ",
                                      diagnostic.event, ": ", diagnostic.message);
  // Paths and errors come from outside: one event stays one line.
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

DiagnosticsSink default_diagnostics_sink() {
  return [](const Diagnostic& diagnostic) {
    if (diagnostic.severity == Severity::kInfo) return;
    const std::string line = to_string(diagnostic) + "\n";
    // Nobody is left to be told if this fails.
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  };
}

}  // namespace logslice
