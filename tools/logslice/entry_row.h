// This header defines how `cat -o text` and `info` show things to people.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/reflection/extra_members.h"

namespace logslice::command {

// EntryRows makes rows of sound lines, safe for a terminal:
//
//     42 2025-01-15T10:30:00.268Z ToolInvoked name=ls params={"path":"."} duration=0.1
//
// Sequence number, UTC time to the millisecond, the type without its module, then the members in
// their order; `-` for what a line does not state. With `columns`, a row is cut to them, long
// values to a quarter of them, and members that are as in the row above give way (`…`) to those
// that are not: entries of one run agree in what comes first. Memory: what fits into a row, and a
// line.
class EntryRows {
 public:
  explicit EntryRows(std::optional<int> columns) : columns_(columns) {}

  // Appends the row, without its line end.
  void append(std::string& out, const LogLine& line);

 private:
  void append_members(std::string& out, const ExtraMembers& members);
  void append_member(std::string& out, std::string_view name, std::string_view value) const;
  bool is_as_above(size_t index, const std::string& shown) const;

  const std::optional<int> columns_;
  std::string type_above_;
  std::vector<std::string> members_above_;
};

// `2025-01-15T10:30:00.268634Z`: what --since and --until take.
std::string time_text(absl::Time time);

}  // namespace logslice::command
