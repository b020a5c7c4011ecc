// This header defines SeqCheck, which watches the __seq__ and __ts__ of a log's entries go by.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "finding_list.h"
#include "logslice/persistence/log_lines.h"

namespace logslice::internal {

// Numbers are looked at in the order in which a scan gives them. A number that is missing there may
// still come, out of order; so what is missing is told at the end. Memory: bounded; among holes
// beyond the first ten thousand, a number that comes late is not told from one that comes again,
// and not called repeated. Threads: one.
class SeqCheck {
 public:
  SeqCheck(std::string log_path, FindingList& findings)
      : log_path_(std::move(log_path)), findings_(findings) {}

  // A sound entry.
  void add(const LogLine& line);

  // All were seen. `given_seq`: the highest number that is known to have been given.
  void finish(int64_t given_seq);

 private:
  struct Place {
    std::string path;
    int64_t offset_bytes = 0;
    int64_t line_number = 0;
  };
  struct Hole {
    int64_t first_seq = 0;
    int64_t last_seq = 0;
    Place place;  // of the entry behind it
  };

  static Place place_of(const LogLine& line);
  LogFinding finding(LogFindingKind kind, LogFindingSeverity severity, const Place& place) const;

  void check_order(const LogLine& line);
  void check_time(const LogLine& line);
  // Whether the number was missing until now, as far as is known.
  bool fill_hole(int64_t seq);
  void add_hole(int64_t first_seq, int64_t last_seq, const Place& place);
  void tell_repeats();

  const std::string log_path_;
  FindingList& findings_;

  int64_t last_seq_ = 0;  // of the entry before
  int64_t lowest_seq_ = 0;
  int64_t highest_seq_ = 0;
  std::vector<Hole> holes_;  // by their numbers
  int64_t further_hole_count_ = 0;
  int64_t further_missing_count_ = 0;
  // Where those further holes are.
  int64_t unknown_first_seq_ = std::numeric_limits<int64_t>::max();
  int64_t unknown_last_seq_ = 0;

  Hole repeats_;  // that follow each other, not told yet; first_seq 0: none

  int64_t unnumbered_count_ = 0;
  Place first_unnumbered_;

  std::optional<absl::Time> latest_ts_;
};

}  // namespace logslice::internal
