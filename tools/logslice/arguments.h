// This header defines how the values of options are read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace logslice::command {

// start <= seq < end; what is not set does not bound.
struct SeqRange {
  std::optional<int64_t> start;
  std::optional<int64_t> end;
};

// `A:B`, `A:`, `:B`, `:` or a single number, which means that one entry. InvalidArgument says what
// is expected and gives an example.
absl::StatusOr<SeqRange> parse_seq_range(std::string_view text);

// How many entries, from 0 on. InvalidArgument says what is expected and gives an example.
absl::StatusOr<int64_t> parse_count(std::string_view text);

// A time as the log has them (specs/log-format.md), and what people leave out of it: a date alone
// is its first instant, and without a zone it is UTC, as the command shows it. InvalidArgument says
// what is expected and gives an example.
absl::StatusOr<absl::Time> parse_time(const std::string& text);

}  // namespace logslice::command
