// This header defines where the command writes: Output, for data, and complain(), for all else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "exit_code.h"

namespace logslice::command {

enum class Format { kText, kJsonLines };

// Output buffers what goes to a file descriptor. It stops at the first failure: whoever writes a
// lot looks at what write() returns and ends early. Memory: one buffer. Needs SIGPIPE to be
// ignored. On a terminal each write is seen at once, so that it stands in order with what goes to
// stderr.
class Output {
 public:
  // Does not own `fd`.
  explicit Output(int fd);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // False once nothing more can be written.
  bool write(std::string_view bytes);
  bool flush();
  // For when nothing is to be written for long: whether the reader of a pipe is still there. If
  // not, it is as if a write had failed for that.
  bool check_reader();

  // Whether nothing was written yet.
  bool is_untouched() const { return is_untouched_; }

  bool is_terminal() const { return is_terminal_; }

  // What a person expects without having said: text on a terminal, JSON lines in a pipe or file.
  Format default_format() const { return is_terminal_ ? Format::kText : Format::kJsonLines; }

  // Columns of the terminal: COLUMNS if it is a number, what the terminal says, or 80.
  int terminal_columns() const;

  // Whether the reader of `fd` has gone. That is its right (`| head`), not a failure.
  bool reader_has_gone() const;

  // Flushes, and says on stderr what could not be written. `code` if all was, kFine if the reader
  // has gone, else kFailed.
  ExitCode finish(ExitCode code);

 private:
  bool write_through(std::string_view bytes);

  const int fd_;
  const bool is_terminal_;
  std::string buffer_;
  bool is_untouched_ = true;
  int error_ = 0;  // errno of the first failed write
};

// Whether standard output goes into the log at `path`. What is written would become part of it, and
// a command that reads what it writes would not end until the disk is full.
bool is_own_output(const std::string& path);

// Writes "logslice: <message>" to stderr as one line. Bytes that could act on a terminal are made
// harmless: messages name paths and types that others chose.
void complain(std::string_view message);

// Complains of it, and says how the command ends.
ExitCode failed(const absl::Status& status);

// The message of a status, without its code: the command's messages are for people.
std::string message_of(const absl::Status& status);

}  // namespace logslice::command
